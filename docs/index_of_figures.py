"""Write docs/index_of_figures.md: each figure and table, what it shows, and where it comes from."""

import sys
from pathlib import Path

import yaml

from workflow_scripts.plan.exhibits.catalogue import catalogue
from workflow_scripts.plan.exhibits.exhibits import Exhibit, targets_of
from workflow_scripts.plan.run import Run

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "index_of_figures.md"
HEADING = """\
# Index of figures and tables

Made from workflow_scripts/plan/exhibits/catalogue.py by `make docs`. A target is typed as in
`snakemake --cores 2 figure_2`; its files are `results/<study>/figures/<page>.pdf`, `.png`, `.svg`
and `.md`, or `tables/<page>.csv` and `.md`. Each measure is a table below
`results/<study>/measures/`, made by the rule and the script that its folder is named after.

| target | shows | in the paper | script | measures |
|---|---|---|---|---|
"""


def pages_of(exhibit: Exhibit) -> list[str]:
    """All pages that an exhibit has in some study, in order."""
    return sorted([*exhibit.pages, *exhibit.absent])


def linked(table: str) -> str:
    """A measure's table, with a link to the script that makes it."""
    subject, rule, *_ = *table.split("/"), ""
    folder = ROOT / "workflow_scripts" / "measures" / subject
    script = {"importance_ratio": "importance"}.get(rule, rule)
    if not (folder / f"{script}.py").is_file():
        script = subject
    return f"[{table}](../workflow_scripts/measures/{subject}/{script}.py)"


def row(exhibit: Exhibit) -> str:
    """One line of the table."""
    targets = dict.fromkeys(target for page in pages_of(exhibit) for target in targets_of(page))
    script = exhibit.step["name"]
    cells = [
        ", ".join(f"`{target}`" for target in targets),
        exhibit.shows,
        exhibit.paper,
        f"[{Path(script).name}](../workflow_scripts/{script}.py)",
        ", ".join(map(linked, dict.fromkeys(exhibit.tables.values()))),
    ]
    return f"| {' | '.join(cells)} |\n"


def text() -> str:
    """The page; of the paper's study, which has every figure and table."""
    config = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
    run = Run.load(ROOT, config | {"study": "paper"})
    return HEADING + "".join(map(row, catalogue(run)))


if __name__ == "__main__":
    PAGE.write_text(text(), encoding="utf-8")
    sys.stdout.write(f"{PAGE.relative_to(ROOT)} is made\n")
