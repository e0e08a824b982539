"""Named mistakes in figures and tables, each put into a copy of the code: do the tests see it?

    python tests/mutation/named.py              # all of named.tsv: some seconds a mistake
    python tests/mutation/named.py "Figure 4"   # those whose name or file has these words

Run by hand, in the environment of the tests. A mistake is a piece of text (`old`) that stands
exactly once in a file, what takes its place (`new`), and the tests that should see it; in named.tsv
the sign ⏎ stands for the end of a line. The first fourteen were once found unseen by a review.

The copy is of the working tree, which stays as it is. The table that is printed says of each
mistake whether its tests fail (caught, by the first that does) or pass (survived). The exit status
is 1 if one survived.
"""

import csv
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]


class Mistake(NamedTuple):
    """A row of named.tsv."""

    name: str
    file: str
    old: str
    new: str
    tests: str


class Outcome(NamedTuple):
    """What the tests say of a copy."""

    passed: bool
    first: str  # the first test that failed


def read_mistakes(words: str) -> list[Mistake]:
    """The mistakes with these words in their name or file."""
    with (ROOT / "tests/mutation/named.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))[1:]
    mistakes = [Mistake(*(cell.replace("⏎", "\n") for cell in row)) for row in rows]
    return [each for each in mistakes if words in each.name or words in each.file]


def copy_tree(target: Path) -> None:
    """Copy the files of the working tree that git knows or would add."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for name in filter(None, names.split("\0")):
        if (ROOT / name).is_file():  # and not deleted since
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            (target / name).write_bytes((ROOT / name).read_bytes())


def run_tests(folder: Path, paths: list[str]) -> Outcome:
    """Run tests in a copy up to the first that fails."""
    options = ["-x", "-q", "--tb=no", "-rfE", "-p", "no:cacheprovider"]
    # Without bytecode, since a file may change twice within the second that its age is told by.
    command = [sys.executable, "-B", "-m", "pytest", *options, *paths]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    found = [line for line in done.stdout.splitlines() if line.startswith(("FAILED ", "ERROR "))]
    if done.returncode not in (0, 1) or (done.returncode and not found):
        raise SystemExit(f"pytest {' '.join(paths)} ended with {done.returncode}:\n{done.stdout}")
    return Outcome(not found, found[0].split(" - ")[0].split("/")[-1] if found else "")


def outcome_of(mistake: Mistake, folder: Path) -> Outcome:
    """Put a mistake into a copy, run its tests, and mend the copy again."""
    path = folder / mistake.file
    right = path.read_text(encoding="utf-8")
    if right.count(mistake.old) != 1:
        raise SystemExit(
            f"{mistake.file}: found {mistake.old!r} {right.count(mistake.old)} times, expected it "
            f"once, for the mistake {mistake.name!r}; adapt tests/mutation/named.tsv."
        )
    path.write_text(right.replace(mistake.old, mistake.new), encoding="utf-8")
    try:
        return run_tests(folder, [mistake.tests])
    finally:
        path.write_text(right, encoding="utf-8")


def main(words: str = "") -> int:
    """Try the mistakes with these words in their name or file; how many survive."""
    mistakes, survivors = read_mistakes(words), 0
    if not mistakes:
        raise SystemExit(f"found no mistake with {words!r} in its name or file, expected one")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        copy_tree(folder)
        right = run_tests(folder, sorted({each.tests for each in mistakes}))
        if not right.passed:
            raise SystemExit(f"a test fails without any mistake: {right.first}")
        print("| mistake | file | verdict | by |\n| --- | --- | --- | --- |")
        for mistake in mistakes:
            outcome = outcome_of(mistake, folder)
            survivors += outcome.passed
            verdict = "**survived**" if outcome.passed else "caught"
            file = mistake.file.removeprefix("workflow_scripts/")
            print(f"| {mistake.name} | {file} | {verdict} | {outcome.first} |", flush=True)
    print(f"\n{len(mistakes) - survivors} of {len(mistakes)} caught")
    return survivors


if __name__ == "__main__":
    sys.exit(min(main(*sys.argv[1:]), 1))
