"""Figures 15 to 22: curves from zero-shot to finetuned models along the Wise-FT paths."""

import itertools

import numpy as np
import pandas as pd
import pytest

from tests.unit.figures import artists
from tests.unit.inputs.figure_inputs import PAIRS, STUDY, estimates, files_of
from workflow_scripts.figures import figures_15_to_22
from workflow_scripts.reporting.families import FAMILIES

ALPHAS = (1, 0.25, 0, 0.75)
PAGES = {str(number): PAIRS[:3] if number % 2 else PAIRS[3:] for number in range(15, 23)}
SUBJECTS = {
    "15": ("Accuracies", "Accuracy", "accuracy", ["imagenet", "shifts"]),
    "17": ("Effective robustness", "Effective robustness", "effective_robustness", ["shifts"]),
    "19": ("Activation kurtosis", "Activation kurtosis", "kurtosis", ["imagenet", "shifts"]),
    "21": ("Unique concepts", "Unique concepts", "concepts", ["imagenet"]),
}
NAMES = {"imagenet": "ImageNet", "shifts": "Average over the shifts"}
STYLES = {"imagenet": "-", "shifts": "--"}
ENDS = ["Robust zero-shot CLIP", "Finetuned CLIP"]
LOOKS = {0: FAMILIES["robust_zero_shot"], 1: FAMILIES["finetuned"]}
NO_LINE = "this study has no distribution shifts"


@pytest.fixture
def paths():
    """Every pair, point and quantity, no number twice."""
    keys = [
        (pair["model"], alpha, quantity, dataset)
        for pair, alpha, (*_, quantity, datasets) in itertools.product(
            PAIRS, ALPHAS, SUBJECTS.values()
        )
        for dataset in datasets
    ]
    table = pd.DataFrame(keys, columns=["model", "alpha", "quantity", "dataset"])
    return estimates(table, ("value", "low", "high"), high=10)


@pytest.fixture
def draw(saved, paths, tmp_path):
    def run(table=paths, pages=PAGES, no_line="", **changes):
        table.to_csv(tmp_path / "paths.csv", index=False)
        settings = {"test": "imagenet", "confidence": 0.9, "line_through": "testbed"}
        settings |= {"study": STUDY, **changes}
        made = (tmp_path / "paths.csv", files_of(pages))
        found = saved(figures_15_to_22, *made, pages=pages, no_line=no_line, **settings)
        return dict(zip(pages, found, strict=True))

    return run


def course(paths, model, quantity, dataset):
    rows = paths[(paths["model"] == model) & (paths["quantity"] == quantity)]
    return rows[rows["dataset"] == dataset].sort_values("alpha")


def check(ax, pair, paths, quantity, datasets):
    """The axes have a pair's curves, their bands, and at each end the marker of its family."""
    curves = [curve for curve in artists.curves(ax) if curve.style != "None"]
    ends = [curve for curve in artists.curves(ax) if curve.style == "None"]
    assert [curve.style for curve in curves] == [STYLES[dataset] for dataset in datasets]
    bands = [band for _, band in artists.bands(ax)]
    assert len(bands) == len(datasets)
    for number, dataset in enumerate(datasets):
        rows = course(paths, pair["model"], quantity, dataset)
        assert curves[number].x == [0, 0.25, 0.75, 1]
        np.testing.assert_allclose(curves[number].y, rows["value"])
        assert list(bands[number]) == [0, 0.25, 0.75, 1]
        np.testing.assert_allclose(list(bands[number].values()), rows[["low", "high"]])
        for marker, (alpha, look) in zip(ends[2 * number :], LOOKS.items(), strict=False):
            assert (marker.colour, marker.marker) == (look.colour.lower(), look.marker)
            value = rows.set_index("alpha").loc[alpha, "value"]
            assert (*marker.x, *marker.y) == pytest.approx((alpha, value))
    assert len(ends) == 2 * len(datasets)


@pytest.mark.parametrize("number", PAGES)
def test_curves_are_the_values_along_the_paths(draw, paths, number):
    figure = draw(pages={number: PAGES[number]})[number].figure
    *_, quantity, datasets = SUBJECTS[str(int(number) - 1 + int(number) % 2)]
    for ax, pair in zip(figure.axes, PAGES[number], strict=False):
        assert artists.title(ax) == f"{pair['backbone']}\n{pair['pretraining']}"
        check(ax, pair, paths, quantity, datasets)


