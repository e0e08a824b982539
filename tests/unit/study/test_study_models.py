"""models.tsv: what each model is built from, trained on and finetuned from."""

import pytest

from tests.unit.inputs.study_inputs import DATASETS, MODELS

FINETUNED, SUPERVISED = "rn_web-large_finetuned", "rn_supervised"


@pytest.mark.parametrize(
    ("name", "column", "value", "expected", "suggestion"),
    [
        # parents
        (FINETUNED, "parent", "rn_web-lage", "the id of a zero-shot model (rn_", "rn_web-large"),
        (FINETUNED, "parent", SUPERVISED, "a model of origin contrastive or pretrained", None),
        (FINETUNED, "parent", "", "a zero-shot model, since it is finetuned", None),
        (FINETUNED, "pretraining", "Web-small", "'Web-large', that of its parent", None),
        (SUPERVISED, "parent", "rn_web-large", "nothing, since only a finetuned model", None),
        # data
        (SUPERVISED, "train_dataset", "imagenet-trian", "of a data set (imag", "imagenet-train"),
        (SUPERVISED, "train_dataset", "imagenet", "role train, since origin is supervised", None),
        (FINETUNED, "train_dataset", "web-large", "role train, since origin is finetune", None),
        ("vit_web-large", "train_dataset", "imagenet-train", "captions, since text is ca", None),
        ("rn_captions-tdt", "train_dataset", "web-small", "role train, since text is tdt", None),
        ("rn_baseline-1000", "images", "5001", "at most 5000, the images of imagenet-train", None),
        # recipes and architectures
        (SUPERVISED, "recipe", "scrach", "a recipe in study.yaml (clip, ", "scratch"),
        (SUPERVISED, "recipe", "clip", "a recipe of origin supervised, as the model's", None),
        (SUPERVISED, "backbone", "RN-mimi", "a file in architectures/, without .json", "RN-mini"),
        # cells, and what they ask of one another
        (SUPERVISED, "text", "td", "caption or nothing, since origin is supervised", None),
        ("rn_web-large", "text", "", "one of caption, t, td, tdt, since origin is contr", None),
        ("rn_web-large", "text", "captions", "one of caption, t, td, tdt, nothing", "caption"),
        ("rn_web-large", "family", "finetuned", "since origin is contrastive", None),
        ("rn_web-large", "family", "adversary", "since origin is contrastive", None),
        (SUPERVISED, "pretraining", "Web-large", "nothing, since origin is supervised", None),
        (SUPERVISED, "origin", "supervized", "one of contrastive, finetune", "supervised"),
        (SUPERVISED, "seed", "one", "a whole number, 0 or more", None),
        (SUPERVISED, "seed", "", "a whole number, 0 or more", None),
        (SUPERVISED, "epochs", "0", "a whole number, 1 or more, or nothing", None),
    ],
)
def test_a_mistaken_cell(workplace, name, column, value, expected, suggestion):
    workplace.cell(MODELS, name, column, value)
    workplace.refuses(workplace.at(MODELS, name, column), expected, suggestion)


def test_an_id_that_does_not_do_for_a_file(workplace):
    workplace.cell(MODELS, SUPERVISED, "model", "RN supervised")
    at = workplace.at(MODELS, "RN supervised", "model")
    workplace.refuses(at, "an id of lower-case letters")


def test_training_on_captions_needs_some(workplace):
    workplace.cell(DATASETS, "imagenet-train", "captions", "")
    at = workplace.at(MODELS, "rn_captions-tdt", "train_dataset")
    workplace.refuses(at, "a data set with captions, since text is tdt", found="is empty")


def test_a_finetuned_model_has_the_backbone_of_its_parent(workplace):
    workplace.cell(MODELS, FINETUNED, "parent", "vit_web-large")
    at = workplace.at(MODELS, FINETUNED, "backbone")
    workplace.refuses(at, "'ViT-mini', that of its parent vit_web-large")


@pytest.mark.parametrize("of_parent", ["", "RN-mini"])
def test_a_finetuned_model_has_the_architecture_of_its_parent(workplace, of_parent):
    architectures = {"rn_web-large": of_parent, FINETUNED: "RN-mini"}
    workplace.columns(MODELS, architecture=architectures)
    workplace.load()
    workplace.cell(MODELS, FINETUNED, "architecture", "ViT-mini")
    at = workplace.at(MODELS, FINETUNED, "architecture")
    workplace.refuses(at, "'RN-mini', that of its parent rn_web-large")


def test_a_cycle_of_parents_is_named_in_full(workplace):
    small, large = "rn_web-small_finetuned", FINETUNED
    workplace.cell(MODELS, small, "parent", large)
    workplace.cell(MODELS, large, "parent", small)
    cycle = f"a cycle, {small} -> {large} -> {small}"
    expected = "a chain that ends at a model without parent"
    workplace.refuses(workplace.at(MODELS, small, "parent"), expected, found=cycle)


def test_a_model_that_is_its_own_parent(workplace):
    workplace.cell(MODELS, FINETUNED, "parent", FINETUNED)
    assert workplace.mistake().found == f"a cycle, {FINETUNED} -> {FINETUNED}"


