"""Contrastive pretraining of a CLIP on captioned images (Section 2)."""

import logging
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import torch

from workflow_scripts.files.bundles import new_card, write_encoder
from workflow_scripts.job.errors import InputError
from workflow_scripts.networks import open_clip_parts
from workflow_scripts.networks.architectures import (
    Clip,
    build_clip,
    is_coca,
    reads_words,
    text_weights,
)
from workflow_scripts.networks.devices import prepare, training_precision
from workflow_scripts.networks.distributed import is_first, rank, size
from workflow_scripts.networks.tokenizer import Tokenizer, WordTokenizer, clip_tokenizer
from workflow_scripts.training.images import ImageSource, TrainingFiles, load_images
from workflow_scripts.training.loop import Forward, Losses, Pieces, fit, unfinished
from workflow_scripts.training.penalties import kurtosis_penalty
from workflow_scripts.training.texts import imagenet_captions, web_captions

# CLIP's own ceiling of the logit scale (Radford et al. 2021)
LARGEST_LOGIT_SCALE = 100.0
# open_clip's default weight of CoCa's captioning loss; that of the contrastive loss is 1
CAPTION_WEIGHT = 2.0
log = logging.getLogger(__name__)


def load_pairs(
    files: TrainingFiles, text: str, device: str, threads: int, **settings: Any
) -> tuple[ImageSource, list[str]]:
    """Training images and their N texts.

    Parameters
    ----------
    files, device, threads, settings: see `load_images`.
    text: "caption" for a captioned set, or the version of ImageNet-Captions, where images without
        a caption are left out.
    """
    images, _, ids = load_images(files, device, threads, **settings)
    if text == "caption":
        return images, web_captions(files.store, settings["images"], settings["seed"])
    assert files.captions, "ImageNet-Captions are read from a file"
    texts = imagenet_captions(files.captions, ids, text)
    rows = sorted(texts)
    log.info("%d of %d images have a caption", len(rows), len(ids))
    return images.select(rows), [texts[row] for row in rows]


def new_tokenizer(architecture: dict[str, Any], texts: list[str]) -> Tokenizer:
    """CLIP's tokenizer or, for the miniature's bags of words, that of the words in `texts`."""
    if not reads_words(architecture):
        return clip_tokenizer(architecture)
    return WordTokenizer.from_texts(texts, architecture["text_cfg"]["context_length"])


def pretrain(
    images: ImageSource,
    texts: list[str],
    tokenizer: Tokenizer,
    checkpoint: Path,
    device: str,
    *,
    architecture: dict[str, Any],
    recipe: dict[str, Any],
    seed: int,
) -> Clip:
    """Train a CLIP or a CoCa with the losses of `loss_function`; the trained model.

    Parameters
    ----------
    images: N images.
    texts: theirs.
    tokenizer: of the texts.
    checkpoint: see `loop.fit`.
    device: "cpu" or "cuda".
    architecture, recipe: of the study.
    seed: of the initial weights.

    Raises
    ------
    InputError: a CoCa's recipe has a `micro_batch_size` or a `logit_bias`.
    """
    _check_coca(architecture, recipe)
    torch.manual_seed(seed)
    scale, bias = recipe["logit_scale"], recipe.get("logit_bias")
    model = build_clip(architecture, scale, tokenizer.vocab_size, bias).to(device)
    model.logit_scale.requires_grad_(recipe["logit_scale_learning_rate"] > 0)
    tokens, loss_of = tokenizer(texts).to(device), loss_function(architecture, recipe)
    ceiling = torch.tensor(LARGEST_LOGIT_SCALE).log()

    def losses(forward: Forward, pieces: Pieces) -> Losses:
        model.logit_scale.data.clamp_(max=ceiling)
        inputs = [(pixels, tokens[rows.to(device)]) for rows, pixels in pieces]
        if len(inputs) == 1:
            return [lambda: loss_of(forward(*inputs[0]))]
        with torch.no_grad():
            features = [forward(*each)[:2] for each in inputs]
        parts = range(len(inputs))
        return [partial(accumulated_loss, loss_of, forward, inputs, features, n) for n in parts]

    fit(model, losses, images, recipe, checkpoint)
    model.logit_scale.data.clamp_(max=ceiling)
    return model


