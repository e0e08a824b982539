"""Contrastive pretraining of a CLIP on captioned images (Section 2) to a zero-shot bundle."""

import logging
from pathlib import Path

import torch

from workflow_scripts.lib.architectures import build_clip, is_coca
from workflow_scripts.lib.bundles import Classifier, new_card, save_bundle
from workflow_scripts.lib.devices import prepare
from workflow_scripts.lib.stores import imagenet_captions, load_training_set, web_captions
from workflow_scripts.lib.tokenizer import WordTokenizer
from workflow_scripts.lib.training import augment, fingerprint, fit, normaliser, unfinished
from workflow_scripts.lib.zero_shot import zero_shot_head

# CLIP's own ceiling of the logit scale (Radford et al. 2021)
LARGEST_LOGIT_SCALE = 100.0
# open_clip's default weight of CoCa's captioning loss; that of the contrastive loss is 1
CAPTION_WEIGHT = 2.0
log = logging.getLogger(__name__)


def load_pairs(store_path, captions_path, text, limit, seed):
    """Images uint8 [N, H, W, 3] and their N texts.

    `text` is "caption" for a captioned set, or the version of ImageNet-Captions; images without
    a caption are left out.
    """
    images, _, ids = load_training_set(store_path, limit, seed)
    if text == "caption":
        return images, web_captions(store_path, limit, seed)
    texts = imagenet_captions(captions_path, ids, text)
    rows = sorted(texts)
    log.info("%d of %d images have a caption", len(rows), len(ids))
    return images[rows], [texts[row] for row in rows]


def pretrain(
    images, texts, tokenizer, checkpoint, device, *, architecture, preprocessing, recipe, seed
):
    """Train a CLIP with InfoNCE, or a CoCa with InfoNCE and a captioning loss; the trained model.

    Parameters
    ----------
    images, texts : uint8 [N, H, W, 3] and N texts
    tokenizer : callable texts -> token ids, with `vocab_size`
    checkpoint : path of the training state, see `training.fit`
    architecture, recipe : dicts of the study
    preprocessing : dict with `mean` and `std`
    """
    torch.manual_seed(seed)
    model = build_clip(architecture, recipe["logit_scale"], tokenizer.vocab_size).to(device)
    model.logit_scale.requires_grad_(recipe["logit_scale_learning_rate"] > 0)
    preprocess = normaliser(preprocessing["mean"], preprocessing["std"], device)
    tokens, loss_of = tokenizer(texts).to(device), loss_function(architecture, recipe)
    ceiling = torch.tensor(LARGEST_LOGIT_SCALE).log()

    def loss_of_batch(rows, generator, share):
        model.logit_scale.data.clamp_(max=ceiling)
        batch = augment(preprocess(images[rows]), recipe, generator)
        return loss_of(model(batch, tokens[rows.to(device)]))

    fit(model, loss_of_batch, len(images), recipe, seed, checkpoint)
    model.logit_scale.data.clamp_(max=ceiling)
    return model


def loss_function(architecture, recipe):
    """The loss of a model's outputs: InfoNCE, for a CoCa with the captioning loss."""
    from open_clip import ClipLoss, CoCaLoss

    if not is_coca(architecture):
        contrastive = ClipLoss()
        return lambda outputs: contrastive(*outputs)
    loss = CoCaLoss(recipe.get("caption_weight", CAPTION_WEIGHT), clip_loss_weight=1.0)
    return lambda outputs: sum(loss(**outputs))


def main(
    store_path, captions_path, folder, threads, cause, *, text, class_names, templates, **settings
):
    """Pretrain one model and write its bundle.

    `cause` is the training's `fingerprint`; see rules/models.smk for the settings.
    """
    device, folder = prepare(settings["device"], threads), Path(folder)
    images, seed = settings["images"], settings["seed"]
    pixels, texts = load_pairs(store_path, captions_path, text, images, seed)
    prompts = [template.format(name) for template in templates for name in class_names]
    length = settings["architecture"]["text_cfg"]["context_length"]
    tokenizer = WordTokenizer.from_texts([*texts, *prompts], length)
    keys = ("architecture", "preprocessing", "recipe", "seed")
    training = {key: settings[key] for key in keys}
    with unfinished(folder, cause) as state:
        clip = pretrain(pixels, texts, tokenizer, state / "training.pt", device, **training)
        weight = zero_shot_head(clip, tokenizer, class_names, templates, device)
        card = new_card(settings, images=len(texts), logit_scale=clip.logit_scale.exp().item())
        save_bundle(folder, Classifier(clip.visual, weight), card)


if __name__ == "__main__":
    from workflow_scripts.lib.job import job

    with job(snakemake):
        captions = snakemake.input.get("captions")
        main(
            snakemake.input.store,
            captions,
            Path(snakemake.output.card).parent,
            snakemake.threads,
            fingerprint(
                snakemake.params.stamp, snakemake.input.digest, *([captions] if captions else [])
            ),
            **snakemake.params.settings,
        )
