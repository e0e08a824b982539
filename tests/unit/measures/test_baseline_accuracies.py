"""One job measures the accuracies of all baselines."""

import numpy as np
import pytest

from tests.unit.inputs.measure_inputs import BOOTSTRAP, singletons, write_activations, write_bundle
from workflow_scripts.analysis import accuracy
from workflow_scripts.analysis.model_files import ModelFiles
from workflow_scripts.job.errors import InputError
from workflow_scripts.measures.indicators import baseline_accuracies

RNG = np.random.default_rng(1)


def activations(folder, model="m", width=6):
    return [
        write_activations(
            folder, RNG.normal(size=(30, width)), RNG.integers(0, 5, 30), singletons(5),
            dataset=dataset, model=model,
        )
        for dataset in ("imagenet", "imagenet-a")
    ]  # fmt: skip


def write_models(folder, names):
    """Activations and bundle of each model, in a folder of its name."""
    paths, bundles = [], []
    for name in names:
        (folder / name).mkdir()
        paths.append(activations(folder / name, name))
        bundles.append(write_bundle(folder / name, RNG.normal(size=(5, 6))))
    return paths, bundles


def test_several_models_get_their_own_files_whatever_the_order(tmp_path):
    """Inputs lie in a folder of each model, outputs have its name."""
    names = ["one", "two.x"]
    paths, bundles = write_models(tmp_path, names)
    heads, cards = zip(*bundles, strict=True)
    tables, correct = (
        [tmp_path / "accuracy" / f"{name}.{ending}" for name in names] for ending in ("csv", "h5")
    )
    baseline_accuracies.main(
        [*paths[1], *paths[0]], heads[::-1], cards, tables, correct[::-1],
        models=names, bootstrap=BOOTSTRAP,
    )  # fmt: skip
    alone = tmp_path / "alone.csv", tmp_path / "alone.h5"
    for name, own, bundle, *made in zip(names, paths, bundles, tables, correct, strict=True):
        accuracy.main(ModelFiles(name, *bundle), own, *alone, bootstrap=BOOTSTRAP)
        assert [each.read_bytes() for each in made] == [each.read_bytes() for each in alone]


@pytest.mark.parametrize(
    ("models", "message"),
    [
        (["one", "two"], "model 'two': found none of its files"),
        (["two"], "imagenet.h5: found a file of none of the models two"),
    ],
)
def test_files_of_other_models_are_refused(tmp_path, models, message):
    (paths,), ((head, card),) = write_models(tmp_path, ["one"])
    with pytest.raises(InputError, match=message):
        baseline_accuracies.main(
            paths, [head], [card], [tmp_path / "one.csv"], [tmp_path / "one.h5"],
            models=models, bootstrap=BOOTSTRAP,
        )  # fmt: skip
