"""README and docs say what the kept reference says; no number of it is typed."""

import re
from pathlib import Path

import pytest

from tests.unit.inputs.docs_scripts import script

ROOT = Path(__file__).resolve().parents[3]
what_came_out = script("what_came_out")


@pytest.fixture(scope="module")
def reference():
    return what_came_out.read()


@pytest.mark.parametrize("page", what_came_out.PAGES)
def test_pages_are_up_to_date(page, reference):
    text = (ROOT / page).read_text(encoding="utf-8")
    assert what_came_out.MARKED.search(text), f"{page} has no markers"
    assert what_came_out.renewed(text, reference) == text, "renew it: make docs"


def test_every_block_is_on_some_page():
    texts = [(ROOT / page).read_text(encoding="utf-8") for page in what_came_out.PAGES]
    found = {name for text in texts for _, name, _ in what_came_out.MARKED.findall(text)}
    assert found == what_came_out.BLOCKS.keys()


def test_counts_and_values_are_those_of_the_verdicts(reference):
    counts = [int(each) for each in re.findall(r"\d+(?= (?:hold|do not|untrained|are))",
                                               what_came_out.tally(reference))]  # fmt: skip
    assert sum(counts) == len(reference.claims)
    row = reference.claims[reference.claims["id"] == "robust-zero-shot-er"].iloc[0]
    line = what_came_out.lines_of(reference.claims[:1], brief=True).splitlines()[-1]
    assert f"| {row['lowest']:.3g} to {row['highest']:.3g} |" in line
    assert line.endswith(f"**{row['verdict']}** |") or "of single ones" in line
