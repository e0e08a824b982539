"""pyproject.toml, the locks and the conda files name the same packages, all of them pinned."""

import importlib.util
import re
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from snakemake_interface_executor_plugins.settings import SharedFSUsage

ROOT = Path(__file__).parents[3]
ENVS = ROOT / "envs"
# Packages that some platforms need and others do not.
PLATFORM = re.compile(r"nvidia-|cuda-|triton|colorama|pywin32|tomli|greenlet")


def pinned(lines):
    """{name: version} of lines that must all read `name==version`."""
    packages = {}
    for line in lines:
        text = line.split("#")[0].strip()
        if not text or text.startswith("-r "):
            continue
        requirement = Requirement(text)
        (specifier,) = requirement.specifier
        assert specifier.operator == "==", f"{text} is not pinned"
        assert "+" not in specifier.version, f"{text} names one machine's build"
        name = canonicalize_name(requirement.name)
        assert name not in packages, f"{name} is listed twice"
        packages[name] = specifier.version
    return packages


def lock(name):
    return pinned((ENVS / name).read_text(encoding="utf-8").splitlines())


def conda(name):
    """The pip packages of a conda file, and its own dependencies."""
    *own, pip = yaml.safe_load((ENVS / name).read_text(encoding="utf-8"))["dependencies"]
    return pinned(pip["pip"]), own


@pytest.fixture(scope="module")
def project():
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@pytest.fixture(scope="module")
def locker():
    """envs/lock.py as a module: it knows what the direct dependencies need."""
    spec = importlib.util.spec_from_file_location("lock", ENVS / "lock.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_direct_dependencies_are_in_the_locks(project):
    plain, development = lock("requirements.lock"), lock("requirements-dev.lock")
    assert pinned(project["optional-dependencies"]["workflow"]).items() <= plain.items()
    assert pinned(project["optional-dependencies"]["dev"]).items() <= development.items()
    assert not plain.keys() & development.keys()
    slurm = lock("requirements-slurm.lock")
    assert pinned(project["optional-dependencies"]["slurm"]).items() <= slurm.items()
    assert not slurm.keys() & (plain | development).keys()


def test_locks_mark_exactly_the_direct_dependencies(project):
    files = {"workflow": "requirements.lock"} | {
        group: f"requirements-{group}.lock" for group in ("dev", "slurm")
    }
    for group, name in files.items():
        lines = (ENVS / name).read_text(encoding="utf-8").splitlines()
        marked = pinned(line for line in lines if line.endswith("# direct"))
        assert marked == pinned(project["optional-dependencies"][group])


@pytest.mark.parametrize("group", ["dev", "slurm"])
def test_other_locks_build_on_the_plain_one(group):
    text = (ENVS / f"requirements-{group}.lock").read_text(encoding="utf-8")
    assert "-r requirements.lock\n" in text


def test_conda_files_name_the_same_packages(project):
    plain, own = conda("environment.yaml")
    development, own_dev = conda("environment-dev.yaml")
    assert plain == lock("requirements.lock")
    assert development == lock("requirements.lock") | lock("requirements-dev.lock")
    assert own == own_dev == ["python=3.11", "pip"]
    assert project["requires-python"] == ">=3.11"


def test_locks_are_complete(locker):
    """Whatever the direct dependencies need on this machine is pinned."""
    plain, development = lock("requirements.lock"), lock("requirements-dev.lock")
    for groups, listed in ((("workflow",), plain), (("workflow", "dev"), plain | development)):
        needed = locker.closure(locker.direct_dependencies(*groups))
        assert {name for name in needed - listed.keys() if not PLATFORM.match(name)} == set()
        assert {name for name in listed.keys() - needed if not PLATFORM.match(name)} == set()


def test_the_profile_of_slurm_names_its_lock_and_needs_no_accounting():
    text = (ENVS.parent / "profiles" / "slurm" / "config.yaml").read_text(encoding="utf-8")
    assert "envs/requirements-slurm.lock" in text
    assert yaml.safe_load(text)["slurm-status-command"] == "squeue"


@pytest.mark.parametrize("profile", ["default", "slurm"])
def test_the_profiles_need_no_home_folder(profile):
    """Snakemake keeps its copies of scripts there if all processes share them."""
    text = (ENVS.parent / "profiles" / profile / "config.yaml").read_text(encoding="utf-8")
    shared = yaml.safe_load(text)["shared-fs-usage"]
    (sources,) = {each.name.lower().replace("_", "-") for each in SharedFSUsage} - {*shared}
    assert sources == "source-cache"
