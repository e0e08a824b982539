"""A control: a network with random weights, as it is before any training.

Whatever it has as well as a trained model has not been learned.
"""

from pathlib import Path
from typing import Any

import torch

from workflow_scripts.files.bundles import new_card, write_encoder
from workflow_scripts.networks.architectures import (
    build_clip,
    build_encoder,
    is_supervised,
    reads_words,
    text_weights,
)
from workflow_scripts.networks.classifier import Classifier, save_bundle
from workflow_scripts.networks.tokenizer import Tokenizer, WordTokenizer, clip_tokenizer
from workflow_scripts.networks.zero_shot import prompts

# ASSUME: CLIP's own before its training (Radford et al. 2021). No measure depends on it: it scales
# all logits alike.
LOGIT_SCALE = 1 / 0.07


def tokenizer_of(architecture: dict[str, Any], prompted: dict[str, Any] | None) -> Tokenizer:
    """CLIP's tokenizer or, for a text tower that reads words, that of the words of the prompts."""
    if not reads_words(architecture):
        return clip_tokenizer(architecture)
    assert prompted, "a text tower that reads words has prompts to know them from"
    names, templates = prompted["class_names"], prompted["templates"]
    texts = [sentence for name in names for sentence in prompts(templates, name)]
    return WordTokenizer.from_texts(texts, architecture["text_cfg"]["context_length"])


def main(
    folder: Path | str, *, classes: int, prompted: dict[str, Any] | None, **settings: Any
) -> None:
    """Write the bundle of a CLIP but for its head; of a supervised network with a random head.

    Parameters
    ----------
    folder: of the bundle.
    classes: number of classes, of a head that is not made of prompts.
    prompted: class_names and templates, for a text tower that reads words; else None.
    settings: model, architecture, preprocessing, seed, origin.

    Raises
    ------
    InputError: the architecture cannot be built, or its tokenizer is not CLIP's.
    """
    architecture, card = settings["architecture"], new_card(settings)
    torch.manual_seed(settings["seed"])
    if is_supervised(architecture):
        encoder = build_encoder(architecture)
        head = torch.nn.Linear(architecture["embed_dim"], classes)
        classifier = Classifier(encoder, head.weight.data, head.bias.data, normalise=False)
        save_bundle(folder, classifier, card)
        return
    tokenizer = tokenizer_of(architecture, prompted)
    clip = build_clip(architecture, LOGIT_SCALE, tokenizer.vocab_size)
    if isinstance(tokenizer, WordTokenizer):
        card["vocabulary"] = tokenizer.vocabulary
    write_encoder(folder, card, clip.visual.state_dict(), text_weights(clip), normalise=True)


if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job

    snakemake: Any
    with job(snakemake):
        for card, control in zip(
            snakemake.output.card, snakemake.params.settings["controls"], strict=True
        ):
            main(Path(card).parent, **control)
