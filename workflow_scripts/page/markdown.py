"""The Markdown that captions and tables of this workflow are written in, as HTML.

It has paragraphs, tables with headings, bold text, code and links; all else is text and escaped.
"""

import re
from typing import NamedTuple

from markupsafe import Markup, escape

from workflow_scripts.cards.tables import Table

BOLD = re.compile(r"\*\*(.+?)\*\*")
LINK = re.compile(r"\[([^\]]+)\]\((https?://[^)\s]+)\)")
HEADING = re.compile(r"\*\*(.+?)\*\*\s*")


class Text(NamedTuple):
    """A paragraph: the bold words that it begins with, and the rest."""

    heading: str  # plain text; empty without one
    words: Markup


def inline(text: str) -> Markup:
    """A line of Markdown as HTML: what is neither bold, code nor a link is escaped."""
    parts = text.split("`")
    if len(parts) % 2 == 0:  # a backtick without a partner is a character
        parts[-2:] = ["`".join(parts[-2:])]
    html = ""
    for place, part in enumerate(parts):
        safe = str(escape(part))
        html += f"<code>{safe}</code>" if place % 2 else _marked(safe)
    return Markup(html)


def _marked(safe: str) -> str:
    linked = LINK.sub(r'<a href="\2" rel="noreferrer">\1</a>', safe)
    return BOLD.sub(r"<strong>\1</strong>", linked)


def plain(text: str) -> str:
    """A line of Markdown as plain text."""
    return LINK.sub(r"\1", text).replace("`", "").replace("**", "")


def blocks(text: str) -> list[Text | Table]:
    """Paragraphs and tables of a Markdown text, in order.

    A table is called by the heading before it, or by what the paragraph before it begins with in
    bold.
    """
    found: list[Text | Table] = []
    caption = ""
    for block in re.split(r"\n\s*\n", text.strip()):
        lines = block.strip().splitlines()
        if lines and lines[0].startswith("|"):
            found.append(_table(lines, caption))
            continue
        if block.startswith("#"):
            caption = plain(lines[0].lstrip("# "))
            continue
        words = " ".join(lines)
        heading = HEADING.match(words)
        caption = plain(heading[1]) if heading else caption
        rest = words[heading.end() :] if heading else words
        found.append(Text(caption if heading else "", inline(rest)))
    return found


def _table(lines: list[str], caption: str) -> Table:
    titles, _, *rows = (
        [inline(cell.strip().replace(r"\|", "|")) for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        for line in lines
    )
    return Table(caption, titles, rows)


def first_sentences(text: str, letters: int = 300) -> str:
    """The beginning of a Markdown text as plain text: whole sentences, at least one."""
    sentences = re.split(r"(?<=[.;:])\s+", plain(text).strip())
    found = sentences[0]
    for sentence in sentences[1:]:
        if len(found) + len(sentence) >= letters:
            break
        found += f" {sentence}"
    return found.strip()
