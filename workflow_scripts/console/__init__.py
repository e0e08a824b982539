"""What one sees while `make` runs the workflow: Snakemake's logger plugin `console`.

It says what is being made, how far the run is and how long it may take; all else is in Snakemake's
own log. Plain `snakemake` does without it. Nothing about models, data or files of a study.
"""
