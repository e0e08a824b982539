"""What measures are told: which published accuracies are of the same weights and images."""

from pathlib import Path

import pytest
import yaml

from workflow_scripts.analysis.published_weights import (
    KEYS,
    Weights,
    published_row,
    read_published_tables,
)
from workflow_scripts.plan.measures import accuracy_check_settings, published_weights_settings
from workflow_scripts.plan.run import Run

ROOT = Path(__file__).resolve().parents[3]
TABLES = {name: str(ROOT / f"resources/published/{name}_accuracy.csv") for name in KEYS}


def settings_of(study):
    config = yaml.safe_load((ROOT / "config.yaml").read_text())
    return accuracy_check_settings(Run.load(ROOT, config | {"study": study}))


@pytest.mark.parametrize("study", ["paper", "quick"])
def test_everything_of_others_is_compared_with_its_own_published_row(study):
    settings = settings_of(study)
    tables = read_published_tables(TABLES)
    names = {}
    for model in settings["models"]:
        weights = Weights(**{key: model[key] for key in Weights._fields})
        names[model["model"]], _ = published_row(tables, model["model"], weights)
    made_here = {name for name in names if name.endswith("_finetuned") or name.startswith("rn")}
    assert all(name for model, name in names.items() if model not in made_here)
    assert names["rn50_cc12m"] == "open_clip RN50 cc12m"  # as built, not as trained
    assert names["vit-b-32_supervised"] == "torchvision vit_b_32"
    assert names["vit-b-32_openai"] == "open_clip ViT-B-32-quickgelu openai"


def test_what_is_published_of_models_without_a_head_is_no_accuracy_to_compare():
    config = yaml.safe_load((ROOT / "config.yaml").read_text())
    run = Run.load(ROOT, config | {"study": "architectures"})
    published = {
        row["model"]: row["published"] for row in published_weights_settings(run)["models"]
    }
    assert published["vit-b-16_siglip"] == "open_clip:webli"
    assert published["resnext101_instagram"] == "timm:resnext101_32x8d.fb_wsl_ig1b_ft_in1k"
    compared = [row["model"] for row in accuracy_check_settings(run)["models"]]
    assert published.keys() - {*compared} == {"vit-b-16_siglip"}
    tables = read_published_tables(TABLES)
    found = [
        published_row(tables, row["model"], Weights(**{key: row[key] for key in Weights._fields}))
        for row in published_weights_settings(run)["models"]
    ]
    shifted = {name for name, row in found if "imagenet_a" in row}
    assert len(shifted) == 6  # not of torchvision's ViT and ResNet-50, nor of DINO


def test_a_variant_of_imagenet_v2_has_no_number_of_another():
    columns = settings_of("paper")["columns"]
    assert columns["imagenet"] == "imagenet" and columns["objectnet"] == "objectnet"
    assert "imagenet-v2" not in columns  # threshold-0.7; what is published is matched-frequency
    assert settings_of("quick")["columns"] == {}


def test_drawn_images_are_not_those_of_their_name():
    settings = settings_of("miniature")
    assert settings["columns"] == {}
    assert {model["published"] for model in settings["models"]} == {""}
