"""Models between a zero-shot model and the one finetuned from it, in weight space (Appendix I).

Both ends are loaded once; the models between them exist in memory only, and so do their activations
unless they are to be kept.
"""

import logging
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import torch
from scipy import stats

from workflow_scripts.activations.encode import (
    batch_size,
    check_finite,
    encode_store,
    write_activations,
)
from workflow_scripts.lib.activation_file import ActivationFile, open_activations
from workflow_scripts.lib.atomic import replacing_folder, write_csv
from workflow_scripts.lib.average_precision import ConceptSets
from workflow_scripts.lib.bundles import Bundle, load_bundle
from workflow_scripts.lib.concept_files import opened, read_draw
from workflow_scripts.lib.devices import prepare
from workflow_scripts.lib.head import Head
from workflow_scripts.lib.interpolation import check_pair, interpolated
from workflow_scripts.lib.probing import best_of_directions, oriented, projected
from workflow_scripts.lib.singular_directions import singular_directions
from workflow_scripts.lib.stores import open_store
from workflow_scripts.measures.accuracy import correct_images
from workflow_scripts.measures.importance import encoder_importance, importance_ratio
from workflow_scripts.measures.kurtosis import kurtosis_of_images
from workflow_scripts.measures.variants import (
    SHIFTS,
    Baselines,
    Estimate,
    average,
    mean_over_images,
)

ROBUSTNESS = ("effective_robustness", SHIFTS)
log = logging.getLogger(__name__)


class Concepts(NamedTuple):
    """What counting concepts needs: the data set's images, their sets, and the threshold."""

    dataset: str
    ids: np.ndarray
    sets: ConceptSets
    threshold: float


class Point(NamedTuple):
    """What is measured of one model."""

    correct: dict[str, np.ndarray]  # bool [N] by data set
    kurtosis: dict[str, np.ndarray]  # float64 [N] by data set
    importance_ratio: float
    concepts: float  # NaN if the study has no concepts


def measure(
    files: dict[str, ActivationFile], head: Head, test: str, concepts: Concepts | None, threads: int
) -> Point:
    """Measure one model from its activations, as the measures of the pool do.

    Parameters
    ----------
    files: activations by data set.
    test: id of the test set.
    concepts: None if concepts are not to be counted.
    """
    evaluated = {
        name: file for name, file in files.items() if not concepts or name != concepts.dataset
    }
    return Point(
        {name: correct_images(file, head) for name, file in evaluated.items()},
        {name: kurtosis_of_images(file) for name, file in evaluated.items()},
        ratio_of(files[test], head),
        count_concepts(files, head, test, concepts, threads) if concepts else np.nan,
    )


def ratio_of(file: ActivationFile, head: Head) -> float:
    """Importance ratio (equation 3)."""
    sigma, v = singular_directions(head.weight)
    once = np.ones((1, file.images), dtype=np.uint16)  # a single resample: the images themselves
    return float(importance_ratio(sigma / sigma.sum() * encoder_importance(file, v, once).mean))


def count_concepts(
    files: dict[str, ActivationFile], head: Head, test: str, concepts: Concepts, threads: int
) -> float:
    """Number of unique concepts (equation 4), with the first draw of the sets."""
    v = oriented(head.weight, files[test])
    projections = projected(files[concepts.dataset], v, concepts.ids)
    best = best_of_directions(projections, concepts.sets, threads)[0]
    return float((best >= concepts.threshold).sum())


def encode(
    bundle: Bundle, stores: list, name: str, folder: Path | None
) -> dict[str, ActivationFile]:
    """Activations of a bundle on open stores, in memory, and in `folder` if it is not None."""
    files = {}
    for store in stores:
        dataset = store.attrs["dataset"]
        h = encode_store(bundle, store, batch_size(store["pixels"][0].size, bundle.device))
        check_finite(h, store["ids"].asstr(), name, dataset)
        path = (folder or Path(name)) / f"{dataset}.h5"
        if folder:
            folder.mkdir(exist_ok=True)
            card = {"model": name, "sha256": {"encoder": "interpolated"}}
            write_activations(path, h, store, card, store.attrs["digest"])
        groups = store.attrs["class_groups"]
        files[dataset] = ActivationFile(
            path, name, dataset, h, store["labels"][:], store["ids"], groups
        )
    return files


def head_of(classifier) -> Head:
    """The head of a classifier, for the measures."""
    weight, bias = (
        None if each is None else each.detach().cpu().numpy()
        for each in (classifier.weight, classifier.bias)
    )
    return Head(weight, bias, classifier.normalise)


def walk(bundles, alphas, stores, ends, test, concepts, threads, kept):
    """Measure every model of the path; a list of `Point`s.

    Parameters
    ----------
    bundles: zero-shot and finetuned bundle.
    alphas: shares of the finetuned weights.
    stores: open image stores.
    ends: paths of the activations of both ends. At alpha 0 and 1 they are used and not made anew,
        so that the numbers there are those of the pool.
    concepts: see `measure`.
    kept: folder for activations, or None.
    """
    states = [bundle.classifier.state_dict() for bundle in bundles]
    states = [{name: value.clone() for name, value in state.items()} for state in states]
    moving = bundles[0]
    points = []
    for alpha in alphas:
        # The compiled counting of concepts sets the number of threads of OpenMP, and so of torch.
        torch.set_num_threads(threads)
        moving.classifier.load_state_dict(interpolated(*states, alpha))
        head = head_of(moving.classifier)
        with ExitStack() as stack:
            if alpha in (0, 1):
                end = int(alpha)
                opened_files = [
                    stack.enter_context(
                        open_activations(path, bundles[end].card["model"], head.width)
                    )
                    for path in ends[end]
                ]
                files = {file.dataset: file for file in opened_files}
            else:
                name = f"{bundles[1].card['model']}_alpha-{alpha:g}"
                files = encode(moving, stores, name, kept / f"alpha_{alpha:g}" if kept else None)
            points.append(measure(files, head, test, concepts, threads))
        log.info("alpha %g: measured", alpha)
    return points


