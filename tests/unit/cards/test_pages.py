"""A card as page, Markdown and JSON: whole, alone, readable, and with the same numbers."""

import json
import re
from pathlib import Path

import pytest

from tests.unit.inputs.card_inputs import HEADLESS, MODELS, TEST, THRESHOLD, frames, write_tables
from tests.unit.inputs.figure_inputs import STUDY
from tests.unit.inputs.html_pages import Page
from tests.unit.tables.cells import sections
from workflow_scripts.cards.indicators import INDICATORS
from workflow_scripts.plan.exhibits.card import MINIATURE
from workflow_scripts.plan.exhibits.tables import PAPER
from workflow_scripts.tables import card

ROOT = Path(__file__).resolve().parents[3]
MISSING = [{"part": "accuracy", "reason": "the images of `photos` have no labels <b>"}]


def make(folder):
    """A card of the made-up tables, in all its forms."""
    card.main(
        write_tables(folder), [str(ROOT / file) for file in PAPER.values()], str(ROOT / MINIATURE),
        *(str(folder / f"card.{ending}") for ending in ("md", "html", "json")),
        study=STUDY, models=MODELS, test={"id": TEST, "title": "My photos"}, threshold=THRESHOLD,
        confidence=0.9, headless=HEADLESS, runs={"one": {"zs": 5, "ft": 20}}, missing=MISSING,
    )  # fmt: skip
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return make(tmp_path_factory.mktemp("card"))


@pytest.fixture(scope="module")
def page(folder):
    return Page((folder / "card.html").read_text(encoding="utf-8"))


def test_the_page_is_whole_and_needs_nothing_beside_itself(page, folder):
    assert page.open == []
    text = (folder / "card.html").read_text(encoding="utf-8")
    assert not page.all("script") and not page.all("link") and not page.all("img")
    assert not re.search(r"""(?:src|href|action)=["'](?!#)""", text)
    assert "http" not in re.sub(r"http-equiv", "", text) and "@import" not in text
    assert "default-src 'none'" in page.all("meta")[2]["content"]


def test_the_page_can_be_heard_and_read_on_a_phone(page):
    names = [name for name, _ in page.elements]
    assert all(
        names.count(each) == 1 for each in ("main", "header", "nav", "footer", "h1", "title")
    )
    assert page.all("html") == [{"lang": "en"}]
    assert {"name": "viewport", "content": "width=device-width, initial-scale=1"} in page.all(
        "meta"
    )
    pictures = [each for each in page.all("div") if each.get("role") == "img"]
    assert len(pictures) == names.count("svg") == names.count("figcaption") == 14
    assert all(each["aria-label"] for each in pictures)
    assert all(each.get("scope") in ("col", "row") for each in page.all("th"))
    assert names.count("caption") == names.count("table") > 10
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    links = [each["href"][1:] for each in page.all("a")]
    assert len(links) == 11 and {*links} <= {*ids}
    assert {each["aria-labelledby"] for each in page.all("section")} == {*links}


def test_the_page_and_markdown_have_the_same_tables(folder):
    text = (folder / "card.html").read_text(encoding="utf-8").replace("&#39;", "'")
    shown = re.findall(r"<t[hd]\b[^>]*>(.*?)</", text)
    tables = sections(folder / "card.md")
    assert shown == [cell for table in tables for line in table for cell in line]


def test_the_texts_say_what_it_is_of_and_what_is_missing(page, folder):
    text = (folder / "card.md").read_text(encoding="utf-8")
    heard = "".join(page.texts)
    for words in ("Study `tiny`.", "Models: `zs`, `ft`, `bare`.", "80 of My photos (`photos`)",
                  "Intervals: 90 % by bootstrap", "no proof of robustness",
                  "the images of `photos` have no labels <b>"):  # fmt: skip
        assert words in text
        assert words.replace("`", "") in heard
    assert "nan" not in text.lower().split() and "None" not in text


def test_the_json_has_the_numbers_of_the_tables(folder):
    found = json.loads((folder / "card.json").read_text(encoding="utf-8"))
    assert found["study"] == "tiny" and found["confidence"] == 0.9
    assert found["dataset"] == {"id": TEST, "title": "My photos"}
    assert found["not_computed"] == MISSING and found["runs"] == {"one": {"zs": 5, "ft": 20}}
    assert found["indicators"]["accuracy"]["unit"] == "fraction"
    assert [model["model"] for model in found["models"]] == ["zs", "ft", "bare"]
    zs, _, bare = found["models"]
    assert set(zs["values"]) == set(INDICATORS) == set(found["indicators"])
    assert zs["values"]["kurtosis"] == {"value": 1.01, "low": 1.04, "high": 1.07}
    assert zs["values"]["outliers"] == {"value": 4, "low": None, "high": None}
    assert bare["values"]["accuracy"] == {"value": None, "low": None, "high": None}
    assert bare["tables"]["accuracy"] == []
    histogram = frames()["kurtosis_histogram"].iloc[:3][["low", "high", "images"]]
    assert zs["tables"]["kurtosis_histogram"] == histogram.to_dict("records")
    kinds = {row["source"] for row in found["references"]}
    assert kinds == {"paper", "miniature"}


def test_the_same_tables_make_the_same_files(folder, tmp_path):
    make(tmp_path)
    for ending in ("md", "html", "json"):
        name = f"card.{ending}"
        assert (folder / name).read_bytes() == (tmp_path / name).read_bytes()
