"""Architectures as files: open_clip's own and the Hub's are read, what is none is refused."""

import json
from dataclasses import fields
from pathlib import Path

import pytest

from tests.unit.inputs.pretrained_inputs import SMALL, open_clip
from tests.unit.inputs.study_inputs import MODELS, ROOT
from workflow_scripts.study.architectures import (
    CLIP_VOCABULARY,
    architecture_mistakes,
    of_open_clip,
    read_architecture,
    text_fault,
)
from workflow_scripts.study.schemas import schema

OPEN_CLIPS = sorted((Path(open_clip.__file__).parent / "model_configs").glob("*.json"))
SHIPPED = sorted(ROOT.glob("studies/*/architectures/*.json"))
ZERO_SHOT = "rn_web-large"


def mistake(config):
    """The only line about an architecture, after its place."""
    (line,) = architecture_mistakes("X", config)
    assert line.startswith("architectures/X.json") and ": found " in line
    return line.removeprefix("architectures/X.json")


def test_open_clips_and_shipped_ones_are_right():
    assert len(OPEN_CLIPS) > 100 and len(SHIPPED) > 10
    for path in [*OPEN_CLIPS, *SHIPPED]:
        assert architecture_mistakes(path.stem, read_architecture(path)) == [], path


@pytest.mark.parametrize(
    ("section", "classes"),
    [
        ("vision", [open_clip.model.CLIPVisionCfg]),
        ("text", [open_clip.model.CLIPTextCfg, open_clip.coca_model.MultimodalCfg]),
    ],
)
def test_the_keys_are_open_clips(section, classes):
    known = schema("architecture")["$defs"][section]["properties"]
    assert known.keys() == {each.name for config in classes for each in fields(config)}


def test_of_the_hubs_file_the_model_counts(tmp_path):
    path = tmp_path / "open_clip_config.json"
    path.write_text(json.dumps({"model_cfg": SMALL["ViT"], "preprocess_cfg": {"size": 32}}))
    assert read_architecture(path) == SMALL["ViT"]


def changed(section, **values):
    return SMALL["CoCa"] | {section: SMALL["CoCa"][section] | values}


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        (changed("vision_cfg", widht=768), ", key vision_cfg.widht: found an unknown key"),
        (changed("vision_cfg", widht=768), "did you mean 'width'?"),
        (changed("vision_cfg", width="768"), ", key vision_cfg.width: found the text '768', expe"),
        (changed("vision_cfg", width=0), ", key vision_cfg.width: found 0, expected a whole numb"),
        (changed("vision_cfg", layers=[3, 4, 6]), "expected a whole number, or a list of four"),
        (changed("text_cfg", heads=8.5), ", key text_cfg.heads: found 8.5, expected a whole"),
        (changed("text_cfg", no_causal_mask=1), "found 1, expected true or false"),
        (changed("multimodal_cfg", n_queries=None), ", key multimodal_cfg.n_queries: found"),
        (SMALL["ViT"] | {"text_cfg": [1]}, ", key text_cfg: found a list of 1, expected keys and"),
        (SMALL["ViT"] | {"vision_cfg": None}, ", key vision_cfg: found nothing, expected keys and"),
        (SMALL["ViT"] | {"model": "x"}, ", key model: found an unknown key"),
        (SMALL["ViT"] | {"quick_gelu": "yes"}, ", key quick_gelu: found 'yes', expected true or"),
        ({"vision_cfg": {}}, ", key embed_dim: found no such key, expected a whole number"),
        ({"timm": "resnet50", "embed_dim": 8}, ", key preprocessing: found no such key, expected "),
        ({"torchvision": 50, "embed_dim": 8}, ", key torchvision: found 50, expected the name of"),
        ([SMALL["ViT"]], "found a list of 1, expected open_clip's embed_dim"),
        ("ViT-B-32", "found 'ViT-B-32', expected open_clip's embed_dim"),
        (None, "found nothing, expected open_clip's embed_dim"),
        ({}, "found an empty mapping, expected open_clip's embed_dim"),
        ({"vision_config": {}, "text_config": {}}, "(vision_config, text_config), expected"),
        ({"architecture": "resnet50", "num_classes": 1000}, "or a key torchvision or timm"),
    ],
)  # fmt: skip
def test_what_is_no_architecture(config, expected):
    assert expected in mistake(config)


