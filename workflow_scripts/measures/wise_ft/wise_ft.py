"""Models between a zero-shot model and the one finetuned from it, in weight space (Appendix I).

Both ends are loaded once; the models between them exist in memory only, and so do their activations
unless they are to be kept. What is stored of each is what its measures follow from, image by image
and concept by concept: another threshold, line or resampling does not encode anything anew.
"""

import logging
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import h5py
import numpy as np

from workflow_scripts.analysis.accuracy import correct_images
from workflow_scripts.analysis.importance import encoder_importance, importance_ratio
from workflow_scripts.analysis.kurtosis import kurtosis_of_images
from workflow_scripts.analysis.probing import best_of_directions, oriented, projected
from workflow_scripts.files.activations import ActivationFile, open_activations
from workflow_scripts.files.atomic import replacing, replacing_folder
from workflow_scripts.files.concepts import opened, read_draw
from workflow_scripts.files.image_stores import open_store
from workflow_scripts.job.errors import InputError
from workflow_scripts.method.average_precision import ConceptSets
from workflow_scripts.method.head import Head
from workflow_scripts.method.interpolation import check_alike, interpolated
from workflow_scripts.method.singular_directions import singular_directions
from workflow_scripts.networks.classifier import Bundle, load_bundle
from workflow_scripts.networks.devices import prepare
from workflow_scripts.networks.encoding import (
    batch_size,
    check_finite,
    encode_store,
    write_activations,
)

log = logging.getLogger(__name__)


class Concepts(NamedTuple):
    """What probing needs: the data set's images and their sets."""

    dataset: str
    ids: np.ndarray
    sets: ConceptSets


class Point(NamedTuple):
    """What is measured of one model."""

    correct: dict[str, np.ndarray]  # bool [N] by data set
    kurtosis: dict[str, np.ndarray]  # float64 [N] by data set
    importance_ratio: float
    best: np.ndarray  # float32 [C], each concept's average precision by its best direction


def check_pair(zero_shot: Bundle, finetuned: Bundle) -> None:
    """Raise InputError unless two bundles differ in their weights only."""
    for key in ("architecture", "view", "mean", "std", "normalise"):
        start, end = (bundle.card[key] for bundle in (zero_shot, finetuned))
        if start != end:
            raise InputError(
                f"card of {finetuned.card['model']}, key {key}: found {end!r}, expected {start!r} "
                f"as of {zero_shot.card['model']}; the two cannot be interpolated."
            )
    check_alike(zero_shot.classifier.state_dict(), finetuned.classifier.state_dict())


def measure(
    files: dict[str, ActivationFile], head: Head, test: str, concepts: Concepts | None, threads: int
) -> Point:
    """Measure one model from its activations, as the measures of the pool do.

    Parameters
    ----------
    files: activations by data set.
    test: id of the test set.
    concepts: None if concepts are not to be probed.
    """
    evaluated = {
        name: file for name, file in files.items() if not concepts or name != concepts.dataset
    }
    return Point(
        {name: correct_images(file, head) for name, file in evaluated.items()},
        {name: kurtosis_of_images(file) for name, file in evaluated.items()},
        ratio_of(files[test], head),
        best_of_concepts(files, head, test, concepts, threads) if concepts else np.empty(0),
    )


def ratio_of(file: ActivationFile, head: Head) -> float:
    """Importance ratio (equation 3)."""
    sigma, v = singular_directions(head.weight)
    once = np.ones((1, file.images), dtype=np.uint16)  # a single resample: the images themselves
    return float(importance_ratio(sigma / sigma.sum() * encoder_importance(file, v, once).mean))


