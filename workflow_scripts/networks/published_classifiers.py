"""Image classifiers that others published, from their state dicts.

Of a finetuned CLIP, the layout is told by the names of the weights, below whatever prefix:

- model soups and Wise-FT: the image tower lies below `model.visual.` or
  `image_encoder.model.visual.`, the head is `classification_head`. Their code divides h by its
  norm, and adds a bias all the same;
- open_clip's names: the tower lies below `visual.` or has no prefix, the head is `head` or
  `classification_head`. Nothing in such a file tells whether h is normalised.

What is left of a text tower is passed over. A network of torchvision or timm is taken as it is, but
for names: an architecture with `weights_in_order` has weights that others name otherwise and store
in timm's order. A head may lie in a file of its own, as DINO's linear classifiers do.
"""

import os
import re
from itertools import zip_longest
from typing import Any, TypeAlias

import torch
from torch import nn

from workflow_scripts.job.errors import InputError
from workflow_scripts.networks.architectures import (
    build_classifier,
    build_encoder,
    is_supervised,
    is_torchvision,
)
from workflow_scripts.networks.classifier import Classifier
from workflow_scripts.networks.state_dicts import (
    MEND,
    Located,
    StateDicts,
    Undrawn,
    Weights,
    check_floats,
    load_published,
    locate,
)

Part: TypeAlias = tuple[StateDicts, Any]  # the state dicts of a file, and what names it
# No rectifier in use gives less (hard swish: -3/8), nor does an average of its output.
LOWEST = -0.376
# Layouts whose code is known: prefix of the image tower, name of the head
_NORMALISED = {
    ("image_encoder.model.visual.", "classification_head"),
    ("model.visual.", "classification_head"),
}
_HEAD = re.compile(r"(?:^|\.)(?:classification_head|head)\.weight$")
# What a CLIP has beside its image tower, below the same prefix
_TEXT = re.compile(
    r"(positional_embedding|text_projection|logit_scale)$"
    r"|(token_embedding|ln_final|transformer|text|text_decoder)\."
)


def load_finetuned(
    architecture: dict[str, Any], states: StateDicts, reads: str, classes: int, source: Any
) -> Classifier:
    """A finetuned CLIP: image tower and linear head of a file's state dicts.

    Parameters
    ----------
    architecture: open_clip's configuration, that of the zero-shot model.
    states: as `checkpoints.read_checkpoint` gives them.
    reads: how the head reads h, `normalised` or `plain`.
    classes: number of classes K of the study.
    source: names the file in messages.

    Raises
    ------
    InputError: head or tower are missing or of another shape, or the layout says that the head
        reads h otherwise.
    """
    with Undrawn():
        encoder = build_encoder(architecture)
    found = locate(states, encoder.state_dict(), source)
    name = _head_name(found)
    wrapping = _common_prefix(found.prefix, name)
    tower, head = (each.removeprefix(wrapping) for each in (found.prefix, name))
    if (tower, head) in _NORMALISED and reads != "normalised":
        raise InputError(
            f"{source}: found an image tower below {tower}, whose code reads h normalised, "
            f"expected a head that reads it {reads}; correct the column head of the model's row"
        )
    state = dict(found.state)
    weight, bias = _take_head(state, f"{name}.", (classes, architecture["embed_dim"]), source)
    outer = found.prefix.removesuffix("visual.")
    # What lies beside head and tower is of a training; what lies between them is of the network.
    within = {
        key.removeprefix(found.prefix): value
        for key, value in state.items()
        if key.startswith(found.prefix) or (key.startswith(wrapping) and not _is_text(key, outer))
    }
    load_published(encoder, within, found)
    return Classifier(encoder, weight, bias, normalise=reads == "normalised")


def load_tower(architecture: dict[str, Any], states: StateDicts, source: Any) -> nn.Module:
    """The image encoder alone, whatever head or text tower lies beside it.

    Parameters
    ----------
    architecture: see `networks.architectures`.
    states: as `checkpoints.read_checkpoint` gives them.
    source: names the file in messages.

    Raises
    ------
    InputError: the weights do not fit; it is said how.
    """
    with Undrawn():
        encoder = build_encoder(architecture)
        head = build_classifier(architecture)[1] if is_supervised(architecture) else "head"
    if is_torchvision(architecture):
        states = {key: _renamed(state) for key, state in states.items()}
    found = locate(states, encoder.state_dict(), source)
    beside = (f"{head}.", "classification_head.")
    own = {key: each for key, each in found.below.items() if not key.startswith(beside)}
    load_published(encoder, own, found)
    return encoder.eval()


