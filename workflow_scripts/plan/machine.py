"""What the rules need to know of the machine and of the process."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

# glibc gives large blocks back to the system at each step of a training and takes them anew, page
# by page: a tenth of a training's time, a quarter of an encoding's. So it keeps up to 256 MiB.
ALLOCATION = {"MALLOC_MMAP_THRESHOLD_": str(2**25), "MALLOC_TRIM_THRESHOLD_": str(2**28)}


def set_environment(root: Path) -> None:
    """Set what the processes of all jobs inherit: they import the project, and keep their memory.

    Parameters
    ----------
    root: of the repository.
    """
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(root), before]))
    # Either one alone would switch off what glibc learns by itself.
    if not ALLOCATION.keys() & os.environ:
        os.environ.update(ALLOCATION)


def gpus(config: Mapping[str, Any]) -> int:
    """GPUs of a job that runs a network: one if the configuration or the machine says so."""
    if config["device"] == "auto":
        return int(any(Path("/dev").glob("nvidia[0-9]*")))
    return int(config["device"] == "cuda")


def without_polling(workflow: Any) -> None:
    """Keep Snakemake's scheduler asleep while jobs run on this machine; to be called at its start.

    For the sake of its limit of jobs a second, which is meant for clusters, it looks at all jobs
    again a second after each start and end of a job, and plans another look each time. With a
    hundred jobs behind it, it takes a third of a core (Snakemake's issue 2967).
    """
    if workflow.local_exec:
        workflow.scheduler.job_rate_limiter = None
