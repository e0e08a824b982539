"""Rows of sources.tsv for weights that are downloaded."""

from tests.unit.inputs.own_inputs import CLIP
from workflow_scripts.own import sources
from workflow_scripts.own.preprocessing import of_open_clip

IMAGES = of_open_clip(CLIP, {}, "nobody")


def test_a_tag_is_on_the_hub_or_at_an_address():
    hub = sources.of_tag("mine", {"hub": "laion/CLIP-B/", "url": ""}, CLIP, IMAGES)
    assert hub["urls"].split() == [
        f"https://huggingface.co/laion/CLIP-B/resolve/main/{name}"
        for name in ("open_clip_model.safetensors", "open_clip_pytorch_model.bin")
    ]
    assert (hub["file"], hub["activation"], hub["normalisation"]) == (
        "laion_CLIP-B.safetensors", "gelu", "openai",
    )  # fmt: skip
    named = sources.of_tag("mine", {"hub": "a/b/own.pt", "url": ""}, CLIP, IMAGES)
    assert named["urls"].endswith("/a/b/resolve/main/own.pt")
    url = {"hub": "", "url": "https://host/vit-0123abcd.pt"}
    own = sources.of_tag("mine", url, CLIP | {"quick_gelu": True}, IMAGES)
    assert (own["file"], own["digest"], own["activation"]) == (
        "vit-0123abcd.pt", "0123abcd", "quickgelu",
    )  # fmt: skip


def test_files_that_are_called_alike_are_told_apart():
    row = sources.of_address("mine", "https://host/timm/model.safetensors", "timm")
    assert row["file"] == "mine_model.safetensors" and "digest" not in row
