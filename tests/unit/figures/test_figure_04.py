"""Figure 4: three circles with the numbers of concepts in their parts, on one scale."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb
from matplotlib.patches import PathPatch

from tests.unit.figures import artists
from tests.unit.inputs.figure_inputs import FILES, STUDY
from workflow_scripts.figures import figure_04
from workflow_scripts.reporting.concepts import NO_TRIPLES
from workflow_scripts.reporting.families import FAMILIES

NAMES = {
    "zero_shot": "Robust zero-shot CLIP",
    "finetuned": "Finetuned CLIP",
    "supervised": "Supervised",
}
PARTS = [
    "zero_shot", "finetuned", "zero_shot&finetuned", "supervised", "zero_shot&supervised",
    "finetuned&supervised", "zero_shot&finetuned&supervised",
]  # fmt: skip
SIZES = [[31, 22, 40, 13, 17, 9, 60], [8, 29, 35, 24, 11, 14, 21]]


def table_of(sizes, folder):
    rows = [
        {"backbone": f"B{n}", "pretraining": f"P{n}", **{kind: f"{kind}-{n}" for kind in NAMES}}
        | {f"in_{part}": size for part, size in zip(PARTS, row, strict=True)}
        for n, row in enumerate(sizes)
    ]
    columns = ["backbone", "pretraining", *NAMES, *(f"in_{part}" for part in PARTS)]
    pd.DataFrame(rows, columns=columns).to_csv(folder / "venn.csv", index=False)


@pytest.fixture
def draw(saved, tmp_path):
    def run(*sizes):
        table_of(sizes, tmp_path)
        paths = (tmp_path / "venn.csv", FILES)
        (only,) = saved(figure_04, *paths, study=STUDY, threshold=0.85)
        return only

    return run


def sets_of(colours, patch):
    """Names of the sets whose colours a part has: its own or the mixture of the legend's."""
    found = np.array(patch.get_facecolor()[:3])
    plain = {frozenset([name]): np.array(to_rgb(colour)) for colour, name in colours.items()}
    mixed = {
        one | other: 0.7 * (a + b)
        for one, a in plain.items()
        for other, b in plain.items()
        if one != other
    }
    mixed[frozenset(NAMES.values())] = 0.4 * sum(plain.values())
    return min((plain | mixed).items(), key=lambda item: np.abs(item[1] - found).sum())[0]


def parts_of(ax):
    return [patch for patch in ax.patches if isinstance(patch, PathPatch)]


def area(patch):
    """Area of a part, by counting points of a fine grid in its outline."""
    path = patch.get_path()
    (left, bottom), (right, top) = path.get_extents().get_points()
    x, y = np.meshgrid(np.linspace(left, right, 200), np.linspace(bottom, top, 200))
    inside = path.contains_points(np.column_stack([x.ravel(), y.ravel()])).mean()
    return inside * (right - left) * (top - bottom)


def numbers(figure, ax):
    """The number that stands in each part, by the sets that the part belongs to."""
    colours = artists.legend(figure)
    found = {}
    for patch in parts_of(ax):
        inside = [text for text in ax.texts if patch.get_path().contains_point(text.get_position())]
        found[sets_of(colours, patch)] = [text.get_text() for text in inside if text.get_text()]
    return found


def expected(sizes):
    sets = [frozenset(NAMES[kind] for kind in part.split("&")) for part in PARTS]
    return {each: [str(size)] for each, size in zip(sets, sizes, strict=True)}


def test_each_part_has_its_number(draw):
    figure = draw(*SIZES).figure
    for ax, sizes in zip(figure.axes, SIZES, strict=True):
        assert numbers(figure, ax) == expected(sizes)
    assert [artists.title(ax) for ax in figure.axes] == ["B0\nP0", "B1\nP1"]
    colours = {look.name: look.colour.lower() for look in FAMILIES.values()}
    assert artists.legend(figure) == {colours[name]: name for name in NAMES.values()}


def test_areas_of_circles_and_of_pairs_are_on_one_scale(draw):
    figure = draw(*SIZES).figure
    colours = artists.legend(figure)
    scales, sides = [], []
    for ax, sizes in zip(figure.axes, SIZES, strict=True):
        parts = [(sets_of(colours, patch), area(patch)) for patch in parts_of(ax)]
        counts = {key: int(size) for key, (size,) in expected(sizes).items()}
        pairs = [set(each) for each in counts if len(each) < 3]
        for within in pairs:
            drawn = sum(size for key, size in parts if within <= key)
            scales.append(drawn / sum(size for key, size in counts.items() if within <= key))
        sides += [np.ptp(ax.get_xlim()), np.ptp(ax.get_ylim())]
        assert ax.get_aspect() == 1
    assert scales == pytest.approx([scales[0]] * 12, rel=0.05)
    assert sides == pytest.approx([sides[0]] * 4)


def test_circles_fit_into_the_axes(draw):
    for ax in draw(*SIZES).figure.axes:
        low, high = np.array([ax.get_xlim(), ax.get_ylim()]).T
        for patch in parts_of(ax):
            extents = patch.get_path().get_extents().get_points()
            assert (extents >= low).all() and (extents <= high).all()


def test_caption_names_the_models_and_the_largest_deviation(draw):
    figure, _, caption = draw(*SIZES)
    colours, deviations = artists.legend(figure), []
    for ax, sizes in zip(figure.axes, SIZES, strict=True):
        areas = {sets_of(colours, patch): area(patch) for patch in parts_of(ax)}
        for key, (size,) in expected(sizes).items():
            share = areas.get(key, 0) / sum(areas.values())
            deviations.append(abs(share - int(size) / sum(sizes)))
    assert caption.startswith("**Figure 4. Overlap of the encoded concepts.**")
    assert f"deviates by at most {100 * max(deviations):.0f} percentage points" in caption
    assert "average precision of at least 0.85" in caption
    names = "`zero_shot-0`, `finetuned-0`, `supervised-0`; `zero_shot-1`, `finetuned-1`"
    assert f"Panels: {names}, `supervised-1`." in caption


@pytest.mark.parametrize(
    ("sizes", "texts"),
    [
        ([5, 0, 0, 0, 0, 0, 0], ["5"]),
        ([0, 0, 0, 0, 0, 4, 0], ["4"]),
        ([3, 0, 0, 0, 0, 4, 0], ["3", "4"]),
        ([0, 0, 0, 0, 0, 0, 7], ["7"]),
        ([0, 0, 0, 0, 0, 0, 0], ["no concepts"]),
    ],
)
def test_empty_and_equal_sets(draw, sizes, texts):
    """A part that is not there has no number."""
    figure, _, caption = draw(sizes)
    found = [text.get_text() for text in figure.axes[0].texts]
    assert sorted(filter(None, found)) == texts
    assert texts != ["no concepts"] or "deviates by at most 0 percentage points" in caption


def test_an_empty_part_has_no_number(draw):
    """Three circles that overlap in pairs may leave no way around an empty middle or side."""
    sizes = [20, 20, 0, 20, 10, 10, 10]
    page = draw(sizes)
    texts = [text.get_text() for text in page.figure.axes[0].texts if text.get_text()]
    assert sorted(texts) == sorted(str(size) for size in sizes if size)
    assert "a part without a number has no concept" in page.caption


def test_a_study_without_triples_says_so(draw):
    figure, _, caption = draw()
    assert [text.get_text() for text in figure.axes[0].texts] == [NO_TRIPLES]
    assert NO_TRIPLES in caption and "areas" not in caption
