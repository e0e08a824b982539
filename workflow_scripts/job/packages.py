"""The packages that the workflow is built on: whether they are there, and from where they come.

As a program it is the test of a new environment: `python -m workflow_scripts.job.packages` imports
all of them, or those that are named; with `--found` it only looks for them, in no time.
"""

import sys
import sysconfig
from collections.abc import Iterable
from contextlib import suppress
from importlib import import_module, metadata
from importlib.util import find_spec
from pathlib import Path

# Direct dependencies in pyproject.toml, by what they are imported as
PACKAGES = {
    "snakemake": "snakemake",
    "torch": "torch",
    "torchvision": "torchvision",
    "open_clip": "open_clip_torch",
    "timm": "timm",
    "safetensors": "safetensors",
    "numpy": "numpy",
    "scipy": "scipy",
    "numba": "numba",
    "h5py": "h5py",
    "pandas": "pandas",
    "PIL": "pillow",
    "matplotlib": "matplotlib",
    "matplotlib_venn": "matplotlib-venn",
    "jinja2": "Jinja2",
    "pygments": "Pygments",
    "requests": "requests",
    "urllib3": "urllib3",
    "yaml": "PyYAML",
    "jsonschema": "jsonschema",
    "tqdm": "tqdm",
}
# Imported as the workflow does: beside a torch for CPUs, torchvision's extension need not load
_WITH_OPERATORS = ("torchvision", "open_clip", "timm")


def versions() -> dict[str, str]:
    """The packages that are installed, with their versions, in alphabetical order."""
    found = {}
    for name in sorted(PACKAGES.values(), key=str.lower):
        with suppress(metadata.PackageNotFoundError):
            found[name] = metadata.version(name)
    return found


def foreign(names: Iterable[str] = PACKAGES) -> list[str]:
    """Packages that come from outside the environment, each with its version and folder.

    They come by PYTHONPATH, as the modules of a cluster set it, or from the user's own packages,
    and go before those of the environment or stand in for them.

    Parameters
    ----------
    names: what they are imported as
    """
    own = [sys.prefix, *map(sysconfig.get_path, ("purelib", "platlib"))]
    roots = [Path(path) for path in own]
    found = []
    for name in names:
        folder = _folder(name)
        if folder and not any(_is_below(folder, root) for root in roots):
            called = PACKAGES.get(name, name)
            versions = [
                each.version for each in metadata.distributions(name=called, path=[str(folder)])
            ]
            found.append(" ".join([called, *versions[:1], f"({folder})"]))
    return found


def foreign_in_use() -> list[str]:
    """Packages from outside the environment that this process has imported."""
    return foreign(name for name in PACKAGES if name in sys.modules)


def _is_below(folder: Path, root: Path) -> bool:
    """Whether a folder lies below another, as it is named or once links are followed."""
    return folder.is_relative_to(root) or folder.resolve().is_relative_to(root.resolve())


def _folder(name: str) -> Path | None:
    """The folder that a package or module is found in; None if it is not found or has no file."""
    spec = find_spec(name)
    if spec is None or not spec.origin:
        return None
    return Path(spec.origin).parents[1 if spec.submodule_search_locations else 0]


def _fault(name: str, found: bool) -> str:
    """Why a package is of no use; empty if it is. If only `found` counts, nothing is imported."""
    if found:
        return "" if find_spec(name) else "not found"
    try:
        if name in _WITH_OPERATORS:
            import_module("workflow_scripts.networks.torchvision_operators").ensure()
        import_module(name)
    except Exception as error:  # whatever it is, the environment is of no use
        return f"{type(error).__name__}: {error}"
    return ""


def main(arguments: list[str]) -> None:
    """End with what is wrong with the packages of this environment, if anything is."""
    names = [each for each in arguments if each != "--found"] or list(PACKAGES)
    faults = {name: _fault(name, "--found" in arguments) for name in names}
    lines = [f"  {name}: {fault}" for name, fault in faults.items() if fault]
    if lines:
        sys.exit(
            f"The environment {sys.prefix} lacks what is needed:\n"
            + "\n".join(lines)
            + "\nIf pip reported no error, it may have been told to install elsewhere or not "
            "everything: see `pip config list`"
        )


if __name__ == "__main__":
    main(sys.argv[1:])
