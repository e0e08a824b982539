"""What libraries and files say of models."""

import pytest
import torch
from safetensors.torch import save_file

from workflow_scripts.networks.torchvision_operators import ensure
from workflow_scripts.own.describe import answer

OPEN_CLIP = {"kind": "open_clip", "name": "ViT-B-32", "tag": None, "path": None}
LIBRARY = {"kind": "library", "path": None}


def timm_network(name):
    import timm  # only once `ensure` was called

    return timm.create_model(name, num_classes=0)


def weights(folder, *names):
    path = folder / "weights.safetensors"
    save_file({name: torch.zeros(5, 3) for name in names}, path)
    return str(path)


def test_a_tag_says_where_it_is_and_how_its_images_are_made():
    found = answer(OPEN_CLIP | {"tag": "openai"})
    assert found["quick_gelu"] and found["preprocessing"]["interpolation"] == "bicubic"
    assert found["hub"] or found["url"]
    assert "openai" in answer(OPEN_CLIP | {"tag": "none"})["error"]
    assert answer(OPEN_CLIP | {"name": "MobileCLIP-S1"})["preprocessing"]["mean"] == [0, 0, 0]
    assert answer(OPEN_CLIP | {"name": "unknown"})["preprocessing"] is None


@pytest.mark.parametrize(
    ("names", "layout"),
    [
        (("module.visual.proj", "module.text_projection"), {"layout": "clip"}),
        (("visual.proj",), {"layout": "tower"}),
        (("model.visual.proj", "model.text_projection", "classification_head.weight"),
         {"layout": "classifier", "classes": 5}),
    ],
)  # fmt: skip
def test_a_file_says_what_it_holds(tmp_path, names, layout):
    found = answer(OPEN_CLIP | {"path": weights(tmp_path, *names)})
    assert {key: found[key] for key in layout} == layout


def test_networks_of_libraries(tmp_path):
    found = answer(LIBRARY | {"name": "shufflenet_v2_x0_5"})
    assert found["architecture"] == {"torchvision": "shufflenet_v2_x0_5", "embed_dim": 1024}
    assert (found["family"], found["classes"]) == ("rectified", 1000)
    assert found["preprocessing"]["resize"] == 256 and found["url"].endswith(".pth")
    own = answer(
        {"kind": "library", "name": "timm/test_vit", "path": weights(tmp_path, "head.weight")}
    )
    assert (own["family"], own["classes"]) == ("supervised", 5)
    assert answer(LIBRARY | {"name": "timm/test_vit"})["url"].startswith("https://")


def test_a_network_of_timm_whose_weights_have_no_head(tmp_path):
    ensure()
    name, path = "vit_base_patch16_siglip_gap_224", tmp_path / "tower.safetensors"
    with torch.device("meta"):
        shapes = {key: each.shape for key, each in timm_network(name).named_parameters()}
    save_file({f"trunk.{key}": torch.zeros(shape) for key, shape in shapes.items()}, path)
    found = answer(LIBRARY | {"name": name, "path": str(path)})
    assert found["architecture"]["embed_dim"] == 768 and found["classes"] is None


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("resnet18", "write timm/resnet18 or torchvision/resnet18"),
        ("resnet_of_mine", "found neither a file nor a model"),
    ],
)
def test_names_that_say_too_little(name, message):
    assert message in answer(LIBRARY | {"name": name})["error"]
