"""Image classifiers that others published, from their state dicts.

Of a finetuned CLIP, the layout is told by the names of the weights:

- model soups and Wise-FT: the image tower lies below `model.visual.` or
  `image_encoder.model.visual.`, the head is `classification_head`. Their code divides h by its
  norm, and adds a bias all the same;
- open_clip's names: the tower lies below `visual.` or has no prefix, the head is `head` or
  `classification_head`. Nothing in such a file tells whether h is normalised.

What is left of a text tower is passed over. A network of torchvision or timm is taken as it is, but
for names: an architecture with `weights_in_order` has weights that others name otherwise and store
in timm's order.
"""

import re
from collections.abc import Mapping
from itertools import zip_longest
from typing import Any

import torch
from torch import nn

from workflow_scripts.job.errors import InputError
from workflow_scripts.networks.architectures import build_classifier, build_encoder, is_torchvision
from workflow_scripts.networks.classifier import Classifier, load_weights, with_counts

MEND = "choose another source"
# No rectifier in use gives less (hard swish: -3/8), nor does an average of its output.
LOWEST = -0.376
# Prefixes of an image tower, to be tried in this order, and how the code that writes them reads h
_TOWERS = {
    "image_encoder.model.visual.": "normalised",
    "model.visual.": "normalised",
    "visual.": None,
    "": None,
}
_HEADS = ("classification_head", "head")
# What a CLIP has beside its image tower, below the same prefix
_TEXT = re.compile(
    r"(positional_embedding|text_projection|logit_scale|logit_bias)$"
    r"|(token_embedding|ln_final|transformer|text|text_decoder)\."
)


def load_finetuned(
    architecture: dict[str, Any],
    state: Mapping[str, torch.Tensor],
    reads: str,
    classes: int,
    source: Any,
) -> Classifier:
    """A finetuned CLIP: image tower and linear head of a state dict.

    Parameters
    ----------
    architecture: open_clip's configuration, that of the zero-shot model.
    state: state dict, as published.
    reads: how the head reads h, `normalised` or `plain`.
    classes: number of classes K of the study.
    source: names the file in messages.

    Raises
    ------
    InputError: head or tower are missing or of another shape, or the layout says that the head
        reads h otherwise.
    """
    state, encoder = dict(state), build_encoder(architecture)
    weight, bias = _take_head(state, (classes, architecture["embed_dim"]), source)
    prefix = next(each for each in _TOWERS if any(key.startswith(each) for key in state))
    if _TOWERS[prefix] not in (None, reads):
        raise InputError(
            f"{source}: found an image tower below {prefix}, whose code reads h "
            f"{_TOWERS[prefix]}, expected a head that reads it {reads}; correct the column head of "
            "the model's row"
        )
    outer = prefix.removesuffix("visual.")
    tower = {
        key.removeprefix(prefix): value
        for key, value in state.items()
        if key.startswith(prefix)
        or not (key.startswith(outer) and _TEXT.match(key.removeprefix(outer)))
    }
    load_weights(encoder, with_counts(encoder, tower), source, MEND)
    return Classifier(encoder, weight, bias, normalise=reads == "normalised")


def _take_head(
    state: dict[str, torch.Tensor], shape: tuple[int, int], source: Any
) -> tuple[torch.Tensor, torch.Tensor | None]:
    """Take weight [K, d_H] and, if there is one, bias [K] of the head out of a state dict."""
    name = next((each for each in _HEADS if f"{each}.weight" in state), None)
    if name is None:
        text = next((key for key in state if "transformer." in key and "visual" not in key), None)
        found = f"a text tower ({text})" if text else f"keys like {next(iter(state))}"
        remedy = "a CLIP with both towers is a row of a zero-shot family" if text else MEND
        raise InputError(
            f"{source}: found no {' or '.join(f'{each}.weight' for each in _HEADS)} but {found}, "
            f"expected the linear head of a finetuned classifier; {remedy}"
        )
    head = {key: state.pop(f"{name}.{key}", None) for key in ("weight", "bias")}
    for key, expected in (("weight", shape), ("bias", shape[:1])):
        tensor = head[key]
        if tensor is not None and tuple(tensor.shape) != expected:
            raise InputError(
                f"{source}: found {name}.{key} of shape {tuple(tensor.shape)}, expected "
                f"{expected}, for the {shape[0]} classes of classes.tsv and the {shape[1]} "
                f"components of h; check the parent of the model's row, or {MEND}"
            )
    weight, bias = head["weight"], head["bias"]
    assert weight is not None  # its name was found
    return weight.float(), None if bias is None else bias.float()


