"""The provenance of a study's figures and tables for machines: an RO-Crate.

What is made is taken from the records of the finished jobs, and when from their logs.
"""

import json
import os
import platform
import re
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from workflow_scripts.files.atomic import replacing_folder, write_json
from workflow_scripts.job import records
from workflow_scripts.job.packages import versions
from workflow_scripts.reporting.ro_crate import File, RunRecord, crate

ROOT = Path(__file__).resolve().parents[2]
PARAMETERS = {
    "configuration": "config.yaml, with what the command line changed",
    "study": "the study's models and data sets, as tables",
    "downloads": "archives and weights of others",
    "figures": "the figures, and their captions",
    "tables": "the tables, for readers and for programs",
}
# How job/lifecycle.py begins a line
TIME = re.compile(r"^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d),\d+ INFO rule \S+ (begins|is done)", re.M)


def times(logs: Path, but: Path) -> tuple[datetime, datetime] | None:
    """When the first job began and the last one ended, by their logs; None without any.

    Parameters
    ----------
    logs: folder of the logs
    but: one that does not count
    """
    found = [
        datetime.fromisoformat(time).astimezone()
        for file in logs.rglob("*.log")
        if file != but
        for time, _ in TIME.findall(file.read_text(encoding="utf-8", errors="replace"))
    ]
    return (min(found), max(found)) if found else None


def commit() -> str:
    """The commit of the checkout, marked if it was changed since; empty outside of git."""
    command = ["git", "-C", str(ROOT), "describe", "--always", "--dirty", "--abbrev=40"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return ""
    return done.stdout.strip()


def outputs(pages: Mapping[str, str], made: Iterable[str], folder: Path, found: Path) -> list[File]:
    """The files of figures and tables with their digests.

    Parameters
    ----------
    pages: what is shown, by name of the page
    made: paths of the files
    folder: of the metadata, which paths are relative to
    found: folder of the records that have their digests
    """
    digests = records.outputs(found)
    return [
        File(
            os.path.relpath(path, folder),
            pages.get(Path(path).stem, Path(path).stem),
            Path(path).parent.name,
            digests[path][0] if path in digests else "",
        )
        for path in made
    ]


def keep(workflow: Path, study: str, config: Mapping[str, Any]) -> None:
    """Write what the run was told beside the metadata: workflow, configuration, study."""
    with replacing_folder(workflow) as folder:
        shutil.copy(ROOT / "Snakefile", folder)
        shutil.copytree(ROOT / study, folder / "study")
        text = json.dumps(config, indent=2, sort_keys=True, default=str)
        (folder / "configuration.json").write_text(f"{text}\n", encoding="utf-8")


def main(
    made: Iterable[str],
    metadata: str,
    workflow: str,
    records: str,
    log: str,
    *,
    name: str,
    study: str,
    config: Mapping[str, Any],
    pages: Mapping[str, str],
    downloads: Iterable[Mapping[str, str]],
    logs: str,
) -> None:
    """Write the crate.

    Parameters
    ----------
    made: files of figures and tables
    metadata, workflow: file and folder to write
    records: folder of the records of finished jobs
    log: that of this very job
    name: of the study
    study: folder of the study, from the repository or absolute
    config: the configuration, with what the command line changed
    pages: what figures and tables show, by page
    downloads: files of others that the study knows: name, address and digest; what is not there
        was not used
    logs: folder of the logs
    """
    folder = Path(metadata).parent
    keep(Path(workflow), study, config)
    inputs = [
        File("workflow/configuration.json", "The configuration", "configuration"),
        File("workflow/study/", f"The study {name}", "study"),
        *(
            File(each["url"], each["file"], "downloads", each["sha256"])
            for each in downloads
            if (Path(config["downloads"]).expanduser() / f"{each['file']}.sha256").exists()
        ),
    ]
    begun, ended = times(Path(logs), Path(log)) or (None, None)
    files = outputs(pages, made, folder, Path(records))
    software = {"Python": platform.python_version()} | versions()
    now = datetime.now().astimezone()
    run = RunRecord(name, inputs, files, software, commit(), now, begun, ended, PARAMETERS)
    write_json(metadata, crate(run))


if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job

    snakemake: Any
    with job(snakemake):
        main(
            snakemake.input.made,
            snakemake.output.metadata,
            snakemake.output.workflow,
            snakemake.params.records,
            str(snakemake.log[0]),
            **snakemake.params.settings,
        )
