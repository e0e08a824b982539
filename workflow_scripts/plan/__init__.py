"""What the rules ask while the workflow is parsed: paths, settings and steps of each stage.

Rules state files and nothing else; whatever has to be computed for them is a tested function here.
"""
