"""What Snakemake's own report (`snakemake --report`) shows of figures and tables, and says of them.

Its captions are templates of reStructuredText. Ours are written by the jobs, in Markdown: their
first paragraphs are brought into that form when a report is asked for.
"""

import os
import re
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from snakemake.io import report

from workflow_scripts.plan.exhibits.exhibits import Exhibit, page_files
from workflow_scripts.plan.run import Run

CAPTIONS = Path(".snakemake/captions")
SHOWN = {"figures": ".png", "tables": ".csv"}
EARLIEST = 315_619_200  # 2 January 1980: no file of a zip archive may be of 1979, anywhere
CLAIMS = ("claims", "comparison")


def is_asked(words: Iterable[str]) -> bool:
    """Whether a command line asks for a report."""
    return any(word.partition("=")[0] == "--report" for word in words)


def marked(run: Run, exhibit: Exhibit) -> dict[str, Any]:
    """The outputs of an exhibit's rule, of which one for each page is part of the report."""
    return {
        name: [_marked(run, exhibit, file) for file in files]
        if isinstance(files, list)
        else _marked(run, exhibit, files)
        for name, files in exhibit.outputs(run).items()
    }


def _marked(run: Run, exhibit: Exhibit, file: str) -> Any:
    path = Path(file)
    if path.suffix != SHOWN[exhibit.stage]:
        return file
    category = "Claims" if exhibit.name in CLAIMS else exhibit.stage.capitalize()
    labels = {"page": path.stem, "shows": exhibit.shows, "in the paper": exhibit.paper}
    return report(file, caption=str(_caption(run, path.stem)), category=category, labels=labels)


def prepare(run: Run, exhibits: Iterable[Exhibit]) -> None:
    """Write the captions of all pages that are there, and make their files fit for an archive.

    Files that others are made of have a time in 1970 (plan/step.py), which a zip cannot hold.
    """
    for exhibit in exhibits:
        for page in exhibit.pages:
            for file in map(Path, page_files(run, exhibit.stage, page)):
                if file.suffix == ".md" and file.exists():
                    text = restructured(file.read_text(encoding="utf-8").split("\n\n")[0])
                    caption = _caption(run, page)
                    caption.parent.mkdir(parents=True, exist_ok=True)
                    caption.write_text(text, encoding="utf-8")
                elif file.suffix == SHOWN[exhibit.stage]:
                    with suppress(OSError):  # it is not there, or may only be looked at
                        if file.stat().st_mtime < EARLIEST:
                            os.utime(file)


def _caption(run: Run, page: str) -> Path:
    return (CAPTIONS / run.study.name / f"{page}.rst").absolute()


def restructured(markdown: str) -> str:
    """A paragraph of Markdown as a template that makes the same of reStructuredText."""
    parts = re.split(r"(`[^`]+`|\*\*)", " ".join(markdown.split()))
    # What is between backticks is literal in both; the escapes keep spaces out of the markup.
    plain = (
        f"`{part}`" if part.startswith("`") else part if part == "**" else _escaped(part)
        for part in parts
    )
    return f"{{% raw %}}{''.join(plain)}{{% endraw %}}\n"


def _escaped(text: str) -> str:
    return re.sub(r"([\\_|*`])", r"\\\1", text)
