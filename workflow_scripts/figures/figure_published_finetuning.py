"""Beyond the paper: what finetuning leaves of effective robustness, by published accuracies."""

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import PercentFormatter

from workflow_scripts.analysis.published_accuracies import FIVE, FOUR
from workflow_scripts.files.tables import read_table
from workflow_scripts.method.robustness import predicted_accuracy
from workflow_scripts.reporting import texts
from workflow_scripts.reporting.families import BASELINE, FAMILIES, LOOKS, Family, look_of
from workflow_scripts.reporting.pages import FigureFiles
from workflow_scripts.reporting.style import family_legend, new_figure, save, style

# Of markers: the many are small and let others shine through
FEW: dict[str, Any] = {"ms": 4.5, "mec": "white", "mew": 0.4}
MANY: dict[str, Any] = {"ms": 3, "mew": 0, "alpha": 0.5}
SIZES = {BASELINE: MANY | {"ms": 4}, FAMILIES["supervised"]: MANY}
GUIDE: dict[str, Any] = {"color": "0.35", "linewidth": 0.9}


class Inputs(NamedTuple):
    """The tables that the figure is made of, all of measures/robustness/published_finetuned."""

    models: str
    lines: str
    groups: str


class Tables(NamedTuple):
    """What `Inputs` hold."""

    models: pd.DataFrame
    lines: pd.DataFrame
    groups: pd.DataFrame

    def of(self, shifts: int) -> pd.DataFrame:
        """The models that are measured over a number of shifts."""
        return self.models[self.models["shifts"] == shifts]

    def finetuned(self) -> pd.DataFrame:
        """The finetuned models of the five shifts."""
        return self.of(FIVE)[self.of(FIVE)["family"] == "finetuned"]

    def parent(self) -> pd.Series:
        """The zero-shot model from which these are finetuned."""
        name = self.finetuned()["parent"].iloc[0]
        return self.models.set_index("model").loc[name]

    def group(self, family: str, shifts: int) -> pd.Series:
        """Mean, range and correlation of a group of models."""
        rows = self.groups[(self.groups["family"] == family) & (self.groups["shifts"] == shifts)]
        return rows.iloc[0]


def read(inputs: Inputs) -> Tables:
    """Read the tables.

    Raises
    ------
    InputError: a table lacks a column.
    """
    labels = ("family", "shifts")
    point = ("model", "backbone", "parent", "learning_rate", "accuracy", "effective_robustness")
    correlation = ("correlated", "spearman", "spearman_low", "spearman_high")
    return Tables(
        read_table(inputs.models, (*labels, *point)),
        read_table(inputs.lines, ("source", "shifts", "models", "slope", "intercept")),
        read_table(inputs.groups, (*labels, "models", "effective_robustness", *correlation)),
    )


def plot_accuracies(ax: Axes, models: pd.DataFrame) -> None:
    """Plot effective robustness over accuracy on ImageNet, family by family."""
    shown = _looks(models)
    for look in (BASELINE, *LOOKS):
        points = models[[each == look for each in shown]]
        ax.plot(
            points["accuracy"],
            points["effective_robustness"],
            look.marker,
            color=look.colour,
            **SIZES.get(look, FEW),
        )
    ax.axhline(0, color="black", linewidth=0.6)
    ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    ax.set_xlabel("Accuracy on ImageNet")
    ax.grid(color="0.92", linewidth=0.5)


def _looks(models: pd.DataFrame) -> list[Family]:
    """The look of each row's model."""
    return [
        BASELINE if row["family"] == "baseline" else look_of(row)
        for row in models[["family", "backbone"]].fillna("").to_dict("records")
    ]


def plot_rates(ax: Axes, tables: Tables) -> None:
    """Plot effective robustness over the learning rate, below that of the zero-shot parent."""
    look, found = FAMILIES["finetuned"], tables.finetuned()
    parent = tables.parent()["effective_robustness"]
    rates, robustness = found["learning_rate"], found["effective_robustness"]
    ax.plot(rates, robustness, look.marker, color=look.colour, **FEW)
    ax.axhline(parent, color=FAMILIES["robust_zero_shot"].colour, linestyle="--", linewidth=1)
    ax.axhline(0, color="black", linewidth=0.6)
    ax.set_xscale("log")
    ax.set_xlabel("Learning rate of the finetuning")
    ax.grid(color="0.92", linewidth=0.5)
    ax.annotate("their zero-shot parent", (1, parent), (0, 3), xycoords=("axes fraction", "data"),
                textcoords="offset points", ha="right", fontsize=7)  # fmt: skip
    ax.text(0.03, 0.05, correlation_words(tables), transform=ax.transAxes, fontsize=7)


