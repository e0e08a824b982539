"""Tokenizers, with the interface of open_clip's: of words, and CLIP's own byte pairs."""

import re

import torch

from workflow_scripts.job.errors import InputError

_WORD = re.compile(r"[a-z0-9]+(?:'[a-z]+)?")


def words(text):
    """The lower-case words of a text, without punctuation."""
    return _WORD.findall(text.lower())


class WordTokenizer:
    """Texts to token ids [B, context_length]: 0 pads, 1 is any word out of the vocabulary.

    The miniature's captions use a few dozen words; a byte-pair vocabulary of 49,408 would only
    add 49,000 embeddings that are never trained.
    """

    def __init__(self, vocabulary, context_length):
        self.vocabulary = list(vocabulary)
        self.context_length = context_length
        self._ids = {word: index + 2 for index, word in enumerate(self.vocabulary)}

    @classmethod
    def from_texts(cls, texts, context_length):
        """The tokenizer whose vocabulary is the sorted set of words of `texts`."""
        return cls(sorted({word for text in texts for word in words(text)}), context_length)

    @property
    def vocab_size(self):
        """Number of token ids, padding and unknown word included."""
        return len(self.vocabulary) + 2

    def __call__(self, texts, context_length=None):
        length = context_length or self.context_length
        texts = [texts] if isinstance(texts, str) else texts
        tokens = torch.zeros(len(texts), length, dtype=torch.long)
        for row, text in enumerate(texts):
            ids = [self._ids.get(word, 1) for word in words(text)[:length]]
            tokens[row, : len(ids)] = torch.tensor(ids, dtype=torch.long)
        return tokens


def clip_tokenizer(config):
    """CLIP's byte-pair tokenizer for an architecture; its vocabulary is part of open_clip.

    Raises
    ------
    InputError if the architecture's text tower was made for another tokenizer.
    """
    from workflow_scripts.networks.torchvision_operators import ensure

    ensure()
    from open_clip import SimpleTokenizer

    text = config["text_cfg"]
    if other := text.get("hf_tokenizer_name") or text.get("hf_model_name"):
        raise InputError(
            f"architecture, key text_cfg: found the tokenizer of {other}, expected CLIP's own; "
            "models with another one are not supported"
        )
    tokenizer = SimpleTokenizer(context_length=text.get("context_length", 77))
    size = text.get("vocab_size", tokenizer.vocab_size)
    if size < tokenizer.vocab_size:
        raise InputError(
            f"architecture, key text_cfg.vocab_size: found {size}, expected "
            f"{tokenizer.vocab_size}, the size of CLIP's vocabulary"
        )
    return tokenizer
