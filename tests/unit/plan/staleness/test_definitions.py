"""A script depends on the definitions that it uses, and on nothing else of their modules."""

import errno
import json
import os
from pathlib import Path

import pytest

from workflow_scripts.job.errors import InputError
from workflow_scripts.plan.staleness import definitions as module
from workflow_scripts.plan.staleness.syntax import analysed

SCRIPT = "measures/accuracy.py"
LIBRARY = '''"""What scripts share."""
import logging

log = logging.getLogger(__name__)
LIMIT = 3


class Table:
    """Rows."""

    def size(self):
        return helper(1)


def helper(x):
    """Help."""
    log.info("helping with %s", x)
    if x < 0:
        raise ValueError(f"found {x}, expected more")
    return x + LIMIT


def unused(x):
    return helper(x)
'''


@pytest.fixture
def code(tmp_path, monkeypatch):
    """Write the modules of a project; which (module, name) the script depends on, with digests."""
    monkeypatch.chdir(tmp_path)

    def write(script, *, modules=()):
        module.forget()
        files = {SCRIPT: script, "lib/library.py": LIBRARY}
        for name, text in (files | dict(modules)).items():
            path = tmp_path / "workflow_scripts" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        found = module.definitions(tmp_path, SCRIPT)
        return {(file, name): digest for file, name, digest in found}

    return write


def of_library(found):
    return {name for file, name in found if file == "lib/library.py"}


USED = "from workflow_scripts.lib.library import helper\n\n\ndef main():\n    return helper(2)\n"


@pytest.mark.parametrize(
    ("script", "names"),
    [
        (USED, {"helper", "LIMIT"}),
        ("from workflow_scripts.lib.library import LIMIT as most\n\nX = most\n", {"LIMIT"}),
        ("from ..lib import library\n\n\ndef main(x=library.LIMIT):\n    ...\n", {"LIMIT"}),
        ("from ..lib.library import Table\n\n\nclass Mine(Table):\n    ...\n",
         {"Table", "helper", "LIMIT"}),
        ("from ..lib.library import helper\n\n\n@helper\ndef main():\n    ...\n",
         {"helper", "LIMIT"}),
        ("def main():\n    from ..lib.library import LIMIT\n\n    return LIMIT\n", {"LIMIT"}),
        ("def main():\n    from workflow_scripts.lib import library\n", None),
        ("from workflow_scripts.lib import library\n\nX = [library]\n", None),
        ("import workflow_scripts.lib.library\n", None),
        ('launch("workflow_scripts.lib.library")\n', None),
        ("from workflow_scripts.lib import library\n", set()),
    ],
)  # fmt: skip
def test_what_a_script_uses_counts_and_what_that_uses(code, script, names):
    everything = {"helper", "LIMIT", "Table", "unused"}
    assert of_library(code(script)) & everything == (everything if names is None else names)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("x + LIMIT", "x - LIMIT"),
        ("LIMIT = 3", "LIMIT = 3.0"),
        ("LIMIT = 3", "LIMIT = 3\nLIMIT += 1"),
        ("LIMIT = 3", "LIMIT = OTHER = 3"),
        ("LIMIT = 3", "if True:\n    LIMIT = 3"),
        ("raise ValueError(", "raise TypeError("),
        ("LIMIT = 3", "LIMIT = 3\nlogging.disable()"),
        ("LIMIT = 3", "LIMIT = 3\nhelper.limit = 4"),
        ("LIMIT = 3", "LIMIT = 3\nfor x in range(3):\n    log.addFilter(x)"),
    ],
)
def test_a_change_of_what_is_used_counts(code, old, new):
    assert old in LIBRARY
    before = code(USED)
    assert code(USED, modules={"lib/library.py": LIBRARY.replace(old, new)}) != before


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Help.", "Help at once."),
        ('    """Help."""\n', ""),
        ("helping with", "about to help with"),
        ('    log.info("helping with %s", x)\n', ""),
        ("found {x}, expected more", "{x} is too small"),
        ('(f"found {x}, expected more")', "(message(x)) from None"),
        ("return helper(x)", "return x"),
        ("class Table:", "class Table(list):"),
        ("LIMIT = 3", "LIMIT = 3\nMORE = 4"),
        ("LIMIT = 3", 'LIMIT = 3\n\nif __name__ == "__main__":\n    print(LIMIT)'),
    ],
)
def test_what_only_says_something_or_is_not_used_does_not_count(code, old, new):
    assert old in LIBRARY
    before = code(USED)
    assert code(USED, modules={"lib/library.py": LIBRARY.replace(old, new)}) == before


def test_the_script_counts_whole(code):
    before = code(USED)
    assert code(f"{USED}\n\ndef other():\n    ...\n") != before
    assert code(f'{USED}\nif __name__ == "__main__":\n    main()\n') != before


