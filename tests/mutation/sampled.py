"""Mutants of the method, the analysis, the measures, the figures and the tables: do tests see them?

    pip install mutmut==3.8.1                              # makes the mutants, runs tests on each
    python tests/mutation/sampled.py                       # 60 mutants of each package
    python tests/mutation/sampled.py --seed 3 --mutants 200 figures tables
    python tests/mutation/sampled.py --mutants 0           # all: hours

Run by hand, in the environment of the tests; mutmut is in no list of packages. Of each module of a
package a share of the mutants is drawn by the seed (at least one; all are in the same order for
any number, so that a larger sample has the smaller one in it). Each is tested by those unit tests
of its package (`PACKAGES`) that reach its function, and counts as a timeout after fifteen times
what they take. It prints a table of counts and a list of the mutants that survived; the exit
status is 1 if one survived that equivalents.tsv does not explain.

Not drawn are mutants of the entry of a script and outside functions (mutmut has none: see
named.tsv), and those that no test can tell here, counted as "untold": prose, a change of a string
with a blank in it or a full stop at its end (a test of a caption has its facts, not its words);
looks, a change of nothing but an argument in `LOOKS` (sizes, widths, paddings); and functions that
need a GPU, by their names.
"""

import argparse
import ast
import csv
import difflib
import json
import random
import re
import subprocess
import sys
import tempfile
import textwrap
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

from named import ROOT, copy_tree

MEASURED = ("tests/unit/method", "tests/unit/analysis", "tests/unit/measures")
# Where the tests of each package are; those of a measure lie beside those of its definition
PACKAGES = {
    "method": MEASURED,
    "analysis": MEASURED,
    "measures": MEASURED,
    "figures": ("tests/unit/figures",),
    "tables": ("tests/unit/tables",),
}
# They install the package or start other processes, where mutants would need mutmut
LEFT_OUT = ("tests/unit/method/test_public.py",)
LOOKS = (
    "alpha", "bbox", "bbox_transform", "clip_on", "color", "edgecolor", "facecolor", "fontsize",
    "ha", "height", "labelpad", "length", "linewidth", "lw", "markersize", "mec", "mew", "ms",
    "pad", "rotation", "rotation_mode", "textcoords", "va", "width", "wrap", "zorder",
)  # fmt: skip
VERDICTS = {0: "survived", 1: "caught", 3: "caught", 5: "no tests", 33: "no tests"}  # by exit code
TIMEOUTS = (24, -24, 36, 152, 255)


class Mutant(NamedTuple):
    """One mutant: its name as mutmut gives it, and the line of the code that it changes."""

    name: str
    file: str
    function: str
    line: int
    old: str
    new: str


class Outcome(NamedTuple):
    """What became of a mutant: caught, timeout, survived, equivalent, no tests, or an exit code."""

    mutant: Mutant
    verdict: str


def functions_of(text: str) -> dict[str, tuple[int, str]]:
    """Line and text of each function and method, by its name and, in a class, "class.name"."""
    found = {}
    for node in ast.parse(text).body:
        inside = node.body if isinstance(node, ast.ClassDef) else [node]
        for each in inside:
            if isinstance(each, ast.FunctionDef):
                lines = text.splitlines()[each.lineno - 1 : each.end_lineno]
                prefix = f"{node.name}." if isinstance(node, ast.ClassDef) else ""
                found[prefix + each.name] = (each.lineno, textwrap.dedent("\n".join(lines)))
    return found


def mutants_of(folder: Path, file: str) -> list[Mutant]:
    """All mutants of a file, from what mutmut made of it."""
    meta = folder / "mutants" / f"{file}.meta"
    names = json.loads(meta.read_text())["exit_code_by_key"] if meta.exists() else {}
    if not names:
        return []
    right = functions_of((folder / file).read_text(encoding="utf-8"))
    made = functions_of((folder / "mutants" / file).read_text(encoding="utf-8"))
    made = {name.rpartition(".")[-1]: place for name, place in made.items()}
    found = []
    for name in names:
        mangled = name.rpartition(".")[-1]
        function = re.sub(r"__mutmut_\d+$", "", mangled).removeprefix("x")
        function = function[1:].replace("ǁ", ".")
        old, new = (
            made[each][1].splitlines()[1:] for each in (re.sub(r"_\d+$", "_orig", mangled), mangled)
        )
        matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
        (_, low, high, left, right_end), *_ = [
            each for each in matcher.get_opcodes() if each[0] != "equal"
        ] or [("", 0, 1, 0, 1)]
        words = (" ".join(map(str.strip, lines)) for lines in (old[low:high], new[left:right_end]))
        found.append(Mutant(name, file, function, right[function][0] + 1 + low, *words))
    return found


def kind_of(mutant: Mutant) -> str:
    """Why no test can tell it here: "gpu", "prose" or "looks"; empty for any other mutant."""
    if "gpu" in mutant.function:
        return "gpu"
    pairs = zip(*(re.findall('"([^"]*)"', text) for text in (mutant.old, mutant.new)), strict=False)
    for old, new in [(old, new) for old, new in pairs if old != new]:
        if new in (f"XX{old}XX", old.lower(), old.upper()) and (" " in old or old.endswith(".")):
            return "prose"
    old, new = (_without_looks(text) for text in (mutant.old, mutant.new))
    return "looks" if old == new else ""


def _without_looks(text: str) -> str:
    """A line of code without the arguments in LOOKS, by name or as a key."""
    value = r"(?:\([^()]*\)|\[[^\[\]]*\]|\"[^\"]*\"|[^,()\[\]{}]|\([^()]*\))+"
    text = re.sub(rf"\b({'|'.join(LOOKS)})={value},? ?", "", text)
    text = re.sub(rf"\"({'|'.join(LOOKS)})\": {value},? ?", "", text)
    return re.sub(r"[ ,]+\)", ")", text)


