"""The study of other architectures as shipped: as quick has it, and as timm and open_clip say."""

import csv
import json
import shutil
from pathlib import Path

import pytest
import yaml

from workflow_scripts.networks.timm_networks import described, timm_address
from workflow_scripts.plan.run import Run
from workflow_scripts.study.study import load

ROOT = Path(__file__).parents[3]
CONFIG = yaml.safe_load((ROOT / "config.yaml").read_text())


@pytest.fixture(scope="module")
def architectures():
    return load(ROOT, CONFIG | {"study": "architectures"})


def published(table, *key):
    """The published accuracies on ImageNet, in percent, by the columns `key`."""
    path = ROOT / "resources" / "published" / f"{table}_accuracy.csv"
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    return {tuple(row[each] for each in key): row["imagenet"] for row in rows}


def test_architectures_has_the_data_sets_and_the_clips_of_quick(architectures):
    quick = load(ROOT, CONFIG | {"study": "quick"})
    assert architectures.datasets == quick.datasets
    shared = architectures.models.keys() & quick.models.keys()
    assert all(architectures.models[name] == quick.models[name] for name in shared)
    assert {"rn50_openai", "vit-b-32_openai", "vit-b-32_supervised"} <= shared
    for key in ("views", "normalisations"):
        assert quick.settings[key].items() <= architectures.settings[key].items()
    cells = [row["source"] for row in architectures.models.values() if row["source"]]
    assert all(architectures.sources[name]["urls"] for cell in cells for name in cell.split(";"))


def test_what_is_no_clip_is_of_the_family_that_its_last_layer_makes_it(architectures):
    others = ("supervised", "rectified")
    rows = [row for row in architectures.models.values() if row["family"] in others]
    found = {row["model"]: row["family"] for row in rows}
    resnets = [name for name in found if name.startswith("resne")]
    assert len(resnets) == 4
    assert found == dict.fromkeys(found, "supervised") | dict.fromkeys(resnets, "rectified")
    siglip = architectures.models["vit-b-16_siglip"]
    assert siglip["head"] == "none" and siglip["family"] == "robust_zero_shot"


def test_images_and_weights_are_what_timm_states_of_them(architectures):
    """timm knows the ResNeXt that hashtags supervised by another name, and its ConvNeXt itself."""
    from timm import get_pretrained_cfg

    source = architectures.sources["resnext101_instagram"]
    name = source["published"].removeprefix("timm:")
    assert get_pretrained_cfg(name).url == source["urls"]
    assert source["urls"].endswith(f"-{source['digest']}.pth")
    row = architectures.models["resnext101_instagram"]
    stated = described(name)["preprocessing"]
    settings = architectures.settings
    made = settings["views"][row["view"]] | settings["normalisations"][row["normalisation"]]
    assert made == stated and source["view"] == row["view"]
    convnext = architectures.models["convnext-t_supervised"]
    name = json.loads(architectures.architecture_of("convnext-t_supervised").read_text())["timm"]
    assert architectures.sources[convnext["source"]]["urls"] == timm_address(name)[0]


def test_notes_of_architectures_state_published_accuracies(architectures):
    timms, clips = (
        published("timm", "model", "image_size"),
        published("open_clip", "architecture", "tag"),
    )
    stated = {
        "resnet50_supervised": published("imagenet_testbed", "model")["resnet50",],
        "resnext101_supervised": timms["resnext101_32x8d.tv_in1k", "224"],
        "resnext101_instagram": timms["resnext101_32x8d.fb_wsl_ig1b_ft_in1k", "224"],
        "convnext-t_supervised": timms["convnext_tiny.fb_in1k", "224"],
        "vit-b-16_siglip": clips["ViT-B-16-SigLIP", "webli"],
    }
    for model, accuracy in stated.items():
        assert f"{100 * float(accuracy):.2f} % published" in architectures.models[model]["note"]


def test_with_the_data_sets_of_the_paper_there_is_effective_robustness(tmp_path):
    folder = tmp_path / "shifts"
    shutil.copytree(ROOT / "studies" / "architectures", folder)
    shutil.copy(ROOT / "studies" / "paper" / "datasets.tsv", folder)
    settings = (folder / "study.yaml").read_text()
    shared = str(ROOT / "studies" / "imagenet")
    (folder / "study.yaml").write_text(settings.replace("../imagenet", shared))
    assert Run.load(ROOT, CONFIG | {"study": str(folder)}).no_line == ""
    assert Run.load(ROOT, CONFIG | {"study": "architectures"}).no_line
