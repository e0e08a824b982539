"""Panels stand on a grid from the left, one line below another; words take an empty one's place."""

from matplotlib.figure import Figure

from workflow_scripts.reporting import pages


def test_words_stand_in_the_middle_of_an_empty_panel():
    ax = Figure().subplots()
    pages.say(ax)
    (text,) = ax.texts
    assert text.get_text() == "The study has no model for this figure."
    assert (text.get_position(), text.get_transform()) == ((0.5, 0.5), ax.transAxes)
    assert (text.get_ha(), text.get_va(), ax.axison) == ("center", "center", False)


def test_a_grid_has_its_columns_from_the_left_and_nothing_else_to_see():
    figure = Figure()
    columns = pages.grid(figure, count=5, rows=2, columns=3)
    places = [[(ax.get_subplotspec().rowspan.start, ax.get_subplotspec().colspan.start)
               for ax in column] for column in columns]  # fmt: skip
    assert places == [
        [(0, 0), (1, 0)], [(0, 1), (1, 1)], [(0, 2), (1, 2)], [(2, 0), (3, 0)], [(2, 1), (3, 1)]
    ]  # fmt: skip
    used = [ax for column in columns for ax in column]
    assert all(ax.axison == (ax in used) for ax in figure.axes) and len(figure.axes) == 12
    columns[0][0].set_ylim(0, 7)
    assert [column[0].get_ylim() == (0, 7) for column in columns] == [True] * 3 + [False] * 2
    assert columns[0][1].get_ylim() != (0, 7)


def test_how_many_panels_stand_side_by_side():
    assert [pages.side_by_side(count, 4) for count in (0, 1, 3, 4, 9)] == [1, 1, 3, 4, 4]


def test_files_and_parts_of_pages():
    first, second = pages.files_of_pages("abcdefgh")
    assert first == ("a", "b", "c", "d") and (second.pdf, second.caption) == ("e", "h")
    assert pages.part_of("8", ["7", "8"]) == " (2/2)" and pages.part_of("8", ["8"]) == ""