def load_supervised(
    architecture: dict[str, Any],
    state: Mapping[str, torch.Tensor],
    classes: int,
    family: str,
    source: Any,
) -> Classifier:
    """A classifier of torchvision or timm, whose logits are W h + b.

    Parameters
    ----------
    architecture: {"torchvision": name, "embed_dim": d_H}, or what `timm_networks.described` gives.
    state: state dict, as published.
    classes: number of classes K of the study.
    family: `supervised` or `rectified`.
    source: names the file in messages.

    Raises
    ------
    InputError: the weights do not fit, timm's network does not end with its head, or it is of the
        other family.
    """
    if is_torchvision(architecture):
        # Files from before torchvision 0.14 name the two layers of an MLP, and not their positions.
        names = {"linear_1": "0", "linear_2": "3"}
        state = {
            re.sub(r"(?<=\.mlp\.)(linear_[12])(?=\.)", lambda found: names[found[1]], key): value
            for key, value in state.items()
        }
    network, name = build_classifier(architecture, classes)
    if architecture.get("weights_in_order"):
        state = _named_alike(network, state, source)
    mend = f"{MEND}; the study has {classes} classes (classes.tsv)"
    load_weights(network, with_counts(network, state), source, mend)
    head: Any = network.get_submodule(name)
    whole = network.eval()
    size = architecture.get("preprocessing", {}).get("size", 224)
    images = torch.randn(1, 3, size, size, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        expected = whole(images)
        network.set_submodule(name, nn.Identity())
        lowest = network(images).min()
        classifier = Classifier(network, head.weight, head.bias, normalise=False)
        logits = classifier(images)
    if expected.shape != logits.shape or not torch.allclose(expected, logits, 1e-4, 1e-4):
        raise InputError(
            f"{source}: found logits that are not W h + b of the layer {name}, expected a network "
            "that ends with its head; choose another model"
        )
    if (lowest >= 0 and family != "rectified") or (lowest < LOWEST and family == "rectified"):
        found, expected = (
            ("supervised", "rectified") if lowest >= 0 else ("rectified", "supervised")
        )
        raise InputError(
            f"{source}: found features h of {lowest:.3g} and more in a model of family {found}, "
            f"expected family {expected} in the model's row: only averages of a rectifier's output "
            "are nowhere negative, and kurtosis does not compare them with others"
        )
    return classifier


def _named_alike(
    network: nn.Module, state: Mapping[str, torch.Tensor], source: Any
) -> dict[str, torch.Tensor]:
    """A state dict in a network's order under the network's names.

    Raises
    ------
    InputError: it is not in this order: another number of tensors, or in a place another shape or
        another kind, as the last part of the name says it (weight, bias, running_mean ...).
    """
    own = network.state_dict()
    for number, (key, name) in enumerate(zip_longest(own, state), start=1):
        if key is None or name is None:
            found = f"{len(state)} tensors, expected {len(own)}"
        elif own[key].shape != state[name].shape or key.split(".")[-1] != name.split(".")[-1]:
            found = (
                f"{name} of shape {tuple(state[name].shape)} as tensor {number}, expected one like "
                f"{key} of shape {tuple(own[key].shape)}"
            )
        else:
            continue
        raise InputError(
            f"{source}: found {found}, in the order of timm's network (weights_in_order); check "
            f"the architecture of the model's row, or {MEND}"
        )
    return dict(zip(own, state.values(), strict=True))
