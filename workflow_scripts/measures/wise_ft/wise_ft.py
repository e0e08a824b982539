"""Models between a zero-shot model and the one finetuned from it, in weight space (Appendix I).

Both ends are loaded once; the models between them exist in memory only, and so do their activations
unless they are to be kept. What is stored of each is what its measures follow from, image by image
and concept by concept: another threshold, line or resampling does not encode anything anew.
"""

import logging
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import h5py
import numpy as np
import torch

from workflow_scripts.analysis.accuracy import correct_images
from workflow_scripts.analysis.average_precision import best_of_directions, oriented, projected
from workflow_scripts.analysis.basis.components import moments_of
from workflow_scripts.analysis.importance import encoder_importance
from workflow_scripts.analysis.kurtosis import kurtosis_of_images
from workflow_scripts.files.activations import ActivationFile, open_activations
from workflow_scripts.files.atomic import replacing, replacing_folder
from workflow_scripts.files.concepts import read_draw
from workflow_scripts.files.hdf5 import opened
from workflow_scripts.job.errors import InputError
from workflow_scripts.method.directions import singular_directions
from workflow_scripts.method.head import Head
from workflow_scripts.method.importance import importance_ratio
from workflow_scripts.method.interpolation import check_alike, interpolated
from workflow_scripts.method.kurtosis import components
from workflow_scripts.method.precision import ConceptSets
from workflow_scripts.networks.classifier import Bundle, Classifier, load_bundle
from workflow_scripts.networks.devices import prepare
from workflow_scripts.networks.encoding import (
    batch_size,
    check_finite,
    encode_store,
    write_activations,
)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Settings:
    """How a path is measured."""

    pair: Sequence[str]  # ids of the zero-shot model and of the one finetuned from it
    alphas: Sequence[float]  # shares of the finetuned weights
    concepts: str | None  # id of the data set of role `concepts`, or None: they are not measured
    test: str  # id of the data set of role `test`
    device: str  # auto, cpu or cuda
    threads: int


class Concepts(NamedTuple):
    """The concept data set: its images, and the concept sets."""

    dataset: str
    ids: np.ndarray  # str [N]
    draws: list[ConceptSets]


class Point(NamedTuple):
    """What is measured of one model."""

    correct: dict[str, np.ndarray]  # bool [N] by data set
    kurtosis: dict[str, np.ndarray]  # float64 [N] by data set
    components: dict[str, np.ndarray]  # of h on the test set: `Components`, float64 [d_H] each
    importance_ratio: float
    best: np.ndarray  # float32 [D, C], average precision of the best direction, draw by draw


def fill_bias(zero_shot: Bundle, finetuned: Bundle) -> None:
    """A bias that only one of two heads has is zero in the other: prompts give none."""
    heads = [zero_shot.classifier, finetuned.classifier]
    for own, other in (heads, heads[::-1]):
        if own.bias is None and other.bias is not None:
            own.bias = torch.nn.Parameter(torch.zeros_like(other.bias))


def check_pair(zero_shot: Bundle, finetuned: Bundle) -> None:
    """Check that two models can be interpolated.

    Raises
    ------
    InputError: they differ in more than their weights.
    """
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
    test: id of the data set of role `test`.
    """
    evaluated = {
        name: file for name, file in files.items() if not concepts or name != concepts.dataset
    }
    return Point(
        {name: correct_images(file, head) for name, file in evaluated.items()},
        {name: kurtosis_of_images(file) for name, file in evaluated.items()},
        components(moments_of(files[test]))._asdict(),
        ratio_of(files[test], head),
        best_of_concepts(files, head, test, concepts, threads) if concepts else np.empty((0, 0)),
    )


def ratio_of(file: ActivationFile, head: Head) -> float:
    """Importance ratio (equation 3)."""
    sigma, v = singular_directions(head.weight)
    once = np.ones((1, file.images), dtype=np.uint16)  # a single resample: the images themselves
    return float(importance_ratio(sigma / sigma.sum() * encoder_importance(file, v, once).mean))


def best_of_concepts(
    files: dict[str, ActivationFile], head: Head, test: str, concepts: Concepts, threads: int
) -> np.ndarray:
    """Each concept's average precision by its best direction, for each draw of the sets."""
    v = oriented(head.weight, files[test])
    projections = projected(files[concepts.dataset], v, concepts.ids)
    return np.stack([best_of_directions(projections, sets, threads)[0] for sets in concepts.draws])


def encode(
    bundle: Bundle, stores: Sequence[Any], name: str, folder: Path | None
) -> dict[str, ActivationFile]:
    """Encode the images of open stores, by data set; activations are kept in memory.

    Parameters
    ----------
    name: of the model, in messages and in the files.
    folder: to write the activations to as well, or None.
    """
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


