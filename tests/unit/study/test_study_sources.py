"""Models whose weights others made: where they come from, and what is not said of them."""

from types import SimpleNamespace

import pytest

from tests.unit.inputs.study_inputs import MODELS
from workflow_scripts.plan import models
from workflow_scripts.study.pool import Pool

PRETRAINED = "clip\trobust_zero_shot\tRN-mini\tWeb\tpretrained\t\t\t\t\t\t\t"
FINETUNED = "soup\tfinetuned\tRN-mini\tWeb\tpretrained\tclip\t\t\t\t\t\t"


def test_a_pretrained_model_has_a_source_and_no_training(workplace):
    workplace.columns(MODELS, source={}, architecture={})
    workplace.add(MODELS, f"{PRETRAINED}\trn50\tRN-mini")
    workplace.sources()
    small = workplace.load()
    assert small.models["clip"]["source"] == "rn50" and small.models["clip"]["seed"] is None
    assert small.sources["rn50"]["urls"] == "https://example.org/rn50.pt"

    workplace.cell(MODELS, "clip", "source", "rn500")
    at = workplace.at(MODELS, "clip", "source")
    expected = "the id of a row of sources.tsv, or the path of a file, which has a slash (./w"
    workplace.refuses(at, expected, "rn50")
    for source in ("laion2b_s34b_b79k", "weights.pt", "{scratch}/w.pt", "./{w}.pt", "w}"):
        workplace.cell(MODELS, "clip", "source", source)
        workplace.refuses(at, expected, found=f"'{source}'")
    workplace.cell(MODELS, "clip", "source", "mine/rn50.pt")
    workplace.load()
    workplace.cell(MODELS, "clip", "source", "")
    workplace.cell(MODELS, "clip", "recipe", "clip")
    recipe, source = workplace.mistakes()
    assert recipe.place == workplace.at(MODELS, "clip", "recipe")
    assert "of origin pretrained or untrained is not trained here" in recipe.expected
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


@pytest.fixture
def finetuned(workplace):
    """The study with a model that others finetuned, and its parent."""
    columns = ("source", "view", "normalisation", "architecture", "head")
    workplace.columns(MODELS, **{column: {} for column in columns})
    workplace.add(MODELS, f"{PRETRAINED}\trn50\t\thalf\tRN-wide\t")
    workplace.add(MODELS, f"{FINETUNED}\tmine/soup.pt\t\t\t\tnormalised")
    workplace.sources()
    plain = workplace.plain_settings()["normalisations"]["openai"]
    workplace.settings(normalisations={"openai": plain, "half": plain})
    folder = workplace.folder / "architectures"
    (folder / "RN-wide.json").write_text((folder / "RN-mini.json").read_text())
    return workplace


def test_a_model_that_others_finetuned_is_built_and_shown_images_as_its_parent(finetuned):
    small = finetuned.load()
    assert small.architecture_of("soup").name == "RN-wide.json"
    assert small.view_of("soup") == "mini32" and small.normalisation_of("soup") == "half"
    finetuned.cell(MODELS, "soup", "parent", "rn_web-large")  # one that is trained here
    finetuned.cell(MODELS, "soup", "pretraining", "Web-large")
    assert finetuned.load().normalisation_of("soup") == "openai"


@pytest.mark.parametrize(
    ("column", "value", "expected"),
    [
        ("parent", "", "the id of a zero-shot model, since it is finetuned"),
        ("parent", "rn_supervised", "a model of origin contrastive or pretrained"),
        ("parent", "soup", "a chain that ends at a model without parent"),
        ("pretraining", "", "the label of its parent's pretraining data"),
        ("pretraining", "LAION", "'Web', that of its parent clip"),
        ("backbone", "ViT-mini", "'RN-mini', that of its parent clip"),
        ("architecture", "RN-mini", "'RN-wide', that of its parent clip"),
        ("normalisation", "half", "nothing, since a finetuned model's is that of its parent"),
        ("head", "", "normalised or plain, since others finetuned it"),
        ("head", "normalized", "one of normalised, plain"),
        ("source", "", "the id of a source, or the path of a file"),
        ("seed", "0", "nothing, since a model of origin pretrained is not trained here"),
    ],
)
def test_a_mistake_about_a_model_that_others_finetuned(finetuned, column, value, expected):
    at = finetuned.at(MODELS, "soup", column)
    finetuned.cell(MODELS, "soup", column, value)
    mistake = finetuned.mistake()
    assert mistake.place == at and expected in mistake.expected


def test_a_finetuned_model_is_no_parent(finetuned):
    finetuned.add(MODELS, f"{FINETUNED.replace('soup', 'second')}\tmine/b.pt\t\t\t\tplain")
    finetuned.load()
    finetuned.cell(MODELS, "second", "parent", "soup")
    mistake = finetuned.mistake()
    assert mistake.found == "'soup', a model of family finetuned"
    assert mistake.expected == "a zero-shot model"


def test_a_zero_shot_model_may_come_with_the_head_that_prompts_were_made_into(finetuned):
    finetuned.cell(MODELS, "clip", "head", "normalised")
    found = finetuned.load()
    run = SimpleNamespace(study=found, pool=Pool(found))
    assert models.imported_classifiers(run) == ["clip", "soup"]
    assert models.imported_clips(run) == []


def test_a_model_that_others_finetuned_may_be_without_its_parent(finetuned):
    for column, value in {"parent": "", "architecture": "RN-mini", "view": "mini32"}.items():
        finetuned.cell(MODELS, "soup", column, value)
    found = finetuned.load()
    assert found.view_of("soup") == "mini32"
    finetuned.cell(MODELS, "soup", "pretraining", "")
    finetuned.refuses(finetuned.at(MODELS, "soup", "pretraining"), "since it is finetuned")