def best_of_concepts(
    files: dict[str, ActivationFile], head: Head, test: str, concepts: Concepts, threads: int
) -> np.ndarray:
    """Each concept's average precision by its best direction, with the first draw of the sets."""
    v = oriented(head.weight, files[test])
    projections = projected(files[concepts.dataset], v, concepts.ids)
    return best_of_directions(projections, concepts.sets, threads)[0]


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
    moving = bundles[0]  # so that its own weights are kept as a copy
    start, end = (bundle.classifier.state_dict() for bundle in bundles)
    start = {name: value.clone() for name, value in start.items()}
    points = []
    for alpha in alphas:
        moving.classifier.load_state_dict(interpolated(start, end, alpha))
        head = head_of(moving.classifier)
        with ExitStack() as stack:
            if alpha in (0, 1):
                model = bundles[int(alpha)].card["model"]
                opened_files = [
                    stack.enter_context(open_activations(path, model, head.width))
                    for path in ends[int(alpha)]
                ]
                files = {file.dataset: file for file in opened_files}
            else:
                name = f"{bundles[1].card['model']}_alpha-{alpha:g}"
                files = encode(moving, stores, name, kept / f"alpha_{alpha:g}" if kept else None)
            points.append(measure(files, head, test, concepts, threads))
        log.info("alpha %g: measured", alpha)
    return points


def write_points(path: str, pair: tuple[str, str], alphas: list[float], points: list[Point]):
    """Write what is measured of the models of a path, see `main`."""
    with replacing(Path(path)) as temporary, h5py.File(temporary, "w") as file:
        file["alphas"] = alphas
        for name, dtype in (("correct", np.uint8), ("kurtosis", np.float64)):
            for dataset in getattr(points[0], name):
                columns = [getattr(point, name)[dataset] for point in points]
                file[f"{name}/{dataset}"] = np.stack(columns, axis=1).astype(dtype)
        file["importance_ratio"] = [point.importance_ratio for point in points]
        file["average_precision"] = np.stack([point.best for point in points]).astype(np.float32)
        file.attrs.update(model=pair[1], zero_shot=pair[0], complete=True)


def main(cards, stores, ends, sets, output, kept, threads, *, pair, alphas, concepts, test, device):
    """Measure the path of one pair.

    Parameters
    ----------
    cards: card.json of the zero-shot and of the finetuned model.
    stores: image stores of the evaluated data sets, and of the concept images if there are any.
    ends: activations (or their digests) of both models on the same data sets.
    sets: the concept sets, or None.
    output: HDF5 to write, for A alphas: `alphas` [A]; by data set, `correct/...` uint8 and
        `kurtosis/...` float64 [N, A]; `importance_ratio` [A]; `average_precision` float32 [A, C],
        that of each concept by its best direction (C = 0 without concepts); attributes model (the
        finetuned one) and zero_shot.
    kept: folder to write with the activations of the models in between, or None.
    pair: ids of the two models.
    alphas: shares of the finetuned weights.
    concepts: id of the data set whose concepts are probed, or None.
    test: id of the test set.
    device: auto, cpu or cuda.

    Raises
    ------
    InputError: the two models are not of one shape, or files are damaged.
    """
    device = prepare(device, threads)
    bundles = [load_bundle(Path(card).parent, device) for card in cards]
    check_pair(*bundles)
    probed = None
    if concepts:
        with opened(sets, "ids", "draw_0") as file:
            probed = Concepts(concepts, file["ids"].asstr()[:], read_draw(file, 0))
    with ExitStack() as stack:
        open_stores = [stack.enter_context(open_store(path)) for path in stores]
        folder = stack.enter_context(replacing_folder(Path(kept))) if kept else None
        points = walk(bundles, alphas, open_stores, ends, test, probed, threads, folder)
    write_points(output, pair, alphas, points)


if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job

    with job(snakemake):
        main(
            snakemake.input.cards,
            snakemake.input.stores,
            (snakemake.input.zero_shot, snakemake.input.finetuned),
            snakemake.input.get("sets"),
            snakemake.output.path,
            snakemake.output.get("kept"),
            snakemake.threads,
            **snakemake.params.settings,
        )
