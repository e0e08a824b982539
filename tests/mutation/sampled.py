"""Mutants of the method, the analysis, the measures, the figures and the tables: do tests see them?

    pip install mutmut==3.8.1                              # makes the mutants, runs tests on each
    python tests/mutation/sampled.py                       # 60 mutants of each package
    python tests/mutation/sampled.py --seed 3 --mutants 200 figures tables
    python tests/mutation/sampled.py --mutants 0           # all: hours

Run by hand, in the environment of the tests; mutmut is in no list of packages. Of each module of a
package a share of the mutants is drawn by the seed (at least one; all are in the same order for any
number, so that a larger sample has the smaller one in it). Each is tested by those files of the
unit tests of its package (`PACKAGES`) that reach its function, and counts as a timeout if they take
many times what they take without it. It prints a table of counts and a list of the mutants that
survived; the exit status is 1 if one survived that equivalents.tsv does not explain.

Not drawn are mutants of the entry of a script and outside functions (mutmut has none: see
named.tsv), and those that no test can tell here, counted as "untold": prose, a change of a string
with a blank in it or a full stop at its end (a test of a caption has its facts, not its words);
looks and guards, a change of nothing but an argument in `LOOKS` or `GUARDS` (sizes, paddings,
encodings); and functions that need a GPU, by their names.
"""

import argparse
import ast
import csv
import difflib
import functools
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
# They import the package where mutmut is not to be had
LEFT_OUT = (
    "test_public.py::test_the_readme_s_example_needs_nothing_but_numpy_and_scipy",
    "test_public.py::test_without_numba_average_precision_is_the_same",
    "test_public.py::test_importing_is_cheap",
)
LOOKS = (
    "alpha", "bbox", "bbox_transform", "clip_on", "columnspacing", "edgecolor", "fontsize",
    "fontweight", "ha", "height", "labelpad", "length", "linespacing", "linewidth", "lw",
    "markeredgewidth", "markersize", "mec", "mew", "ms", "pad", "rotation", "rotation_mode", "size",
    "textcoords", "va", "width", "wrap", "zorder",
)  # fmt: skip
# They matter on other machines, or to whoever changes the code
GUARDS = ("encoding", "strict")
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
    told: bool  # whether a test can tell it


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
        # The same name, and so the same first line
        whole = [
            made[each][1].replace(each, "function", 1)
            for each in (re.sub(r"_\d+$", "_orig", mangled), mangled)
        ]
        old, new = (text.splitlines() for text in whole)
        codes = difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
        low, high, start, end = next(code[1:] for code in codes if code[0] != "equal")
        words = (" ".join(map(str.strip, lines)) for lines in (old[low:high], new[start:end]))
        seen = "gpu" not in function and told(whole[0]) != told(whole[1])
        found.append(Mutant(name, file, function, right[function][0] + low, *words, seen))
    return found


class Told(ast.NodeTransformer):
    """Leaves of a function what a test can tell; see the beginning."""

    def visit_Call(self, node: ast.Call) -> ast.AST:
        node.keywords = [each for each in node.keywords if each.arg not in LOOKS + GUARDS]
        return self.generic_visit(node)

    def visit_Dict(self, node: ast.Dict) -> ast.AST:
        kept = [
            (key, value)
            for key, value in zip(node.keys, node.values, strict=True)
            if not (isinstance(key, ast.Constant) and key.value in LOOKS)
        ]
        node.keys, node.values = [key for key, _ in kept], [value for _, value in kept]
        return self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        text = node.value
        if isinstance(text, str) and (" " in text or text.removesuffix("XX").endswith(".")):
            node.value = text.lower().replace("xx", "")
        return node


@functools.cache
def told(text: str) -> str:
    """What of a function a test can tell."""
    return ast.dump(Told().visit(ast.parse(text)))


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


def widen(path: Path) -> None:
    """Let all tests of a file test what one of them reaches.

    Where a fixture is made once for a file, only the first of its tests seems to reach anything.
    """
    stats = json.loads(path.read_text(encoding="utf-8"))
    reaching = stats["tests_by_mangled_function_name"]
    every = stats["duration_by_test"]
    for function, tests in reaching.items():
        files = {test.partition("::")[0] for test in tests}
        reaching[function] = [test for test in every if test.partition("::")[0] in files]
    path.write_text(json.dumps(stats), encoding="utf-8")


def mutate(folder: Path, packages: list[str]) -> list[Mutant]:
    """Copy the working tree and make all mutants of packages that have the same tests.

    Raises
    ------
    SystemExit: the tests fail on the right code, or mutmut does not start
    """
    copy_tree(folder)
    sources = [f"workflow_scripts/{package}" for package in packages]
    tests = [*PACKAGES[packages[0]], *(f"--deselect=tests/unit/method/{each}" for each in LEFT_OUT)]
    with (folder / "pyproject.toml").open("a") as file:
        file.write(
            f"[tool.mutmut]\nsource_paths = {json.dumps(sources)}\n"
            f"also_copy = {json.dumps(sorted(path.name for path in folder.iterdir()))}\n"
            f"pytest_add_cli_args_test_selection = {json.dumps(tests)}\n"
        )
    said = run_mutmut(folder, "none")  # makes them, and sees which tests reach them
    if not (folder / "mutants/mutmut-stats.json").exists():
        raise SystemExit(f"mutmut ended before any mutant:\n{said[-3000:]}")
    widen(folder / "mutants/mutmut-stats.json")
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
    untold = sum(not each.told for each in own)
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
                    [each for each in of_package(package, mutants) if each.told],
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
    for (_, file, function, line, old, new, _), verdict in survivors:
        print(f"{file}:{line} {function} ({verdict})\n    - {old}\n    + {new}")
    return len(survivors)


if __name__ == "__main__":
    sys.exit(min(main(), 1))
