"""Write the lists of pinned packages in this folder from pyproject.toml and what is installed.

Run it as `make lock`, in the environment that is to be pinned, which holds the packages of all
groups: made with the oldest Python that pyproject.toml allows and with a CPU build of torch. The
CUDA packages of another build are no part of the lists, since torch itself pins them and not every
machine wants them.
"""

import tomllib
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

FOLDER = Path(__file__).resolve().parent
PYPROJECT = FOLDER.parent / "pyproject.toml"
PYTHON = "3.11"
HEADER = "# Written by `make lock` from pyproject.toml.\n"
ON_TOP = "-r requirements.lock\n"


def direct_dependencies(*groups: str) -> list[str]:
    """Names that pyproject.toml declares in groups: workflow, for plain use, dev and slurm."""
    project = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["project"]
    lines = [line for group in groups for line in project["optional-dependencies"][group]]
    return [canonicalize_name(Requirement(line).name) for line in lines]


def closure(names: list[str]) -> set[str]:
    """The given packages and all that they need on this machine, as normalised names."""
    found, waiting = set(), [(canonicalize_name(name), frozenset()) for name in names]
    while waiting:
        name, extras = waiting.pop()
        if (name, extras) in found:
            continue
        found.add((name, extras))
        for line in metadata.requires(name) or []:
            needed = Requirement(line)
            if needed.marker is None or any(
                needed.marker.evaluate({"extra": extra}) for extra in extras or {""}
            ):
                waiting.append((canonicalize_name(needed.name), frozenset(needed.extras)))
    return {name for name, _ in found}


def pins(names: set[str]) -> list[str]:
    """`Name==version` of each package, sorted; a local suffix such as +cpu is left out."""
    lines = []
    for name in names:
        package = metadata.distribution(name)
        lines.append(f"{package.metadata['Name']}=={package.version.split('+')[0]}")
    return sorted(lines, key=str.lower)


def lock(lines: list[str], direct: list[str]) -> str:
    """Text of a requirements file; the direct dependencies carry a remark."""
    remarks = (
        "  # direct" if canonicalize_name(line.split("==")[0]) in direct else "" for line in lines
    )
    return "".join(f"{line}{remark}\n" for line, remark in zip(lines, remarks, strict=True))


def conda(name: str, lines: list[str]) -> str:
    """Text of a conda environment file with the same packages.

    They are left to pip, inside the conda environment: the same files as in the lock, which builds
    of another channel would not be.
    """
    listed = "".join(f"      - {line}\n" for line in lines)
    return (
        f"name: {name}\nchannels:\n  - conda-forge\ndependencies:\n"
        f"  - python={PYTHON}\n  - pip\n  - pip:\n{listed}"
    )


def main() -> None:
    """Write the locks, and the conda twins of those for plain use and for development."""
    direct = direct_dependencies("workflow")
    plain = closure(direct)
    texts = {
        "requirements.lock": HEADER + lock(pins(plain), direct),
        "environment.yaml": HEADER + conda("interpreting-clip", pins(plain)),
    }
    for group in ("dev", "slurm"):
        direct = direct_dependencies(group)
        extra = closure(direct) - plain
        texts[f"requirements-{group}.lock"] = f"{HEADER}{ON_TOP}{lock(pins(extra), direct)}"
        if group == "dev":
            texts["environment-dev.yaml"] = HEADER + conda(
                "interpreting-clip-dev", pins(plain | extra)
            )
    for name, text in texts.items():
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
