"""Figures 7 to 22 come out whole, twice the same, for the pages that have models."""

import itertools

import numpy as np
import pandas as pd
import pytest

from tests.unit.inputs.figure_inputs import STUDY, pool
from workflow_scripts.figures import (
    figures_07_08,
    figures_09_10,
    figures_11_to_14,
    figures_15_to_22,
)
from workflow_scripts.reporting.bars import places
from workflow_scripts.tables import table_wise_ft

MODELS = [model for model in pool() if model["family"] != "baseline"]
PAIRS = [
    model | {"zero_shot": model["model"].removesuffix("-ft")}
    for model in MODELS
    if model["family"] == "finetuned"
]
PATHS = {str(number): PAIRS[:3] if number % 2 else PAIRS[3:] for number in range(15, 23)}
ALPHAS = (0.0, 0.5, 1.0)
LINE = {"line_through": "pool", "no_line": ""}
TESTBED = {"line_through": "testbed", "no_line": ""}
NO_LINE = {"line_through": "pool", "no_line": "this study has no distribution shifts"}


def files(folder, numbers):
    return [folder / f"{number}.{end}" for number in numbers for end in ("pdf", "png", "md")]


def write(folder, name, columns, rows):
    path = folder / f"{name}.csv"
    pd.DataFrame(list(rows), columns=columns).to_csv(path, index=False)
    return path


def cka(folder, out, datasets=("imagenet", "shifts"), pages=None):
    pages = pages or {"7": PAIRS[:3], "8": PAIRS[3:]}
    rows = [
        (pair["model"], dataset, number, layer, number, 1 - number / 9, 0.02)
        for pair in PAIRS
        for dataset in datasets
        for number, layer in enumerate(["block 1", "block 2", "output"], 1)
    ]
    columns = ("model", "dataset", "number", "layer", "other_number", "cka", "std")
    outputs = files(out, pages)
    table = write(folder, "cka", columns, rows)
    figures_07_08.main(table, outputs, study=STUDY, pages=pages, test="imagenet")
    return outputs


def importance(folder, out, pages=None):
    pages = pages or {"9": MODELS[:5], "10": MODELS[5:]}
    rows = [
        (model["model"], direction, 0.5 / direction**2)
        for model, direction in itertools.product(MODELS, range(1, 6))
    ]
    table = write(folder, "importance", ("model", "direction", "importance"), rows)
    outputs = files(out, pages)
    figures_09_10.main(table, outputs, study=STUDY, pages=pages)
    return outputs


def pruning(folder, out, quantities=("accuracy", "effective_robustness"), line=LINE):
    rows = [
        (model["model"], order, share, quantity, dataset, 1 - share, 0.9 - share, 1.1 - share,
         *((0.5 - share, 1.5 - share) if order == "random" else (np.nan, np.nan)))
        for model, order, share, (quantity, dataset) in itertools.product(
            MODELS,
            ("least_first", "most_first", "random"),
            np.linspace(0, 1, 5),
            (("accuracy", "imagenet"), ("accuracy", "shifts"), ("effective_robustness", "shifts")),
        )
        if quantity in quantities
    ]  # fmt: skip
    columns = ("model", "order", "pruned", "quantity", "dataset", "value", "low", "high")
    columns += ("lowest", "highest")
    ranks = write(folder, "ranks", ("model", "spearman"), [(m["model"], 0.96) for m in MODELS])
    zero_shot = [model for model in MODELS if model["family"] == "robust_zero_shot"]
    table = write(folder, "pruning", columns, rows)
    pages = {"12": zero_shot[:1], "13": zero_shot, "14": MODELS}
    outputs = files(out, pages)
    settings = {"study": STUDY, "pages": pages, "test": "imagenet", "confidence": 0.95, **line}
    figures_11_to_14.main(table, ranks, outputs, **settings)
    return outputs


def wise_ft(folder, out, without=(), datasets=("imagenet", "shifts"), line=LINE, pages=PATHS):
    rows = [
        (pair["model"], alpha, quantity, dataset, alpha, alpha - 0.1, alpha + 0.1)
        for pair, alpha, (quantity, dataset) in itertools.product(
            PAIRS,
            ALPHAS,
            (
                ("accuracy", "imagenet"), ("accuracy", "shifts"),
                ("kurtosis", "imagenet"), ("kurtosis", "shifts"),
                ("effective_robustness", "shifts"), ("concepts", "imagenet"),
            ),
        )
        if quantity not in without and dataset in datasets
    ]  # fmt: skip
    columns = ("model", "alpha", "quantity", "dataset", "value", "low", "high")
    outputs = files(out, pages)
    settings = {"study": STUDY, "pages": pages, "test": "imagenet", "confidence": 0.95, **line}
    figures_15_to_22.main(write(folder, "paths", columns, rows), outputs, **settings)
    return outputs


@pytest.mark.parametrize("make", [cka, importance, pruning, wise_ft])
def test_figures_come_out_the_same_twice(make, tmp_path):
    first, second = (make(tmp_path, tmp_path / name) for name in ("one", "two"))
    for one, other in zip(first, second, strict=True):
        assert one.read_bytes() == other.read_bytes()
        if one.suffix == ".md":
            assert one.read_text().startswith(f"**Figure {one.stem}.")
            assert "`tiny`" in one.read_text()


def heading(folder, number):
    """The bold first words of a figure's caption."""
    return (folder / f"{number}.md").read_text().split("**")[1]


