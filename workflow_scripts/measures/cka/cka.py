"""Layer-by-layer CKA between a zero-shot model and the one finetuned from it (Appendix C)."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch

from workflow_scripts.analysis.estimates import SHIFTS
from workflow_scripts.files.atomic import write_csv
from workflow_scripts.files.hdf5 import opened
from workflow_scripts.job.errors import InputError
from workflow_scripts.job.progress import progress
from workflow_scripts.method.cka import SMALLEST_BATCH, Comparison
from workflow_scripts.networks.classifier import Bundle, load_bundle
from workflow_scripts.networks.devices import prepare
from workflow_scripts.networks.layers import Watched

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Settings:
    """How a pair of models is compared."""

    pair: Sequence[str]  # ids of the zero-shot model and of the one finetuned from it
    shifts: Sequence[str]  # ids of the data sets of role `shift`
    batch_size: int  # images in a batch, at most
    all_pairs: bool  # compare all pairs of layers, and not the matching ones alone
    device: str  # auto, cpu or cuda
    threads: int


@torch.inference_mode()
def compare(bundles: Sequence[Bundle], store: Any, batch: int, full: bool = False) -> Comparison:
    """Compare the layers of two models in one pass over a store's images.

    The images are split evenly into as few batches of at most `batch` (8 or more) as suffice, so
    that none is too small for the unbiased estimator.

    Parameters
    ----------
    store: an open image store.
    full: compare all pairs of layers, and not the matching ones alone.

    Raises
    ------
    InputError: the store has fewer than four images.
    """
    comparison, count = Comparison(full), len(store["labels"])
    if count < SMALLEST_BATCH:
        raise InputError(
            f"data set {store.attrs['dataset']}: found {count} images, CKA needs {SMALLEST_BATCH}."
        )
    watched = [Watched(bundle.classifier.encoder) for bundle in bundles]
    bounds = np.linspace(0, count, -(-count // batch) + 1).round().astype(int)
    spans = list(zip(bounds[:-1], bounds[1:], strict=True))
    with watched[0], watched[1]:
        for start, end in progress(spans, label=f"comparing on {store.attrs['dataset']}"):
            pixels = torch.from_numpy(store["pixels"][start:end])
            for bundle in bundles:
                bundle.encode(pixels)
            comparison.add(*(each.grams for each in watched))
    return comparison


def rows(values: np.ndarray, names: list[list[str]], **columns: Any) -> pd.DataFrame:
    """Rows of the table of one data set.

    Parameters
    ----------
    values: CKA [layers] of the matching layers, or [layers, layers] of all pairs.
    names: of the layers of each model.
    columns: others to put first.
    """
    first, second = names
    pairs = (
        [(i, i) for i in range(len(first))]
        if values.ndim == 1
        else [(i, j) for i in range(len(first)) for j in range(len(second))]
    )
    return pd.DataFrame(
        {
            **columns,
            "number": [i + 1 for i, _ in pairs],
            "layer": [first[i] for i, _ in pairs],
            "other_number": [j + 1 for _, j in pairs],
            "other_layer": [second[j] for _, j in pairs],
            "cka": values.ravel(),
        }
    )


def over_shifts(table: pd.DataFrame, shifts: Sequence[str]) -> pd.DataFrame:
    """Mean and standard deviation over the shifts, for each pair of layers."""
    keys = ["number", "layer", "other_number", "other_layer"]
    # ASSUME: the standard deviation of the five values themselves (n, not n - 1): the figure's band
    # describes them and does not estimate other shifts.
    grouped = table[table["dataset"].isin(shifts)].groupby(keys, sort=False)["cka"]
    summary = grouped.agg(cka="mean", std=lambda values: values.std(ddof=0)).reset_index()
    return summary.assign(dataset=SHIFTS)


def main(
    cards: Sequence[Path | str],
    stores: Sequence[Path | str],
    table: Path | str,
    settings: Settings,
) -> None:
    """Compare one pair of models on every data set.

    Parameters
    ----------
    cards: card.json of the zero-shot and of the finetuned model.
    stores: image stores of the evaluated data sets.
    table: CSV to write, a row a data set and layer (or pair of layers): model (the finetuned one),
        zero_shot, dataset, images, number, layer (of the zero-shot model), other_number,
        other_layer, cka, std. The data set "shifts" stands for the mean over the shifts and its
        standard deviation.

    Raises
    ------
    InputError: the models have different layers, or files are damaged.
    """
    device = prepare(settings.device, settings.threads)
    bundles = [load_bundle(Path(card).parent, device) for card in cards]
    zero_shot, finetuned = settings.pair
    names = [Watched(bundle.classifier.encoder).names for bundle in bundles]
    if not settings.all_pairs and names[0] != names[1]:
        raise InputError(
            f"models {zero_shot} and {finetuned}: found {len(names[0])} and {len(names[1])} "
            "layers, expected the same; their backbones differ."
        )
    parts = []
    for path in stores:
        with opened(path) as store:
            comparison = compare(bundles, store, settings.batch_size, settings.all_pairs)
            dataset = store.attrs["dataset"]
        values = comparison.cka().numpy()
        parts.append(rows(values, names, dataset=dataset, images=comparison.images))
        log.info("%s: CKA of the output %.3f", dataset, values.ravel()[-1])
    joined = pd.concat(parts)
    joined = pd.concat([joined, over_shifts(joined, settings.shifts)])
    joined.insert(0, "model", finetuned)
    joined.insert(1, "zero_shot", zero_shot)
    write_csv(Path(table), joined)


if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job

    snakemake: Any
    with job(snakemake):
        main(
            snakemake.input.cards,
            snakemake.input.stores,
            snakemake.output.table,
            Settings(**snakemake.params.settings, threads=snakemake.threads),
        )
