"""The RO-Crate of a run: what it is told, and of which files it tells."""

import os
from typing import Any

from workflow_scripts.plan import sources
from workflow_scripts.plan.exhibits.exhibits import Exhibit, page_files
from workflow_scripts.plan.exhibits.report_page import configuration
from workflow_scripts.plan.run import Run


def made(run: Run, exhibits: list[Exhibit]) -> list[str]:
    """The files of all figures and tables."""
    pages = [(exhibit.stage, page) for exhibit in exhibits for page in exhibit.pages]
    return [file for stage, page in pages for file in page_files(run, stage, page)]


def study_folder(run: Run) -> str:
    """The folder of the study: from the repository, or absolute if it lies elsewhere."""
    folder = run.study.folder.resolve()
    inside = folder.is_relative_to(run.root.resolve())
    return os.path.relpath(folder, run.root.resolve()) if inside else str(folder)


def settings(run: Run, exhibits: list[Exhibit]) -> dict[str, Any]:
    """What the crate tells of, beside the files."""
    return {
        "name": run.study.name,
        "study": study_folder(run),
        # With the place of the downloads, whose digests are read there
        "config": configuration(run) | {"downloads": run.config["downloads"]},
        "pages": {page: exhibit.shows for exhibit in exhibits for page in exhibit.pages},
        "downloads": [
            {
                "file": file,
                "url": row["urls"].split()[0],
                "sha256": (row["digest"] or "").partition("sha256:")[2],
            }
            for file, row in sources.by_file(run).items()
            if row["urls"]
        ],
        "logs": run.logs,
    }
