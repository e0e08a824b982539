"""Image towers alone: what they make of an image is what the whole network does."""

import pytest
import torch
from safetensors.torch import save_file

from tests.authentic import weights
from tests.unit.inputs.pretrained_inputs import PREPROCESSING, SMALL, images, open_clip
from workflow_scripts.job.errors import InputError
from workflow_scripts.models.image_tower import main
from workflow_scripts.networks.architectures import build_classifier, build_encoder
from workflow_scripts.networks.classifier import load_encoder


def made(folder, architecture, state):
    """The encoder of the bundle of a state dict, which has no head."""
    save_file({name: each.contiguous() for name, each in state.items()}, folder / "w.safetensors")
    main(
        folder / "w.safetensors", folder / "bundle", model="m", architecture=architecture,
        preprocessing=PREPROCESSING, origin={"study": "own"},
    )  # fmt: skip
    assert {path.name for path in (folder / "bundle").iterdir()} == {
        "card.json", "encoder.safetensors"
    }  # fmt: skip
    return load_encoder(folder / "bundle").network


@pytest.mark.parametrize("kind", ["RN", "ViT"])
def test_of_a_clip_the_text_tower_is_passed_over(tmp_path, kind):
    architecture, pixels = SMALL[kind], images(SMALL[kind])
    torch.manual_seed(0)
    model = open_clip.CLIP(**architecture).eval()
    encoder = made(tmp_path, architecture, model.state_dict())
    with torch.inference_mode():
        torch.testing.assert_close(encoder(pixels), model.encode_image(pixels))


@pytest.mark.parametrize("beside", ["", "classification_head.weight"])
def test_a_tower_may_be_all_there_is(tmp_path, beside):
    tower = build_encoder(SMALL["ViT"]).state_dict()
    head = {beside: torch.zeros(3, 24)} if beside else {}
    made(tmp_path, SMALL["ViT"], {f"model.visual.{name}": tower[name] for name in tower} | head)


def test_of_a_classifier_the_last_layer_is_passed_over(tmp_path):
    architecture = {"timm": "test_vit"}
    network, head = build_classifier(architecture)
    encoder = made(tmp_path, architecture, network.state_dict())
    pixels = torch.randn(2, 3, 160, 160, generator=torch.Generator().manual_seed(0))
    network.eval().set_submodule(head, torch.nn.Identity())
    with torch.inference_mode():
        torch.testing.assert_close(encoder(pixels), network(pixels))


def test_of_a_siglip_the_bias_and_the_text_tower_are_passed_over(tmp_path):
    """A tower of timm that ends in attention pooling, with open_clip's names."""
    import timm

    size, name = 160, "test_vit"
    architecture = {
        "embed_dim": 64, "quick_gelu": False, "custom_text": True, "init_logit_bias": -10,
        "vision_cfg": {"image_size": size, "timm_model_name": name, "timm_model_pretrained": False,
                       "timm_pool": "map", "timm_proj": "none"},
        "text_cfg": {"context_length": 8, "vocab_size": 32, "hf_tokenizer_name": "timm/SigLIP",
                     "width": 64, "heads": 1, "layers": 1, "pool_type": "last", "proj_bias": True},
    }  # fmt: skip
    model = weights.write_siglip(tmp_path / "w.bin", architecture)
    assert "logit_bias" in model.state_dict()
    encoder = made(tmp_path, architecture, model.state_dict())
    alone = timm.create_model(name, num_classes=0, global_pool="map", img_size=size).eval()
    trunk = {key: each for key, each in model.state_dict().items() if key.startswith("visual.")}
    alone.load_state_dict({key.removeprefix("visual.trunk."): trunk[key] for key in trunk})
    pixels = torch.randn(2, 3, size, size, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        torch.testing.assert_close(encoder(pixels), model.encode_image(pixels))
        torch.testing.assert_close(encoder(pixels), alone(pixels))


def test_another_architecture_is_refused(tmp_path):
    state = build_encoder(SMALL["RN"]).state_dict()
    with pytest.raises(InputError, match="w.safetensors: "):
        made(tmp_path, SMALL["ViT"], {f"visual.{name}": state[name] for name in state})