def estimates(
    points: list[Point], baselines: Baselines, test: str, shifts: list[str], bootstrap: dict
):
    """All quantities of A points: (quantity, data set or "shifts") to an `Estimate`."""
    every = {}
    for quantity in ("accuracy", "kurtosis"):
        values = [point.correct if quantity == "accuracy" else point.kurtosis for point in points]
        for dataset in (test, *shifts):
            stacked = np.stack([each[dataset] for each in values], axis=1).astype(np.float64)
            every[quantity, dataset] = mean_over_images(stacked, dataset, bootstrap)
        every[quantity, SHIFTS] = average([every[quantity, dataset] for dataset in shifts])
    every[ROBUSTNESS] = baselines.robustness(every["accuracy", test], every["accuracy", SHIFTS])
    for quantity in ("importance_ratio", "concepts"):
        values = np.array([getattr(point, quantity) for point in points])
        if not np.isnan(values).all():
            # not resampled, so without an interval
            every[quantity, test] = Estimate(values, np.full((1, len(values)), np.nan))
    return every


def tracking(indicator: Estimate, robustness: Estimate, confidence: float) -> dict:
    """Spearman rank correlation of an indicator with effective robustness along the path.

    The interval is over resamples of the images; an indicator without resamples stays as it is.
    Undefined where either does not change.
    """
    draws = np.broadcast_to(indicator.value, robustness.draws.shape)
    if len(indicator.draws) == len(robustness.draws):
        draws = indicator.draws
    resampled = rank_correlation(draws, robustness.draws)
    low, high = Estimate(indicator.value, resampled[:, None]).interval(confidence)
    value = rank_correlation(indicator.value[None], robustness.value[None])[0]
    return {"spearman": value, "low": low[0], "high": high[0]}


def rank_correlation(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Spearman's correlation of each row: [B, A] and [B, A] to [B]; NaN where a row is constant."""
    a, b = (stats.rankdata(each, axis=1) - (each.shape[1] + 1) / 2 for each in (first, second))
    with np.errstate(invalid="ignore"):
        return (a * b).sum(axis=1) / np.sqrt((a * a).sum(axis=1) * (b * b).sum(axis=1))


def main(
    cards, stores, ends, baselines, sets, table, tracks, kept, threads, *, pair, alphas, concepts,
    baseline_models, test, shifts, bootstrap, device,
):  # fmt: skip
    """Measure the path of one pair.

    Parameters
    ----------
    cards: card.json of the zero-shot and of the finetuned model.
    stores: image stores of the evaluated data sets, and of the concept images if there are any.
    ends: activations (or their digests) of both models on the same data sets.
    baselines: the accuracy measure's HDF5 file of each baseline, for the line.
    sets: the concept sets, or None.
    table: CSV to write: model (the finetuned one), zero_shot, alpha, quantity, dataset, value, low,
        high.
    tracks: CSV to write: model, zero_shot, quantity, dataset, points, spearman, low, high.
    kept: folder to write with the activations of the models in between, or None.
    pair: ids of the two models.
    alphas: shares of the finetuned weights.
    concepts: `dataset` and `threshold`, or None.
    baseline_models: ids of the baselines.
    test, shifts: ids of the data sets.
    bootstrap: draws, confidence, seed.
    device: auto, cpu or cuda.

    Raises
    ------
    InputError: the two models are not of one shape, or files are damaged.
    """
    device = prepare(device, threads)
    bundles = [load_bundle(Path(card).parent, device) for card in cards]
    check_pair(*bundles)
    line = Baselines.read(baselines, baseline_models, test, shifts, bootstrap)
    counted = None
    if concepts:
        with opened(sets, "ids", "draw_0") as file:
            counted = Concepts(ids=file["ids"].asstr()[:], sets=read_draw(file, 0), **concepts)
    with ExitStack() as stack:
        open_stores = [stack.enter_context(open_store(path)) for path in stores]
        folder = stack.enter_context(replacing_folder(Path(kept))) if kept else None
        points = walk(bundles, alphas, open_stores, ends, test, counted, threads, folder)
    every = estimates(points, line, test, shifts, bootstrap)
    names = {"model": pair[1], "zero_shot": pair[0]}
    rows, tracked = [], []
    for (quantity, dataset), estimate in every.items():
        low, high = estimate.interval(bootstrap["confidence"])
        columns = {"value": estimate.value, "low": low, "high": high}
        place = {"quantity": quantity, "dataset": dataset}
        rows.append(pd.DataFrame({**names, "alpha": alphas, **place, **columns}))
        if quantity not in ("accuracy", ROBUSTNESS[0]):
            correlation = tracking(estimate, every[ROBUSTNESS], bootstrap["confidence"])
            tracked.append({**names, **place, "points": len(alphas), **correlation})
    write_csv(Path(table), pd.concat(rows))
    write_csv(Path(tracks), pd.DataFrame(tracked))


if __name__ == "__main__":
    from workflow_scripts.lib.job import job

    with job(snakemake):
        main(
            snakemake.input.cards,
            snakemake.input.stores,
            (snakemake.input.zero_shot, snakemake.input.finetuned),
            snakemake.input.baselines,
            snakemake.input.get("sets"),
            snakemake.output.table,
            snakemake.output.tracks,
            snakemake.output.get("kept"),
            snakemake.threads,
            **snakemake.params.settings,
        )
