"""What is read while the workflow is parsed: the study, its checks, selections and stamps.

Neither numpy nor anything slow to import, and nothing that a job computes.
"""
