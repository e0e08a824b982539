"""The pages of docs/ are what would be made now, and lead somewhere."""

import importlib.util
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def test_the_index_of_figures_is_up_to_date():
    spec = importlib.util.spec_from_file_location("index", ROOT / "docs" / "index_of_figures.py")
    index = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(index)
    assert index.PAGE.read_text(encoding="utf-8") == index.text(), "run make docs"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files(page):
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text(encoding="utf-8")):
        if not target.startswith("http"):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_the_readme_is_for_a_newcomer():
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 130
