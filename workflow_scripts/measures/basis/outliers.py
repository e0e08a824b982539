"""Which components make a model's kurtosis, and whether the same ones do elsewhere.

On other data sets, after each epoch of a finetuning, along the Wise-FT path, and in the model that
it was finetuned from. Beyond the paper.
"""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from workflow_scripts.analysis.basis.components import (
    component_table,
    moments_of,
    overlap,
    ranked,
)
from workflow_scripts.files.activations import open_activations
from workflow_scripts.files.atomic import write_csv
from workflow_scripts.files.hdf5 import opened
from workflow_scripts.job.errors import InputError

LISTED = 10  # components
LEADING = (1, 3, 5, 10)  # how many of them are compared
log = logging.getLogger(__name__)


def leading(activations: Path | str, model: str) -> pd.DataFrame:
    """The leading components of a model on a data set.

    Columns: dataset, place, component, sign (of its mean), mean, share (of E|h|^2), kurtosis (its
    contribution), largest (share of the images in which it is the largest in magnitude), width.
    """
    with open_activations(activations, model) as file:
        return _listed(component_table(moments_of(file)), file.dataset)


def along(path: Path | str, test: str) -> dict[str, pd.DataFrame]:
    """The leading components on the test set along a Wise-FT path, by alpha; see `leading`.

    Raises
    ------
    InputError: a damaged file.
    """
    with opened(path, "alphas", "components") as file:
        values = {name: each[:] for name, each in file["components"].items()}
        return {
            f"{alpha:g}": _listed(ranked({name: each[row] for name, each in values.items()}), test)
            for row, alpha in enumerate(file["alphas"][:])
        }


def _listed(table: pd.DataFrame, dataset: str) -> pd.DataFrame:
    own = table.head(LISTED)[["place", "component", "mean", "share", "kurtosis", "largest"]]
    own.insert(2, "sign", np.sign(own["mean"]).astype(int))
    return own.assign(dataset=dataset, width=len(table))[["dataset", *own, "width"]]


def compared(own: pd.DataFrame, other: pd.DataFrame, kind: str, name: str) -> pd.DataFrame:
    """How many of the leading components of a model lead elsewhere, too.

    Columns: kind, elsewhere, leading (how many are compared), overlap (share in [0, 1]), by_chance
    (of components drawn at random), same_sign (share of those in common).
    """
    rows = []
    for count in LEADING:
        first, second = (each.head(count).set_index("component")["sign"] for each in (own, other))
        common = first.index.intersection(second.index)
        rows.append(
            {
                "kind": kind,
                "elsewhere": name,
                "leading": count,
                "overlap": overlap(list(first.index), list(second.index)),
                "by_chance": len(first) / own["width"].iloc[0],
                "same_sign": (first[common] == second[common]).mean() if len(common) else np.nan,
            }
        )
    return pd.DataFrame(rows)


def main(
    activations: Sequence[Path | str],
    outliers: Path | str,
    stability: Path | str,
    *,
    model: str,
    test: str,
    epochs: Path | str | None = None,
    parent: tuple[str, Path | str] | None = None,
    path: Path | str | None = None,
) -> None:
    """Measure one model.

    Parameters
    ----------
    activations: its activation files of the test set, which is the first, and of the shifts.
    outliers: CSV to write: model, state ("model", "epoch_01" and so on, or "alpha_0.1" and so on)
        and the columns of `leading`.
    stability: CSV to write: model and the columns of `compared`; kind is dataset, epoch, wise_ft
        (elsewhere is then alpha, the share of the finetuned weights), parent.
    model, test: ids of the model and of the test set.
    epochs: folder with activations after each epoch of its finetuning.
    parent: id and activations on the test set of the model that it was finetuned from.
    path: what is measured along the Wise-FT path to it.

    Raises
    ------
    InputError: a damaged file or an activation that is not finite; no epochs in their folder.
    """
    own, *shifted = (leading(path, model) for path in activations)
    tables = [each.assign(state="model") for each in (own, *shifted)]
    parts = [compared(own, each, "dataset", each["dataset"].iloc[0]) for each in shifted]
    for folder in _epochs(epochs):
        each = leading(folder / f"{test}.h5", model)
        tables.append(each.assign(state=folder.name))
        number = folder.name.removeprefix("epoch_").lstrip("0")
        parts.append(compared(own, each, "epoch", number))
    for alpha, each in along(path, test).items() if path else ():
        tables.append(each.assign(state=f"alpha_{alpha}"))
        parts.append(compared(own, each, "wise_ft", alpha))
    if parent:
        parts.append(compared(own, leading(parent[1], parent[0]), "parent", parent[0]))
    columns = ["model", "state", *own.columns]
    write_csv(outliers, pd.concat(tables).assign(model=model)[columns])
    empty = pd.DataFrame(columns=[*compared(own, own, "", "").columns])
    found = pd.concat(parts) if parts else empty
    write_csv(stability, found.assign(model=model)[["model", *empty.columns]])
    log.info("leading components on %s: %s", test, own["component"][:3].tolist())


def _epochs(folder: Path | str | None) -> list[Path]:
    """The folders of the epochs, in order."""
    if folder is None:
        return []
    found = sorted(Path(folder).glob("epoch_*"))
    if not found:
        raise InputError(f"{folder}: found no folder epoch_*, expected one an epoch; run again.")
    return found


if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job

    snakemake: Any
    with job(snakemake):
        settings = snakemake.params.settings
        parents = snakemake.input.get("parent")
        main(
            snakemake.input.activations,
            snakemake.output.outliers,
            snakemake.output.stability,
            model=settings["model"],
            test=settings["test"],
            epochs=snakemake.input.get("epochs"),
            parent=(settings["parent"], parents) if parents else None,
            path=snakemake.input.get("path"),
        )
