"""The report card: which tables a study has for it, and what the others would need."""

from pathlib import Path
from typing import Any, NamedTuple

from workflow_scripts.plan import measures, pool_tables
from workflow_scripts.plan.exhibits.settings import facts
from workflow_scripts.plan.exhibits.tables import PAPER
from workflow_scripts.plan.run import Run

MINIATURE = "resources/miniature/indicators.csv"
RESOURCES = {**PAPER, "miniature": MINIATURE}
TEMPLATES = tuple(
    f"workflow_scripts/cards/{name}"
    for name in ("card.html.jinja", "macros.html.jinja", "base.css")
)
UNLABELLED = "unlabelled"  # layout of images of which nothing is known


class Part(NamedTuple):
    """What a card shows where a study allows it."""

    shows: str
    tables: dict[str, str]  # names of the measures' tables, by the script's name for them
    missing: str = ""  # why the study has no such tables, and what it would take


def headless(run: Run) -> list[str]:
    """Models of which h alone can be measured, for want of a head."""
    return [model for model in run.pool.shown if run.study.models[model].get("head") == "none"]


def parts(run: Run) -> list[Part]:
    """The parts of a card, those included that this study cannot have."""
    test = run.pool.test
    no_head = no_labels = no_concepts = no_line = ""
    if len(headless(run)) == len(run.pool.shown):
        notes = {run.study.models[model].get("note") or "" for model in run.pool.shown}
        no_head = "; ".join(sorted(notes - {""})) or (
            "no model has a head; it takes names of classes for a zero-shot head (CLASSES=...), or "
            "a model with a head of its own"
        )
    if run.study.datasets[test]["layout"] == UNLABELLED:
        no_labels = (
            f"the images of `{test}` have no labels; it takes a folder for each class (CLASSES=...)"
        )
    if not run.pool.concepts:
        no_concepts = "there are no concepts; it takes Broden or another set of them (CONCEPTS=...)"
    if run.no_line:
        no_line = (
            f"{run.no_line}; it takes baselines, or ImageNet and its five shifts "
            "(CLASSES=imagenet, SHIFTED=...), for which the ImageNet testbed has a line"
        )
    return [
        Part(
            "kurtosis, outlier components, spectrum",
            {name: f"indicators/{name}" for name in ("kurtosis", *pool_tables.COMPONENTS)},
        ),
        Part(
            "importance ratio and distribution",
            {name: f"indicators/{name}" for name in ("importance_ratio", "importance")},
            no_head,
        ),
        Part("accuracy", {"accuracy": "indicators/accuracy"}, no_head or no_labels),
        Part("pruning", {"pruning": "pruning/pruning"}, no_head or no_labels),
        Part(
            "unique concepts",
            {"concepts": "concepts/concept_counts/counts"},
            no_head or no_concepts,
        ),
        Part(
            "effective robustness",
            {"robustness": "robustness/effective_robustness/models"},
            no_head or no_line or no_labels,
        ),
    ]


def missing(run: Run) -> list[dict[str, str]]:
    """What the card of this study cannot have, and why."""
    found = [{"part": part.shows, "reason": part.missing} for part in parts(run)]
    without = headless(run)
    for model in without if len(without) < len(run.pool.shown) else ():
        reason = run.study.models[model].get("note") or "it has none"
        found.append({"part": f"all that needs a head, of `{model}`", "reason": reason})
    return [each for each in found if each["reason"]]


def runs(run: Run) -> dict[str, dict[str, int]]:
    """Training runs of which the study has checkpoints: the step of each, by run and model."""
    found: dict[str, dict[str, int]] = {}
    for model in run.pool.shown:
        row = run.study.models[model]
        if row.get("run") and row.get("step") is not None:
            found.setdefault(row["run"], {})[model] = row["step"]
    return found


def measures_of(run: Run) -> dict[str, str]:
    """All tables that a card may show, below measures/, by the script's name for them."""
    return {name: table for part in parts(run) for name, table in part.tables.items()}


def tables(run: Run) -> dict[str, str]:
    """The tables that a card of this study reads, by the script's name for them."""
    there = [part.tables for part in parts(run) if not part.missing]
    return {name: run.measure(table) for own in there for name, table in own.items()}


def files(run: Run) -> dict[str, str]:
    """The card in each of its forms."""
    return {ending: f"{run.results}/card.{ending}" for ending in ("md", "html", "json")}


def announce(workflow: Any, paths: list[Path]) -> None:
    """Say where the card is, when the process ends after all of its jobs."""
    if workflow.dag and not workflow.dryrun and not any(workflow.dag.needrun_jobs()):
        print("The report card:", *paths)


def settings(run: Run) -> dict[str, Any]:
    """What a card depends on, beside its tables."""
    test = run.pool.test
    return {
        **facts(run),
        "models": run.pool.rows(),
        "test": {"id": test, "title": run.study.datasets[test]["title"]},
        "threshold": measures.threshold(run),
        "confidence": run.config["bootstrap"]["confidence"],
        "headless": headless(run),
        "runs": runs(run),
        "missing": missing(run),
    }