def test_only_the_given_pages_are_made(tmp_path):
    cka(tmp_path, tmp_path, pages={"8": PAIRS})
    importance(tmp_path, tmp_path, {"10": MODELS})
    wise_ft(
        tmp_path, tmp_path, pages={number: PATHS[number] for number in ("15", "18", "21", "22")}
    )
    made = sorted(int(path.stem) for path in tmp_path.glob("*.png"))
    assert made == [8, 10, 15, 18, 21, 22]
    assert heading(tmp_path, 10) == "Figure 10. Distribution of importance."
    assert heading(tmp_path, 15) == "Figure 15. Accuracies along the Wise-FT paths."
    robustness = "Figure 18. Effective robustness along the Wise-FT paths."
    assert heading(tmp_path, 18) == robustness


def test_pages_of_one_kind_are_counted(tmp_path):
    cka(tmp_path, tmp_path)
    for number, part in ((7, "(1/2)"), (8, "(2/2)")):
        assert heading(tmp_path, number).endswith(f"finetuned models {part}.")
    cka(tmp_path, tmp_path, pages={"8": PAIRS})
    assert heading(tmp_path, 8).endswith("finetuned models.")
    wise_ft(tmp_path, tmp_path)
    assert heading(tmp_path, 21) == "Figure 21. Unique concepts along the Wise-FT paths (1/2)."
    assert heading(tmp_path, 22) == "Figure 22. Unique concepts along the Wise-FT paths (2/2)."


def test_captions_name_pairs_models_and_the_line(tmp_path):
    cka(tmp_path, tmp_path)
    wise_ft(tmp_path, tmp_path, line=TESTBED)
    pruning(tmp_path, tmp_path, line=TESTBED)
    assert "`rn-web-large` and `rn-web-large-ft`" in (tmp_path / "7.md").read_text()
    assert "`rn-web-large` to `rn-web-large-ft`" in (tmp_path / "21.md").read_text()
    assert "0.96 on average" in (tmp_path / "13.md").read_text()
    for number, said in ((13, True), (17, True), (15, False), (21, False)):
        assert ("published accuracies" in (tmp_path / f"{number}.md").read_text()) == said


def test_cka_without_shifts(tmp_path):
    cka(tmp_path, tmp_path, datasets=("imagenet",))
    assert "on the shifts" not in (tmp_path / "7.md").read_text()


def test_without_concepts_their_figures_still_come_out(tmp_path):
    outputs = wise_ft(tmp_path, tmp_path, without=("concepts",))
    assert all(path.stat().st_size for path in outputs)


def test_without_shifts_the_figures_say_so(tmp_path):
    outputs = pruning(tmp_path, tmp_path, ("accuracy",), NO_LINE)
    outputs += wise_ft(tmp_path, tmp_path, datasets=("imagenet",), line=NO_LINE)
    assert all(path.stat().st_size for path in outputs)
    for number in (12, 13, 14, 17, 18):
        assert "This study has no distribution shifts." in (tmp_path / f"{number}.md").read_text()
    assert "and effective robustness" not in (tmp_path / "13.md").read_text()
    assert "average over the shifts" not in (tmp_path / "15.md").read_text()


def test_table_of_the_indicators(tmp_path):
    columns = ("model", "zero_shot", "quantity", "dataset", "points", "spearman", "low", "high")
    rows = [
        (pair["model"], pair["zero_shot"], quantity, dataset, 11, value, value - 0.1, value + 0.1)
        for pair in PAIRS
        for quantity, dataset, value in (
            ("kurtosis", "imagenet", 0.9),
            ("kurtosis", "shifts", -0.5),
            ("importance_ratio", "imagenet", np.nan),
        )
    ]
    outputs = [tmp_path / "t.csv", tmp_path / "t.md"]
    settings = {"study": STUDY, "models": PAIRS, "test": "imagenet", "confidence": 0.95, **LINE}
    table_wise_ft.main(write(tmp_path, "tracks", columns, rows), *outputs, **settings)
    cells = "0.90 (0.80 to 1.00) | −0.50 (−0.60 to −0.40) | N.A. | undefined"
    assert f"| RN-mini | Web-large | {cells} |" in outputs[1].read_text()


def test_finetuned_models_of_one_parent_have_lines_of_their_own():
    own = {"family": "finetuned", "backbone": "ViT", "pretraining": "OpenAI"}
    rates = [own | {"model": rate, "finetuning": rate} for rate in ("lr 1e-6", "lr 1e-5")]
    parent = own | {"model": "parent", "family": "robust_zero_shot"}
    (panel,) = figures_11_to_14.panels_by_backbone([parent, *rates])
    values = {"value": 0.5, "low": 0.4, "high": 0.6, "lowest": np.nan, "highest": np.nan}
    place = {"order": "least_first", "pruned": 0.5, "quantity": "accuracy", "dataset": "v2"}
    table = pd.DataFrame([{"model": row["model"], **place, **values} for row in panel.models])
    figure = figures_11_to_14.figure_of([panel], table, "no line", "v2")
    lines = [line.get_linestyle() for line in figure.axes[0].get_lines()[:3]]
    assert lines == ["-", "-", "--"]  # families have colours
    names = [text.get_text() for text in figure.legends[0].get_texts()]
    assert names[-2:] == ["lr 1e-6", "lr 1e-5"]
    assert figure.axes[0].get_ylabel() == "v2 accuracy"
    labels = [place.label for place in places([parent, *rates])]
    assert labels == ["OpenAI", "OpenAI, lr 1e-6", "OpenAI, lr 1e-5"]
