"""Figures and tables stand in their sections, beside what the paper says of them."""

from urllib.parse import unquote

import pytest

from tests.unit.inputs import page_inputs
from workflow_scripts.job.errors import InputError
from workflow_scripts.page.exhibits import (
    Said,
    contact_sheet,
    read_said,
    said_of,
    sections,
    svg_address,
)
from workflow_scripts.page.markdown import Text

SAID = {
    "figure_02a": Said("Figure 2a", "Section 4", "The paper has 50 %."),
    "figure_03": Said("Figure 3", "Section 5", "Many."),
    "figure_99": Said("Figure 99", "Section 9", "Of another study."),
}


@pytest.fixture
def found(tmp_path):
    settings = page_inputs.settings()
    files = page_inputs.write(tmp_path)
    return sections(settings["exhibits"], files, SAID, settings["absent"], settings["choice"])


def test_sections_have_their_pages_and_say_what_is_absent(found):
    assert [(each.name, [one.page for one in each.shown]) for each in found] == [
        ("section-4", ["figure_02a"]), ("section-5", []), ("beyond-the-paper", ["table_1"]),
    ]  # fmt: skip
    assert found[1].absent == [("Figure 3", "it has no concepts, see Figure 2a")]


def test_a_figure(found):
    (figure,) = found[0].shown
    assert figure.title == "Figure 2a" and figure.shows == "Kurtosis <b>"
    assert figure.said == "The paper has 50\N{NO-BREAK SPACE}%."
    kind, content = figure.image.split(",", 1)
    assert kind == "data:image/svg+xml"
    assert unquote(content) == page_inputs.SVG.strip().replace('"', "'")
    assert figure.alt.startswith("Figure 2a. Kurtosis <b>. Of zs & ft")
    assert figure.made["command"] == "snakemake --cores 2 figure_2a --config study=tiny"
    assert figure.made["script"] == "workflow_scripts/figures/kurtosis.py"


def test_a_picture_is_an_address_that_can_be_quoted(tmp_path):
    """And a line break, which browsers take out of addresses, still separates."""
    text = """<svg a="#1 100%"\n  b="'é'">\n <path d="M0 0 \nL 1 1"/></svg>\n"""
    (tmp_path / "a.svg").write_text(text, encoding="utf-8")
    address = svg_address(tmp_path / "a.svg")
    assert not {*'"<>#&\n'} & {*address} and address.isascii()
    content = unquote(address.removeprefix("data:image/svg+xml,"))
    assert content == """<svg a="#1 100%" b="'é'"> <path d="M0 0 L 1 1"/></svg>"""


def test_every_line_of_a_table_says_what_it_is_of(found):
    (table,) = found[2].shown
    assert table.image == "" and isinstance(table.parts[0], Text)
    assert [line[0] for line in table.parts[1].lines] == ["ViT", "ViT"]


def test_a_page_without_a_row_has_a_title():
    assert said_of({}, "table_new_one") == Said("Table new one", "Beyond the paper", "")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("page\tsays\n", "expected the columns page, title, section, says"),
        ("page\ttitle\tsection\tsays\na\tb\n", "expected the columns"),
        ("page\ttitle\tsection\tsays\na\tb\tc\td\na\tb\tc\td\n", "one for each page"),
    ],
)
def test_mistakes_in_what_the_paper_says_are_named(tmp_path, text, message):
    path = tmp_path / "figures.tsv"
    path.write_text(text)
    with pytest.raises(InputError, match=message):
        read_said(str(path))


def test_a_contact_sheet_is_small_and_always_the_same(tmp_path):
    path = page_inputs.write(tmp_path)["sheets"]
    first = contact_sheet(path)
    assert first == contact_sheet(path) and first.startswith("data:image/jpeg;base64,")
    (tmp_path / "torn.png").write_bytes(b"\x89PNG")
    with pytest.raises(InputError, match="torn.png: cannot be read"):
        contact_sheet(str(tmp_path / "torn.png"))
