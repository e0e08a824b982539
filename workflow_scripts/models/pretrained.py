"""Encoder and text side of a CLIP or CoCa that others trained.

It is built by open_clip from the architecture, which states the activation function
(`quick_gelu`): a wrong one lowers the accuracy and is told by nothing in the weights.
"""

import logging
from pathlib import Path
from typing import Any

from workflow_scripts.files.bundles import new_card, write_encoder
from workflow_scripts.job.errors import InputError
from workflow_scripts.networks import open_clip_parts
from workflow_scripts.networks.architectures import Clip, build_clip, text_weights
from workflow_scripts.networks.checkpoints import read_checkpoint
from workflow_scripts.networks.state_dicts import (
    MEND,
    Located,
    StateDicts,
    Undrawn,
    Weights,
    load_published,
    locate,
)
from workflow_scripts.networks.tokenizer import clip_tokenizer

# ASSUME: the inverse temperature is between e and 1100; CLIP's is 100 at most, SigLIP's 117.
LOGARITHMS = (1, 7)
log = logging.getLogger(__name__)


def load_clip(architecture: dict[str, Any], states: StateDicts, source: Path | str) -> Clip:
    """The CLIP or CoCa of an open_clip configuration with the weights of a file's state dicts.

    Half precision becomes single.

    Parameters
    ----------
    architecture: open_clip's configuration.
    states: as `checkpoints.read_checkpoint` gives them.
    source: names the file in messages.

    Raises
    ------
    InputError: the weights do not fit; it is said how.
    """
    with Undrawn():
        clip = build_clip(architecture, logit_scale=1.0)
    tower = {name: each for name, each in clip.state_dict().items() if name.startswith("visual.")}
    found = locate(states, tower, source)
    # CLIPs have the parts of the text tower at the top level, CoCas in a tower of its own.
    weights = open_clip_parts.module("model").convert_to_custom_text_state_dict(found.below)
    _check_towers(weights, found)
    if "logit_scale" in weights:
        weights["logit_scale"] = weights["logit_scale"].squeeze()  # some files have it as a vector
    load_published(clip, weights, found)
    low, high = LOGARITHMS
    if not low <= clip.logit_scale.item() <= high:
        raise InputError(
            f"{found}: found logit_scale {clip.logit_scale.item():.4g}, expected the logarithm of "
            f"the inverse temperature, from {low} to {high} (CLIP's is 4.605, for 100); save it as "
            "its logarithm"
        )
    return clip.eval()


def _check_towers(weights: Weights, found: Located) -> None:
    """Say of weights that lack a tower what they are, rather than list hundreds of keys."""
    if any("vision_model." in key for key in weights):
        raise InputError(
            f"{found}: found the names of the transformers library (vision_model.), expected "
            "those of open_clip; its files are called open_clip_model.safetensors or "
            "open_clip_pytorch_model.bin"
        )
    for tower, prefix in (("image", "visual."), ("text", "text.")):
        if not any(key.startswith(prefix) for key in weights):
            raise InputError(
                f"{found}: found no {tower} tower among keys like {next(iter(weights))}, expected "
                f"image and text tower of a CLIP, as open_clip names them; {MEND}"
            )


def main(
    weights: Path | str,
    folder: Path | str,
    *,
    model: str,
    architecture: dict[str, Any],
    preprocessing: dict[str, Any],
    origin: dict[str, Any],
) -> None:
    """Write the bundle of downloaded weights, or of a user's own, but for its head.

    Parameters
    ----------
    weights: see `checkpoints.read_checkpoint`.
    folder: of the bundle.
    model: id of the model.
    architecture: open_clip's configuration.
    preprocessing: view, mean and std.
    origin: for the card, to which the file's name and SHA-256 are added.

    Raises
    ------
    InputError: the file cannot be read or does not fit, or its tokenizer is not CLIP's.
    """
    path = Path(weights)
    states, sha256 = read_checkpoint(path)
    clip_tokenizer(architecture)  # refuses what no head could be made for
    clip = load_clip(architecture, states, path)
    log.info("logit scale %.2f", clip.logit_scale.exp().item())
    card = new_card(
        {
            "model": model,
            "architecture": architecture,
            "preprocessing": preprocessing,
            "origin": {**origin, "file": path.name, "sha256": sha256},
        }
    )
    write_encoder(folder, card, clip.visual.state_dict(), text_weights(clip), normalise=True)


if __name__ == "__main__":
    from workflow_scripts.files.digests import represented
    from workflow_scripts.job.lifecycle import job

    snakemake: Any
    with job(snakemake):
        main(
            snakemake.input.get("own") or represented(snakemake.input.downloaded),
            Path(snakemake.output.card).parent,
            **snakemake.params.settings,
        )
