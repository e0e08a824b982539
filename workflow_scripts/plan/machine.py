"""What the rules need to know of the machine and of the process."""

import os
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from snakemake import benchmark
from snakemake.logging import logger

from workflow_scripts.job import packages
from workflow_scripts.job.errors import InputError

# glibc gives large blocks back to the system at each step of a training and takes them anew, page
# by page: a tenth of a training's time, a quarter of an encoding's. So it keeps up to 256 MiB.
ALLOCATION = {"MALLOC_MMAP_THRESHOLD_": str(2**25), "MALLOC_TRIM_THRESHOLD_": str(2**28)}

# For a rule's `benchmark` Snakemake looks at a job's memory twice a second, later each half minute;
# each look goes through all processes and takes some ten milliseconds.
LOOKS_APART = 5  # seconds


def set_environment(root: Path) -> None:
    """Set what the processes of all jobs inherit.

    They import the project, keep their memory, and draw into files, wherever others would draw.

    Parameters
    ----------
    root: of the repository

    Raises
    ------
    InputError: Python or Snakemake would take the path of `root` for something else
    """
    if found := [sign for sign in f"{{}}{os.pathsep}" if sign in str(root)]:
        raise InputError(
            f"{root}: found '{found[0]}' in the path of the checkout, expected neither braces, "
            f"which mean wildcards to Snakemake, nor '{os.pathsep}', at which PYTHONPATH is "
            "divided; rename or move the folder"
        )
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(root), before]))
    # That of a notebook's server is not to be had outside it: to import matplotlib would fail.
    os.environ["MPLBACKEND"] = "agg"
    # Either one alone would switch off what glibc learns by itself.
    if not ALLOCATION.keys() & os.environ:
        os.environ.update(ALLOCATION)


def quote_interpreter() -> None:
    """Let the environment lie in a folder whose name has blanks, or what else a shell reads.

    Snakemake puts the path of its Python into the command line of a job as it is.
    """
    if os.path.exists(sys.executable):  # it is not quoted yet
        sys.executable = shlex.quote(sys.executable)


def warn_of_foreign_packages() -> None:
    """Say which packages of this run do not come from its environment, if there are any."""
    if found := packages.foreign():
        logger.warning(
            f"Packages that are not the environment's own ({sys.prefix}), and perhaps of other "
            f"versions than are pinned: {', '.join(found)}. Results may differ, and captions say "
            "so. To do without: unset PYTHONPATH (on a cluster, module purge), or make environment"
        )


def gpus(config: Mapping[str, Any]) -> int:
    """GPUs of a job that runs a network: one if the configuration or the machine says so."""
    if config["device"] == "auto":
        return int(any(Path("/dev").glob("nvidia[0-9]*")))
    return int(config["device"] == "cuda")


def check_device(workflow: Any, config: Mapping[str, Any]) -> None:
    """Ask where networks run if jobs go to other machines, of whose GPUs nothing is known here.

    To be called when the workflow starts.

    Raises
    ------
    InputError: the configuration leaves it open, and a job that runs a network is to be sent away
    """
    networks = (job for job in workflow.dag.needrun_jobs() if "gpu" in job.rule.resources)
    if config["device"] == "auto" and workflow.non_local_exec and any(networks):
        raise InputError(
            "config.yaml (or --config), key device: found 'auto', expected cuda or cpu, since jobs "
            "run on other machines than this one; with --config device=cuda each job that runs a "
            "network asks for a GPU"
        )


def without_polling(workflow: Any) -> None:
    """Keep Snakemake nearly asleep while jobs run on this machine; to be called at its start.

    For the sake of its limit of jobs a second, which is meant for clusters, it looks at all jobs
    again a second after each start and end of a job, and plans another look each time. With a
    hundred jobs behind it, it takes a third of a core (Snakemake's issue 2967). At the jobs'
    memory it looks every five seconds, not twice a second (see `LOOKS_APART`).
    """
    if workflow.local_exec:
        benchmark.BENCHMARK_INTERVAL_SHORT = LOOKS_APART
        workflow.scheduler.job_rate_limiter = None
