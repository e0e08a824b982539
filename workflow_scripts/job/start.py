"""What Snakemake runs for every job: it imports the job's script, then runs it as a program.

So what fails while the script is being imported is told, and stands in the log, like any other
error.

A run has some hundred jobs, each a process of its own, and importing torch and taking it apart at
the end costs more than many a job's work: Python is kept from what of this is of no use.
"""

import atexit
import gc
import os
import runpy
import sys
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
    # Of the many objects that an import makes none is garbage, and looking for it takes a fifth;
    # frozen, they are not looked at again by the job's own collections either.
    gc.disable()
    try:
        import_module(".".join([PACKAGE.name, *name.split("/")]))
    except BaseException:
        with job(snakemake):
            raise
    finally:
        gc.freeze()
        gc.enable()
    runpy.run_path(str(PACKAGE / f"{name}.py"), {"snakemake": snakemake}, "__main__")


def leave_at_once(finished: list[str]) -> None:
    """End the process of a finished job without freeing each object, as Python does at its end.

    Registered before anything else is imported, it is called last, after all that libraries have
    registered to be done at the end.

    Parameters
    ----------
    finished: the rule of the job; empty for one that failed, which ends as usual
    """
    if finished:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)


if __name__ == "__main__":
    snakemake: Any
    finished: list[str] = []
    atexit.register(leave_at_once, finished)
    start(snakemake)
    finished.append(snakemake.rule)