def joined(
    architecture: dict[str, Any], encoder: Part, head: Part, classes: int
) -> dict[str, Weights]:
    """The state dict of a network whose encoder and linear head others keep in two files.

    Parameters
    ----------
    architecture: see `networks.architectures`.
    encoder, head: of each file, the state dicts as `checkpoints.read_checkpoint` gives them, and
        what names it in messages.
    classes: number of classes K of the study.

    Raises
    ------
    InputError: the second file has no linear layer, or one of another shape.
    """
    shape = (classes, architecture["embed_dim"])
    layer = {"weight": torch.empty(shape, device="meta"), "bias": torch.empty(shape[:1])}
    found = locate(head[0], layer, head[1])
    if f"{found.prefix}weight" not in found.state:
        raise InputError(
            f"{found}: found no linear layer but keys like {', '.join([*found.state][:3])}, "
            f"expected the head that reads h; {MEND}"
        )
    weight, bias = _take_head(dict(found.state), found.prefix, shape, found)
    with Undrawn():
        name = build_classifier(architecture)[1] if is_supervised(architecture) else "head"
        expected = build_encoder(architecture).state_dict()
    own = {f"{name}.weight": weight} | ({} if bias is None else {f"{name}.bias": bias})
    return {"": locate(encoder[0], expected, encoder[1]).below | own}


def _common_prefix(*names: str) -> str:
    """The modules that names have in common, with the dot after the last of them."""
    shared = os.path.commonprefix(names)
    return shared[: shared.rfind(".") + 1]


def _head_name(found: Located) -> str:
    """The name of the linear head beside an image tower, the one that is nearest to it."""
    names = [key.removesuffix(".weight") for key in found.state if _HEAD.search(key)]
    if names:
        return max(names, key=lambda name: (len(_common_prefix(found.prefix, name)), -len(name)))
    text = next((key for key in found.state if "transformer." in key and "visual" not in key), None)
    keys = f"a text tower ({text})" if text else f"keys like {next(iter(found.state))}"
    remedy = "a CLIP with both towers is a row of a zero-shot family" if text else MEND
    raise InputError(
        f"{found}: found no classification_head.weight or head.weight but {keys}, "
        "expected the linear head of a finetuned classifier; " + remedy
    )


def _is_text(key: str, outer: str) -> bool:
    """Whether a name is of what a CLIP has beside its image tower, below a prefix."""
    return key.startswith(outer) and _TEXT.match(key.removeprefix(outer)) is not None


def _take_head(
    state: dict[str, torch.Tensor], prefix: str, shape: tuple[int, int], source: Any
) -> tuple[torch.Tensor, torch.Tensor | None]:
    """Take weight [K, d_H] and, if there is one, bias [K] of the head out of a state dict."""
    names = {key: f"{prefix}{key}" for key in ("weight", "bias") if f"{prefix}{key}" in state}
    head = {key: state.pop(name) for key, name in names.items()}
    for key, expected in (("weight", shape), ("bias", shape[:1])):
        if key in head and tuple(head[key].shape) != expected:
            raise InputError(
                f"{source}: found {names[key]} of shape {tuple(head[key].shape)}, expected "
                f"{expected}, for the {shape[0]} classes of classes.tsv and the {shape[1]} "
                f"components of h; check parent and architecture of the model's row, or {MEND}"
            )
    check_floats({names[key]: each for key, each in head.items()}, source)
    return head["weight"].float(), head["bias"].float() if "bias" in head else None


def load_supervised(
    architecture: dict[str, Any], states: StateDicts, classes: int, family: str, source: Any
) -> Classifier:
    """A classifier of torchvision or timm, whose logits are W h + b.

    Parameters
    ----------
    architecture: {"torchvision": name, "embed_dim": d_H}, or what `timm_networks.described` gives.
    states: as `checkpoints.read_checkpoint` gives them.
    classes: number of classes K of the study.
    family: `supervised` or `rectified`.
    source: names the file in messages.

    Raises
    ------
    InputError: the weights do not fit, the network does not end with its head, or it is of the
        other family.
    """
    if is_torchvision(architecture):
        states = {key: _renamed(state) for key, state in states.items()}
    with Undrawn():
        network, name = build_classifier(architecture, classes)
    if architecture.get("weights_in_order"):
        states = {"": _named_alike(network, next(iter(states.values())), source)}
    found = locate(states, network.state_dict(), source)
    weights = found.below
    if f"{name}.weight" not in weights:
        raise InputError(
            f"{found}: found no {name}.weight but keys like {', '.join([*weights][:3])}, expected "
            f"{architecture.get('torchvision') or architecture['timm']} with its head; weights of "
            "another network need its architecture, and those of a network that was trained "
            "without labels, such as DINO's, have no head: add that of its head to the column "
            f"source (encoder;head), or {MEND}"
        )
    mend = f"{MEND}; the study has {classes} classes (classes.tsv)"
    load_published(network, weights, found, mend)
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
        kind, family = ("supervised", "rectified") if lowest >= 0 else ("rectified", "supervised")
        raise InputError(
            f"{source}: found features h of {lowest:.3g} and more in a model of family {kind}, "
            f"expected family {family} in the model's row: only averages of a rectifier's output "
            "are nowhere negative, and kurtosis does not compare them with others"
        )
    return classifier


def _renamed(state: Weights) -> dict[str, torch.Tensor]:
    """A state dict of torchvision; before 0.14, the two layers of an MLP had names of their own."""
    names = {"linear_1": "0", "linear_2": "3"}
    return {
        re.sub(r"(?<=\.mlp\.)(linear_[12])(?=\.)", lambda found: names[found[1]], key): value
        for key, value in state.items()
    }


def _named_alike(network: nn.Module, state: Weights, source: Any) -> dict[str, torch.Tensor]:
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