def plot_own_line(ax: Axes, lines: pd.DataFrame, accuracy: pd.Series) -> None:
    """Plot how far timm's own line lies above the testbed's, which is the axis of 0."""
    both = lines[lines["shifts"] == FOUR].set_index("source")
    x = np.linspace(accuracy.min(), accuracy.max(), 200)
    own, used = (
        predicted_accuracy(x, *both.loc[source, ["slope", "intercept"]].to_numpy(float))
        for source in ("timm", "testbed")
    )
    ax.plot(x, own - used, **GUIDE)


def correlation_words(tables: Tables) -> str:
    """The rank correlation with the learning rate, with its interval."""
    row = tables.group("finetuned", FIVE)
    value, low, high = (row[f"spearman{end}"] for end in ("", "_low", "_high"))
    text = f"rank correlation {value:.2f} ({low:.2f} to {high:.2f}), {row['correlated']:.0f} models"
    return text.replace("-", "−")


def figure_of(tables: Tables) -> Figure:
    """The figure: five shifts above, four below."""
    figure = new_figure(height=5.6)
    axes = figure.subplot_mosaic([["accuracy", "rate"], ["timm", "timm"]])
    above, rate, below = axes["accuracy"], axes["rate"], axes["timm"]
    plot_accuracies(above, tables.of(FIVE))
    plot_rates(rate, tables)
    rate.sharey(above)
    rate.tick_params(labelleft=False)
    plot_accuracies(below, tables.of(FOUR))
    plot_own_line(below, tables.lines, tables.of(FOUR)["accuracy"])
    above.set_title("Published accuracies, five shifts")
    rate.set_title("Finetuned ViT-B/32, five shifts")
    below.set_title("Published accuracies of timm's models, four shifts (no ObjectNet)")
    for ax in (above, below):
        ax.set_ylabel("Effective robustness")
    own = Line2D([], [], **GUIDE, label="timm's own line")
    grey = Line2D(
        [], [], color=BASELINE.colour, marker=BASELINE.marker, linestyle="none", label=BASELINE.name
    )
    family_legend(figure, _looks(tables.models), [grey, own], markers=True)
    return figure


def caption_of(tables: Tables, confidence: float) -> str:
    """The figure's caption."""
    five, four = tables.group("finetuned", FIVE), tables.group("finetuned", FOUR)
    only, count = tables.group("supervised", FOUR), tables.of(FIVE)["family"].value_counts()
    own = tables.lines[tables.lines["source"] == "timm"].iloc[0]
    used = tables.lines[(tables.lines["shifts"] == FOUR) & (tables.lines["source"] == "testbed")]
    return texts.paragraph(
        "Finetuning and effective robustness by published accuracies.",
        "Not a figure of the paper, and of no study here: all accuracies were published by others, "
        "and ImageNet-V2 is its matched-frequency variant throughout.",
        "Above, the mean over five shifts is compared with the ImageNet testbed's line through the "
        f"same five. Left: {count['baseline']} baselines of the testbed, "
        f"{count['robust_zero_shot']} zero-shot CLIPs and CoCas (open_clip), and the "
        f"{five['models']} ViT-B/32 that Model soups finetuned on ImageNet from OpenAI's. Right: "
        "the latter over the learning rate of their finetuning, with Spearman's "
        f"{correlation_words(tables)}; interval: {100 * confidence:g} % by bootstrap over the "
        "models. One is published twice and counted once there, and one is their common start, "
        "which has no learning rate.",
        "Below, the mean over the four shifts that timm measures, compared with the testbed's line "
        f"through the same four: {four['models']} finetuned CLIPs, on average "
        f"{four['effective_robustness']:.2f}, and {only['models']} measurements of models that saw "
        f"ImageNet alone, on average {only['effective_robustness']:.2f}. Numbers over four shifts "
        "and over five are not comparable. The grey curve is how far a line through the latter "
        f"lies above the testbed's: slope {own['slope']:.2f} instead of "
        f"{used['slope'].iloc[0]:.2f}, as few of them are weak; nothing is compared with it.",
    )


def main(inputs: Inputs, files: FigureFiles, *, confidence: float) -> None:
    """Plot the figure.

    Parameters
    ----------
    inputs, files: tables to read and files to write
    confidence: level of the interval in the table

    Raises
    ------
    InputError: a table lacks a column
    """
    tables = read(inputs)
    with style():
        save(figure_of(tables), files, caption_of(tables, confidence))


if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job

    snakemake: Any
    with job(snakemake):
        main(
            Inputs(snakemake.input.models, snakemake.input.lines, snakemake.input.groups),
            FigureFiles(*snakemake.output),
            **snakemake.params.settings,
        )
