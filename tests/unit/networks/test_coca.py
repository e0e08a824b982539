"""CoCa: an encoder as any other, and open_clip's loss."""

import copy

import numpy as np
import pytest
import torch

from tests.unit.inputs.tiny_study import ARCHITECTURE
from tests.unit.inputs.training_inputs import stored
from workflow_scripts.models.pretrain import loss_function, pretrain
from workflow_scripts.networks.architectures import build_clip, build_encoder
from workflow_scripts.networks.layers import layers
from workflow_scripts.networks.tokenizer import WordTokenizer
from workflow_scripts.networks.zero_shot import zero_shot_head
from workflow_scripts.study.pool import is_coca_backbone

IMAGES = torch.rand(5, 3, 32, 32)
TEXTS = ["a car", "a red car", "a cup", "a photo of a cup", "a fish"]


@pytest.fixture
def config():
    """A CoCa with the visual settings of the tiny ViT."""
    plain = copy.deepcopy(ARCHITECTURE["ViT-tiny"])
    width = plain["vision_cfg"]["width"]
    plain["vision_cfg"]["output_tokens"] = True
    text = {"context_length": 6, "vocab_size": 20, "width": width, "heads": 1, "layers": 1}
    return plain | {"text_cfg": text | {"output_tokens": True}, "multimodal_cfg": text}


def build(config, **changes):
    torch.manual_seed(0)
    return build_clip(config | changes, 14.0, vocab_size=11)


def test_the_model_is_open_clips(config):
    model = build(config)
    assert (type(model).__name__, type(model).__module__) == ("CoCa", "open_clip.coca_model")
    tokens = torch.randint(1, 11, (5, 6))
    outputs = model(IMAGES, tokens)
    assert outputs["logits"].shape == (5, 5, 11)  # of each next word
    assert outputs["labels"].equal(tokens[:, 1:])
    assert outputs["image_features"].shape == (5, config["embed_dim"])
    assert outputs["logit_scale"].item() == pytest.approx(14.0)


def test_with_open_clips_own_text_tower(config):
    plain = config | {"text_cfg": config["text_cfg"] | {"embed_cls": True}}
    plain["miniature"] = {
        key: each for key, each in config["miniature"].items() if "bag" not in key
    }
    outputs = build(plain)(IMAGES, torch.randint(1, 11, (5, 6)))
    assert outputs["text_features"].shape == outputs["image_features"].shape


def test_the_same_seed_gives_the_same_finite_weights(config):
    """open_clip leaves a matrix of the decoder as it finds it in memory."""
    torch.full((96, 96), torch.nan)
    one, two = build(config).state_dict(), build(config).state_dict()
    assert all(each.isfinite().all() for each in one.values())
    assert all(torch.equal(one[name], two[name]) for name in one)


def test_captions_are_predicted_from_earlier_words_only(config):
    model = build(config).eval()
    tokens = torch.randint(1, 11, (1, 6))
    other = tokens.clone()
    other[0, 4] = tokens[0, 4] % 10 + 1
    one, two = (model(IMAGES[:1], each)["logits"][0] for each in (tokens, other))
    torch.testing.assert_close(one[:4], two[:4])
    assert not torch.allclose(one[4], two[4])


def test_the_encoder_alone_gives_the_contrastive_representation(config):
    model = build(config).eval()
    encoder = build_encoder(config)
    encoder.load_state_dict(model.visual.state_dict())
    h = encoder.eval()(IMAGES)
    torch.testing.assert_close(h, model.visual(IMAGES)[0])
    assert list(layers(encoder))[-1] == "output"


def test_the_loss_weighs_captions(config):
    model = build(config)
    tokens = WordTokenizer.from_texts(TEXTS, 6)(TEXTS)
    outputs = model(IMAGES, tokens)
    without, once, twice = (
        loss_function(config, {"caption_weight": weight})(outputs).item() for weight in (0, 1, 2)
    )
    logits, labels = outputs["logits"].flatten(0, 1), outputs["labels"].flatten()
    caption = torch.nn.functional.cross_entropy(logits, labels, ignore_index=0).item()
    assert once - without == pytest.approx(caption, rel=1e-4)
    assert twice - once == pytest.approx(caption, rel=1e-4)
    assert loss_function(config, {})(outputs).item() == pytest.approx(twice, rel=1e-5)


def test_training_lowers_the_loss(config, tmp_path, caplog):
    recipe = {
        "epochs": 6, "batch_size": 5, "learning_rate": 3e-3, "weight_decay": 0.0,
        "betas": [0.9, 0.98], "warmup_steps": 0, "schedule": "constant", "gradient_clip": 1.0,
        "shift_pixels": 0, "flip": False, "logit_scale": 14.0, "logit_scale_learning_rate": 0.0,
        "caption_weight": 1.0,
    }  # fmt: skip
    images = torch.randint(0, 256, (20, 32, 32, 3), dtype=torch.uint8)
    texts, tokenizer = TEXTS * 4, WordTokenizer.from_texts(TEXTS, 6)
    caplog.set_level("INFO")
    model = pretrain(
        stored(recipe, images, 0), texts, tokenizer, tmp_path / "t.pt", "cpu",
        architecture=config, recipe=recipe, seed=0,
    )  # fmt: skip
    losses = [float(record.args[2]) for record in caplog.records if "loss" in record.msg]
    assert len(losses) == 6 and losses[-1] < losses[0]
    weight = zero_shot_head(model, tokenizer, ["car", "cup"], ["a {}"])
    assert weight.shape == (2, config["embed_dim"])
    np.testing.assert_allclose(weight.norm(dim=1).numpy(), 14.0, rtol=1e-5)


def test_a_coca_is_known_by_its_backbone():
    assert is_coca_backbone("CoCa-ViT-mini") and is_coca_backbone("coca_ViT-B-32")
    assert not is_coca_backbone("ViT-B-32")
