"""What each text of MODEL means."""

import pytest

from tests.unit.inputs.own_inputs import request
from workflow_scripts.job.errors import InputError
from workflow_scripts.own.found import found_models


def found(model, **given):
    return found_models(request(model=str(model), **given))


def touch(folder, *names):
    folder.mkdir(exist_ok=True)
    for name in names:
        (folder / name).touch()
    return folder


@pytest.mark.parametrize(
    ("text", "kind", "label", "own"),
    [
        ("ViT-B-32:openai", "tag", "ViT-B-32_openai", "vit-b-32_openai"),
        ("hf-hub:laion/CLIP-B", "hub", "CLIP-B", "clip-b"),
        ("timm/resnet50", "name", "resnet50", "resnet50"),
        ("mine=efficientnet_b0", "name", "mine", "mine"),
    ],
)
def test_what_is_no_path(text, kind, label, own):
    (model,) = found(text)
    assert (model.kind, model.label, model.id, model.path) == (kind, label, own, None)


def test_files(tmp_path):
    folder = touch(tmp_path / "clip", "best.pt", "model.pt")
    best, model = found(f"{folder}/best.pt,{folder}/model.pt", architecture="RN50")
    # a name that says nothing gives way to its folder's
    assert [best.label, model.label] == ["best", "clip"]
    assert best.kind == "file" and best.architecture == "RN50" and best.path == best.text
    touch(folder, "open_clip_config.json")
    assert found(folder / "best.pt")[0].kind == "hub_file"


def test_folders(tmp_path):
    bundle = touch(tmp_path / "rn_web", "card.json", "encoder.safetensors")
    hub = touch(tmp_path / "hub", "open_clip_config.json", "open_clip_model.safetensors", "a.bin")
    single = touch(tmp_path / "single", "x.pt")
    kinds = [(each.kind, each.label) for each in found(f"{bundle},{hub},{single}")]
    assert kinds == [("bundle", "rn_web"), ("hub_file", "hub"), ("file", "single")]
    assert found(hub)[0].text.endswith("open_clip_model.safetensors")


def test_the_checkpoints_of_a_training_are_in_its_order(tmp_path):
    run = touch(tmp_path / "run", "step_1000.pt", "step_200.pt", "step_30.pt")
    models = found(f"mine={run}")
    assert [each.step for each in models] == [30, 200, 1000]
    assert [each.id for each in models] == ["mine_step_30", "mine_step_200", "mine_step_1000"]
    named = touch(tmp_path / "named", "end.pt", "start.pt")
    assert [each.step for each in found(named)] == [1, 2]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("./missing.pt", "which is not there"),
        ("ViT-B-32", "its weights: a file with ARCHITECTURE=ViT-B-32, or a tag"),
        ("convnext_tiny", "timm/convnext_tiny or torchvision/convnext_tiny"),
        ("hf-hub:no-owner", "hf-hub:owner/name"),
        ("RN50:openai,RN50:openai", "a label for each"),
    ],
)
def test_what_is_refused(text, expected):
    with pytest.raises(InputError, match=expected):
        found(text)


def test_a_folder_without_weights(tmp_path):
    with pytest.raises(InputError, match="a folder without any"):
        found(touch(tmp_path / "empty"))
    hub = touch(tmp_path / "hub", "open_clip_config.json", "a.bin", "b.bin")
    with pytest.raises(InputError, match="open_clip_model.safetensors beside open_clip_config"):
        found(hub)
