"""Captions and tables in Markdown become HTML that shows every character."""

import pytest

from workflow_scripts.cards.tables import Table
from workflow_scripts.page.markdown import Text, blocks, first_sentences, inline, plain


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a < b & \"c\"", "a &lt; b &amp; &#34;c&#34;"),
        ("`<i>` and **bold**", "<code>&lt;i&gt;</code> and <strong>bold</strong>"),
        ("**`x`**", "**<code>x</code>**"),  # bold around code is not used here
        ("one ` alone", "one ` alone"),
        ("`a` and one ` alone", "<code>a</code> and one ` alone"),
        ("see [the paper](https://arxiv.org/abs/1)",
         'see <a href="https://arxiv.org/abs/1" rel="noreferrer">the paper</a>'),
        ("[x](javascript:alert(1))", "[x](javascript:alert(1))"),
        ('[x](https://a"onclick="b)', "[x](https://a&#34;onclick=&#34;b)"),
    ],
)  # fmt: skip
def test_a_line(text, expected):
    found = str(inline(text))
    if "onclick" in text:  # the quotes stay escaped, so that no attribute is added
        assert '"onclick' not in found
    else:
        assert found == expected


def test_plain_words():
    assert plain("**a** `b` [c](https://d)") == "a b c"


def test_paragraphs_and_tables_are_told_apart():
    text = "**Table 1. All.** Words,\nmore.\n\n| a | b |\n| --- | ---: |\n| `x` | 1\\|2 |\n\n"
    text += "### Next\n\n| c |\n|---|\n\nlast"
    first, table, empty, last = blocks(text)
    assert first == Text("Table 1. All.", "Words, more.") and last == Text("", "last")
    assert table == Table("Table 1. All.", ["a", "b"], [["<code>x</code>", "1|2"]])
    assert empty == Table("Next", ["c"], [])


def test_the_beginning_is_whole_sentences():
    text = "**Figure.** One of `a`. Two is longer. Three."
    assert first_sentences(text, 30) == "Figure. One of a."
    assert first_sentences(text, 1000) == plain(text)
    assert first_sentences("word " * 100, 10).startswith("word word")
