"""The contract of a model bundle, the folder `models/<model>/`, one shape for all models.

- `encoder.safetensors`, the image encoder, and `card.json`, which stands for it: model,
  architecture, view, mean and std, normalise (whether h is divided by its norm before the head),
  parent, training, sha256, and of a word tokenizer the vocabulary;
- `text.safetensors`, of CLIPs that were not finetuned: the text tower and the logit scale, from
  which a zero-shot head is made. The card stands for it, too;
- `head.safetensors`, W and perhaps b, and `head.json`, which stands for it: model, classes (their
  number), sha256 and, of a zero-shot head, zero_shot, what it was made of.

What is downstream cannot tell pretrained, finetuned and supervised models apart: logits are
W h/|h| or W h + b, and the card says which.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from safetensors import SafetensorError

from workflow_scripts.files.atomic import replacing, write_json
from workflow_scripts.files.digests import sha256_file
from workflow_scripts.job.errors import InputError
from workflow_scripts.job.reading import AGAIN, reading

if TYPE_CHECKING:  # else inside functions: the measures read heads and cards without torch
    import torch

CARD, ENCODER, TEXT = "card.json", "encoder.safetensors", "text.safetensors"
HEAD_CARD, HEAD = "head.json", "head.safetensors"


def new_card(
    settings: Mapping[str, Any], parent: str | None = None, **training: Any
) -> dict[str, Any]:
    """The card of a model, to be completed by `write_encoder`.

    Parameters
    ----------
    settings: those of its rule: model, architecture, preprocessing (view, mean, std), origin and,
        unless others trained it, recipe and seed.
    parent: id of the model that it was finetuned from.
    training: what else is worth recording.
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


def write_encoder(
    folder: Path | str,
    card: Mapping[str, Any],
    encoder: Mapping[str, torch.Tensor],
    text: Mapping[str, torch.Tensor] | None = None,
    *,
    normalise: bool,
) -> None:
    """Write encoder, text side and, last, the card, so that what has a card is complete.

    Parameters
    ----------
    folder: of the bundle.
    card: that of `new_card`.
    encoder, text: state dicts; `text` is that of `architectures.text_weights`.
    normalise: whether h is divided by its norm before the head.
    """
    folder = Path(folder)
    digests = {"encoder": _write_tensors(folder / ENCODER, encoder)}
    if text is not None:
        digests["text"] = _write_tensors(folder / TEXT, text)
    write_json(folder / CARD, {**card, "normalise": normalise, "sha256": digests})


def write_head(
    folder: Path | str,
    model: str,
    head: Mapping[str, torch.Tensor],
    zero_shot: Mapping[str, Any] | None = None,
) -> None:
    """Write a head and, last, its card.

    Parameters
    ----------
    folder: of the bundle.
    model: id of the model.
    head: weight [K, d_H] and perhaps bias [K].
    zero_shot: what a zero-shot head was made of.
    """
    folder = Path(folder)
    card = {
        "model": model,
        "classes": len(head["weight"]),
        "sha256": {"head": _write_tensors(folder / HEAD, head)},
    }
    made_of = {} if zero_shot is None else {"zero_shot": zero_shot}
    write_json(folder / HEAD_CARD, card | made_of)


def read_card(path: Path | str) -> dict[str, Any]:
    """Read card.json or head.json.

    Raises
    ------
    InputError: it is missing, damaged or no JSON object.
    """
    with reading(path):
        card = json.loads(Path(path).read_text(encoding="utf-8"))
    if not isinstance(card, dict):
        raise InputError(f"{path}: found no JSON object; {AGAIN}")
    return card


def read_tensors(path: Path | str) -> dict[str, torch.Tensor]:
    """Read one of a bundle's safetensors files.

    Raises
    ------
    InputError: it is missing or damaged.
    """
    from safetensors.torch import load_file

    with reading(path, also=(SafetensorError,)):
        return load_file(path)


def check_bundle(folder: Path | str, remedy: str = AGAIN) -> None:
    """Compare the tensors of a bundle with the digests in its cards.

    Parameters
    ----------
    folder: of the bundle.
    remedy: how the user can mend a bundle that is damaged.

    Raises
    ------
    InputError: one differs, or a file is missing or damaged.
    """
    for name in (CARD, HEAD_CARD):
        card = Path(folder, name)
        for kind, expected in read_card(card)["sha256"].items():
            path = card.with_name(f"{kind}.safetensors")
            with reading(path, remedy):
                found = sha256_file(path)
            if found != expected:
                raise InputError(
                    f"{path}: found SHA-256 {found}, expected {expected} as in {name}; it was "
                    f"damaged or changed since: {remedy}"
                )


def _write_tensors(path: Path, tensors: Mapping[str, torch.Tensor]) -> str:
    """Write a safetensors file; its SHA-256."""
    from safetensors.torch import save_file

    plain = {key: value.detach().cpu().contiguous() for key, value in tensors.items()}
    with replacing(path) as temporary:
        save_file(plain, temporary)
    return sha256_file(path)
