"""What is read while the workflow is parsed: the study, its checks and selections.

Neither numpy nor anything slow to import, and nothing that a job computes.
"""
