"""Bars for a pool of models in the paper's grouping: backbone, pretraining data, family."""

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

import pandas as pd
from matplotlib.axes import Axes

from workflow_scripts.lib.families import FAMILIES, of_family, shown

BAR = 0.4  # widest bar, where a place on the axis has the width 1
FILLED = 0.84  # of a place
GAP = 0.35  # between backbones
NARROWEST = 1.9  # places that a backbone takes at least, so that its name fits above
LONGEST = 9  # letters of a name that fit above so few places


class Place(NamedTuple):
    """A place on the axis: the models of one backbone and pretraining set, side by side."""

    backbone: str
    label: str
    models: list[dict]


def places(models: list[dict]) -> list[Place]:
    """Group a pool as the paper's figures do, in the pool's order.

    Within a backbone: the web pretraining sets, zero-shot beside finetuned, then the sets of the
    non-robust CLIPs, then the supervised models.
    """
    grouped: dict[tuple, list[dict]] = {}
    for family in ("robust_zero_shot", "finetuned", "non_robust_zero_shot", "supervised"):
        for model in of_family(models, family):
            label = model["pretraining"] or FAMILIES[family].name
            grouped.setdefault((model["backbone"], label), []).append(model)
    backbones = list(dict.fromkeys(model["backbone"] for model in shown(models)))
    ordered = sorted(grouped.items(), key=lambda item: backbones.index(item[0][0]))
    return [Place(backbone, label, members) for (backbone, label), members in ordered]


def spans(groups: list[Place]) -> list[tuple[str, float, float]]:
    """Each backbone with the left and right end of its part of the axis."""
    counts = Counter(place.backbone for place in groups)  # in order of appearance
    ends, left = [], 0.0
    for backbone, count in counts.items():
        right = left + max(count, NARROWEST) + GAP
        ends.append((backbone, left, right))
        left = right
    return ends


def positions(groups: list[Place]) -> list[float]:
    """Middle of each place on the axis: one apart, centred in the backbone's part."""
    centres = []
    for backbone, left, right in spans(groups):
        count = sum(place.backbone == backbone for place in groups)
        first = (left + right - count + 1) / 2
        centres += [first + number for number in range(count)]
    return centres


def bar_places(models: list[dict]) -> dict[str, tuple[float, float]]:
    """Middle and width of each model's bar as `draw_bars` draws it, by model id."""
    groups = places(models)
    return {
        model["model"]: (x, width)
        for place, centre in zip(groups, positions(groups), strict=True)
        for model, x, width in _bars(place, centre)
    }


def draw_bars(ax: Axes, models: list[dict], values: pd.DataFrame, hatch: str | None = None) -> None:
    """Draw a bar with its interval for each model, and the labels of the x axis.

    Parameters
    ----------
    models: rows with model, family, backbone, pretraining; baselines are left out
    values: columns value, low, high, indexed by model; a value that is NaN is marked n/a, an
        interval that is NaN is not drawn
    hatch: pattern over the bars, for numbers of another origin
    """
    groups = places(models)
    if not groups:
        ax.text(0.5, 0.5, "no models of these families", transform=ax.transAxes, ha="center")
        ax.set_xticks([])
        return
    centres = positions(groups)
    for place, centre in zip(groups, centres, strict=True):
        for model, x, width in _bars(place, centre):
            _draw_bar(ax, x, width, values.loc[model["model"]], model["family"], hatch)
    labels = [place.label for place in groups]
    ax.set_xticks(centres, labels, rotation=35, ha="right", rotation_mode="anchor")
    ax.tick_params(axis="x", length=0)
    ax.set_xlim(0, spans(groups)[-1][2])
    ax.grid(axis="y", color="0.9", linewidth=0.5)
    _name_backbones(ax, groups)


def _bars(place: Place, centre: float) -> Iterator[tuple[dict, float, float]]:
    """Each model of a place with the middle and the width of its bar."""
    count = len(place.models)
    width = min(BAR, FILLED / count)
    for number, model in enumerate(place.models):
        yield model, centre + (number - (count - 1) / 2) * width, width


def _draw_bar(
    ax: Axes, x: float, width: float, row: pd.Series, family: str, hatch: str | None
) -> None:
    if pd.isna(row["value"]):
        ax.annotate("n/a", (x, 0), (0, 2), textcoords="offset points", ha="center", fontsize=7)
        return
    colour = FAMILIES[family].colour
    ax.bar(x, row["value"], width, color=colour, edgecolor="white", linewidth=0.5, hatch=hatch)
    if not pd.isna(row["low"]):
        ax.vlines(x, row["low"], row["high"], color="black", linewidth=0.9)


def _name_backbones(ax: Axes, groups: list[Place]) -> None:
    """Name each backbone above its part of the axis, every other one on a grey ground."""
    for number, (backbone, left, right) in enumerate(spans(groups)):
        if number % 2 == 0:
            ax.axvspan(left, right, color="0.96", linewidth=0, zorder=0)
        narrow = right - left < NARROWEST + 2 * GAP and len(backbone) > LONGEST
        ax.annotate(
            backbone.replace("-", "-\n", 1) if narrow else backbone,
            ((left + right) / 2, 1),
            (0, 3),
            xycoords=("data", "axes fraction"),
            textcoords="offset points",
            ha="center",
            fontsize=7.5,
        )
