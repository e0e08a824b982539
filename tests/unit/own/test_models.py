"""Models as rows of a study: architecture, view, weights and head."""

import json

import pytest

from tests.unit.inputs.own_inputs import CLIP, ROOT
from workflow_scripts.job.errors import InputError
from workflow_scripts.own.found import Found
from workflow_scripts.own.models import described, question

OPENAI = {"tags": ["openai"], "preprocessing": None, "quick_gelu": True, "hub": "", "url": "u/a.pt"}
STATED = {"size": 224, "resize": 256, "interpolation": "bicubic", "mean": [0] * 3, "std": [1] * 3}
LIBRARY = {"architecture": {"timm": "resnet50"}, "preprocessing": STATED, "family": "rectified",
           "classes": 10, "url": "https://host/model.safetensors"}  # fmt: skip


def of(kind, text, answer, architecture=None, fetch=None):
    found = Found(kind, text, "Mine", architecture)
    return described(found, answer, ROOT, fetch)


def written(path, content):
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(content))
    return str(path)


@pytest.mark.parametrize(
    ("found", "asked"),
    [
        (Found("name", "timm/x", "x"), {"kind": "library", "name": "timm/x", "path": None}),
        (Found("tag", "RN50:openai", "x"),
         {"kind": "open_clip", "name": "RN50", "tag": "openai", "path": None}),
        (Found("hub_file", "a.pt", "x"),
         {"kind": "open_clip", "name": None, "tag": None, "path": "a.pt"}),
        (Found("file", "a.pt", "x", "RN50:openai"),
         {"kind": "open_clip", "name": "RN50", "tag": "openai", "path": "a.pt"}),
        (Found("file", "a.pt", "x", "resnet18"),
         {"kind": "library", "name": "resnet18", "path": "a.pt"}),
        (Found("hub", "owner/name", "x"), None),
    ],
)  # fmt: skip
def test_what_is_looked_up(found, asked):
    assert question(found) == asked


def test_a_json_file_says_what_it_is_of(tmp_path):
    clip = written(tmp_path / "clip.json", CLIP)
    timm = written(tmp_path / "timm.json", {"timm": "resnet50"})
    assert question(Found("file", "a.pt", "x", clip))["kind"] == "open_clip"
    assert question(Found("file", "a.pt", "x", timm))["name"] == "timm/resnet50"


def test_a_file_without_an_architecture_is_refused():
    with pytest.raises(InputError, match="expected ARCHITECTURE=.*or open_clip_config.json beside"):
        question(Found("file", "a.pt", "x"))


def test_a_tag_is_downloaded_with_its_activation():
    model = of("tag", "ViT-B-32:openai", OPENAI)
    assert (model.architecture, model.config["quick_gelu"]) == ("ViT-B-32-quickgelu", True)
    assert (model.source, model.row["urls"]) == ("mine", "u/a.pt")
    assert model.head_with(names=True) == (None, "")
    assert model.head_with(names=False) == ("none", "no head from prompts: that takes CLASSES=...")


@pytest.mark.parametrize(
    ("answer", "family", "head"),
    [
        ({"layout": "clip"}, "robust_zero_shot", None),
        ({"layout": "tower"}, "robust_zero_shot", "none"),
        ({"layout": "classifier", "classes": 7}, "supervised", "normalised"),
    ],
)
def test_a_file_is_what_it_holds(answer, family, head):
    model = of("file", "/a.pt", answer | {"preprocessing": None}, "ViT-B-32")
    assert (model.family, model.head_with(names=True)[0]) == (family, head)
    assert model.classes == answer.get("classes") and model.row is None


def test_a_clip_with_another_tokenizer_has_no_head_from_prompts():
    answer = {"layout": "clip", "preprocessing": None}
    head, reason = of("file", "/a.pt", answer, "ViT-B-16-SigLIP").head_with(names=True)
    assert head == "none" and "no head from prompts" in reason and "tokenizer" in reason


def test_a_folder_of_the_hub_brings_its_configuration(tmp_path):
    content = {"model_cfg": CLIP, "preprocess_cfg": {"mean": [0.5] * 3, "std": [0.5] * 3}}
    written(tmp_path / "open_clip_config.json", content)
    model = of("hub_file", str(tmp_path / "a.pt"), {"layout": "clip"})
    assert (model.config, model.images.normalisation_name) == (CLIP, "half")
    remote = of("hub", "owner/name", {}, fetch=lambda repository, name: tmp_path / name)
    assert remote.row["file"] == "owner_name.safetensors" and remote.images == model.images
    with pytest.raises(InputError, match="found 'RN50', expected that of .*differs in embed_dim"):
        of("hub_file", str(tmp_path / "a.pt"), {"layout": "clip"}, "RN50")