def test_the_plumbing_does_not_count(code):
    script = (
        "from ..job.lifecycle import job\nfrom ..files import atomic\n\nX = job, atomic.write\n"
    )
    found = code(
        script,
        modules={"job/lifecycle.py": "def job(): ...\n", "files/atomic.py": "def write(): ...\n"},
    )
    assert {file for file, _ in found} == {SCRIPT}


def test_the_plumbing_is_where_the_list_says():
    package = module.Path(module.__file__).parents[2]
    assert all((package / each).exists() for each in module.PLUMBING)


def test_packages_on_the_way_are_imported(code):
    modules = {
        "__init__.py": "prepare()\n",
        "lib/__init__.py": "from . import late\n",
        "lib/late.py": "X = 1\nregister(X)\n",
    }
    found = {("__init__.py", "<import>"), ("lib/late.py", "<import>"), ("lib/late.py", "X")}
    assert found <= code(USED, modules=modules).keys()


def test_modules_that_import_one_another(code):
    found = code(
        "from ..lib.one import a\n\nX = a\n",
        modules={
            "lib/one.py": "from .two import b\n\na = [b]\n",
            "lib/two.py": "from . import one\n\n\ndef b():\n    return one.a\n",
        },
    )
    assert {("lib/one.py", "a"), ("lib/two.py", "b")} <= {*found}


def test_a_syntax_error_names_file_and_line(code):
    with pytest.raises(InputError, match=r"workflow_scripts/lib/library\.py, line 2"):
        code(USED, modules={"lib/library.py": "X = 1\nif:\n"})


def test_a_missing_module_names_the_import(code):
    with pytest.raises(
        InputError, match=r"measures/accuracy\.py: imports workflow_scripts\.lib\.no"
    ):
        code("from workflow_scripts.lib.no import x\n\nX = x\n")


def test_a_missing_script(tmp_path):
    with pytest.raises(InputError, match=r"measures/none\.py: found no readable script"):
        module.definitions(tmp_path, "measures/none.py")


@pytest.mark.parametrize("imported", ["lib.library import helper", "lib import library"])
def test_a_module_that_cannot_be_read_is_missed_by_those_that_import_it(
    code, monkeypatch, tmp_path, imported
):
    code("X = 1\n")
    read, library = Path.read_bytes, tmp_path / "workflow_scripts" / "lib" / "library.py"

    def refused(path):
        if path == library:
            raise PermissionError(errno.EACCES, "Permission denied")
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", refused)
    code("X = 2\n")
    with pytest.raises(InputError, match=r"lib/library\.py: found no readable script \(Permission"):
        code(f"from workflow_scripts.{imported}\n\nX = {imported.split()[-1]}\n")


def test_what_was_found_is_remembered_for_the_same_code(code, monkeypatch, tmp_path):
    before = code(USED)
    module.remember(tmp_path, module.CACHE)
    monkeypatch.setattr(module, "_followed", None)
    assert code(USED) == before
    with pytest.raises(TypeError):  # another script of the same code
        module.definitions(tmp_path, "lib/library.py")
    for other in (USED.replace("2", "3"), f"{USED}\n"):
        with pytest.raises(TypeError):
            code(other)


def test_what_was_read_is_remembered_by_content(code, monkeypatch, tmp_path):
    before = code(USED)
    module.remember(tmp_path, module.CACHE)
    monkeypatch.setattr(module, "analysed", None)
    assert code(USED, modules={"lib/other.py": ""}) == before
    monkeypatch.setattr(module, "analysed", analysed)
    assert code(USED.replace("2", "3")) != before
    module.remember(tmp_path, module.CACHE)
    known = module.CACHE.read_bytes()
    for damaged in (b"", b"{", known[:-1], known.replace(b"digest", b"Digest", 1), b"\xff\n{}"):
        module.CACHE.write_bytes(damaged)
        assert code(USED) == before
        module.remember(tmp_path, module.CACHE)
        kept = json.loads(module.CACHE.read_bytes().partition(b"\n")[2])
        assert [*kept["scripts"]] == [SCRIPT] and len(kept["modules"]) == 2


def test_more_of_the_same_code_is_added(code, tmp_path):
    code(USED)
    module.remember(tmp_path, module.CACHE)
    module.forget()
    module.definitions(tmp_path, "lib/library.py")
    module.remember(tmp_path, module.CACHE)
    kept = json.loads(module.CACHE.read_bytes().partition(b"\n")[2])
    assert {*kept["scripts"]} == {SCRIPT, "lib/library.py"} and len(kept["modules"]) == 2


def test_without_space_nothing_is_remembered_and_nothing_fails(code, monkeypatch, tmp_path):
    def full(*paths):
        raise OSError(errno.ENOSPC, "No space left on device")

    code(USED.replace("2", "4"))
    before = module.CACHE.read_bytes() if module.CACHE.exists() else None
    monkeypatch.setattr(os, "replace", full)
    module.remember(tmp_path, module.CACHE)
    assert (module.CACHE.read_bytes() if module.CACHE.exists() else None) == before
