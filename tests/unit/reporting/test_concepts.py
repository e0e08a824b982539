"""Rows of the concepts' tables are chosen by threshold and sign."""

import pandas as pd
import pytest

from tests.unit.inputs.figure_inputs import model
from workflow_scripts.job.errors import InputError
from workflow_scripts.reporting.concepts import at_threshold, display_name

MODELS = [model(name, "supervised", "RN", None) for name in ("b", "a")]
ROWS = [
    (name, threshold, sign, 100 * number + int(1000 * threshold) + len(sign))
    for number, name in enumerate("abc")
    for threshold in (0.8, 0.9)
    for sign in ("convention", "opposite", "either")
]


@pytest.fixture
def path(tmp_path):
    table = pd.DataFrame(ROWS, columns=["model", "threshold", "sign", "concepts"])
    table.to_csv(tmp_path / "counts.csv", index=False)
    return tmp_path / "counts.csv"


def test_the_row_of_each_model_in_its_order(path):
    found = at_threshold(path, MODELS, 0.8 + 1e-12, ("concepts",))
    assert found["concepts"].to_dict() == {"b": 910, "a": 810} and list(found.index) == ["b", "a"]
    either = at_threshold(path, MODELS, 0.9, ("concepts",), sign="either")
    assert either["concepts"].tolist() == [1006, 906]


def test_a_model_without_a_row_is_named(path):
    with pytest.raises(InputError, match=r"counts.csv: found 0 rows of model 'b' at threshold 0.7"):
        at_threshold(path, MODELS, 0.7, ("concepts",))
    with pytest.raises(InputError, match="expected also chance"):
        at_threshold(path, MODELS, 0.8, ("concepts", "chance"))


def test_names_of_concepts():
    assert display_name("beach-s") == "beach scene"
    assert display_name("red-c") == "red colour"
    assert display_name("t-shirt") == "t-shirt"
