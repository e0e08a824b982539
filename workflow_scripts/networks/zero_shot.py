"""Zero-shot heads: a classifier's weights from class names and templates (Section 2)."""

import logging
import time
from pathlib import Path

import torch
from torch.nn.functional import normalize

from workflow_scripts.files.bundles import CARD, TEXT, read_card, read_tensors
from workflow_scripts.job.errors import InputError
from workflow_scripts.job.progress import progress
from workflow_scripts.networks import open_clip_parts
from workflow_scripts.networks.architectures import Clip, build_text_side
from workflow_scripts.networks.state_dicts import Undrawn, load_weights
from workflow_scripts.networks.tokenizer import Tokenizer

PROMPTS = 256  # in a batch: more are no faster on a CPU
log = logging.getLogger(__name__)


def prompts(templates: list[str] | str, name: str) -> list[str]:
    """The sentences about a class.

    Parameters
    ----------
    templates: texts with one `{}`, or the word `open_clip`, which stands for the 80 sentences that
        open_clip has for ImageNet.
    name: of the class.
    """
    if templates == "open_clip":
        sentences = open_clip_parts.module("zero_shot_metadata").OPENAI_IMAGENET_TEMPLATES
        return [sentence(name) for sentence in sentences]
    return [template.format(name) for template in templates]


def load_text_side(folder: Path | str, device: str = "cpu") -> Clip:
    """The text side of a bundle: what has `encode_text` and `logit_scale`.

    Raises
    ------
    InputError: a file is missing or damaged, or does not fit the card's architecture.
    """
    path = Path(folder) / TEXT
    architecture, weights = read_card(path.with_name(CARD))["architecture"], read_tensors(path)
    embedding = weights.get("text.token_embedding.weight")
    if embedding is None:
        raise InputError(f"{path}: found no token embedding, expected a CLIP's text tower")
    with Undrawn():
        text_side = build_text_side(architecture, len(embedding))
    load_weights(text_side, weights, path)
    return text_side.to(device).eval()


@torch.no_grad()
def zero_shot_head(
    model: Clip,
    tokenizer: Tokenizer,
    class_names: list[str],
    templates: list[str] | str,
    device: str = "cpu",
) -> torch.Tensor:
    """The weight matrix W float32 [K, d_H] of a CLIP's zero-shot classifier, on the CPU.

    Each row is the mean of a class's normalised text features over the templates, normalised
    again, times the logit scale.

    Parameters
    ----------
    model: has open_clip's `encode_text` and `logit_scale`.
    tokenizer: the model's.
    class_names: K names.
    templates: see `prompts`.
    device: that of the model.
    """
    model.eval()
    start = time.monotonic()
    sentences = [prompts(templates, name) for name in class_names]
    classes = torch.arange(len(sentences)).repeat_interleave(len(sentences[0]))
    tokens = tokenizer([each for many in sentences for each in many])
    lengths = _read_lengths(model, tokens)
    # Prompts of similar lengths share a batch, which is cut to what is read of the longest.
    batches = lengths.argsort(stable=True).split(PROMPTS)
    total = torch.zeros(0)
    for rows in progress(batches, label="batches of prompts"):
        batch = tokens[rows, : lengths[rows].max()].to(device)
        # Summed on the CPU: a GPU adds in an order that varies.
        features = normalize(_encode_text(model, batch).float(), dim=1).cpu()
        if not total.numel():
            total = torch.zeros(len(sentences), features.shape[1])
        total.index_add_(0, classes[rows], features)
    seconds = time.monotonic() - start
    log.info("%d prompts at %.0f a second", len(tokens), len(tokens) / seconds)
    return normalize(total, dim=1) * model.logit_scale.exp().cpu()


def _read_lengths(model: Clip, tokens: torch.Tensor) -> torch.Tensor:
    """How many leading tokens of each text the features depend on, int64 [B].

    A CLIP's text tower is causal and read at the token with the largest id, which ends the text:
    the padding behind it is most of the work and changes nothing.
    """
    if _is_causal(model):
        return tokens.argmax(1) + 1
    return torch.full((len(tokens),), tokens.shape[1])


def _is_causal(model: Clip) -> bool:
    text = model.text
    return (
        getattr(text, "attn_mask", None) is not None
        and text.cls_emb is None
        and text.pool_type == "argmax"
    )


def _encode_text(model: Clip, tokens: torch.Tensor) -> torch.Tensor:
    """Text features of token ids [B, L], where L may be shorter than the context length."""
    if not _is_causal(model):
        return model.encode_text(tokens)
    mask, length = model.text.attn_mask, tokens.shape[1]
    model.text.attn_mask = mask[:length, :length]  # open_clip expects the full length
    try:
        return model.encode_text(tokens)
    finally:
        model.text.attn_mask = mask
