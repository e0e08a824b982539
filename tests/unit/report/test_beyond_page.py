"""The page of what lies beyond the paper: nobody takes it for the paper's, and it stands alone."""

import pytest

from tests.unit.inputs import page_inputs
from tests.unit.inputs.html_pages import Page
from workflow_scripts.report import beyond_page

FIGURE, TABLE = page_inputs.settings()["exhibits"][:2]


def make(folder, **changes):
    """The text of the page; a figure and a table of the small study are its exhibits."""
    path = folder / "beyond.html"
    files = page_inputs.write(folder)
    exhibits = [FIGURE | {"shows": "Bases & <spectra>"}, TABLE | {"shows": "Which to rely on"}]
    absent = {"figure_beyond_arms": "no arm"}
    settings = page_inputs.settings(exhibits=exhibits, absent=absent, **changes)
    beyond_page.main(files, str(path), settings, {"study": "tiny"})
    return path.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    return Page(make(tmp_path_factory.mktemp("page")))


def test_it_says_that_nothing_is_the_papers(page):
    (banner,) = page.words_of("aside", class_="banner")
    assert banner.startswith("Made by tiny. None of this is in the paper:")
    assert page.words_of("div", class_="paper") == []


def test_figures_and_tables_are_called_by_what_they_show(page):
    assert page.words_of("h3") == ["Bases & <spectra>", "Which to rely on"]
    assert "How it is made: Bases & <spectra>" in page.words_of("summary")
    assert 'Of zs & ft, "averaged". Study tiny.' in page.words_of("p")
    (absent,) = page.words_of("ul", class_="small absent")
    assert absent == "Figure beyond arms is not made of this study: no arm."


def test_it_stands_alone_and_its_links_lead_somewhere(page):
    assert page.open == []
    ids, links = page.ids(), [each["href"] for each in page.all("a")]
    assert len(ids) == len(set(ids))
    assert {each[1:] for each in links if each.startswith("#")} <= {*ids}
    others = [each for each in links if not each.startswith(("#", "data:"))]
    assert others == ["index.html", "https://arxiv.org/abs/2310.13040"]
    assert all(each["src"].startswith("data:") and each["alt"] for each in page.all("img"))


def test_a_study_that_lacks_all_of_it_says_why(tmp_path):
    files = page_inputs.write(tmp_path) | {"measures": []}
    settings = page_inputs.settings(exhibits=[], measures=[], absent={"table_x": "no head"})
    beyond_page.main(files, str(tmp_path / "page.html"), settings, {})
    page = Page((tmp_path / "page.html").read_text(encoding="utf-8"))
    assert page.words_of("ul", class_="small absent") == [
        "Table x is not made of this study: no head."
    ]
