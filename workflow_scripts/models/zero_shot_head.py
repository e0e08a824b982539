"""The head of a zero-shot model from its text side, class names and templates (Section 2)."""

import logging
from pathlib import Path
from typing import Any

import torch
from torch.nn.functional import normalize

from workflow_scripts.files.bundles import CARD, read_card, write_head
from workflow_scripts.networks.devices import prepare
from workflow_scripts.networks.tokenizer import Tokenizer, WordTokenizer, card_tokenizer, is_cut
from workflow_scripts.networks.zero_shot import load_text_side, prompts, zero_shot_head

# Cosine from which two rows of W are the same but for rounding, which depends on the batch
SAME = 1 - 1e-8
SHOWN = 10  # names in a message, at most
log = logging.getLogger(__name__)


def main(
    folder: Path | str,
    threads: int,
    *,
    class_names: list[str],
    templates: list[str] | str,
    device: str,
) -> None:
    """Write the head of a bundle that has a text side.

    Parameters
    ----------
    folder: of the bundle.
    threads: number of threads.
    class_names: K names.
    templates: see `zero_shot.prompts`.
    device: auto, cpu or cuda.

    Raises
    ------
    InputError: a file of the bundle is missing or damaged, or they do not belong together.
    """
    device, card = prepare(device, threads), read_card(Path(folder) / CARD)
    text_side, tokenizer = load_text_side(folder, device), card_tokenizer(card)
    if isinstance(tokenizer, WordTokenizer):
        warn_of_unknown_words(tokenizer, class_names, templates)
    warn_of_cut_prompts(tokenizer, class_names, templates)
    weight = zero_shot_head(text_side, tokenizer, class_names, templates, device)
    warn_of_equal_rows(weight, class_names)
    made_of = {
        "templates": templates,
        "class_names": class_names,
        "text": card["sha256"]["text"],
    }
    write_head(folder, card["model"], {"weight": weight}, made_of)


def warn_of_unknown_words(
    tokenizer: WordTokenizer, class_names: list[str], templates: list[str] | str
) -> None:
    """Warn once of the prompts' words that the tokenizer does not know, and of their classes."""
    unknown: dict[str, set[str]] = {}
    for name in class_names:
        for sentence in prompts(templates, name):
            for word in tokenizer.unknown(sentence):
                unknown.setdefault(word, set()).add(name)
    if unknown:
        affected = set.union(*unknown.values())
        log.warning(
            "the prompts have words that the model's tokenizer does not know, which all read the "
            "same: %s; in those of the classes %s. Choose other words, or add these to vocabulary "
            "in study.yaml, which trains the model anew",
            _listed([repr(word) for word in sorted(unknown)]),
            _listed([name for name in class_names if name in affected]),
        )


def warn_of_cut_prompts(
    tokenizer: Tokenizer, class_names: list[str], templates: list[str] | str
) -> None:
    """Warn once of the classes whose prompts are longer than the text tower reads."""
    long = [
        name
        for name in class_names
        if any(is_cut(tokenizer, sentence) for sentence in prompts(templates, name))
    ]
    if long:
        log.warning(
            "prompts of %d classes are longer than the %d tokens that the model reads, and are cut "
            "there: %s; shorten their names in classes.tsv, or the templates",
            len(long),
            tokenizer.context_length,
            _listed([repr(name) for name in long]),
        )


def warn_of_equal_rows(weight: torch.Tensor, class_names: list[str]) -> None:
    """Warn once of classes whose rows of W [K, d_H] are equal: no image is told apart by them."""
    directions = normalize(weight.double(), dim=1)
    equal = torch.triu(directions @ directions.T > SAME, diagonal=1).nonzero().tolist()
    if equal:
        log.warning(
            "classes with equal rows of W, between which the model cannot choose: %s; change "
            "their names in classes.tsv",
            _listed([f"{class_names[one]!r} and {class_names[other]!r}" for one, other in equal]),
        )


def _listed(items: list[str]) -> str:
    more = f" and {len(items) - SHOWN} more" if len(items) > SHOWN else ""
    return ", ".join(items[:SHOWN]) + more


if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job

    snakemake: Any
    with job(snakemake):
        for card in snakemake.input.cards:
            main(Path(card).parent, snakemake.threads, **snakemake.params.settings)
