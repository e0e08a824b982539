"""The report page: which files of a study it shows, and what it says of how they were made."""

import hashlib
import json
from collections.abc import Iterable
from typing import Any

from workflow_scripts.plan import measures, pool_tables
from workflow_scripts.plan.claims import claimed
from workflow_scripts.plan.exhibits import card
from workflow_scripts.plan.exhibits.exhibits import (
    Exhibit,
    page_files,
    targets_of,
    with_replicates,
)
from workflow_scripts.plan.exhibits.settings import facts
from workflow_scripts.plan.run import Run

SAID = "resources/paper/figures.tsv"  # what the paper says of each of its figures, in our words
EVIDENCE = "resources/evidence.tsv"  # where each measure of the claims is shown
RULE_GRAPH = "docs/rule_graph.svg"
CLAIMS = "resources/claims.tsv"
RESOURCES = {
    "said": SAID,
    "evidence": EVIDENCE,
    "claims_tested": CLAIMS,
    "rule_graph": RULE_GRAPH,
}
FOLDER = "workflow_scripts/report"
TEMPLATES = (
    *(f"{FOLDER}/{name}" for name in ("layout.html.jinja", "parts.html.jinja", "page.css",
                                      "page.js")),
    *card.TEMPLATES[1:],
)  # fmt: skip
OWN = (f"{FOLDER}/report_page.html.jinja", f"{FOLDER}/vendored/chart.umd.min.js")
SPREAD = ("resamples", "draws")  # tables of single draws, which nobody reads
# Keys of config.yaml that are about places and machines, and not about what comes out
PRIVATE = ("own", "downloads", "mirror", "offline", "retrain")


def page(run: Run) -> str:
    """The page itself."""
    return f"{run.results}/report/index.html"


def tables(run: Run, exhibits: Iterable[Exhibit]) -> dict[str, str]:
    """All tidy tables of the pool: path by name, as `indicators/kurtosis`, without single draws."""
    found = [*further(run).values()]
    if run.pool.headed:
        found += [*claimed(run).values(), cases(run)]
    return tidy(run, exhibits, found)


def tidy(run: Run, exhibits: Iterable[Exhibit], others: Iterable[Any] = ()) -> dict[str, str]:
    """The tidy tables that exhibits are made of, and others: path by name."""
    shown = [path for each in exhibits if each.pages for path in each.inputs(run).values()]
    paths = [*shown, *others]
    start = run.measure("")[: -len(".csv")]
    named = {
        path.removeprefix(start).removesuffix(".csv"): path
        for path in paths
        if isinstance(path, str)
    }
    wanted = {name: path for name, path in named.items() if path == run.measure(name)}
    return {name: wanted[name] for name in sorted(wanted) if not name.endswith(SPREAD)}


def cases(run: Run) -> str:
    """The cases that the verdicts are made of; of all replicates, if there are several."""
    return pool_tables.shown(run, pool_tables.VERDICTS).replace("summary", "cases")


def indicators(run: Run) -> dict[str, str]:
    """The tables of the models' indicators, by the names that cards/indicators.py uses."""
    names = {name: table for part in card.parts(run) if not part.missing
             for name, table in part.tables.items()}  # fmt: skip
    shown = ("kurtosis", "importance_ratio", "accuracy", "concepts", "robustness")
    return {name: pool_tables.shown(run, names[name]) for name in shown if name in names}


def further(run: Run) -> dict[str, str]:
    """Tables with a section of their own where a study has them, by the title of the section."""
    if run.replicates < 2:
        return {}
    return {"Replicates": run.measure("replicates/numbers")}


def inputs(run: Run, exhibits: list[Exhibit], sheets: list[str]) -> dict[str, Any]:
    """All input files: those of each figure and table by its page, the others by what they are."""
    pages = files_of(run, exhibits)
    found: dict[str, Any] = pages | {f"of_{name}": path for name, path in indicators(run).items()}
    found["measures"] = list(tables(run, exhibits).values())
    found["cards"] = [run.bundle(model, "card.json") for model in run.pool.shown]
    found["sheets"] = [run.dataset(dataset, "contact_sheet.png") for dataset in sheets]
    if run.pool.headed:
        found["cases"] = cases(run)
    if run.pool.concepts and run.pool.headed:
        found["top"] = run.measure("concepts/privileged_direction/concepts")
        found["images"] = run.measure("concepts/privileged_direction/images")
        found["store"] = run.store(run.pool.concepts)
    if measures.paths(run):
        found["paths"] = pool_tables.shown(run, "wise_ft/wise_ft_tables/wise_ft")
    return found | {name: run.resource(file) for name, file in RESOURCES.items()}


def files_of(run: Run, exhibits: Iterable[Exhibit]) -> dict[str, list[str]]:
    """The files of each figure and table, by its page."""
    return {page: page_files(run, each.stage, page) for each in exhibits for page in each.pages}


def settings(
    run: Run, exhibits: list[Exhibit], sheets: list[str], beyond: list[Exhibit]
) -> dict[str, Any]:
    """What the page depends on, beside its files.

    Parameters
    ----------
    exhibits: those that it shows
    beyond: those of a page of their own, which it only names
    """
    study = run.study
    test = run.pool.test
    return {
        **common(run, exhibits),
        "description": study.settings["description"],
        "compared": [] if run.config["images"] else study.settings.get("compared", []),
        "models": run.pool.rows(),
        "headless": card.headless(run),
        "test": {"id": test, "title": study.datasets[test]["title"]},
        "shifts": run.pool.shifts,
        "threshold": measures.threshold(run),
        "confidence": run.config["bootstrap"]["confidence"],
        "sheets": {dataset: study.datasets[dataset]["title"] for dataset in sheets},
        "measures": [*tables(run, exhibits)],
        "further": {title: name for title, path in further(run).items()
                    for name, file in tables(run, exhibits).items() if file == path},
        "beyond": [each.shows for each in beyond if each.pages],
    }  # fmt: skip


def common(run: Run, exhibits: Iterable[Exhibit]) -> dict[str, Any]:
    """What any page of exhibits depends on, beside its files."""
    exhibits = list(exhibits)
    return {
        **with_replicates(run, facts(run), means=True),
        "title": run.study.settings["title"],
        "digest": _digest(run),
        "exhibits": [_made(each) for each in exhibits if each.pages],
        "absent": {page: why for each in exhibits for page, why in each.absent.items()},
        "logs": run.logs,
        "choice": chosen(run),
    }


def _digest(run: Run) -> str:
    """SHA-256 of all that the tables of the study say, whatever their format and comments."""
    study = run.study
    parts = (study.settings, study.models, study.datasets, study.classes, study.class_lists,
             study.sources)  # fmt: skip
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _made(exhibit: Exhibit) -> dict[str, Any]:
    """Pages of an exhibit, and how they are made."""
    return {
        "pages": {page: targets_of(page)[-1] for page in exhibit.pages},
        "stage": exhibit.stage,
        "rule": exhibit.name,
        "script": f"workflow_scripts/{exhibit.step['name']}.py",
        "shows": exhibit.shows,
        "paper": exhibit.paper,
        "measures": [*exhibit.tables.values()],
        "resources": [*exhibit.resources],
    }


def configuration(run: Run) -> dict[str, Any]:
    """The configuration as used; without the places of one's own."""
    return {key: value for key, value in run.config.items() if key not in PRIVATE}


def chosen(run: Run) -> str:
    """The choice of the study, as a command has it; nothing of a study that is a path."""
    name = str(run.config["study"])
    return "" if "/" in name else f" --config study={name}"
