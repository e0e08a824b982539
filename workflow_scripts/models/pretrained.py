"""A bundle of weights that others trained: a CLIP or CoCa with its zero-shot head, or a ViT.

CLIPs are built by open_clip from the architecture, which states the activation function
(`quick_gelu`): a wrong one lowers the accuracy and is told by nothing in the weights.
"""

import logging
import re
from pathlib import Path

from workflow_scripts.files.digests import represented
from workflow_scripts.job.errors import InputError
from workflow_scripts.networks.architectures import build_clip, build_encoder, is_torchvision
from workflow_scripts.networks.checkpoints import read_checkpoint
from workflow_scripts.networks.classifier import Classifier, load_weights, new_card, save_bundle
from workflow_scripts.networks.devices import prepare
from workflow_scripts.networks.tokenizer import clip_tokenizer
from workflow_scripts.networks.zero_shot import zero_shot_head

log = logging.getLogger(__name__)
_MEND = "choose another source"


def load_clip(architecture, state, source):
    """The CLIP or CoCa of an open_clip configuration with the weights of a state dict.

    Half precision becomes single. `source` names the state dict in messages.

    Raises
    ------
    InputError if the weights do not fit; says how.
    """
    from open_clip.model import convert_to_custom_text_state_dict

    clip = build_clip(architecture, logit_scale=1.0)
    # CLIPs have the parts of the text tower at the top level, CoCas in a tower of its own.
    state = convert_to_custom_text_state_dict(state)
    _check_towers(state, source)
    for key, value in clip.state_dict().items():
        # A count of training steps, which nothing uses and older files lack.
        if key.endswith("num_batches_tracked"):
            state.setdefault(key, value)
    if "logit_scale" in state:
        state["logit_scale"] = state["logit_scale"].squeeze()  # some files have it as a vector
    load_weights(clip, state, source, _MEND)
    return clip.eval()


def _check_towers(state, source):
    """Say of weights that lack a tower what they are, rather than list hundreds of keys."""
    if any(key.startswith("vision_model.") for key in state):
        raise InputError(
            f"{source}: found the names of the transformers library (vision_model.), expected "
            "those of open_clip; its files are called open_clip_model.safetensors or "
            "open_clip_pytorch_model.bin"
        )
    for tower, prefix in (("image", "visual."), ("text", "text.")):
        if not any(key.startswith(prefix) for key in state):
            raise InputError(
                f"{source}: found no {tower} tower among keys like {next(iter(state))}, expected "
                f"image and text tower of a CLIP; {_MEND}"
            )


def load_vit(architecture, state, source):
    """The encoder of torchvision's ViT, and weight [K, d_H] and bias [K] of its head.

    Raises
    ------
    InputError if the weights do not fit; says how.
    """
    encoder = build_encoder(architecture)
    # Files from before torchvision 0.14 name the two layers of an MLP, and not their positions.
    names = {"linear_1": "0", "linear_2": "3"}
    state = {
        re.sub(r"(?<=\.mlp\.)(linear_[12])(?=\.)", lambda found: names[found[1]], key): value
        for key, value in state.items()
    }
    head = [state.pop(f"heads.head.{name}", None) for name in ("weight", "bias")]
    if any(each is None for each in head):
        raise InputError(
            f"{source}: found no heads.head.weight and heads.head.bias, expected the head of "
            f"torchvision's {architecture['torchvision']}; {_MEND}"
        )
    load_weights(encoder, state, source, _MEND)
    return encoder.eval(), *(each.float() for each in head)


def new_classifier(architecture, state, source, class_names, templates, device):
    """The `bundles.Classifier` of a state dict.

    Raises
    ------
    InputError if the weights do not fit the architecture or the classes.
    """
    if is_torchvision(architecture):
        encoder, weight, bias = load_vit(architecture, state, source)
        if len(weight) != len(class_names):
            raise InputError(
                f"{source}: found a head of {len(weight)} classes, expected {len(class_names)}, "
                f"those of classes.tsv; {_MEND}"
            )
        return Classifier(encoder, weight, bias, normalise=False)
    tokenizer = clip_tokenizer(architecture)
    clip = load_clip(architecture, state, source).to(device)
    log.info("logit scale %.2f", clip.logit_scale.exp().item())
    weight = zero_shot_head(clip, tokenizer, class_names, templates, device)
    return Classifier(clip.visual, weight)


def main(
    weights_path,
    folder,
    threads,
    *,
    model,
    architecture,
    preprocessing,
    class_names,
    templates,
    device,
    origin,
):
    """Write the bundle of downloaded weights, or of a user's own.

    Parameters
    ----------
    weights_path : see `checkpoints.read_checkpoint`
    folder : of the bundle
    model : id of the model
    architecture : open_clip's configuration, or {"torchvision": name, "embed_dim": d_H}
    preprocessing : dict of view, mean and std
    class_names, templates : see `zero_shot.zero_shot_head`; a ViT of torchvision has its own head
    device : as configured
    origin : dict for the card, to which the file's name and SHA-256 are added
    """
    device, path = prepare(device, threads), Path(weights_path)
    state, sha256 = read_checkpoint(path)
    classifier = new_classifier(architecture, state, path, class_names, templates, device)
    settings = {
        "model": model,
        "architecture": architecture,
        "preprocessing": preprocessing,
        "origin": {**origin, "file": path.name, "sha256": sha256},
    }
    save_bundle(folder, classifier, new_card(settings))


if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job

    with job(snakemake):
        main(
            snakemake.input.get("own") or represented(snakemake.input.downloaded),
            Path(snakemake.output.card).parent,
            snakemake.threads,
            **snakemake.params.settings,
        )
