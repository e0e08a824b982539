"""Architectures for tests of published weights, and what open_clip itself makes of them."""

import json
from pathlib import Path

import torch

from workflow_scripts.models import pretrained, zero_shot_head
from workflow_scripts.networks.classifier import load_bundle
from workflow_scripts.networks.torchvision_operators import ensure

ensure()

import open_clip  # noqa: E402

PREPROCESSING = {"view": "clip224", "mean": [0.48, 0.46, 0.41], "std": [0.27, 0.26, 0.28]}
NAMES = ["tench", "great white shark", "cardigan"]
TEMPLATES = ["a photo of a {}.", "a bad photo of the {}."]

_TEXT = {"context_length": 77, "vocab_size": 49408, "width": 32, "heads": 1, "layers": 2}
_COCA_TEXT = _TEXT | {"context_length": 76}
_VIT = {"image_size": 32, "layers": 2, "width": 64, "patch_size": 16}

SMALL = {
    "RN": {
        "embed_dim": 24,
        "quick_gelu": True,
        "vision_cfg": {"image_size": 64, "layers": [1, 2, 1, 1], "width": 16},
        "text_cfg": _TEXT,
    },
    "ViT": {"embed_dim": 24, "vision_cfg": _VIT, "text_cfg": _TEXT},
    "CoCa": {
        "embed_dim": 24,
        "vision_cfg": _VIT
        | {"attentional_pool": True, "attn_pooler_heads": 8, "output_tokens": True},
        "text_cfg": _COCA_TEXT | {"embed_cls": True, "output_tokens": True},
        "multimodal_cfg": _COCA_TEXT | {"attn_pooler_heads": 1},
        "custom_text": True,
    },
}


def open_clip_config(name):
    """The configuration that open_clip ships."""
    folder = Path(open_clip.__file__).parent / "model_configs"
    return json.loads((folder / f"{name}.json").read_text())


def open_clip_logits(model, architecture, pixels, names=None, templates=None):
    """Zero-shot logits [B, K] by open_clip's own functions."""
    tokenizer = open_clip.SimpleTokenizer(context_length=architecture["text_cfg"]["context_length"])
    text = open_clip.build_zero_shot_classifier(
        model, tokenizer, names or NAMES, templates or TEMPLATES
    )
    return model.logit_scale.exp() * model.encode_image(pixels, normalize=True) @ text


def images(architecture, count=3):
    """Normalised images of the size that an architecture takes."""
    stated = architecture.get("vision_cfg", {}).get("image_size", 224)
    size = architecture.get("preprocessing", {}).get("size", stated)
    return torch.randn(count, 3, size, size, generator=torch.Generator().manual_seed(0))


def settings(architecture, **changes):
    """The settings of models/pretrained.py."""
    return {
        "model": "m",
        "architecture": architecture,
        "preprocessing": PREPROCESSING,
        "origin": {"study": "test", "origin": "pretrained", "source": "s"},
        **changes,
    }


def classifier_settings(architecture, classes=3, head=None):
    """The settings of models/pretrained_classifier.py; a row with a head has a parent."""
    parent = None if head is None else "zero-shot"
    name = architecture.get("timm") or architecture.get("torchvision", "")
    pooled = any(each in name for each in ("resnet", "resnext", "densenet"))
    family = "rectified" if pooled else "supervised"
    return settings(architecture, classes=classes, head=head, parent=parent, family=family)


def zero_shot_bundle(path, folder, architecture, threads=1):
    """The bundle of a file of a CLIP's weights, made by both jobs that it takes."""
    pretrained.main(path, folder, **settings(architecture))
    zero_shot_head.main(folder, threads, class_names=NAMES, templates=TEMPLATES, device="cpu")
    return load_bundle(folder)
