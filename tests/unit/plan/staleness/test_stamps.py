"""A stamp changes with the meaning of code and settings, and with nothing else."""

from pathlib import PurePosixPath

import numpy
import pytest

from workflow_scripts.job.errors import InputError
from workflow_scripts.plan.staleness import stamps

SCRIPT = "measures/accuracy.py"
FILES = {
    "lib/limits.py": "LIMIT = 3\n",
    SCRIPT: '''"""Top-1 accuracy."""

import numpy as np
from workflow_scripts.lib.limits import LIMIT


def accuracy(hits):
    """Share of hits."""
    # the mean of zeros and ones
    return np.mean(hits[:LIMIT])
''',
}


@pytest.fixture
def root(tmp_path):
    for name, text in FILES.items():
        path = tmp_path / "workflow_scripts" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


@pytest.fixture
def stamp(root):
    """Stamp as a new process would compute it."""

    def fresh(settings=None, files=()):
        stamps.forget()
        return stamps.stamp(root, SCRIPT, settings, files)

    return fresh


def edit(root, name, old, new):
    path = root / "workflow_scripts" / name
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_form(stamp):
    assert len(stamp()) == 16
    assert int(stamp(), 16) >= 0
    assert stamp() == stamp()


def test_the_place_of_the_repository_does_not_matter(root, stamp, tmp_path_factory):
    before = stamp()
    moved = tmp_path_factory.mktemp("elsewhere") / "clone"
    root.rename(moved)
    assert stamps.stamp(moved, SCRIPT, None) == before


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("# the mean of zeros and ones", "# another comment"),
        ('"""Share of hits."""', '"""Share of correct predictions."""'),
        ('    """Share of hits."""\n', ""),
        ('"""Top-1 accuracy."""', "# no docstring"),
        ("np.mean(hits[:LIMIT])", "np.mean(\n        hits[:LIMIT],\n    )"),
        ("\n\n\ndef", "\ndef"),
    ],
)
def test_comments_docstrings_and_formatting_do_not_count(root, stamp, old, new):
    before = stamp()
    edit(root, SCRIPT, old, new)
    assert stamp() == before


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        (SCRIPT, "np.mean", "np.median"),
        (SCRIPT, "[:LIMIT]", "[LIMIT:]"),
        ("lib/limits.py", "3", "4"),
    ],
)
def test_a_change_of_meaning_counts_wherever_it_is(root, stamp, name, old, new):
    before = stamp()
    edit(root, name, old, new)
    assert stamp() != before


def test_settings():
    root, script = stamps.Path(__file__).parents[4], "figures/figure_02.py"

    def of(settings):
        return stamps.stamp(root, script, settings)

    assert of({"a": 1, "b": 2}) != of({"a": 2, "b": 1})
    assert of({"a": 1, "b": {"c": 2, "d": 3}}) == of({"b": {"d": 3, "c": 2}, "a": 1})
    assert of([1, 2]) != of([2, 1])
    assert of(1) != of(True) != of("1")
    assert of(None) != of({})
    assert of((1, 2)) == of([1, 2])


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (PurePosixPath("x"), r"settings\.draws\[1\].*PurePosixPath"),
        (numpy.int64(1), "int64"),
        (numpy.float64(1), "float64"),
        (numpy.ones(3), "ndarray"),
        (float("nan"), "nan"),
        (float("inf"), "inf"),
        ({1}, "set"),
        ({1: 2}, "key 1"),
    ],
)
def test_settings_that_json_cannot_hold_are_refused(stamp, value, words):
    with pytest.raises(TypeError, match=words):
        stamp({"draws": [0, value]})


def test_files_count_by_content(root, stamp):
    (root / "lines.csv").write_text("a")
    before = stamp(files=["lines.csv"])
    assert before != stamp()
    (root / "lines.csv").write_text("b")
    assert stamp(files=["lines.csv"]) != before
    with pytest.raises(InputError, match=r"none\.csv"):
        stamp(files=["none.csv"])


def test_an_absolute_file_is_the_same_file(root, stamp):
    (root / "lines.csv").write_text("a")
    assert stamp(files=[root / "lines.csv"]) == stamp(files=["lines.csv"])
