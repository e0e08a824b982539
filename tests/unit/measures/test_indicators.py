"""One job gives what the three measures give, and one the accuracies of all baselines."""

import numpy as np
import pytest

from tests.unit.inputs.measure_inputs import BOOTSTRAP, singletons, write_activations, write_bundle
from workflow_scripts.analysis import accuracy, importance, kurtosis
from workflow_scripts.job.errors import InputError
from workflow_scripts.measures.indicators import baseline_accuracies, indicators

RNG = np.random.default_rng(1)
OUTPUTS = ("accuracy", "kurtosis", "importance", "importance_ratio", "correct")


def activations(folder, model="m", width=6):
    return [
        write_activations(
            folder, RNG.normal(size=(30, width)), RNG.integers(0, 5, 30), singletons(5),
            dataset=dataset, model=model,
        )
        for dataset in ("imagenet", "imagenet-a")
    ]  # fmt: skip


def test_the_same_as_the_measures_alone(tmp_path):
    paths, bundle = activations(tmp_path), write_bundle(tmp_path, RNG.normal(size=(5, 6)))
    together = {name: tmp_path / f"{name}.csv" for name in OUTPUTS}
    alone = {name: tmp_path / f"{name}-alone.csv" for name in OUTPUTS}
    settings = {"model": "m", "bootstrap": BOOTSTRAP}
    indicators.main(paths, *bundle, together, **settings)
    accuracy.main(paths, *bundle, alone["accuracy"], alone["correct"], **settings)
    kurtosis.main(paths, alone["kurtosis"], **settings)
    directions, ratio = alone["importance"], alone["importance_ratio"]
    importance.main(paths[0], *bundle, directions, ratio, **settings)
    for name in OUTPUTS:
        assert together[name].read_bytes() == alone[name].read_bytes(), name


def test_several_models_get_their_own_files(tmp_path):
    folders = [tmp_path / name for name in ("one", "two")]
    for folder in folders:
        folder.mkdir()
    paths = [path for folder in folders for path in activations(folder, folder.name)]
    bundles = [write_bundle(folder, RNG.normal(size=(5, 6))) for folder in folders]
    outputs = [(folder / "accuracy.csv", folder / "correct.h5") for folder in folders]
    models = [folder.name for folder in folders]
    baseline_accuracies.main(paths, bundles, outputs, models=models, bootstrap=BOOTSTRAP)
    for folder, bundle, own in zip(folders, bundles, (paths[:2], paths[2:]), strict=True):
        settings = {"model": folder.name, "bootstrap": BOOTSTRAP}
        accuracy.main(own, *bundle, folder / "alone.csv", folder / "alone.h5", **settings)
        assert (folder / "accuracy.csv").read_text() == (folder / "alone.csv").read_text()
        assert (folder / "correct.h5").read_bytes() == (folder / "alone.h5").read_bytes()


def test_models_in_another_order_are_refused(tmp_path):
    paths, bundle = activations(tmp_path, "one"), write_bundle(tmp_path, RNG.normal(size=(5, 6)))
    outputs = [(tmp_path / "two.csv", tmp_path / "two.h5")]
    with pytest.raises(InputError, match="'one'"):
        baseline_accuracies.main(paths, [bundle], outputs, models=["two"], bootstrap=BOOTSTRAP)