def test_the_vocabulary_is_clips():
    assert open_clip.SimpleTokenizer().vocab_size == CLIP_VOCABULARY


def test_what_prompts_can_be_read_with():
    faults = {path.stem: text_fault(read_architecture(path)) for path in OPEN_CLIPS}
    assert sum(fault is None for fault in faults.values()) == 95
    assert faults["ViT-H-14"] is faults["EVA02-B-16"] is faults["convnext_base"] is None
    assert faults["ViT-B-16-SigLIP"][0] == "the tokenizer of timm/ViT-B-16-SigLIP"
    assert faults["roberta-ViT-B-32"][0] == "the tokenizer of roberta-base"
    own, other = ({"tokenizer_kwargs": {key: 1}} for key in ("clean", "strip_sep_token"))
    assert text_fault({"text_cfg": own}) is None
    assert "strip_sep_token" in text_fault({"text_cfg": other})[0]


@pytest.fixture
def architecture(workplace):
    """Writes the architecture of the small study's ViTs."""

    def write(config):
        path = workplace.folder / "architectures" / "RN-mini.json"
        path.write_text(json.dumps(config))

    return write


def test_a_study_with_the_hubs_file(workplace, architecture):
    mini = {"embed_dim": 64, "vision_cfg": {"image_size": 32}, "text_cfg": {}}
    architecture({"model_cfg": mini, "preprocess_cfg": {"mean": [0.5, 0.5, 0.5]}})
    workplace.load()
    architecture({"model_cfg": mini | {"embed": 3}})
    workplace.refuses("architectures/RN-mini.json, key embed", "embed_dim", "embed_dim")


@pytest.mark.parametrize(
    ("text", "found", "expected"),
    [
        ({}, "no text_cfg", "a text tower, since the model's head is made of prompts"),
        ({"text_cfg": {"hf_model_name": "roberta-base"}}, "of roberta-base", "CLIP's own"),
        ({"text_cfg": {"vocab_size": 32000}}, "a vocab_size of 32000", "49408"),
    ],
)
def test_a_text_tower_that_prompts_cannot_be_read_with(
    workplace, architecture, text, found, expected
):
    architecture({"embed_dim": 64, "vision_cfg": {"image_size": 32}} | text)
    mistakes = [each for each in workplace.mistakes() if ZERO_SHOT in each.place]
    assert mistakes[0].place == workplace.at(MODELS, ZERO_SHOT, "backbone")
    assert found in mistakes[0].found and expected in mistakes[0].expected
    assert not [each for each in workplace.mistakes() if "rn_supervised" in each.place]


@pytest.mark.parametrize("name", ["ViT-H-14", "convnext_base_w", "EVA02-B-16"])
def test_an_architecture_that_open_clip_brings_along(workplace, name):
    workplace.columns(MODELS, architecture={"rn_supervised": name})
    found = "which the study has no file of"
    expected = f"architectures/{name}.json in the study's folder, a copy of open_clip's: "
    at = workplace.at(MODELS, "rn_supervised", "architecture")
    workplace.refuses(at, f"{expected}{of_open_clip(name)}", found=found)


@pytest.mark.parametrize(("name", "near"), [("RN-mimi", "RN-mini"), ("resnet50.a1_in1k", None)])
def test_an_architecture_that_nobody_brings_along(workplace, name, near):
    workplace.columns(MODELS, architecture={"rn_supervised": name})
    at = workplace.at(MODELS, "rn_supervised", "architecture")
    workplace.refuses(at, "the name of a file in architectures/, without .json (see docs/", near)
