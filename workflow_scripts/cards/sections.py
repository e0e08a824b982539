"""The sections of a card: words, tables and pictures of each of its parts."""

from collections.abc import Callable
from typing import NamedTuple

import pandas as pd

from workflow_scripts.cards import pictures, tables
from workflow_scripts.cards.indicators import COUNT, INDICATORS, Measured, written
from workflow_scripts.cards.tables import Table
from workflow_scripts.cards.words import COURSE, FEW, RECTIFIED, SECTIONS, Words
from workflow_scripts.reporting.families import Model

ROUGH = 50  # images below which intervals are rough


class Picture(NamedTuple):
    """A picture, with what it shows for those who do not see it."""

    svg: str
    alt: str
    caption: str


class Section(NamedTuple):
    """A part of a card."""

    name: str
    words: Words
    notes: list[str]
    tables: list[Table]
    pictures: list[Picture]


class Panels(NamedTuple):
    """A picture with a panel for each model."""

    table: str  # that it is of
    plot: Callable[[list[Model], pd.DataFrame], str]
    shows: str


class Kind(NamedTuple):
    """What makes up a section."""

    indicators: tuple[str, ...]  # each with a picture and the reference ranges
    table: Callable[[Measured, list[Model]], Table]
    needs: str  # table without which there is no such section
    panels: Panels | None = None


KINDS = {
    "kurtosis": Kind(
        ("kurtosis",), tables.of_kurtosis, "kurtosis",
        Panels("kurtosis_histogram", pictures.histograms, "Distribution of kurtosis over images"),
    ),
    "components": Kind(
        ("outliers",), tables.of_components, "components",
        Panels("components", pictures.profiles, "Mean of each component, outliers by number"),
    ),
    "spectrum": Kind(tables.SPECTRUM, tables.of_spectrum, "representation"),
    "importance": Kind(
        ("importance_ratio",), tables.of_importance, "importance",
        Panels("importance", pictures.importances, "Importance of each direction"),
    ),
    "accuracy": Kind(("accuracy",), tables.of_accuracy, "accuracy"),
    "pruning": Kind(
        (), tables.of_pruning, "pruning",
        Panels("pruning", pictures.pruned, "Accuracy as directions are pruned, with its interval"),
    ),
    "concepts": Kind(("concepts",), tables.of_concepts, "concepts"),
    "robustness": Kind(("effective_robustness",), tables.of_robustness, "robustness"),
}  # fmt: skip


def sections(
    measured: Measured,
    models: list[Model],
    references: pd.DataFrame,
    runs: dict[str, dict[str, int]],
) -> list[Section]:
    """All sections that the tables allow.

    Parameters
    ----------
    measured: of `indicators.read`
    models: rows of models.tsv
    references: of `references.of_paper` and `of_miniature`
    runs: training runs by name: models that are its checkpoints, and at which step
    """
    found = [
        Section(
            name,
            SECTIONS[name],
            _notes(measured, models) if name == "kurtosis" else [],
            [kind.table(measured, models), *tables.of_ranges(kind.indicators, references)],
            [
                *(_beside_ranges(each, measured, models, references) for each in kind.indicators),
                *_panels(kind.panels, measured, models),
            ],
        )
        for name, kind in KINDS.items()
        if kind.needs in measured.details
    ]
    followed = [name for name in runs if len(runs[name]) > 1]
    return found + [_course(measured, name, runs[name], followed.index(name)) for name in followed]


def _notes(measured: Measured, models: list[Model]) -> list[str]:
    """What has to be said of the kurtosis of these very models."""
    whole = measured.details["representation"].set_index("model")
    counts = measured.details["kurtosis"].set_index("model")
    ids = [model["model"] for model in models]
    rectified = [f"`{each}`" for each in ids if whole.loc[each, "negative"] == 0]
    notes = [RECTIFIED.format(models=", ".join(rectified))] if rectified else []
    fewest = int(counts.loc[ids, "images"].min())
    notes += [FEW.format(images=fewest)] if fewest < ROUGH else []
    notes += [
        f"`{each}`: {counts.loc[each, 'undefined']:.0f} of {counts.loc[each, 'images']:.0f} images "
        "have constant activations, whose kurtosis is undefined; they are left out."
        for each in ids
        if counts.loc[each, "undefined"]
    ]
    return notes


def _beside_ranges(
    name: str, measured: Measured, models: list[Model], references: pd.DataFrame
) -> Picture:
    """The picture of an indicator, beside its reference ranges."""
    indicator, values = INDICATORS[name], measured.values[name]
    own = references[references["indicator"] == name]
    if name == "concepts":  # counts of larger sets would only squeeze the picture
        own = own[own["high"] <= measured.details["concepts"]["probed"].max()]
    interval = f" Lines: intervals ({indicator.interval})." if indicator.interval else ""
    return Picture(
        pictures.beside_ranges(indicator, values, models, own),
        pictures.described(indicator, values),
        f"{indicator.title} of each model, above, and reference ranges, below.{interval}",
    )


def _panels(panels: Panels | None, measured: Measured, models: list[Model]) -> list[Picture]:
    """The picture of a section with a panel for each model; none of some."""
    if panels is None:
        return []
    rows = measured.details[panels.table]
    text = f"{panels.shows}, a panel for each model."
    return [Picture(panels.plot(tables.having_rows(models, rows), rows), text, text)]


def _course(measured: Measured, run: str, steps: dict[str, int], number: int) -> Section:
    """The section of the checkpoints of a training run, the run's number in its name."""
    ordered = pd.Series(steps).sort_values()
    models: list[Model] = [{"model": model} for model in ordered.index]
    table = tables.summary(measured, models)
    lines = [[written(ordered[line[0]], COUNT), *line] for line in table.lines]
    table = Table(f"The checkpoints of {run}", ["Step", *table.titles], lines)
    svg = pictures.courses(measured.values, INDICATORS, ordered, run)
    text = f"Each indicator over the steps of {run}, a panel each."
    words = COURSE._replace(title=f"{COURSE.title} {run}")
    return Section(f"run-{number}", words, [], [table], [Picture(svg, text, text)])