def head_of(classifier: Classifier) -> Head:
    """The head of a classifier, for the measures."""
    weight, bias = classifier.weight, classifier.bias
    return Head(
        weight.detach().cpu().numpy(),
        None if bias is None else bias.detach().cpu().numpy(),
        classifier.normalise,
    )


def walk(
    bundles: Sequence[Bundle],
    stores: Sequence[Any],
    ends: Sequence[Sequence[Path | str]],
    concepts: Concepts | None,
    kept: Path | None,
    settings: Settings,
) -> list[Point]:
    """Measure every model of the path, in the order of the alphas.

    Parameters
    ----------
    bundles: zero-shot and finetuned bundle.
    stores: open image stores.
    ends: activation files of both. At alpha 0 and 1 they are used and not made anew, so that the
        numbers there are those of the pool.
    kept: folder for activations, or None.
    """
    moving = bundles[0]
    start, end = (bundle.classifier.state_dict() for bundle in bundles)
    # A state dict refers to the weights themselves, which move along the path.
    start = {name: value.clone() for name, value in start.items()}
    points = []
    for alpha in settings.alphas:
        moving.classifier.load_state_dict(interpolated(start, end, alpha))
        head = head_of(moving.classifier)
        with ExitStack() as stack:
            if alpha in (0, 1):
                model = settings.pair[int(alpha)]
                opened_files = [
                    stack.enter_context(open_activations(path, model, head.width))
                    for path in ends[int(alpha)]
                ]
                files = {file.dataset: file for file in opened_files}
            else:
                name = f"{settings.pair[1]}_alpha-{alpha:g}"
                files = encode(moving, stores, name, kept / f"alpha_{alpha:g}" if kept else None)
            points.append(measure(files, head, settings.test, concepts, settings.threads))
        log.info("alpha %g: measured", alpha)
    return points


def write_points(path: Path | str, points: Sequence[Point], settings: Settings) -> None:
    """Write what is measured of the models of a path, see `main`."""
    zero_shot, finetuned = settings.pair
    with replacing(Path(path)) as temporary, h5py.File(temporary, "w") as file:
        file["alphas"] = settings.alphas
        for name, dtype in (("correct", np.uint8), ("kurtosis", np.float64)):
            for dataset in getattr(points[0], name):
                columns = [getattr(point, name)[dataset] for point in points]
                file[f"{name}/{dataset}"] = np.stack(columns, axis=1).astype(dtype)
        for name in points[0].components:
            file[f"components/{name}"] = np.stack([point.components[name] for point in points])
        file["importance_ratio"] = [point.importance_ratio for point in points]
        file["average_precision"] = np.stack([point.best for point in points]).astype(np.float32)
        file.attrs.update(model=finetuned, zero_shot=zero_shot, complete=True)


def main(
    cards: Sequence[Path | str],
    stores: Sequence[Path | str],
    ends: Sequence[Sequence[Path | str]],
    sets: Path | str | None,
    path: Path | str,
    kept: Path | str | None,
    settings: Settings,
) -> None:
    """Measure the path of one pair.

    Parameters
    ----------
    cards: card.json of the zero-shot and of the finetuned model.
    stores: image stores of the evaluated data sets, and of the concept images if there are any.
    ends: activation files of both models on the same data sets.
    sets: the concept sets, or None.
    path: HDF5 to write, for A alphas: `alphas` [A]; by data set, `correct/...` uint8 and
        `kurtosis/...` float64 [N, A]; `components/...` float64 [A, d_H], what each component does
        on the test set, by the names of `Components`; `importance_ratio` [A]; `average_precision`
        float32 [A, D, C], that of each concept by its best direction for each draw of the sets
        (D = C = 0 without concepts); attributes model (the finetuned one) and zero_shot.
    kept: folder to write with the activations of the models in between, or None.

    Raises
    ------
    InputError: the two models are not of one shape, or files are damaged.
    """
    device = prepare(settings.device, settings.threads)
    bundles = [load_bundle(Path(card).parent, device) for card in cards]
    fill_bias(*bundles)
    check_pair(*bundles)
    concepts = None
    if settings.concepts and sets:
        with opened(sets, "ids", "draw_0") as file:
            draws = [read_draw(file, number) for number in range(int(file.attrs["draws"]))]
            concepts = Concepts(settings.concepts, file["ids"].asstr()[:], draws)
    with ExitStack() as stack:
        open_stores = [stack.enter_context(opened(store)) for store in stores]
        folder = stack.enter_context(replacing_folder(Path(kept))) if kept else None
        points = walk(bundles, open_stores, ends, concepts, folder, settings)
    write_points(path, points, settings)


if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job

    snakemake: Any
    with job(snakemake):
        main(
            snakemake.input.cards,
            snakemake.input.stores,
            (snakemake.input.zero_shot, snakemake.input.finetuned),
            snakemake.input.get("sets"),
            snakemake.output.path,
            snakemake.output.get("kept"),
            Settings(**snakemake.params.settings, threads=snakemake.threads),
        )
