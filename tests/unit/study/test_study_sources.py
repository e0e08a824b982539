"""Models whose weights others made: where they come from, and what is not said of them."""

from tests.unit.inputs.study_inputs import MODELS

PRETRAINED = "clip\trobust_zero_shot\tRN-mini\tWeb\tpretrained\t\t\t\t\t\t\t"


def test_a_pretrained_model_has_a_source_and_no_training(workplace):
    workplace.columns(MODELS, source={}, architecture={})
    workplace.add(MODELS, f"{PRETRAINED}\trn50\tRN-mini")
    workplace.sources()
    small = workplace.load()
    assert small.models["clip"]["source"] == "rn50" and small.models["clip"]["seed"] is None
    assert small.sources["rn50"]["urls"] == "https://example.org/rn50.pt"

    workplace.cell(MODELS, "clip", "source", "rn500")
    at = workplace.at(MODELS, "clip", "source")
    workplace.refuses(at, "the id of a row of sources.tsv, or a path (rn50, val)", "rn50")
    workplace.cell(MODELS, "clip", "source", "mine/rn50.pt")
    workplace.load()
    workplace.cell(MODELS, "clip", "source", "")
    workplace.cell(MODELS, "clip", "recipe", "clip")
    recipe, source = workplace.mistakes()
    assert recipe.place == workplace.at(MODELS, "clip", "recipe")
    assert "a model of origin pretrained is not trained here" in recipe.expected
    assert source.place == at
    assert source.found == "nothing" and "since origin is pretrained" in source.expected


def test_a_model_without_weights_needs_no_source(workplace):
    workplace.columns(MODELS, source={}, missing={})
    workplace.add(MODELS, f"{PRETRAINED}\t\tnever published")
    assert workplace.load().models["clip"]["missing"] == "never published"


def test_a_model_that_is_trained_has_no_source(workplace):
    workplace.columns(MODELS, source={"rn_supervised": "rn50"})
    workplace.sources()
    at = workplace.at(MODELS, "rn_supervised", "source")
    workplace.refuses(at, "nothing, since only a model of origin pretrained has a source")
