"""Bars stand in the paper's groups, on lines that the page has room for."""

import pandas as pd
from matplotlib.figure import Figure

from tests.unit.figures.artists import segments, shapes
from tests.unit.inputs.figure_inputs import model, pool
from workflow_scripts.reporting import bars
from workflow_scripts.reporting.families import FAMILIES, OTHER, look_of


def test_places_follow_the_paper():
    groups = bars.places(pool())
    assert [(place.backbone, place.label, len(place.models)) for place in groups] == [
        ("RN-mini", "Web-large", 2),
        ("RN-mini", "Web-small", 2),
        ("RN-mini", "ImageNet-Captions-t", 1),
        ("RN-mini", "ImageNet-Captions-td", 1),
        ("RN-mini", "ImageNet-Captions-tdt", 1),
        ("RN-mini", "Supervised", 1),
        ("RN-mini", "Supervised, rectified", 1),
        ("ViT-mini", "Web-large", 2),
        ("ViT-mini", "Web-small", 2),
        ("ViT-mini", "Supervised", 1),
    ]
    assert [m["family"] for m in groups[0].models] == ["robust_zero_shot", "finetuned"]


def test_finetuned_models_of_one_parent_have_places_of_their_own():
    parent, tuned = (
        model(name, name, "ViT", "OpenAI") for name in ("robust_zero_shot", "finetuned")
    )
    rates = [tuned | {"finetuning": rate} for rate in ("lr 1e-6", "lr 1e-5")]
    labels = [place.label for place in bars.places([parent, *rates])]
    assert labels == ["OpenAI", "OpenAI, lr 1e-6", "OpenAI, lr 1e-5"]


def paper_sized_pool():
    """More backbones and longer names than the paper's."""
    backbones = ("RN50", "RN101", "ViT-B-16", "ViT-B-32", "ViT-L-14", "CoCa-ViT-B-32",
                 "CoCa-ViT-L-14")  # fmt: skip
    labels = ("OpenAI", "YFCC-15M", "CC-12M", "LAION-400M", "LAION-2B", "DataComp")
    return [
        model(f"{backbone}_{label}_{family}".lower(), family, backbone, label)
        for backbone in backbones
        for label in labels
        for family in ("robust_zero_shot", "finetuned")
    ]


def test_many_models_take_several_lines_of_whole_backbones():
    models = paper_sized_pool()
    lines = bars.lines_of(models)
    assert [row for line in lines for row in line] == models
    assert [sorted({row["backbone"] for row in line}) for line in lines] == [
        ["RN101", "RN50"],
        ["ViT-B-16", "ViT-B-32", "ViT-L-14"],
        ["CoCa-ViT-B-32", "CoCa-ViT-L-14"],
    ]
    assert max(map(bars.width_of, lines)) < bars.MOST
    assert bars.lines_of(pool()) == [[row for row in pool() if row["family"] in FAMILIES]]
    assert bars.lines_of([]) == [[]]


def test_lines_of_bars_are_on_one_scale():
    """A bar is as wide on a line of few models as on one of many."""
    axes = list(Figure().subplots(3, 1))
    bars.plot_lines(axes, bars.lines_of(paper_sized_pool()), lambda ax, models: None)
    widest = max(map(bars.width_of, bars.lines_of(paper_sized_pool())))
    assert [ax.get_xlim() for ax in axes] == [(0, widest)] * 3
    (few,) = bars.bar_figure(pool()[:1], lambda ax, models: None, "t").axes
    (left, right), width = few.get_xlim(), bars.width_of(pool()[:1])
    assert right - left == bars.FEWEST and (left + right) / 2 == width / 2  # in the middle
    assert bars.are_few(pool()[:1]) and not bars.are_few(pool())


def test_a_wild_interval_is_cut_and_told():
    models = pool()[:2]
    ids = [row["model"] for row in models]
    table = {"value": [1.0, 0.5], "low": [0.9, -9.0], "high": [1.1, 9.0]}
    values = pd.DataFrame(table, index=ids)
    ax = Figure().subplots()
    bars.plot_bars(ax, models, values)
    ends = sorted((low, high) for (_, low), (_, high) in (line for line in segments(ax)))
    assert ends == [(-0.5, 1.5), (0.9, 1.1)]  # half the values' range beyond it
    arrows = {line.get_marker(): line.get_ydata()[0] for line in ax.lines}
    assert arrows == {"v": -0.5, "^": 1.5}
    assert bars.cut_sentence(values) == f"Intervals cut at an arrow: `{ids[1]}` (-9 to 9)."
    assert bars.cut_sentence(values.iloc[:1]) == ""


def test_cocas_look_apart():
    coca, tuned = (model("c", family, "CoCa-ViT-B-32", "x") for family in bars.ORDER[:2])
    clip = model("m", "robust_zero_shot", "ViT-B-32", "x")
    names = [look_of(row).name for row in (coca, tuned, clip)]
    assert names == ["Zero-shot CoCa", "Finetuned CoCa", "Robust zero-shot CLIP"]
    assert look_of({"family": "baseline", "backbone": None}) == OTHER
    values = pd.DataFrame(dict.fromkeys(("value", "low", "high"), 1.0), index=["c", "m"])
    ax = Figure().subplots()
    bars.plot_bars(ax, [coca, clip], values)
    assert [shape.colour for shape in shapes(ax)] == [
        look_of(coca).colour.lower(),
        look_of(clip).colour.lower(),
    ]