def _check_coca(architecture: dict[str, Any], recipe: dict[str, Any]) -> None:
    reasons = {
        "micro_batch_size": "whose captions would have to be kept for a whole batch; use more GPUs "
        "or a smaller batch_size",
        "logit_bias": "whose contrastive loss is InfoNCE; leave the key out",
    }
    for key, reason in reasons.items():
        if is_coca(architecture) and recipe.get(key):
            raise InputError(
                f"study.yaml, key {key} of the recipe: found {recipe[key]}, expected none for a "
                f"CoCa, {reason}"
            )


def loss_function(
    architecture: dict[str, Any], recipe: dict[str, Any]
) -> Callable[[Any], torch.Tensor]:
    """The loss of a model's outputs: InfoNCE, for a CoCa with the captioning loss.

    It contrasts with the images and texts of all processes. Beyond the paper, a recipe with a
    `logit_bias` has the sigmoid loss of SigLIP instead, and one may hold `kurtosis` at a value.
    """
    loss_module = open_clip_parts.module("loss")
    processes = {"rank": rank(), "world_size": size()}
    others = {"local_loss": True, "gather_with_grad": True, **processes}
    if is_coca(architecture):
        weight = recipe.get("caption_weight", CAPTION_WEIGHT)
        coca = loss_module.CoCaLoss(weight, clip_loss_weight=1.0, **others)
        return lambda outputs: (
            sum(coca(**outputs)) + kurtosis_penalty(outputs["image_features"], recipe)
        )
    sigmoid = "logit_bias" in recipe
    loss = loss_module.SigLipLoss(**processes) if sigmoid else loss_module.ClipLoss(**others)
    return lambda outputs: loss(*outputs) + kurtosis_penalty(outputs[0], recipe)


def accumulated_loss(
    loss_of: Callable[[Any], torch.Tensor],
    forward: Forward,
    inputs: Sequence[tuple[torch.Tensor, torch.Tensor]],
    features: Sequence[tuple[torch.Tensor, torch.Tensor]],
    number: int,
) -> torch.Tensor:
    """Loss of a batch of which only piece `number` of the inputs has gradients.

    Every image is contrasted with all of the batch, as open_clip does it. The gradients of all
    pieces add up to that of the batch, and so do the values.

    Parameters
    ----------
    loss_of: the loss of a model's outputs.
    forward: the model.
    inputs: images and token ids of each piece.
    features: of images and texts of each piece, computed before without gradients.
    number: of the piece, from 0.
    """
    image, text, *scale_and_bias = forward(*inputs[number])
    images, texts = (
        torch.cat([*(each[tower] for each in features[:number]), own]
                  + [each[tower] for each in features[number + 1 :]])
        for tower, own in enumerate((image, text))
    )  # fmt: skip
    is_last = number == len(inputs) - 1
    # They act on the whole batch, so they would get their gradients from every piece.
    others = scale_and_bias if is_last else [each.detach() for each in scale_and_bias]
    loss = loss_of((images, texts, *others))
    return loss - loss.detach() * (1 - 1 / len(inputs))


def main(
    device: str,
    threads: int,
    cause: str,
    folder: Path | str,
    files: dict[str, Any],
    *,
    text: str,
    vocabulary: list[str],
    **settings: Any,
) -> None:
    """Pretrain one model and write its bundle, but for the head; one of several processes.

    Parameters
    ----------
    device, threads, cause, folder, files: see `launcher.launch_training`.
    text: see `load_pairs`.
    vocabulary: words that a word tokenizer knows besides those of the captions.
    settings: model, architecture, preprocessing, recipe, images, seed, origin and, where images
        come from an archive, view.
    """
    device, folder = prepare(device, threads), Path(folder)
    images, texts = load_pairs(TrainingFiles(**files), text, device, threads, **settings)
    tokenizer = new_tokenizer(settings["architecture"], [*texts, *vocabulary])
    training = {key: settings[key] for key in ("architecture", "recipe", "seed")}
    with unfinished(folder, cause) as state:
        clip = pretrain(images, texts, tokenizer, state / "training.pt", device, **training)
        if is_first():
            card = new_card(
                settings,
                precision=training_precision(settings["recipe"], device),
                images=len(texts),
                logit_scale=clip.logit_scale.exp().item(),
            )
            if isinstance(tokenizer, WordTokenizer):
                card["vocabulary"] = tokenizer.vocabulary
            encoder = clip.visual.state_dict()
            write_encoder(folder, card, encoder, text_weights(clip), normalise=True)


if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job
    from workflow_scripts.training.launcher import launch_training

    snakemake: Any
    with job(snakemake):
        launch_training(snakemake, "workflow_scripts.models.pretrain")