def test_a_network_of_a_library():
    model = of("name", "resnet50", LIBRARY)
    assert (model.architecture, model.family, model.classes) == ("timm_resnet50", "rectified", 10)
    assert model.images.view_name == "224-of-256-bicubic" and model.row["source"] == "mine"
    assert of("file", "/a.pt", LIBRARY, "resnet50").row is None
    assert of("name", "x", LIBRARY | {"classes": None}).head_with(True)[0] == "none"


def test_a_json_file_may_say_more_of_a_network_than_its_library(tmp_path):
    own = written(tmp_path / "own.json", {"timm": "resnet50", "weights_in_order": True})
    model = of("file", "/a.pt", LIBRARY, own)
    assert model.config == {"timm": "resnet50", "weights_in_order": True}
    assert model.images.view_name == "224-of-256-bicubic"


CARD = {"architecture": CLIP, "mean": [0.0] * 3, "std": [1.0] * 3, "view": "v",
        "normalise": True, "training": {}}  # fmt: skip


def test_a_bundle_says_what_it_is(tmp_path):
    written(tmp_path / "card.json", CARD)
    model = of("bundle", str(tmp_path), {})
    assert model.head_with(True) == ("none", "no head: the bundle has none")
    assert "ASSUMED" in model.images.by
    written(tmp_path / "head.json", {"classes": 5})
    model = of("bundle", str(tmp_path), {})
    assert (model.classes, model.head_with(False)) == (5, ("normalised", ""))
    written(tmp_path / "card.json", {key: CARD[key] for key in CARD if key != "std"})
    with pytest.raises(InputError, match="found no key 'std', expected a bundle"):
        of("bundle", str(tmp_path), {})


@pytest.mark.parametrize(
    ("changes", "family", "note"),
    [
        ({"training": {"origin": "contrastive", "dataset": "web"}}, "robust_zero_shot",
         "trained contrastively on web"),
        ({"training": {"origin": "finetune", "dataset": "photos"}, "parent": "clip"}, "finetuned",
         "finetuned from clip on photos"),
        ({"training": {"origin": "supervised", "dataset": "photos"}}, "supervised",
         "trained with the labels of photos"),
        ({"training": {"origin": "supervised", "dataset": "photos"},
          "architecture": CLIP | {"miniature": {"average_pool": True}}}, "rectified",
         "trained with the labels of photos"),
        ({"training": {"origin": "untrained"}, "sha256": {"text": ""}}, "robust_zero_shot",
         "untrained: its weights are random"),
        ({"training": {"origin": "pretrained"}, "sha256": {"text": ""}}, "robust_zero_shot", ""),
        ({"training": {"origin": "pretrained"}, "parent": "clip"}, "finetuned", ""),
        ({"training": {"origin": "pretrained"}}, "supervised", ""),
    ],
)  # fmt: skip
def test_a_bundle_is_of_the_family_that_it_was_trained_as(tmp_path, changes, family, note):
    written(tmp_path / "card.json", CARD | changes)
    written(tmp_path / "head.json", {"classes": 5})
    assert question(Found("bundle", str(tmp_path), "x")) is None
    model = of("bundle", str(tmp_path), {})
    assert (model.family, "; ".join(model.notes)) == (family, note)
    assert model.head_with(True) == ("normalised", "")


def test_of_a_bundle_of_a_library_its_outputs_tell_the_family(tmp_path):
    card = {"architecture": {"timm": "resnet50"}, "normalise": False}
    written(tmp_path / "card.json", CARD | card)
    written(tmp_path / "head.json", {"classes": 5})
    asked = question(Found("bundle", str(tmp_path), "x"))
    assert asked["name"] == "timm/resnet50" and asked["path"].endswith("encoder.safetensors")
    model = of("bundle", str(tmp_path), {"family": "rectified"})
    assert (model.family, model.classes, model.head_with(False)) == ("rectified", 5, (None, ""))


@pytest.mark.parametrize(
    ("text", "expected"),
    [("[]", "no JSON object"), ("{", "no JSON"), ('{"a": 1}', "no vision_cfg")],
)
def test_a_configuration_that_is_none(tmp_path, text, expected):
    (tmp_path / "open_clip_config.json").write_text(text)
    with pytest.raises(InputError, match=expected):
        of("hub_file", str(tmp_path / "a.pt"), {"layout": "clip"})
