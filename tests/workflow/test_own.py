"""The indicators of models and images of one's own, in one command."""

import json

import pandas as pd
import pytest
import torch
from safetensors.torch import save_file

from tests.unit.inputs.own_inputs import photographs
from tests.unit.inputs.pretrained_inputs import SMALL, open_clip
from tests.workflow.runs import Project


@pytest.fixture
def own(tmp_path):
    """A place to run in: two towers of a CLIP, their architecture, and images of two classes."""
    project = Project.new(tmp_path)
    project.results = project.work / "results" / "own" / "my-photos"
    (project.work / "clip.json").write_text(json.dumps(SMALL["ViT"]))
    for seed, name in enumerate(("first", "second")):
        torch.manual_seed(seed)
        towers = open_clip.CLIP(**SMALL["ViT"]).state_dict().items()
        state = {key: each for key, each in towers if key.startswith("visual.")}
        save_file(state, project.work / f"{name} tower.safetensors")
    photographs(project.work / "my photos", "cat/1.png", "it's a dog/2.png", "cat/broken.png")
    (project.work / "my photos" / "cat" / "broken.png").write_bytes(b"no image")
    return project


def indicators(project, model, fails=False, **given):
    """What the command prints."""
    section = {"model": model, "architecture": "./clip.json", "images": "./my photos"} | given
    return project.run("indicators", "--config", f"own={json.dumps(section)}", fails=fails)


def test_one_command(own):
    printed = indicators(own, "./first tower.safetensors", skip_broken=True)
    card = own.results / "card"
    files = " ".join(f"{card}.{ending}" for ending in ("md", "html", "json"))
    assert f"The report card: {files}" in printed
    assert "first-tower: clip; 32 pixels (bicubic" in printed
    assert "1 images left out, not decoded: cat/broken.png" in printed
    assert "only 3 images; intervals over them are wide" in printed
    # A second model is measured beside the first, of which nothing is made anew.
    both = "./first tower.safetensors, best=./second tower.safetensors"
    printed = indicators(own, both, skip_broken=True)
    assert "Weights of model best" in printed and "Activations of model best" in printed
    assert "model first-tower" not in printed and "Decoding" not in printed
    table = pd.read_csv(own.results / "measures" / "indicators" / "kurtosis.csv")
    assert table["model"].tolist() == ["first-tower", "best"]
    assert "neither a text tower nor a linear head" in card.with_suffix(".md").read_text()
    # What was written is a study like any other.
    printed = own.run("indicators", "--config", "study=results/own/my-photos/study")
    assert "Nothing to be done" in printed
