"""models.tsv: images and activation are those that the weights were trained with."""

import json

import pytest

from tests.unit.inputs.study_inputs import MODELS, SOURCE_ROWS, SOURCES
from workflow_scripts.networks.timm_networks import described

SUPERVISED = "rn_supervised"
COLUMNS = ("architecture", "source", "view", "normalisation", "head", "deviates")
OPENAI = {"mean": [0.48, 0.46, 0.41], "std": [0.27, 0.26, 0.28]}
HALF = {"mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5]}
TIMM = {
    "timm": "resnet50.a1_in1k",
    "embed_dim": 2048,
    "preprocessing": {"size": 224, "resize": 235, "interpolation": "bicubic", **HALF},
}

AVERAGE = {"embed_dim": 64, "vision_cfg": {"image_size": 32}, "miniature": {"average_pool": True}}


@pytest.fixture
def zoo(workplace):
    """A CLIP, one that others finetuned from it, and supervised networks of several libraries."""
    workplace.columns(MODELS, **{column: {} for column in COLUMNS})
    for row in (
        ("clip", "robust_zero_shot", "RN", "Web", "", "RN-quick", "rn50", "clip224", "openai", ""),
        ("soup", "finetuned", "RN", "Web", "clip", "", "val", "", "", "normalised"),
        ("vit", "supervised", "ViT", "", "", "vit_b_32", "a/vit.pth", "clip224", "half", ""),
        ("timm", "supervised", "RN", "", "", "resnet50", "a/rn.pth", "timm235", "half", ""),
    ):
        model, family, backbone, pretraining, parent, *rest = row
        cells = [model, family, backbone, pretraining, "pretrained", parent, *[""] * 6, *rest, ""]
        workplace.add(MODELS, "\t".join(cells))
    workplace.settings(
        views={
            "mini32": {"size": 32, "interpolation": "bicubic"},
            "clip224": {"size": 224, "interpolation": "bicubic"},
            "clip336": {"size": 336, "interpolation": "bicubic"},
            "timm235": {"size": 224, "resize": 235, "interpolation": "bicubic"},
        },
        normalisations={"openai": OPENAI, "half": HALF},
    )
    quick = {"embed_dim": 64, "quick_gelu": True, "vision_cfg": {}, "text_cfg": {}}
    for name, config in {
        "RN-quick": quick,
        "RN-plain": quick | {"quick_gelu": False},
        "vit_b_32": {"torchvision": "vit_b_32", "embed_dim": 768},
        "resnet50": TIMM,
    }.items():
        (workplace.folder / "architectures" / f"{name}.json").write_text(json.dumps(config))
    (workplace.folder / "architectures" / "RN-average.json").write_text(json.dumps(AVERAGE))
    rectified = ["rectified", "rectified", "RN", "", "supervised", "", "scratch", "imagenet-train"]
    cells = [*rectified, "", "", "", "0", "RN-average", *[""] * 5]
    workplace.add(MODELS, "\t".join(cells))
    workplace.sources()
    stated = dict.fromkeys(("rn50", "val"), ("quickgelu", "openai", "clip224"))
    columns = {"activation": 0, "normalisation": 1, "view": 2}
    workplace.columns(
        SOURCES,
        **{column: {id: cells[i] for id, cells in stated.items()} for column, i in columns.items()},
    )
    return workplace


def test_rows_as_their_publishers_state(zoo):
    assert SOURCE_ROWS.count("\n") == 3
    zoo.load()


@pytest.mark.parametrize("name", ["clip", "vit", "timm"])
def test_a_view_of_another_size_than_the_network_takes(zoo, name):
    zoo.cell(MODELS, name, "view", "clip336")
    zoo.cell(MODELS, name, "deviates", "view")  # does not help
    architecture = {"clip": "RN-quick", "vit": "vit_b_32", "timm": "resnet50"}[name]
    mistake = zoo.mistakes()[0]
    assert mistake.place == zoo.at(MODELS, name, "view")
    assert mistake.found == "'clip336', a view of 336 pixels"
    assert mistake.expected == f"one of 224 pixels, which architecture '{architecture}' takes"


@pytest.mark.parametrize("size", [48, [32, 48]])
def test_the_studys_view_of_another_size(zoo, size):
    config = {"embed_dim": 64, "vision_cfg": {"image_size": size}, "text_cfg": {}}
    (zoo.folder / "architectures" / "ViT-mini.json").write_text(json.dumps(config))
    zoo.refuses(zoo.at(MODELS, "vit_web-large", "view"), "pixels, which architecture 'ViT-mini'",
                found="'mini32', a view of 32 pixels")  # fmt: skip


@pytest.mark.parametrize(
    ("name", "column", "value", "kind", "found", "expected"),
    [
        ("clip", "normalisation", "half", "normalisation", "'half'",
         "'openai', as sources.tsv for rn50 states"),
        ("clip", "view", "timm235", "view", "'timm235'",
         "'clip224', as sources.tsv for rn50 states"),
        ("timm", "normalisation", "openai", "normalisation", "'openai'",
         "[0.5, 0.5, 0.5]}, as timm for resnet50.a1_in1k states"),
        ("timm", "view", "clip224", "view", "'clip224'", "'resize': 235"),
        ("clip", "architecture", "RN-plain", "activation",
         "'RN-plain', an architecture with gelu", "one with quickgelu, as sources.tsv for rn50"),
    ],
)  # fmt: skip
def test_what_the_publisher_states_otherwise(zoo, name, column, value, kind, found, expected):
    at = zoo.at(MODELS, name, column)
    zoo.cell(MODELS, name, column, value)
    zoo.cell(MODELS, "soup", "source", "mine/soup.pt")  # of which nothing is known
    zoo.refuses(at, expected, found=found)
    assert f"or {kind} in the column deviates" in zoo.mistake().expected
    zoo.cell(MODELS, name, "deviates", kind)
    zoo.load()


def test_what_others_finetuned_is_compared_as_its_parent_is_built(zoo):
    zoo.cell(MODELS, "clip", "architecture", "RN-plain")
    zoo.cell(MODELS, "clip", "deviates", "activation")
    zoo.refuses(zoo.at(MODELS, "soup", "parent"), "one with quickgelu, as sources.tsv for val")
    zoo.cell(MODELS, "soup", "deviates", "activation")
    zoo.load()


def test_a_head_that_is_published_apart(zoo):
    """What is stated of the images is stated of the encoder, whose source is the first."""
    zoo.cell(MODELS, "vit", "source", "rn50;val")
    at = zoo.at(MODELS, "vit", "normalisation")
    zoo.refuses(at, "'openai', as sources.tsv for rn50 states", found="'half'")
    zoo.cell(MODELS, "vit", "normalisation", "openai")
    zoo.load()
    zoo.cell(MODELS, "vit", "source", "rn50;vall")
    assert zoo.mistake().suggestion == "val"


@pytest.mark.parametrize(
    ("name", "source", "head"),
    [("vit", "rn50;val;rn50", ""), ("vit", "rn50;val", "none"), ("clip", "rn50;val", "")],
)
def test_more_sources_than_files(zoo, name, source, head):
    zoo.cell(MODELS, name, "source", source)
    zoo.cell(MODELS, name, "head", head)
    zoo.cell(MODELS, "vit", "normalisation", "openai")
    zoo.refuses(zoo.at(MODELS, name, "source"), "one source, or two of a model", found=source)


def test_what_came_before_the_labels_is_pretraining(zoo):
    zoo.cell(MODELS, "vit", "pretraining", "DINO")
    zoo.load()
    zoo.cell(MODELS, SUPERVISED, "pretraining", "DINO")
    zoo.refuses(zoo.at(MODELS, SUPERVISED, "pretraining"), "nothing, since origin is supervised")


def test_a_deviation_that_is_none(zoo):
    zoo.cell(MODELS, "clip", "deviates", "normalisation")
    at = zoo.at(MODELS, "clip", "deviates")
    zoo.refuses(at, "no normalisation, which is as sources.tsv for rn50 states")
    zoo.cell(MODELS, "clip", "deviates", "colours")
    zoo.refuses(at, "activation, normalisation or view, or several")
    zoo.cell(MODELS, "clip", "deviates", "")
    zoo.cell(MODELS, SUPERVISED, "deviates", "view")
    at = zoo.at(MODELS, SUPERVISED, "deviates")
    zoo.refuses(at, "nothing, since only a model of origin pretrained has a publisher")


@pytest.mark.parametrize(
    ("name", "architecture", "expected"),
    [
        ("clip", "resnet50", "open_clip's, since only supervised models of others are"),
        (SUPERVISED, "vit_b_32", "open_clip's, since only supervised models of others are"),
        ("timm", "RN-quick", "one with a key torchvision or timm"),
        ("rectified", "RN-mini", "one with average_pool, a key timm or a network other than a ViT"),
        (SUPERVISED, "RN-average", "another one, since family is supervised, not rectified"),
        ("rn_web-large", "RN-average", "another one, since family is robust_zero_shot, not"),
    ],
)
def test_an_architecture_of_another_kind(zoo, name, architecture, expected):
    zoo.cell(MODELS, name, "architecture", architecture)
    mistake = zoo.mistakes()[0]
    assert mistake.place == zoo.at(MODELS, name, "architecture") and expected in mistake.expected


def test_an_architecture_of_timm_that_says_too_little(zoo):
    path = zoo.folder / "architectures" / "resnet50.json"
    path.write_text(json.dumps({"timm": "resnet50.a1_in1k", "embed_dim": 2048}))
    zoo.refuses("architectures/resnet50.json, key preprocessing", "timm_networks prints")


def test_what_is_printed_for_timm_is_accepted(zoo):
    config = described("test_resnet.r160_in1k")
    zoo.cell(MODELS, "timm", "normalisation", "openai")
    (zoo.folder / "architectures" / "resnet50.json").write_text(json.dumps(config))
    assert {each.place for each in zoo.mistakes()} == {
        zoo.at(MODELS, "timm", "view"), zoo.at(MODELS, "timm", "normalisation")
    }  # fmt: skip


def test_a_control_has_any_architecture_that_can_be_given_a_head(zoo):
    cells = ["untrained", "control", "RN", "", "untrained", *[""] * 6, "0", "RN-quick", ""]
    zoo.add(MODELS, "\t".join([*cells, "clip224", "openai", "", ""]))
    zoo.load()
    zoo.cell(MODELS, "untrained", "architecture", "resnet50")
    zoo.load()
    zoo.cell(MODELS, "untrained", "architecture", "RN-average")
    zoo.cell(MODELS, "untrained", "view", "mini32")
    at = zoo.at(MODELS, "untrained", "architecture")
    zoo.refuses(at, "a text tower, since the model's head is made of prompts")
