"""A model's card says how it was trained and all that was measured."""

import pytest

from tests.unit.inputs import page_inputs
from tests.unit.inputs.card_inputs import HEADLESS, MODELS, TEST, THRESHOLD
from workflow_scripts.cards import indicators
from workflow_scripts.page import interaction, models


@pytest.fixture
def files(tmp_path):
    return page_inputs.write(tmp_path)


@pytest.fixture
def measured(files):
    tables = {name[3:]: path for name, path in files.items() if name.startswith("of_")}
    return indicators.read(tables, MODELS, TEST, THRESHOLD, HEADLESS)


def test_cards(files, measured):
    zs, ft, bare = models.cards(MODELS, measured, files["cards"], files["top"])
    assert (zs.id, zs.family, zs.label) == ("zs", "Robust zero-shot CLIP", "ViT Web")
    assert zs.training[:2] == [("Kind of training", "contrastive"), ("Trained on", "web")]
    assert ("Betas", "0.9, 0.98") in zs.training and "Flip" not in dict(zs.training)
    assert [line[0] for line in bare.indicators.lines] == ["Activation kurtosis"]
    assert len(zs.indicators.lines) == 5 and len(zs.accuracies.lines) == 2
    assert zs.concepts == [("zs1 colour", "0.89"), ("zs2 colour", "0.88")]
    assert ft.concepts[0][0] == "ft1 colour" and bare.concepts == []
    assert models.cards(MODELS, measured, files["cards"], None)[0].concepts == []


def test_the_summary_has_a_line_for_each_model(measured):
    table = models.summary(MODELS, measured)
    assert [line[0] for line in table.lines] == ["zs", "ft", "bare"]
    assert table.titles[2] == "Activation kurtosis" and table.lines[2][3] == "n/a"


def test_the_charts_have_the_numbers_of_the_tables(files, measured):
    charts = interaction.charts(MODELS, measured, files["paths"], TEST)
    zs, _, bare = charts["scatter"]["models"]
    frame = measured.values
    assert zs["values"]["kurtosis"][0] == frame["kurtosis"].loc["zs", "value"]
    assert zs["values"]["accuracy"][0] == 100 * frame["accuracy"].loc["zs", "value"]
    assert bare["values"]["effective_robustness"] == [None, None, None]
    assert [*charts["scatter"]["families"]] == ["Robust zero-shot CLIP", "Finetuned CLIP"]
    assert charts["paths"]["models"]["ft"] == {
        "alphas": [0.0, 0.5, 1.0],
        "values": {"accuracy": [50, 55, 60], "shift_accuracy": [40, 45, 50],
                   "kurtosis": [7, 7.05, 7.1]},
    }  # fmt: skip
    assert "concepts" not in charts["paths"]["quantities"]


def test_without_robustness_or_paths_there_is_no_chart(measured):
    only = measured._replace(values={"kurtosis": measured.values["kurtosis"]})
    assert interaction.charts(MODELS, only, None, TEST) == {"scatter": None, "paths": None}


def test_no_text_ends_the_script_that_holds_the_data():
    assert interaction.embedded({"a": "</script><!--&"}) == (
        '{"a":"\\u003c/script\\u003e\\u003c!--\\u0026"}'
    )
