"""Whether a result is stale: what decides it in the code and the settings of its job.

How Snakemake is told lies in `plan/step.py`, what a job leaves for it in `job/records.py`.
"""
