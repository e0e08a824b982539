"""The page of what lies beyond the paper: which files it shows, and what it says of them."""

from typing import Any

from workflow_scripts.plan.exhibits import report_page
from workflow_scripts.plan.exhibits.exhibits import Exhibit
from workflow_scripts.plan.run import Run

TEMPLATES = (*report_page.TEMPLATES, f"{report_page.FOLDER}/beyond_page.html.jinja")


def page(run: Run) -> str:
    """The page itself, beside the report page."""
    return f"{run.results}/report/beyond.html"


def inputs(run: Run, exhibits: list[Exhibit]) -> dict[str, Any]:
    """The files of each figure and table by its page, and the tidy tables."""
    return report_page.files_of(run, exhibits) | {
        "measures": list(report_page.tidy(run, exhibits).values())
    }


def settings(run: Run, exhibits: list[Exhibit]) -> dict[str, Any]:
    """What the page depends on, beside its files."""
    measures = [*report_page.tidy(run, exhibits)]
    return report_page.common(run, exhibits) | {"measures": measures}
