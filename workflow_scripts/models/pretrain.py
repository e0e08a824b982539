"""Contrastive pretraining of a CLIP on captioned images (Section 2) to a zero-shot bundle."""

import logging
from functools import partial
from pathlib import Path

import torch

from workflow_scripts.job.errors import InputError
from workflow_scripts.networks.architectures import build_clip, is_coca
from workflow_scripts.networks.classifier import Classifier, new_card, save_bundle
from workflow_scripts.networks.devices import prepare
from workflow_scripts.networks.distributed import is_first, rank, size
from workflow_scripts.networks.tokenizer import WordTokenizer, clip_tokenizer
from workflow_scripts.networks.zero_shot import prompts, zero_shot_head
from workflow_scripts.training.images import load_images
from workflow_scripts.training.loop import fingerprint, fit, unfinished
from workflow_scripts.training.texts import imagenet_captions, web_captions

# CLIP's own ceiling of the logit scale (Radford et al. 2021)
LARGEST_LOGIT_SCALE = 100.0
# open_clip's default weight of CoCa's captioning loss; that of the contrastive loss is 1
CAPTION_WEIGHT = 2.0
log = logging.getLogger(__name__)


def load_pairs(store_path, archive_path, captions_path, text, device, threads, **settings):
    """Training images, see `load_images`, and their N texts.

    `text` is "caption" for a captioned set, or the version of ImageNet-Captions; images without
    a caption are left out.
    """
    images, _, ids = load_images(store_path, archive_path, device, threads, **settings)
    if text == "caption":
        return images, web_captions(store_path, settings["images"], settings["seed"])
    texts = imagenet_captions(captions_path, ids, text)
    rows = sorted(texts)
    log.info("%d of %d images have a caption", len(rows), len(ids))
    return images.select(rows), [texts[row] for row in rows]


def new_tokenizer(architecture, texts):
    """CLIP's tokenizer or, for the miniature's bags of words, that of the words in `texts`."""
    if not architecture.get("miniature", {}).get("bag_of_words"):
        return clip_tokenizer(architecture)
    return WordTokenizer.from_texts(texts, architecture["text_cfg"]["context_length"])


def pretrain(images, texts, tokenizer, checkpoint, device, *, architecture, recipe, seed):
    """Train a CLIP with InfoNCE, or a CoCa with InfoNCE and a captioning loss; the trained model.

    Parameters
    ----------
    images : source of batches, see `training_images`
    texts : their N texts
    tokenizer : callable texts -> token ids, with `vocab_size`
    checkpoint : path of the training state, see `training.fit`
    architecture, recipe : dicts of the study

    Raises
    ------
    InputError if a CoCa's recipe has a `micro_batch_size`.
    """
    if is_coca(architecture) and recipe.get("micro_batch_size"):
        raise InputError(
            f"study.yaml, key micro_batch_size of the recipe: found {recipe['micro_batch_size']}, "
            "expected none for a CoCa, whose captions would have to be kept for a whole batch; use "
            "more GPUs or a smaller batch_size"
        )
    torch.manual_seed(seed)
    model = build_clip(architecture, recipe["logit_scale"], tokenizer.vocab_size).to(device)
    model.logit_scale.requires_grad_(recipe["logit_scale_learning_rate"] > 0)
    tokens, loss_of = tokenizer(texts).to(device), loss_function(architecture, recipe)
    ceiling = torch.tensor(LARGEST_LOGIT_SCALE).log()

    def losses(forward, pieces):
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


def loss_function(architecture, recipe):
    """The loss of a model's outputs: InfoNCE, for a CoCa with the captioning loss.

    It contrasts with the images and texts of all processes.
    """
    from open_clip import ClipLoss, CoCaLoss

    others = {"local_loss": True, "gather_with_grad": True, "rank": rank(), "world_size": size()}
    if not is_coca(architecture):
        contrastive = ClipLoss(**others)
        return lambda outputs: contrastive(*outputs)
    weight = recipe.get("caption_weight", CAPTION_WEIGHT)
    loss = CoCaLoss(weight, clip_loss_weight=1.0, **others)
    return lambda outputs: sum(loss(**outputs))


def accumulated_loss(loss_of, forward, inputs, features, number):
    """Loss of a batch of which only piece `number` of the inputs has gradients.

    Every image is contrasted with all of the batch, as open_clip does it: `features` are those of
    all pieces, computed before without gradients. The gradients of all pieces add up to that of
    the batch, and so do the values.
    """
    image, text, scale = forward(*inputs[number])
    images, texts = (
        torch.cat([*(each[tower] for each in features[:number]), own]
                  + [each[tower] for each in features[number + 1 :]])
        for tower, own in enumerate((image, text))
    )  # fmt: skip
    is_last = number == len(inputs) - 1
    # The scale acts on the whole batch, so it would get its gradient from every piece.
    loss = loss_of((images, texts, scale if is_last else scale.detach()))
    return loss - loss.detach() * (1 - 1 / len(inputs))


def main(
    store_path,
    archive_path,
    captions_path,
    folder,
    device,
    threads,
    cause,
    *,
    text,
    class_names,
    templates,
    **settings,
):
    """Pretrain one model and write its bundle; one of several processes, see `launcher`.

    `store_path` and `archive_path` are those of `load_images`, `captions_path` is ImageNet-Captions
    where `text` is a version of it, `cause` is the training's `fingerprint`; see rules/models.smk
    for the settings.
    """
    device, folder = prepare(device, threads), Path(folder)
    images, texts = load_pairs(
        store_path, archive_path, captions_path, text, device, threads, **settings
    )
    sentences = [each for name in class_names for each in prompts(templates, name)]
    tokenizer = new_tokenizer(settings["architecture"], [*texts, *sentences])
    training = {key: settings[key] for key in ("architecture", "recipe", "seed")}
    with unfinished(folder, cause) as state:
        clip = pretrain(images, texts, tokenizer, state / "training.pt", device, **training)
        if is_first():
            weight = zero_shot_head(clip, tokenizer, class_names, templates, device)
            card = new_card(settings, images=len(texts), logit_scale=clip.logit_scale.exp().item())
            save_bundle(folder, Classifier(clip.visual, weight), card)


if __name__ == "__main__":
    from workflow_scripts.files.digests import represented
    from workflow_scripts.job.lifecycle import job
    from workflow_scripts.training.launcher import launch

    with job(snakemake):
        archives, captions = (snakemake.input.get(key) for key in ("archives", "captions"))
        launch(
            "workflow_scripts.models.pretrain",
            snakemake.resources.get("gpu", 1),
            store_path=snakemake.input.store,
            archive_path=represented(archives[0]) if archives else None,
            captions_path=represented(captions) if captions else None,
            folder=str(Path(snakemake.output.card).parent),
            threads=snakemake.threads,
            cause=fingerprint(
                snakemake.params.stamp, snakemake.input.digest, *([captions] if captions else [])
            ),
            **snakemake.params.settings,
        )
