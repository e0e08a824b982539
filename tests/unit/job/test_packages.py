"""Packages that are missing, do not load, or come from outside the environment."""

import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from workflow_scripts.job import packages, records

ROOT = Path(__file__).resolve().parents[3]
NAME, CALLED = "matplotlib_venn", "matplotlib-venn"


@pytest.fixture
def modules(tmp_path, monkeypatch):
    """A folder of other packages that goes first, as PYTHONPATH has it."""
    for name in (NAME, "yaml"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def write(path, text=""):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_the_packages_are_those_of_pyproject():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = project["optional-dependencies"]["workflow"]
    assert list(packages.PACKAGES.values()) == [Requirement(line).name for line in declared]


def test_nothing_is_foreign_here():
    assert packages.foreign() == []
    packages.main(["--found"])


def test_a_package_from_elsewhere_is_told_with_version_and_folder(modules):
    write(modules / NAME / "__init__.py")
    write(modules / f"{NAME}-0.1.dist-info" / "METADATA", f"Name: {CALLED}\nVersion: 0.1\n")
    write(modules / "yaml.py")  # a module, of which no version is known
    assert packages.foreign() == [f"{CALLED} 0.1 ({modules})", f"PyYAML ({modules})"]


def test_a_link_into_the_environment_is_its_own(modules, monkeypatch):
    prefix = modules / "environment"
    write(prefix / NAME / "__init__.py")
    (modules / "link").symlink_to(prefix)
    monkeypatch.syspath_prepend(modules / "link")
    for own in ("environment", "link"):
        monkeypatch.setattr(sys, "prefix", str(modules / own))
        assert packages.foreign([NAME]) == []
    monkeypatch.setattr(sys, "prefix", str(modules / "other"))
    assert packages.foreign([NAME]) == [f"{CALLED} ({modules / 'link'})"]


def test_records_name_what_a_job_has_imported(modules, tmp_path):
    write(modules / NAME / "__init__.py")
    record = tmp_path / "records" / "figures" / "figure_04.json"
    records.finish(record, "stamp", [])
    assert records.foreign_packages(record.parent) == set()
    __import__(NAME)
    try:
        records.finish(record, "stamp", [])
    finally:
        del sys.modules[NAME]
    write(record.with_name("torn.json"), "{")
    write(record.with_name("other.json"), "[]")
    assert records.foreign_packages(tmp_path) == {f"{CALLED} ({modules})"}
    assert records.reason_to_rerun(record, "stamp", []) == ""
    records.finish(record, "stamp", [])
    assert records.foreign_packages(tmp_path) == set()


@pytest.mark.parametrize(
    ("source", "arguments", "words"),
    [
        (None, ["nowhere_to_be_found"], "nowhere_to_be_found: ModuleNotFoundError: No module"),
        (None, ["--found", "nowhere_to_be_found"], "nowhere_to_be_found: not found"),
        ("raise OSError('libcudart.so')", [NAME], f"{NAME}: OSError: libcudart.so"),
    ],
)
def test_an_environment_of_no_use(modules, source, arguments, words):
    if source:
        write(modules / NAME / "__init__.py", source)
    with pytest.raises(SystemExit) as end:
        packages.main(arguments)
    assert words in end.value.code and sys.prefix in end.value.code
    assert "pip config list" in end.value.code
