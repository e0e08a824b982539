"""The layout shows the architecture: imports run downwards, stages hold scripts alone."""

import ast
from pathlib import Path

import pytest

from workflow_scripts import ROOMS, STAGES

ROOT = Path(__file__).resolve().parents[3]
PACKAGE = ROOT / "workflow_scripts"
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if path.name != "__init__.py")


def imported_rooms(path):
    """Names of the rooms and stages that a module imports from, also inside functions."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        parts = [name.split(".") for name in names]
        found |= {each[1] for each in parts if each[0] == PACKAGE.name and len(each) > 1}
    return found


def room_of(path):
    return path.relative_to(PACKAGE).parts[0]


def test_every_folder_is_a_room_or_a_stage():
    folders = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert folders == {*ROOMS, *STAGES}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_run_downwards_only(path):
    room = room_of(path)
    below = ROOMS if room in STAGES else ROOMS[: ROOMS.index(room) + 1]
    assert imported_rooms(path) & {*ROOMS, *STAGES} <= {*below}


def test_the_method_needs_nothing_of_the_workflow():
    for path in (PACKAGE / "method").glob("*.py"):
        assert imported_rooms(path) <= {"method"}, path


@pytest.mark.parametrize("stage", STAGES)
def test_stages_hold_scripts_alone(stage):
    paths = [*(ROOT / "rules").rglob("*.smk"), *(PACKAGE / "plan").rglob("*.py")]
    rules = "".join(path.read_text(encoding="utf-8") for path in paths)
    for path in (PACKAGE / stage).rglob("*.py"):
        if path.name != "__init__.py":
            assert '\nif __name__ == "__main__":' in path.read_text(encoding="utf-8"), path
            name = path.relative_to(PACKAGE).with_suffix("").as_posix()
            assert f'"{name}"' in rules or f'"{path.stem}"' in rules, f"no rule runs {path}"


@pytest.mark.parametrize("package", sorted(PACKAGE.rglob("__init__.py")), ids=str)
def test_packages_say_what_belongs_there(package):
    assert ast.get_docstring(ast.parse(package.read_text(encoding="utf-8")))


@pytest.mark.parametrize("folder", sorted({path.parent for path in MODULES}), ids=str)
def test_no_folder_is_a_heap(folder):
    assert len([path for path in MODULES if path.parent == folder]) <= 14


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_module_is_long(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 300
