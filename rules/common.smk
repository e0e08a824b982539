"""The study, its paths, and the stamp that every rule carries."""

import os
import re
import sys
from pathlib import Path

from snakemake.exceptions import WorkflowError

ROOT = Path(workflow.basedir)
# Scripts import workflow_scripts.*; jobs of any executor parse this file and inherit the path.
sys.path.insert(0, str(ROOT))
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))

from workflow_scripts.job.errors import InputError, unwritable_message
from workflow_scripts.study.pool import Pool
from workflow_scripts.study.stamps import stamp
from workflow_scripts.study.study import load

# Snakemake itself would end in a traceback where it cannot keep its records.
if message := unwritable_message(Path(".snakemake")):
    raise WorkflowError(message)

try:
    STUDY = load(ROOT, config)
except InputError as error:
    raise WorkflowError(str(error)) from None

POOL = Pool(STUDY, config["models"])
RESULTS = f"results/{STUDY.name}"
LOGS = f"logs/{STUDY.name}"


def check_folders():
    """End the run with a message if results or logs cannot be written."""
    for folder in (RESULTS, LOGS):
        if message := unwritable_message(Path(folder)):
            raise WorkflowError(message)


# Of several `onstart` only the last one counts, so that stages add their checks to this list.
AT_START = [check_folders]


onstart:
    for check in AT_START:
        check()


def one_of(names):
    """A wildcard constraint that admits these names only (none: nothing)."""
    return "|".join(map(re.escape, names)) or "(?!)"


wildcard_constraints:
    model=one_of(STUDY.models),
    dataset=one_of(STUDY.datasets),
    view=one_of(STUDY.settings["views"]),


def stamped(script, settings, files=(), sources=None):
    """The params of a rule: the settings that its script uses, and their stamp.

    The stamp is a digest of the script with all modules that it imports, of the settings and of
    the repository's data files that the rule reads; see study/stamps.py. `settings` is a dict, or a
    function of the wildcards that gives one. `sources` gives, of the wildcards, the cell with the
    sources that the rule reads, whose content is part of the stamp.
    """

    def resolved(wildcards):
        return settings(wildcards) if callable(settings) else settings

    def stamp_of(wildcards):
        covered = resolved(wildcards)
        if sources:
            covered = covered | {"sources": source_contents(sources(wildcards))}
        return stamp(ROOT, script, covered, files)

    return {"settings": resolved, "stamp": stamp_of}


def stage_log(stage, job):
    """Path of a job's log; the benchmark lies beside it (see `stage_benchmark`)."""
    return f"{LOGS}/{stage}/{job}.log"


def stage_benchmark(stage, job):
    """Path of a job's run time and peak memory."""
    return f"{LOGS}/{stage}/{job}.benchmark.tsv"


def by_size(drawn, real):
    """A resource of a job: in a study that draws its small images, or in one of real data."""
    return real if STUDY.sources else drawn


def gpus():
    """GPUs of a job that runs a network: one if the configuration or the machine says so."""
    if config["device"] == "auto":
        return int(any(Path("/dev").glob("nvidia[0-9]*")))
    return int(config["device"] == "cuda")
