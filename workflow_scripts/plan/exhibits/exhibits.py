"""What a figure or a table is: its rule, its files, its short targets, or why a study lacks it."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from workflow_scripts.plan import pool_tables
from workflow_scripts.plan.run import Run
from workflow_scripts.study.mistakes import unknown_name

ENDINGS = {"figures": ("pdf", "png", "svg", "md"), "tables": ("csv", "md")}
# What scripts call the files of a page
KINDS = {"figures": ("pdf", "png", "svg", "caption"), "tables": ("csv", "markdown")}
HEADLESS = ("figure_02a",)  # what shows models without a head, too


@dataclass(frozen=True)
class Exhibit:
    """What one rule and one script make: a figure or a table, or several of a kind.

    Attributes
    ----------
    stage: "figures" or "tables"
    name: of the rule, and of the script unless `script` is another
    shows: what one sees, in a line
    paper: where the paper has it, with the equation that it shows
    tables: names of the measures' tables, by the script's name for them
    settings: what the script is told
    pages: the figures or tables that it makes, such as figure_01a
    absent: those that it would make in other studies, and why not in this one
    files: inputs that are no measures, by the script's name for them
    resources: small files of the repository among them
    script: name of a script that makes several figures, one at a time
    """

    stage: str
    name: str
    shows: str
    paper: str
    tables: Mapping[str, str]
    settings: Callable[[], dict[str, Any]]
    pages: list[str]
    absent: dict[str, str] = field(default_factory=dict)
    files: Mapping[str, Any] = field(default_factory=dict)
    resources: tuple[str, ...] = ()
    script: str = ""

    @property
    def step(self) -> dict[str, str]:
        """Name and label of the step that makes it."""
        label = {"label": self.name} if self.script else {}
        return {"name": f"{self.stage}/{self.script or self.name}", **label}

    def without(self, reason: str) -> "Exhibit":
        """The same of a study that has none of its pages, and why."""
        return replace(self, pages=[], absent=self.absent | dict.fromkeys(self.pages, reason))

    def outputs(self, run: Run) -> dict[str, Any]:
        """The files that are made: of a single page by their kind, else a list for each page."""
        files = {page: page_files(run, self.stage, page) for page in self.pages}
        if len(files) == 1:
            return dict(zip(KINDS[self.stage], files.popitem()[1], strict=True))
        return files

    def inputs(self, run: Run) -> dict[str, Any]:
        """The input files, by the script's name for them."""
        shown = {key: pool_tables.shown(run, name) for key, name in self.tables.items()}
        return shown | dict(self.files)

    def told(self, run: Run) -> dict[str, Any]:
        """What the script is told: its settings, and what replicates it shows."""
        names = self.tables.values()
        means = any(pool_tables.shown(run, name) != run.measure(name) for name in names)
        return with_replicates(run, self.settings(), means)


def with_replicates(run: Run, settings: dict[str, Any], means: bool) -> dict[str, Any]:
    """Settings that say of how many replicates the study is, and whether means of them are shown.

    Nothing is added where there is a single one, or nothing is said of the study.
    """
    if run.replicates < 2 or "study" not in settings:
        return settings
    return settings | {"study": settings["study"] | {"replicates": run.replicates, "means": means}}


def allowed(run: Run, exhibits: list[Exhibit]) -> list[Exhibit]:
    """Exhibits as a study has them: without any head, all but kurtosis are absent."""
    if run.pool.headed:
        return exhibits
    return [each if each.name in HEADLESS else each.without(run.no_head) for each in exhibits]


def page_files(run: Run, stage: str, page: str) -> list[str]:
    """The files of one figure or table."""
    return [run.page(stage, page, ending) for ending in ENDINGS[stage]]


def targets_of(page: str) -> list[str]:
    """Short names of a page, as one would type them: of a part of a figure, also the figure's."""
    match = re.fullmatch(r"(figure)_0?(\d+)([a-z]?)", page)
    if not match:
        return [page]
    kind, number, part = match.groups()
    return list(dict.fromkeys([f"{kind}_{number}", f"{kind}_{number}{part}"]))


def targets(run: Run, exhibits: list[Exhibit]) -> dict[str, list[str]]:
    """Files by short target; a target that is a rule's name already is left out."""
    found: dict[str, list[str]] = {}
    for exhibit in exhibits:
        for page in exhibit.pages:
            for target in targets_of(page):
                found.setdefault(target, []).extend(page_files(run, exhibit.stage, page))
    rules = {exhibit.name for exhibit in exhibits}
    return {target: files for target, files in found.items() if target not in rules}


def absent_targets(exhibits: list[Exhibit]) -> dict[str, str]:
    """Why a short target does not exist in this study, by target."""
    return {
        target: f"{target}: {reason}"
        for exhibit in exhibits
        for page, reason in exhibit.absent.items()
        for target in targets_of(page)
    }


def refusal(run: Run, exhibits: list[Exhibit], words: Iterable[str]) -> str:
    """Why this study does not have a figure or table that is asked for; empty if it has.

    Parameters
    ----------
    words: the command line: short targets, pages, rules and files of exhibits, and all else
    """
    absent = absent_targets(exhibits)
    for exhibit in exhibits:
        for page, reason in exhibit.absent.items():
            rules = [] if exhibit.pages else [exhibit.name]
            for name in (page, *rules, *page_files(run, exhibit.stage, page)):
                absent[name] = f"{name}: {reason}"
    known = {exhibit.name for exhibit in exhibits if exhibit.pages} | targets(run, exhibits).keys()
    phrase = "a figure or table of this study"
    for word in words:
        if word in absent:
            return absent[word]
        if re.fullmatch(r"(figure|table)s?_\w+", word) and word not in known:
            return unknown_name("the command line", word, sorted(known), phrase)
    return ""
