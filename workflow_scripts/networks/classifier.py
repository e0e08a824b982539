"""Model bundles: encoder.safetensors, head.safetensors and card.json, one shape for all models.

What is downstream cannot tell pretrained, finetuned and supervised models apart: logits are
W h/|h| or W h + b, and the card says which.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import nn

from workflow_scripts.files.atomic import replacing, write_json
from workflow_scripts.files.digests import sha256_file
from workflow_scripts.job.errors import InputError
from workflow_scripts.networks.architectures import build_encoder
from workflow_scripts.networks.normalisation import normaliser


class Classifier(nn.Module):
    """An image encoder with a linear head: normalised images [B, 3, H, W] -> logits [B, K].

    `normalise` divides the representation by its norm before the head, as CLIP does (Section 2).
    """

    def __init__(self, encoder, weight, bias=None, normalise=True):
        super().__init__()
        self.encoder = encoder
        self.weight = nn.Parameter(weight.clone())
        self.bias = None if bias is None else nn.Parameter(bias.clone())
        self.normalise = normalise

    def logits(self, h):
        """Logits float32 [B, K] of representations h [B, d_H] (before normalisation)."""
        # Also where a training's forward pass is in bfloat16, which rounds a logit of 20 to 1/8.
        with torch.autocast(h.device.type, enabled=False):
            h = h.float()
            if self.normalise:
                h = nn.functional.normalize(h, dim=1)
            return nn.functional.linear(h, self.weight, self.bias)

    def forward(self, images):
        return self.logits(self.encoder(images))


@dataclass
class Bundle:
    """A loaded bundle: its card, the classifier in evaluation mode, and the device."""

    card: dict
    classifier: Classifier
    device: str = "cpu"

    def encode(self, images):
        """Representations float32 [B, d_H] of uint8 images [B, H, W, 3]."""
        normalise = normaliser(self.card["mean"], self.card["std"], self.device)
        return self.classifier.encoder(normalise(images))

    def logits(self, h):
        """Logits [B, K] of representations."""
        return self.classifier.logits(h)


def new_card(settings, parent=None, **training):
    """The card of a model.

    `settings` are those of its rule: model, architecture, preprocessing (view, mean, std), origin
    and, unless others trained it, recipe and seed; `training` is what else is worth recording.
    """
    return {
        "model": settings["model"],
        "architecture": settings["architecture"],
        **settings["preprocessing"],
        "parent": parent,
        "training": {
            **settings["origin"],
            **{key: settings[key] for key in ("recipe", "seed") if key in settings},
            **training,
        },
    }


def save_bundle(folder, classifier, card):
    """Write a bundle; the card is written last, so that a bundle with a card is complete.

    `card` is that of `new_card`; `normalise` and the digests of the weights are added here.
    """
    folder = Path(folder)
    head = {"weight": classifier.weight}
    if classifier.bias is not None:
        head["bias"] = classifier.bias
    for name, tensors in (("encoder", classifier.encoder.state_dict()), ("head", head)):
        tensors = {key: value.detach().cpu().contiguous() for key, value in tensors.items()}
        with replacing(folder / f"{name}.safetensors") as temporary:
            save_file(tensors, temporary)
    digests = {name: sha256_file(folder / f"{name}.safetensors") for name in ("encoder", "head")}
    write_json(folder / "card.json", {**card, "normalise": classifier.normalise, "sha256": digests})


def load_bundle(folder, device="cpu"):
    """Load a bundle for inference.

    Raises
    ------
    InputError if a file is missing or damaged, or does not fit the card's architecture; the
    differing keys and shapes are named.
    """
    folder = Path(folder)
    card = _read(folder / "card.json", lambda path: json.loads(path.read_text(encoding="utf-8")))
    encoder = build_encoder(card["architecture"])
    weights = folder / "encoder.safetensors"
    load_weights(encoder, _read(weights, load_file), weights)
    head = _read(folder / "head.safetensors", load_file)
    width = card["architecture"]["embed_dim"]
    if head["weight"].ndim != 2 or head["weight"].shape[1] != width:
        raise InputError(
            f"{folder / 'head.safetensors'}: found weight of shape {tuple(head['weight'].shape)}, "
            f"expected [classes, {width}] as the encoder's representation has {width} components; "
            "encoder and head are of different models"
        )
    classifier = Classifier(encoder, head["weight"], head.get("bias"), card["normalise"])
    return Bundle(card, classifier.to(device).eval(), device)


def load_weights(module, weights, source, mend="make the bundle again"):
    """Load a state dict that must fit exactly.

    `source` names it in the message, and `mend` says what may be done.

    Raises
    ------
    InputError listing the missing, unexpected and differently shaped keys.
    """
    expected = module.state_dict()
    problems = [f"missing {key}" for key in expected if key not in weights]
    problems += [f"unexpected {key}" for key in weights if key not in expected]
    problems += [
        f"{key} of shape {tuple(weights[key].shape)}, expected {tuple(value.shape)}"
        for key, value in expected.items()
        if key in weights and weights[key].shape != value.shape
    ]
    if problems:
        more = f" and {len(problems) - 8} more" if len(problems) > 8 else ""
        raise InputError(
            f"{source}: does not fit the architecture: {'; '.join(problems[:8])}{more}; check "
            f"backbone and architecture of the model's row, or {mend}"
        )
    module.load_state_dict(weights)


def _read(path, reader):
    try:
        return reader(path)
    except (OSError, ValueError, SafetensorError) as error:
        raise InputError(f"{path}: cannot be read ({error}); make the bundle again") from error
