"""Figures 7 and 8: CKA of matching layers, layer by layer, with its spread over the shifts."""

import itertools

import numpy as np
import pandas as pd
import pytest

from tests.unit.figures import artists
from tests.unit.inputs.figure_inputs import PAIRS, STUDY, files_of
from workflow_scripts.figures import figures_07_08

LAYERS = [f"block {number}" for number in range(1, 12)] + ["output"]
PAGES = {"7": PAIRS[:3], "8": PAIRS[3:]}
LABELS = {"imagenet": "ImageNet", "shifts": "Shifts (mean and standard deviation)"}


@pytest.fixture
def cka():
    """Every layer with every one on two data sets; no value twice, and in no order."""
    numbers = range(1, len(LAYERS) + 1)
    keys = itertools.product([pair["model"] for pair in PAIRS], LABELS, numbers, numbers)
    table = pd.DataFrame(keys, columns=["model", "dataset", "number", "other_number"])
    table["layer"] = [LAYERS[number - 1] for number in table["number"]]
    values = np.linspace(0.2, 0.9, len(table)), np.linspace(0.01, 0.09, len(table))
    table["cka"], table["std"] = map(np.random.default_rng(0).permutation, values)
    return table.sample(frac=1, random_state=0)


@pytest.fixture
def draw(saved, cka, tmp_path):
    def run(table=cka, pages=PAGES, test="imagenet", title="ImageNet"):
        table.to_csv(tmp_path / "cka.csv", index=False)
        settings = {"study": STUDY | {"test": title}, "pages": pages, "test": test}
        return saved(figures_07_08, tmp_path / "cka.csv", files_of(pages), **settings)

    return run


def course(cka, model, dataset):
    """The matching layers of a model, from the first."""
    rows = cka[(cka["model"] == model) & (cka["dataset"] == dataset)]
    return rows[rows["number"] == rows["other_number"]].sort_values("number")


def test_curves_are_the_cka_of_matching_layers(draw, cka):
    for page, pairs in zip(draw(), PAGES.values(), strict=True):
        names = artists.styles(page.figure)
        for ax, pair in zip(page.figure.axes, pairs, strict=False):
            assert artists.title(ax) == f"{pair['backbone']}\n{pair['pretraining']}"
            drawn = {names[curve.style]: curve for curve in artists.curves(ax)}
            assert list(drawn) == list(LABELS.values())
            for dataset, label in LABELS.items():
                expected = course(cka, pair["model"], dataset)
                assert drawn[label].x == list(range(1, 13))
                np.testing.assert_allclose(drawn[label].y, expected["cka"])


def test_the_band_is_the_standard_deviation_over_the_shifts(draw, cka):
    for ax, pair in zip(draw()[0].figure.axes, PAGES["7"], strict=False):
        ((_, band),) = artists.bands(ax)
        expected = course(cka, pair["model"], "shifts").set_index("number")
        assert list(band) == list(range(1, 13))
        ends = [expected["cka"] - expected["std"], expected["cka"] + expected["std"]]
        np.testing.assert_allclose(np.array(list(band.values())).T, ends)


def test_both_pages_share_an_axis_that_ends_beyond_1_and_all_bands(draw, cka):
    own = cka[cka["number"] == cka["other_number"]]
    low = min(own["cka"].min(), (own["cka"] - own["std"])[own["dataset"] == "shifts"].min())
    margin = 0.05 * (1 - low)
    for page in draw():
        for ax in page.figure.axes:
            assert ax.get_ylim() == pytest.approx((low - margin, 1 + margin))


def test_layers_are_named_for_readers():
    names = ["layer1.0", "layer4.12", "block 3", "output", "stages.2"]
    assert [*map(figures_07_08.layer_name, names)] == [
        "stage 1, block 1", "stage 4, block 13", "block 3", "output", "stages.2"
    ]  # fmt: skip


def test_axes(draw):
    for page in draw():
        panels = page.figure.axes[:3]
        assert [ax.get_ylabel() for ax in panels] == ["CKA", "", ""][: len(panels)]
        for ax in [ax for ax in panels if ax.lines]:
            # Of twelve layers every second, and the output among them
            named = {position: LAYERS[int(position) - 1] for position in range(2, 13, 2)}
            assert dict(artists.ticks(ax)) == named
            assert not ax.xaxis_inverted()


def test_captions(draw):
    first, second = (page.caption for page in draw())
    heading = "CKA between zero-shot and finetuned models"
    assert first.startswith(f"**Figure 7. {heading} (1/2).**")
    assert second.startswith(f"**Figure 8. {heading} (2/2).**")
    assert "output, on `imagenet` and on the shifts;" in first
    pairs = ", ".join(f"`{pair['zero_shot']}` and `{pair['model']}`" for pair in PAGES["7"])
    assert f"Study `tiny`. Pairs: {pairs}." in first
    (only,) = draw(pages={"8": PAIRS})
    assert only.caption.startswith(f"**Figure 8. {heading}.**")


def test_finetunings_and_another_test_set_are_named(draw, cka):
    pair = PAIRS[0] | {"finetuning": "slowly"}
    table = cka.replace({"dataset": {"imagenet": "photographs"}})
    (page,) = draw(table, {"7": [pair]}, "photographs", "My photos")
    assert artists.title(page.figure.axes[0]) == "RN-mini\nWeb-large, slowly"
    assert artists.labels(page.figure) == ["My photos", LABELS["shifts"]]
    assert "output, on `photographs` and on the shifts;" in page.caption


def test_without_shifts(draw, cka):
    page = draw(cka[cka["dataset"] == "imagenet"])[0]
    assert artists.labels(page.figure) == ["ImageNet"]
    assert "on the shifts" not in page.caption
    for ax in page.figure.axes[:3]:
        assert [curve.style for curve in artists.curves(ax)] == ["-"] and not artists.bands(ax)
