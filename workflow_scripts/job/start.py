"""What Snakemake runs for every job: it imports the job's script, then runs it as a program.

So what fails while the script is being imported is told, and stands in the log, like any other
error.
"""

import runpy
from importlib import import_module
from pathlib import Path
from typing import Any

from workflow_scripts.job.lifecycle import job

PACKAGE = Path(__file__).resolve().parents[1]


def start(snakemake: Any) -> None:
    """Run the script of a job.

    Parameters
    ----------
    snakemake: the object that Snakemake gives to a script; its params name the script, such as
        "models/pretrain"
    """
    name = snakemake.params.script
    try:
        import_module(".".join([PACKAGE.name, *name.split("/")]))
    except BaseException:
        with job(snakemake):
            raise
    runpy.run_path(str(PACKAGE / f"{name}.py"), {"snakemake": snakemake}, "__main__")


if __name__ == "__main__":
    snakemake: Any
    start(snakemake)
