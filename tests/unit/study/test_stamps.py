"""A stamp changes with the meaning of code and settings, and with nothing else."""

from pathlib import PurePosixPath

import numpy
import pytest

from workflow_scripts.job.errors import InputError
from workflow_scripts.study import stamps

SCRIPT = "measures/accuracy.py"

FILES = {
    "__init__.py": "",
    "lib/__init__.py": "",
    "lib/direct.py": "from workflow_scripts.lib import indirect\n\nLIMIT = indirect.LIMIT\n",
    "lib/indirect.py": "LIMIT = 3\n",
    "lib/late.py": "def shape(x):\n    return x.shape\n",
    "lib/unrelated.py": "NUMBER = 1\n",
    "measures/__init__.py": "",
    "measures/sibling.py": "import workflow_scripts.lib.cycle_a\n",
    "lib/cycle_a.py": "from .cycle_b import b\n\na = 1\n",
    "lib/cycle_b.py": "from . import cycle_a\n\nb = 2\n",
    SCRIPT: '''"""Top-1 accuracy."""

import numpy as np
from workflow_scripts.lib.direct import LIMIT
from .sibling import cycle_a


def accuracy(hits):
    """Share of hits."""
    # the mean of zeros and ones
    from workflow_scripts.lib.late import shape

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
        stamps._code.cache_clear()
        stamps._module.cache_clear()
        stamps._file_of.cache_clear()
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


def test_all_imports_are_found(root):
    found = [str(path.relative_to(root / "workflow_scripts")) for path in
             stamps.imported_modules(root, SCRIPT)]  # fmt: skip
    assert found == sorted(FILES.keys() - {"lib/unrelated.py"})


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
        ("lib/direct.py", "indirect.LIMIT", "indirect.LIMIT + 1"),
        ("lib/indirect.py", "3", "4"),
        ("lib/indirect.py", "3", "3.0"),
        ("lib/indirect.py", "3", "'3'"),
        ("lib/late.py", "x.shape", "len(x)"),
        ("measures/sibling.py", "cycle_a\n", "cycle_a\nX = 1\n"),
        ("lib/cycle_b.py", "b = 2", "b = 3"),
    ],
)
def test_a_change_of_meaning_counts_wherever_it_is(root, stamp, name, old, new):
    before = stamp()
    edit(root, name, old, new)
    assert stamp() != before


@pytest.mark.parametrize("package", ["__init__.py", "lib/__init__.py", "measures/__init__.py"])
def test_a_package_on_the_way_counts(root, stamp, package):
    before = stamp()
    (root / "workflow_scripts" / package).write_text("VERSION = 2\n")
    assert stamp() != before


def test_what_a_package_imports_counts(root, stamp):
    (root / "workflow_scripts/lib/__init__.py").write_text("from . import unrelated\n")
    before = stamp()
    edit(root, "lib/unrelated.py", "1", "2")
    assert stamp() != before


def test_an_unrelated_module_does_not_count(root, stamp):
    before = stamp()
    edit(root, "lib/unrelated.py", "1", "2")
    assert stamp() == before


def test_settings():
    root, script = stamps.Path(__file__).parents[3], "job/errors.py"

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


def test_a_syntax_error_names_file_and_line(root, stamp):
    edit(root, "lib/indirect.py", "LIMIT = 3", "LIMIT = 3\nif:\n")
    with pytest.raises(InputError, match=r"workflow_scripts/lib/indirect\.py, line 2"):
        stamp()


def test_a_missing_module_names_the_import(root, stamp):
    (root / "workflow_scripts/lib/late.py").unlink()
    with pytest.raises(
        InputError, match=r"accuracy\.py, line 11: imports workflow_scripts\.lib\.l"
    ):
        stamp()


def test_a_missing_script(root):
    with pytest.raises(InputError, match=r"measures/none\.py: found no readable script"):
        stamps.stamp(root, "measures/none.py", None)