def sample(mutants: list[Mutant], count: int, seed: int) -> list[Mutant]:
    """Draw mutants, of each file in proportion to how many it has and at least one."""
    by_file = defaultdict(list)
    for mutant in mutants:
        by_file[mutant.file].append(mutant)
    chosen = []
    for file, own in by_file.items():
        random.Random(f"{seed} {file}").shuffle(own)
        share = max(1, round(count * len(own) / len(mutants))) if count else len(own)
        chosen += own[:share]
    return chosen


def run_mutmut(folder: Path, *names: str) -> str:
    """Run mutmut in a copy, on mutants by their names; what it says."""
    command = [sys.executable, "-m", "mutmut", "run", "--max-children", "1", *names]
    done = subprocess.run(command, cwd=folder, text=True, capture_output=True)
    return done.stdout + done.stderr


def verdicts_of(folder: Path, file: str) -> dict[str, str]:
    """What became of each mutant of a file."""
    codes = json.loads((folder / "mutants" / f"{file}.meta").read_text())["exit_code_by_key"]
    return {
        name: "timeout" if code in TIMEOUTS else VERDICTS.get(code, f"exit {code}")
        for name, code in codes.items()
    }


def mutate(folder: Path, packages: list[str]) -> list[Mutant]:
    """Copy the working tree and make all mutants of packages that have the same tests.

    Raises
    ------
    SystemExit: the tests fail on the right code, or mutmut does not start
    """
    copy_tree(folder)
    sources = [f"workflow_scripts/{package}" for package in packages]
    tests = [*PACKAGES[packages[0]], *(f"--ignore={path}" for path in LEFT_OUT)]
    with (folder / "pyproject.toml").open("a") as file:
        file.write(
            f"[tool.mutmut]\nsource_paths = {json.dumps(sources)}\n"
            f"also_copy = {json.dumps(sorted(path.name for path in folder.iterdir()))}\n"
            f"pytest_add_cli_args_test_selection = {json.dumps(tests)}\n"
        )
    said = run_mutmut(folder, "none")  # makes them, and sees which tests reach them
    if not (folder / "mutants/mutmut-stats.json").exists():
        raise SystemExit(f"mutmut ended before any mutant:\n{said[-3000:]}")
    files = [path for source in sources for path in sorted((folder / source).rglob("*.py"))]
    return [
        mutant for path in files for mutant in mutants_of(folder, str(path.relative_to(folder)))
    ]


def outcomes_of(folder: Path, mutants: list[Mutant]) -> list[Outcome]:
    """Try mutants in the copy that they were made in."""
    run_mutmut(folder, *(mutant.name for mutant in mutants))
    verdicts: dict[str, str] = {}
    for file in {mutant.file for mutant in mutants}:
        verdicts |= verdicts_of(folder, file)
    reasons = equivalents()
    outcomes = []
    for mutant in mutants:
        verdict = verdicts[mutant.name]
        key = (mutant.file, mutant.function, mutant.old, mutant.new)
        explained = verdict != "caught" and key in reasons
        outcomes.append(Outcome(mutant, "equivalent" if explained else verdict))
    return outcomes


def equivalents() -> dict[tuple[str, str, str, str], str]:
    """Why a survivor is none that a test could see, by its file, function, old and new line."""
    path = ROOT / "tests/mutation/equivalents.tsv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))[1:]
    return {(row[0], row[1], row[2], row[3]): row[4] for row in rows}


def of_package(package: str, mutants: list[Mutant]) -> list[Mutant]:
    """The mutants of a package."""
    return [each for each in mutants if each.file.startswith(f"workflow_scripts/{package}/")]


def row_of(package: str, mutants: list[Mutant], outcomes: list[Outcome]) -> str:
    """The line of a package in the table of counts."""
    own = of_package(package, mutants)
    untold = sum(bool(kind_of(each)) for each in own)
    verdicts = [each.verdict for each in outcomes if each.mutant in own]
    counts = [verdicts.count(each) for each in ("caught", "timeout", "equivalent")]
    cells = [len(own) - untold, untold, len(verdicts), *counts, len(verdicts) - sum(counts)]
    return f"| {package} | {' | '.join(map(str, cells))} |"


def main() -> int:
    """Try the mutants and print what became of them; how many survived without a reason."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("packages", nargs="*", default=list(PACKAGES))
    parser.add_argument("--mutants", type=int, default=60, help="of each package; 0: all")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    survivors = []
    print("| package | mutants | untold | tried | caught | timeout | equivalent | survived |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for tests in dict.fromkeys(PACKAGES[package] for package in options.packages):
        packages = [package for package in options.packages if PACKAGES[package] == tests]
        with tempfile.TemporaryDirectory() as name:
            mutants = mutate(Path(name), packages)
            chosen = [
                mutant
                for package in packages
                for mutant in sample(
                    [each for each in of_package(package, mutants) if not kind_of(each)],
                    options.mutants,
                    options.seed,
                )
            ]
            outcomes = outcomes_of(Path(name), chosen)
        for package in packages:
            print(row_of(package, mutants, outcomes), flush=True)
        survivors += [
            each for each in outcomes if each.verdict not in ("caught", "timeout", "equivalent")
        ]
    print(f"\nSeed {options.seed}. Not caught:\n")
    for (_, file, function, line, old, new), verdict in survivors:
        print(f"{file}:{line} {function} ({verdict})\n    - {old}\n    + {new}")
    return len(survivors)


if __name__ == "__main__":
    sys.exit(min(main(), 1))
