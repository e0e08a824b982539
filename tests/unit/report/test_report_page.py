"""The page of a small study: whole, alone, readable, and with the numbers of the tables."""

import base64
import io
import re
import zipfile

import pandas as pd
import pytest

from tests.unit.inputs import page_inputs
from tests.unit.inputs.html_pages import Page
from workflow_scripts.job.errors import InputError
from workflow_scripts.page import whole
from workflow_scripts.report import report_page


def make(folder, **changes):
    """The text of the page."""
    path = folder / "index.html"
    files, settings = page_inputs.write(folder), page_inputs.settings(**changes)
    report_page.main(files, str(path), settings, {"study": "tiny", "images": None})
    return path.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def text(tmp_path_factory):
    return make(tmp_path_factory.mktemp("page"))


@pytest.fixture(scope="module")
def page(text):
    return Page(text)


def test_the_page_is_whole_and_asks_no_host(page, text):
    assert page.open == []
    (policy,) = [each["content"] for each in page.all("meta") if "http-equiv" in each]
    assert policy.startswith("default-src 'none'") and "http" not in policy
    assert all(each["src"].startswith("data:") for each in page.all("img"))
    assert not page.all("link") and all("src" not in each for each in page.all("script"))
    assert "@import" not in text and not re.search(r"url\(\s*['\"]?http", text)
    targets = [each["href"] for each in page.all("a")]
    others = [each for each in targets if not each.startswith(("#", "data:"))]
    assert others == ["beyond.html", "https://arxiv.org/abs/2310.13040"]


def test_every_link_and_label_leads_somewhere(page):
    ids = page.ids()
    assert len(ids) == len(set(ids))
    links = [each["href"][1:] for each in page.all("a") if each["href"].startswith("#")]
    assert len(links) > 20 and {*links} <= {*ids}
    named = [each["aria-labelledby"] for _, each in page.elements if "aria-labelledby" in each]
    assert {*named} <= {*ids} and {each["for"] for each in page.all("label")} <= {*ids}


def test_the_page_can_be_heard(page):
    names = [name for name, _ in page.elements]
    assert all(
        names.count(each) == 1 for each in ("main", "header", "nav", "footer", "h1", "title")
    )
    assert page.all("html") == [{"lang": "en"}]
    assert all(each["alt"] for each in page.all("img")) and len(page.all("img")) == 3 + 4
    assert all(each.get("scope") in ("col", "row") for each in page.all("th"))
    assert names.count("caption") == names.count("table")
    levels = [int(name[1]) for name in names if re.fullmatch("h[1-6]", name)]
    assert levels[0] == 1 and all(b - a <= 1 for a, b in zip(levels, levels[1:], strict=False))


def test_words_are_escaped(page, text):
    for words in ("Tiny <study>", "My <photos>", "Kurtosis <b>", "lacks <models>", "a<b", "&"):
        assert any(words in each for each in page.words.values()), words
        assert words == "&" or words not in text
    assert "</script>" in " ".join(page.words_of("dd"))


def test_nobody_takes_its_numbers_for_the_papers(text, page, tmp_path):
    (banner,) = page.words_of("aside", class_="banner")
    assert banner.startswith("Made by tiny, not the paper's data:")
    comparable = Page(make(tmp_path, compared=["shift_accuracy"]))
    (banner,) = comparable.words_of("aside", class_="banner comparable")
    assert "Comparable with the paper's numbers: shift accuracy." in banner


def test_the_paper_is_told_apart(page):
    (said,) = page.words_of("div", class_="paper")[:1]
    assert said.startswith("The paper, on its own models and data")


def test_the_scorecard_has_the_numbers_of_the_verdicts(page):
    cells = page.words_of("td", **{"data-label": "Values"})
    verdicts = page_inputs.verdicts()
    assert cells == [
        f"{low:.3g} to {high:.3g}"
        for low, high in zip(verdicts["lowest"], verdicts["highest"], strict=True)
    ]
    counts = page.words_of("td", **{"data-label": "For / cases"})
    assert counts == ["2 / 2", "1 / 2", "", "2 / 2"]
    assert page.words_of("li", class_="does-not-hold") == ["✗ 1 does not hold"]


def test_the_comparison_leaves_the_claims_to_the_scorecard(page):
    captions = page.words_of("caption")
    assert "Numbers." in captions and "Directions." not in captions
    assert any("Directions. Of 1 claim." in words for words in page.words_of("p"))


def test_the_download_holds_the_tables(page):
    (link,) = [each for each in page.all("a") if "download" in each]
    assert link["download"] == "tiny_tables.zip"
    content = base64.b64decode(link["href"].removeprefix("data:application/zip;base64,"))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert sorted(archive.namelist()) == sorted(
            [f"measures/{name}.csv" for name in page_inputs.MEASURES]
            + [f"tables/{name}.csv" for name in ("claims", "comparison", "table_1")]
        )
        pd.testing.assert_frame_equal(
            pd.read_csv(archive.open("tables/table_1.csv")), page_inputs.top()
        )


def test_what_a_study_has_besides_has_a_section(page):
    assert "Replicates" in page.words_of("h2") and "replicates" in page.ids()


def test_what_lies_beyond_the_paper_is_said_to_and_how_it_is_made(page, tmp_path):
    (words,) = [each for each in page.words_of("p") if each.startswith("None of this is in")]
    assert "snakemake --cores 2 beyond --config study=tiny makes a page of it, beyond.html" in words
    assert "Kurtosis in <other> bases" in page.words_of("li")
    assert "beyond" not in Page(make(tmp_path, beyond=[])).ids()


def test_the_charts_data_are_on_the_page(text):
    data = page_inputs.embedded(text)
    assert [each["model"] for each in data["scatter"]["models"]] == ["zs", "ft", "bare"]
    assert data["paths"]["models"]["ft"]["alphas"] == [0, 0.5, 1]


def test_templates_and_library_stand_in_the_page_as_they_are(text):
    for name in ("page.css", "page.js", "vendored/chart.umd.min.js"):
        content = (whole.TEMPLATES / name).read_text(encoding="utf-8")
        assert content.strip() in text and "</script" not in content


def test_a_study_without_heads_has_a_page(tmp_path):
    files = page_inputs.write(tmp_path)
    without = ("of_importance_ratio", "of_accuracy", "of_concepts", "of_robustness", "claims",
               "cases", "comparison", "table_1", "paths", "top")  # fmt: skip
    files = {name: paths for name, paths in files.items() if name not in without}
    files["measures"] = files["measures"][:1]
    settings = page_inputs.settings(
        headless=["zs", "ft", "bare"], measures=["indicators/kurtosis"], further={}, absent={},
        exhibits=page_inputs.settings()["exhibits"][:1], threshold=None,
    )  # fmt: skip
    report_page.main(files, str(tmp_path / "page.html"), settings, {})
    page = Page((tmp_path / "page.html").read_text(encoding="utf-8"))
    assert page.open == [] and "No claim can be judged" in " ".join(page.words_of("p"))
    links = [each["href"][1:] for each in page.all("a") if each["href"].startswith("#")]
    assert {*links} <= {*page.ids()}


def test_a_table_that_lacks_a_column_is_named(tmp_path):
    files = page_inputs.write(tmp_path)
    (tmp_path / "cases.csv").write_text("id\nx\n")
    with pytest.raises(InputError, match="cases.csv: found the columns id, expected also"):
        report_page.main(files, str(tmp_path / "page.html"), page_inputs.settings(), {})
    assert not (tmp_path / "page.html").exists()
