"""Tokenizers, with the interface of open_clip's: of words, and CLIP's own byte pairs."""

import re
from collections.abc import Iterable
from typing import Any, Protocol

import torch

from workflow_scripts.job.errors import InputError
from workflow_scripts.networks import open_clip_parts
from workflow_scripts.networks.architectures import reads_words
from workflow_scripts.study.architectures import text_fault

_WORD = re.compile(r"[a-z0-9]+(?:'[a-z]+)?")
_ANY_WORD = re.compile(r"[^\W_]+")


class Tokenizer(Protocol):
    """What turns texts into token ids int64 [B, L]."""

    vocab_size: int
    context_length: int

    def __call__(self, texts: list[str], /) -> torch.Tensor:
        """The token ids of texts."""
        ...

    def encode(self, text: str, /) -> list[int]:
        """The token ids of a text of any length, without marks of its ends."""
        ...


def words(text: str) -> list[str]:
    """The lower-case words of a text, without punctuation."""
    return _WORD.findall(text.lower())


class WordTokenizer:
    """Texts to token ids [B, context_length]: 0 pads, 1 is any word out of the vocabulary.

    The miniature's captions use a few dozen words; a byte-pair vocabulary of 49,408 would only
    add 49,000 embeddings that are never trained.
    """

    def __init__(self, vocabulary: Iterable[str], context_length: int) -> None:
        self.vocabulary = list(vocabulary)
        self.vocab_size = len(self.vocabulary) + 2  # with padding and the unknown word
        self.context_length = context_length
        self._ids = {word: index + 2 for index, word in enumerate(self.vocabulary)}

    @classmethod
    def from_texts(cls, texts: Iterable[str], context_length: int) -> "WordTokenizer":
        """The tokenizer whose vocabulary is the sorted set of words of `texts`."""
        return cls(sorted({word for text in texts for word in words(text)}), context_length)

    def unknown(self, text: str) -> list[str]:
        """The words of a text that are not in the vocabulary, or in letters that no word has."""
        foreign = [word for word in _ANY_WORD.findall(text.lower()) if not word.isascii()]
        return foreign + [word for word in words(text) if word not in self._ids]

    def encode(self, text: str) -> list[int]:
        """The ids of all words of a text."""
        return [self._ids.get(word, 1) for word in words(text)]

    def __call__(self, texts: str | list[str], context_length: int | None = None) -> torch.Tensor:
        length = context_length or self.context_length
        texts = [texts] if isinstance(texts, str) else texts
        tokens = torch.zeros(len(texts), length, dtype=torch.long)
        for row, text in enumerate(texts):
            ids = self.encode(text)[:length]
            tokens[row, : len(ids)] = torch.tensor(ids, dtype=torch.long)
        return tokens


def is_cut(tokenizer: Tokenizer, text: str) -> bool:
    """Whether a text is longer than the context of the tokenizer, which reads its beginning."""
    marks = 0 if isinstance(tokenizer, WordTokenizer) else 2  # of the beginning and the end
    room = tokenizer.context_length - marks
    # A token is a byte or more.
    return len(text.encode()) > room < len(tokenizer.encode(text))


def clip_tokenizer(architecture: dict[str, Any]) -> Tokenizer:
    """CLIP's byte-pair tokenizer for an architecture; its vocabulary is part of open_clip.

    Raises
    ------
    InputError: the architecture's text tower was made for another tokenizer.
    """
    if fault := text_fault(architecture):
        raise InputError(f"architecture, key text_cfg: found {fault[0]}, expected {fault[1]}")
    text = architecture["text_cfg"]
    settings = text.get("tokenizer_kwargs") or {}
    return open_clip_parts.module("tokenizer").SimpleTokenizer(
        context_length=text.get("context_length", 77), **settings
    )


def card_tokenizer(card: dict[str, Any]) -> Tokenizer:
    """The tokenizer that a bundle's text side was trained with, by its card.json.

    Raises
    ------
    InputError: the card lacks the vocabulary of a text tower that reads words.
    """
    architecture = card["architecture"]
    if not reads_words(architecture):
        return clip_tokenizer(architecture)
    if "vocabulary" not in card:
        raise InputError(
            f"card of model {card['model']}: found no key vocabulary, expected the words that its "
            "text side knows; make the bundle again"
        )
    return WordTokenizer(card["vocabulary"], architecture["text_cfg"]["context_length"])
