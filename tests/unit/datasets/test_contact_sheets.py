"""Titles on contact sheets are as people write them, and no wider than their images."""

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from workflow_scripts.datasets import contact_sheets


@pytest.mark.parametrize(
    ("caption", "shown"),
    [
        ("a umbrella", "an umbrella"),
        ("a scissors", "scissors"),
        ("a photo of a red striped scissors with ice", "a photo of red striped scissors with ice"),
        ("a cartoon of a orange arrow", "a cartoon of an orange arrow"),
        ("a sketch of a hourglass", "a sketch of an hourglass"),
        ("a European car on a one-way street", "a European car on a one-way street"),
    ],
)
def test_captions_have_the_articles_of_english(caption, shown):
    assert contact_sheets.as_written(caption) == shown


def test_titles_do_not_hang_over():
    figure = Figure(figsize=(contact_sheets.COLUMNS * contact_sheets.WIDTH, 5))
    title = "a photo of a chequered mushroom with bricks"
    contact_sheets.plot_images(figure, np.zeros((2, 8, 8, 3), "u1"), [title] * 2, "heading")
    (ax,) = figure.axes
    renderer = FigureCanvasAgg(figure).get_renderer()
    figure.draw(renderer)
    for text in ax.texts:
        box = text.get_window_extent(renderer)
        (left, _), (right, _) = ax.transData.inverted().transform(box)
        assert right - left < 1