def test_a_parent_inside_a_cycle_elsewhere_ends(workplace):
    workplace.cell(MODELS, "rn_web-small_finetuned", "parent", FINETUNED)
    workplace.cell(MODELS, FINETUNED, "parent", FINETUNED)
    cycle, origin = workplace.mistakes()
    assert cycle.found == f"a cycle, {FINETUNED} -> {FINETUNED}"
    assert origin.place == workplace.at(MODELS, "rn_web-small_finetuned", "parent")
    assert origin.found == f"'{FINETUNED}', a model of origin finetune"


def test_an_architecture_that_is_not_json(workplace):
    (workplace.folder / "architectures" / "ViT-mini.json").write_text("{")
    at = workplace.at(MODELS, "vit_web-large", "backbone")
    workplace.refuses(at, "an architecture as JSON", found="'ViT-mini', whose file is not JSON")


@pytest.mark.parametrize("column", ["view", "normalisation"])
def test_views_and_normalisations_of_models_are_named_in_the_settings(workplace, column):
    workplace.columns(MODELS, **{column: {SUPERVISED: "half"}})
    named = ", ".join(workplace.plain_settings()[f"{column}s"])
    at = workplace.at(MODELS, SUPERVISED, column)
    workplace.refuses(at, f"the name of a {column} in study.yaml ({named})")


@pytest.fixture
def untrained(workplace):
    """A study with an untrained control."""
    cells = ["rn_untrained", "control", "RN-mini", "", "untrained", *[""] * 6, "0"]
    workplace.add(MODELS, "\t".join(cells))
    workplace.load()
    return workplace


@pytest.mark.parametrize(
    ("column", "value", "expected"),
    [
        ("family", "supervised", "control, since origin is untrained"),
        ("pretraining", "Web-large", "nothing, since origin is untrained"),
        ("parent", "rn_web-large", "nothing, since only a finetuned model has a parent"),
        ("recipe", "scratch", "of origin pretrained or untrained is not trained here"),
        ("train_dataset", "imagenet-train", "of origin pretrained or untrained is not trained"),
        ("epochs", "3", "of origin pretrained or untrained is not trained here"),
        ("seed", "", "a whole number, 0 or more"),
    ],
)
def test_a_mistake_about_a_control(untrained, column, value, expected):
    untrained.cell(MODELS, "rn_untrained", column, value)
    untrained.refuses(untrained.at(MODELS, "rn_untrained", column), expected)


@pytest.mark.parametrize(
    ("family", "arm", "expected"),
    [
        ("intervention", "", "what it changes, since family is intervention"),
        ("robust_zero_shot", "logit scale 14", "nothing, since only an intervention changes"),
    ],
)
def test_interventions_alone_say_what_they_change(workplace, family, arm, expected):
    workplace.columns(MODELS, arm={"vit_web-large": "logit scale 14"})
    workplace.cell(MODELS, "vit_web-large", "family", family)
    workplace.cell(MODELS, "vit_web-large", "arm", arm)
    workplace.refuses(workplace.at(MODELS, "vit_web-large", "arm"), expected)


def test_a_control_is_neither_trained_nor_a_parent(untrained):
    untrained.cell(MODELS, SUPERVISED, "family", "control")
    untrained.refuses(untrained.at(MODELS, SUPERVISED, "family"), "since origin is supervised")
    untrained.cell(MODELS, SUPERVISED, "family", "supervised")
    untrained.cell(MODELS, FINETUNED, "parent", "rn_untrained")
    at = untrained.at(MODELS, FINETUNED, "parent")
    untrained.refuses(at, "a model of origin contrastive or pretrained")


@pytest.fixture
def without_labels(workplace):
    """A study in which the supervised model is a self-supervised intervention."""
    recipes = workplace.plain_settings()["recipes"]
    kept = {key: recipes["clip"][key] for key in recipes["clip"] if "logit" not in key}
    views = {"origin": "self_supervised", "logit_scale": 5, "view_scale": 0.3}
    workplace.settings(recipes=recipes | {"views": kept | views})
    cells = {"family": "intervention", "origin": "self_supervised", "recipe": "views",
             "pretraining": "Web"}  # fmt: skip
    for column, value in cells.items():
        workplace.cell(MODELS, SUPERVISED, column, value)
    workplace.columns(MODELS, arm={SUPERVISED: "Views"})
    return workplace


def test_what_sees_no_labels_is_trained_on_no_test_images(without_labels):
    without_labels.load()
    without_labels.cell(MODELS, SUPERVISED, "train_dataset", "imagenet")
    at = without_labels.at(MODELS, SUPERVISED, "train_dataset")
    expected = "a data set of role captions or train, since origin is self_supervised"
    without_labels.refuses(at, expected, found="role test")


def test_what_sees_no_labels_needs_a_set_that_its_head_is_fitted_to(without_labels):
    without_labels.cell(MODELS, SUPERVISED, "train_dataset", "web-small")
    without_labels.cell(DATASETS, "imagenet-train", "role", "shift")
    found = [each for each in without_labels.mistakes() if "linear head" in each.expected]
    assert [each.found for each in found] == ["self_supervised, and 0 data sets of role train"]
