"""The method as a package of its own: what it shows, what it needs, and the README's example."""

import importlib
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import average_precision_score

from workflow_scripts import method
from workflow_scripts.method.concepts import polysemanticity, unique_concepts
from workflow_scripts.method.importance import importances
from workflow_scripts.method.precision import average_precision, sets_by_image

ROOT = Path(__file__).resolve().parents[3]
EXAMPLE = re.compile(r"<!-- method example -->\n```python\n(.*?)```", re.DOTALL)
# Nothing but the standard library and these may be imported.
ALONE = """
import sys

class Refusal:
    def find_spec(self, name, path=None, target=None):
        root = name.partition(".")[0]
        if root not in {{"numpy", "scipy", *{more}, *sys.stdlib_module_names}}:
            raise ModuleNotFoundError(f"{{name}} is not to be imported", name=name)

sys.meta_path.insert(0, Refusal())
sys.path.insert(0, {path!r})
"""
RNG = np.random.default_rng(0)


def alone(code, path, *more):
    """What code prints that may import numpy, scipy and `more` only, from `path`."""
    beginning = ALONE.format(path=str(path), more=set(more))
    done = subprocess.run(
        [sys.executable, "-I", "-c", beginning + code], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A folder with the package as pip installs it, without any network."""
    source, target = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("site")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    shutil.copytree(ROOT / "workflow_scripts" / "method", source / "workflow_scripts" / "method")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index",
               "--no-build-isolation", "--target", str(target), str(source)]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return target


def test_the_readme_s_example_needs_nothing_but_numpy_and_scipy(installed):
    (code,) = EXAMPLE.findall((ROOT / "README.md").read_text(encoding="utf-8"))
    assert len(list(filter(None, code.splitlines()))) <= 10
    kurtosis, ratio, robustness, concepts = map(
        float, alone(code, installed, "interpreting_clip").split()
    )
    assert kurtosis == pytest.approx(3, abs=0.15)  # the components are Gaussian
    assert 1 <= ratio <= 10
    # The line rises from .38 at .6 to about .5 at .7; so does the prediction.
    assert robustness == pytest.approx(0.6 - 0.494, abs=0.01)
    assert concepts in (0, 1, 2)


def test_without_numba_average_precision_is_the_same(installed):
    code = """
import numpy as np, interpreting_clip as ic
rng = np.random.default_rng(1)
scores = np.round(rng.normal(size=(60, 4)), 1).astype("f4")
sets = ic.draw_sets({0: np.arange(20), 1: np.arange(10, 50), 2: np.arange(5)}, 60, 0)
print(*np.stack(ic.average_precision(scores, sets)).ravel().tolist())
"""
    found = np.array(alone(code, installed, "interpreting_clip").split(), dtype=float)
    rng = np.random.default_rng(1)
    scores = np.round(rng.normal(size=(60, 4)), 1).astype("f4")
    sets = method.draw_sets({0: np.arange(20), 1: np.arange(10, 50), 2: np.arange(5)}, 60, 0)
    expected = np.stack(average_precision(scores, sets)).ravel()
    np.testing.assert_allclose(found, expected, rtol=1e-6)


@pytest.mark.parametrize("name", method.__all__)
def test_what_is_shown_exists_and_says_what_it_is(name):
    shown = getattr(method, name)
    assert callable(shown)
    assert shown.__doc__
    assert name in dir(method)


def test_a_name_that_does_not_exist():
    with pytest.raises(AttributeError, match="kurtosi"):
        _ = method.kurtosi


@pytest.mark.parametrize("module", ["", ".kurtosis", ".importance", ".cka", ".interpolation"])
def test_importing_is_cheap(module):
    code = f"import workflow_scripts.method{module}\n"
    assert importlib.import_module(f"workflow_scripts.method{module}")
    alone(code, ROOT, "workflow_scripts")


# What the package adds to the measures' building blocks


def test_importances_are_those_of_a_float64_loop():
    weight, h = RNG.normal(size=(5, 9)), RNG.normal(size=(40, 9)).astype(np.float32)
    h[3] = 0  # has no direction, and is left out
    _, sigma, v = np.linalg.svd(weight, full_matrices=False)
    cosines = [
        np.mean([abs(row @ each) / np.linalg.norm(each) for each in h.astype(float) if each.any()])
        for row in v
    ]
    np.testing.assert_allclose(importances(weight, h), sigma / sigma.sum() * cosines, rtol=1e-12)


@pytest.mark.parametrize("threshold", [0.5, 0.9, 1.0])
def test_unique_concepts_and_polysemanticity_are_those_of_a_loop(threshold):
    scores, positives = RNG.normal(size=(30, 6)).astype(np.float32), [RNG.permutation(30)[:5]] * 2
    positives.append(np.argsort(-scores[:, 2])[:5])  # perfectly encoded by one direction
    negatives = [np.setdiff1d(np.arange(30), each) for each in positives]
    found, _ = average_precision(scores, sets_by_image(positives, negatives, 30))
    encoded = np.array(
        [
            [average_precision_score(np.isin(np.arange(30), each), column) for column in scores.T]
            for each in positives
        ]
    ) >= threshold - 1e-7  # fmt: skip
    assert unique_concepts(found, threshold - 1e-7) == sum(row.any() for row in encoded)
    assert polysemanticity(found, threshold - 1e-7) == encoded.sum() / 6


def test_no_direction_encodes_nothing():
    assert unique_concepts(np.empty((4, 0)), 0.9) == 0
