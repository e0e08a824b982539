"""The command line: see the package's docstring."""

import argparse
import re
import signal
import sys
import tempfile
from pathlib import Path

from tests.campaign import cores, damage, hostile, kills, places
from tests.campaign.common import finished_study, table, try_cases
from tests.workflow.runs import Project

PARTS = {"a": kills, "b": damage, "c": hostile, "d": places, "e": cores}
RESULTS = Path(__file__).with_name("results.md")


def write(part: str, text: str) -> None:
    """Put a part's table below its heading in results.md, in the place of an earlier one."""
    title = PARTS[part].__doc__.splitlines()[0]
    content = RESULTS.read_text(encoding="utf-8") if RESULTS.exists() else "# Results\n\n"
    pieces = re.split(r"(?m)^(?=## )", content)
    pieces = [piece for piece in pieces if not piece.startswith(f"## {part}: ")]
    pieces.append(f"## {part}: {title}\n\n{text}\n\n")
    head, *sections = pieces
    RESULTS.write_text("".join([head, *sorted(sections)]).rstrip() + "\n", encoding="utf-8")


def main() -> int:
    """Try the cases of the parts; how many deviate."""
    parser = argparse.ArgumentParser(prog="python -m tests.campaign")
    parser.add_argument("--part", default="abcde", help="letters of the parts")
    parser.add_argument("--rounds", type=int, default=50, help="of part a")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="", help="a regular expression that the case's name has")
    parser.add_argument("--work", type=Path, help="a folder that keeps the finished study")
    parser.add_argument("--results", action="store_true", help="write the tables to results.md")
    options = parser.parse_args()
    # What a shell starts in the background ignores it, and so would all that is started here.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    deviating = 0
    with tempfile.TemporaryDirectory() as temporary:
        work = (options.work or Path(temporary)).absolute()
        finished = finished_study(work) if options.part != "c" else Project.at(work)
        for part in options.part:
            cases = PARTS[part].cases(options.rounds)
            cases = [case for case in cases if re.search(options.only, case.name)]
            outcomes = try_cases(cases, work, options.seed, finished)
            text = f"Seed {options.seed}. {table(outcomes)}"
            print(f"\n## {part}\n\n{text}\n", flush=True)
            if options.results:
                write(part, text)
            deviating += sum(not outcome.fine for outcome in outcomes)
    return deviating


if __name__ == "__main__":
    sys.exit(min(main(), 1))
