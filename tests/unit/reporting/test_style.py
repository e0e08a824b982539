"""Figures are saved whole, in one look, and as the same bytes whenever."""

import matplotlib
from matplotlib.colors import to_hex

from workflow_scripts.reporting.families import FAMILIES, LOOKS
from workflow_scripts.reporting.pages import FigureFiles
from workflow_scripts.reporting.style import family_legend, new_figure, save, style


def make(folder):
    """Save a figure of a line; the bytes of its files."""
    paths = [folder / name for name in ("figure.pdf", "figure.png", "figure.svg", "figure.md")]
    with style():
        figure = new_figure(height=1, width=2)
        figure.subplots().plot([0, 1], [1, 0])
        save(figure, FigureFiles(*map(str, paths)), "**Caption.**\n")
    assert sorted(folder.iterdir()) == sorted(paths)
    return [path.read_bytes() for path in paths]


def test_the_same_figure_is_the_same_bytes(tmp_path):
    first = make(tmp_path)
    assert first[0].startswith(b"%PDF") and first[1].startswith(b"\x89PNG")
    assert first[2].startswith(b"<?xml") and b"<dc:date>" not in first[2]
    assert first[3] == b"**Caption.**\n"
    with matplotlib.rc_context({"axes.linewidth": 7, "savefig.dpi": 20}):  # a user's own look
        assert make(tmp_path) == first


def test_all_files_have_the_layout_of_the_first(tmp_path):
    files = FigureFiles(*(str(tmp_path / f"figure.{each}") for each in ("pdf", "png", "svg", "md")))
    with style():
        figures = [new_figure(height=1) for _ in range(2)]
        for figure in figures:
            figure.subplots().set(title="Title", ylabel="y")
        before = figures[0].axes[0].get_position().bounds
        figures[0].savefig(tmp_path / "alone.pdf")
        save(figures[1], files, "")
    first, last = (figure.axes[0].get_position().bounds for figure in figures)
    assert first == last != before


def test_the_study_is_said_beside_a_figure_without_covering_its_title(tmp_path):
    files = FigureFiles(*(str(tmp_path / f"figure.{each}") for each in ("pdf", "png", "svg", "md")))
    for title, place in (("", "get_suptitle"), ("No line.", "get_supxlabel")):
        with style():
            figure = new_figure(height=1)
            if title:
                figure.suptitle(title)
            save(figure, files, "", "tiny")
        assert getattr(figure, place)() == "Study tiny"


def legend_of(*arguments, **settings):
    figure = new_figure(height=1)
    family_legend(figure, *arguments, **settings)
    return figure.legends[0] if figure.legends else None


def test_the_legend_has_the_families_that_are_there():
    box = legend_of([FAMILIES[name] for name in ("supervised", "robust_zero_shot", "supervised")])
    assert [text.get_text() for text in box.get_texts()] == ["Robust zero-shot CLIP", "Supervised"]
    colours = [to_hex(each.get_facecolor()).upper() for each in box.legend_handles]
    assert colours == [FAMILIES[name].colour for name in ("robust_zero_shot", "supervised")]
    (marker,) = legend_of([FAMILIES["finetuned"]], markers=True).legend_handles
    assert (marker.get_marker(), marker.get_color()) == ("s", FAMILIES["finetuned"].colour)
    assert legend_of([]) is None


def test_five_families_are_wider_than_a_page():
    columns = [legend_of(LOOKS[:count])._ncols for count in range(1, 6)]
    assert len(FAMILIES) == 5 and columns == [1, 2, 3, 4, 4]


def test_a_legend_stands_beside_a_single_panel():
    figure = new_figure(height=1)
    family_legend(figure, LOOKS, beside=True)
    box = figure.legends[0]
    assert box._outside_loc == "right" and box._ncols == 1


def test_families_are_told_apart():
    assert len({look.colour for look in LOOKS}) == len(LOOKS)
    assert len({look.marker for look in LOOKS}) == len(LOOKS)