def test_axes_and_legend(draw):
    made = draw()
    for number, (_, label, _, datasets) in SUBJECTS.items():
        figure = made[number].figure
        assert [ax.get_ylabel() for ax in figure.axes] == [label, "", ""]
        for ax in figure.axes:
            assert (ax.get_xlim(), ax.get_xlabel()) == ((0, 1), r"$\alpha$")
            assert artists.ticks(ax) == [(0, "0"), (0.5, "0.5"), (1, "1")]
        lines = [NAMES[dataset] for dataset in datasets] if len(datasets) > 1 else []
        level = {"19": ["Gaussian (3)"], "21": ["Range over draws"]}.get(number, [])
        assert artists.labels(figure) == ENDS + lines + level
        percent = figure.axes[0].yaxis.get_major_formatter()(0.5, 0) == "50%"
        assert percent == (number == "15")
    for ax in made["19"].figure.axes:
        assert [list(line.get_ydata()) for line in ax.lines if line.get_linestyle() == ":"] == [
            [3, 3]
        ]  # fmt: skip
    handles = made["15"].figure.legends[0].legend_handles
    looks = [(artists.to_hex(each.get_color()), each.get_marker()) for each in handles[:2]]
    assert looks == [(look.colour.lower(), look.marker) for look in LOOKS.values()]
    assert [each.get_linestyle() for each in handles[2:]] == ["-", "--"]


def test_both_pages_share_their_axis(draw, paths):
    made = draw()
    for number, (_, _, quantity, datasets) in SUBJECTS.items():
        own = paths[(paths["quantity"] == quantity) & paths["dataset"].isin(datasets)]
        every = own[["value", "low", "high"]].to_numpy()
        low, high = np.nanmin(every), np.nanmax(every)
        low, high = (min(low, 3), max(high, 3)) if quantity == "kurtosis" else (low, high)
        margin = 0.05 * (high - low)
        for page in (number, str(int(number) + 1)):
            for ax in made[page].figure.axes:
                start = 0 if number == "21" else low - margin  # counts begin at none
                assert ax.get_ylim() == pytest.approx((start, high + margin))


def test_captions(draw):
    made = draw()
    for number, (heading, *_) in SUBJECTS.items():
        for page, part in ((number, "(1/2)"), (str(int(number) + 1), "(2/2)")):
            caption = made[page].caption
            assert caption.startswith(f"**Figure {page}. {heading} along the Wise-FT paths {part}.")
            pairs = ", ".join(f"`{pair['zero_shot']}` to `{pair['model']}`" for pair in PAGES[page])
            assert f"Study `tiny`. Pairs: {pairs}." in caption
            assert ("published accuracies of the ImageNet testbed" in caption) == (number == "17")
            assert ("Intervals: 90 %" in caption) == (number != "21")
            assert ("median over the draws of the balanced sets" in caption) == (number == "21")
            assert ("Bands: the range over the draws." in caption) == (number == "21")
    assert "Accuracy on `imagenet` and on average over the shifts of" in made["15"].caption
    assert "on the images of `imagenet` and on average over the shifts" in made["19"].caption


def test_finetunings_and_another_test_set_are_named(draw, paths):
    pair = PAIRS[0] | {"finetuning": "slowly"}
    table = paths.replace({"dataset": {"imagenet": "photographs"}})
    page = draw(table, {"15": [pair]}, test="photographs", study=STUDY | {"test": "My photos"})[
        "15"
    ]
    assert artists.title(page.figure.axes[0]) == "RN-mini\nWeb-large, slowly"
    assert artists.labels(page.figure) == [*ENDS, "My photos", NAMES["shifts"]]
    assert "Accuracy on `photographs` and on average over the shifts of" in page.caption


def test_a_page_alone_and_models_without_a_path(draw):
    made = draw(pages={"18": PAIRS}, left_out=["other"])
    (page,) = made.values()
    heading = "**Figure 18. Effective robustness along the Wise-FT paths.**"
    assert page.caption.startswith(heading) and "with zero-shot ones: `other`." in page.caption
    assert page.figure.axes[0].get_ylabel() == "Effective robustness"


@pytest.mark.parametrize(
    ("quantity", "number", "words"),
    [
        ("concepts", "21", "The study has no images whose concepts could be counted."),
        ("effective_robustness", "17", f"T{NO_LINE[1:]}."),
    ],
)
def test_what_is_not_measured_is_said_in_place_of_the_panels(draw, paths, quantity, number, words):
    figure = draw(paths[paths["quantity"] != quantity], PAGES, NO_LINE)[number].figure
    assert [text.get_text() for text in figure.axes[0].texts] == [words]


def test_without_shifts_there_are_the_test_sets_curves_alone(draw, paths):
    made = draw(paths[paths["dataset"] == "imagenet"], PAGES, NO_LINE)
    for number, levels in (("15", []), ("19", ["Gaussian (3)"])):
        for ax, pair in zip(made[number].figure.axes, PAGES[number], strict=False):
            check(ax, pair, paths, SUBJECTS[number][2], ["imagenet"])
        assert artists.labels(made[number].figure) == ENDS + levels
        assert "average over the shifts" not in made[number].caption


def test_means_of_counts_have_intervals_over_seeds_and_draws(draw):
    page = draw(pages={"21": PAIRS[:3]}, study=STUDY | {"replicates": 5, "means": True})["21"]
    assert artists.labels(page.figure) == [*ENDS, "Interval"]
    assert "median over the draws" in page.caption
    assert "90 % over seeds and draws" in page.caption
