"""The encoders of the miniature: shapes, changes to open_clip, and the same seed, same weights."""

import copy

import pytest
import torch
from torch import nn

from tests.authentic.weights import torchvision
from tests.unit.inputs.tiny_study import ARCHITECTURE
from workflow_scripts.job.errors import InputError
from workflow_scripts.networks.architectures import (
    AttentionPool,
    BagOfWords,
    build_clip,
    build_encoder,
    convolutional_stem,
    is_torchvision,
)

IMAGES = torch.rand(3, 3, 32, 32)


@pytest.mark.parametrize("backbone", ["RN-tiny", "ViT-tiny"])
def test_an_encoder_gives_representations(backbone):
    encoder = build_encoder(ARCHITECTURE[backbone]).eval()
    h = encoder(IMAGES)
    assert h.shape == (3, ARCHITECTURE[backbone]["embed_dim"])
    assert torch.isfinite(h).all()
    torch.testing.assert_close(encoder(IMAGES[:1]), h[:1], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("backbone", ["RN-tiny", "ViT-tiny"])
def test_the_encoder_alone_is_that_of_the_clip(backbone):
    clip = build_clip(ARCHITECTURE[backbone], 14.0)
    encoder = build_encoder(ARCHITECTURE[backbone])
    encoder.load_state_dict(clip.visual.state_dict())
    torch.testing.assert_close(encoder.eval()(IMAGES), clip.eval().encode_image(IMAGES))


@pytest.mark.parametrize("backbone", ["RN-tiny", "ViT-tiny"])
def test_the_same_seed_gives_the_same_weights(backbone):
    weights = []
    for seed in (1, 1, 2):
        torch.manual_seed(seed)
        weights.append(build_clip(ARCHITECTURE[backbone], 14.0).state_dict())
    assert all(torch.equal(weights[0][key], weights[1][key]) for key in weights[0])
    assert not all(torch.equal(weights[0][key], weights[2][key]) for key in weights[0])


def test_a_clip_has_its_logit_scale_and_vocabulary():
    clip = build_clip(ARCHITECTURE["RN-tiny"], 14.0, vocab_size=11)
    assert clip.logit_scale.exp().item() == pytest.approx(14.0)
    assert clip.text.token_embedding.num_embeddings == 11
    image, text, scale = clip(IMAGES, torch.randint(1, 11, (3, 16)))
    assert image.shape == text.shape == (3, 32)
    torch.testing.assert_close(image.norm(dim=1), torch.ones(3))


def test_the_last_stage_of_the_resnet_keeps_its_resolution():
    plain = copy.deepcopy(ARCHITECTURE["RN-tiny"])
    del plain["miniature"]["last_stride_1"]
    positions = [
        build_encoder(config).attnpool.positional_embedding.shape[0]
        for config in (plain, ARCHITECTURE["RN-tiny"])
    ]
    assert positions == [1 + 1, 2 * 2 + 1]  # the mean and the map


def test_average_pooling_averages_what_the_last_rectifier_gives():
    config = copy.deepcopy(ARCHITECTURE["RN-tiny"])
    config["miniature"]["average_pool"] = True
    encoder, maps = build_encoder(config).eval(), []
    encoder.layer4.register_forward_hook(lambda *_: maps.append(_[-1]))
    h = encoder(IMAGES)
    torch.testing.assert_close(h, maps[0].mean(dim=(2, 3)))
    assert (maps[0] >= 0).all() and (maps[0] == 0).any()


def test_attention_pooling_is_that_of_open_clip():
    from open_clip.modified_resnet import AttentionPool2d

    ours, theirs = AttentionPool(2, 24, 3, 10), AttentionPool2d(2, 24, 3, 10)
    theirs.load_state_dict(ours.state_dict())
    maps = [torch.randn(5, 24, 2, 2, requires_grad=True) for _ in range(2)]
    maps[1].data = maps[0].data.contiguous(memory_format=torch.channels_last)
    pooled = [pool(each) for pool, each in zip((ours, theirs), maps, strict=True)]
    torch.testing.assert_close(*pooled)
    weights = torch.randn(5, 10)
    for each in pooled:
        (weights * each).sum().backward()
    torch.testing.assert_close(maps[0].grad, maps[1].grad)
    for mine, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(mine.grad, other.grad)


def test_without_a_section_of_changes_it_is_open_clip():
    config = {key: value for key, value in ARCHITECTURE["ViT-tiny"].items() if key != "miniature"}
    encoder = build_encoder(config)
    assert isinstance(encoder.conv1, nn.Conv2d)
    assert not any(isinstance(module, BagOfWords) for module in build_clip(config, 14.0).modules())


def test_a_convolutional_stem_halves_as_often_as_it_has_widths():
    assert convolutional_stem([4, 8, 16])(IMAGES).shape == (3, 16, 4, 4)


def test_the_bag_of_words_knows_no_order_and_no_padding():
    torch.manual_seed(0)
    tower = BagOfWords(vocab_size=9, width=8, output_dim=4, context_length=6).eval()
    first, shuffled, longer = torch.tensor(
        [[3, 5, 7, 0, 0, 0], [7, 3, 5, 0, 0, 0], [3, 5, 7, 2, 0, 0]]
    )
    features = tower(torch.stack([first, shuffled, longer]))
    torch.testing.assert_close(features[0], features[1])
    assert not torch.allclose(features[0], features[2])
    assert torch.isfinite(tower(torch.zeros(1, 6, dtype=torch.long))).all()


def test_torchvisions_vit_is_its_own_without_the_head():
    config = {"torchvision": "vit_b_32", "embed_dim": 768}
    assert is_torchvision(config) and not is_torchvision(ARCHITECTURE["RN-tiny"])
    encoder = build_encoder(config)
    whole = torchvision.models.vit_b_32(weights=None)
    own = {key for key in whole.state_dict() if not key.startswith("heads.")}
    assert encoder.state_dict().keys() == own
    assert encoder.eval()(torch.rand(1, 3, 224, 224)).shape == (1, 768)


@pytest.mark.parametrize(
    "vision",
    [
        {"width": 100},  # no multiple of a head's
        {"timm_model_name": "no_such_network"},
        {"norm_kwargs": {"no_such": 1}},
        {"pool_type": "no_such"},
    ],
)
def test_what_open_clip_cannot_build(vision):
    config = copy.deepcopy(ARCHITECTURE["ViT-tiny"])
    config["vision_cfg"] |= vision
    with pytest.raises(InputError, match=r"that open_clip cannot build \(\w+: .*architectures/"):
        build_encoder(config)


def test_no_weights_of_timm_are_downloaded():
    vision = {"timm_model_name": "test_vit.r160_in1k", "timm_model_pretrained": True}
    config = {"embed_dim": 8, "vision_cfg": vision | {"image_size": 160}, "text_cfg": {}}
    assert build_encoder(config).eval()(torch.rand(1, 3, 160, 160)).shape == (1, 8)
