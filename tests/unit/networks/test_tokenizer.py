"""Words to token ids: the vocabulary's, padding, and what is unknown."""

import pytest

from tests.unit.inputs.pretrained_inputs import open_clip, open_clip_config
from workflow_scripts.networks.tokenizer import WordTokenizer, clip_tokenizer, is_cut, words

TOKENIZER = WordTokenizer.from_texts(["a red car", "A blue, BLUE boat!"], context_length=4)


def test_words():
    assert words("A photo of the cat's 2 cups (red-hot).") == [
        "a", "photo", "of", "the", "cat's", "2", "cups", "red", "hot"
    ]  # fmt: skip
    assert words(" ... ") == []


def test_the_vocabulary_is_sorted_and_has_each_word_once():
    assert TOKENIZER.vocabulary == ["a", "blue", "boat", "car", "red"]
    assert TOKENIZER.vocab_size == 7
    again = WordTokenizer.from_texts(["boat blue a", "red car a"], 4)
    assert again.vocabulary == TOKENIZER.vocabulary


def test_ids_padding_and_unknown_words():
    tokens = TOKENIZER(["a red car", "Boat", "a green car", ""])
    assert tokens.tolist() == [[2, 6, 5, 0], [4, 0, 0, 0], [2, 1, 5, 0], [0, 0, 0, 0]]
    assert int(tokens.max()) < TOKENIZER.vocab_size


def test_long_texts_are_cut():
    assert TOKENIZER("a a a a a red").tolist() == [[2, 2, 2, 2]]
    assert TOKENIZER(["a red car"], context_length=2).tolist() == [[2, 6]]


@pytest.mark.parametrize("text", ["car", "a " * 74 + "car", "kite (bird of prey) " * 60, "猫" * 40])
def test_a_text_is_cut_if_a_longer_context_has_more_tokens(text):
    """Exactly so many as fit are not cut."""
    short, long = (
        clip_tokenizer({"text_cfg": {"context_length": length}}) for length in (77, 1000)
    )
    assert is_cut(short, text) == (int((long(text) != 0).sum()) > 77)
    assert is_cut(TOKENIZER, "a a a a a") and not is_cut(TOKENIZER, "a, a. a: a!")


@pytest.mark.parametrize("texts", ["a car", ["a car"]])
def test_one_text_or_several(texts):
    assert TOKENIZER(texts).shape == (1, 4)


@pytest.mark.parametrize("name", ["RN50", "ViT-L-14-quickgelu", "coca_ViT-B-32"])
def test_clips_tokenizer_is_open_clips(name):
    ours, theirs = clip_tokenizer(open_clip_config(name)), open_clip.get_tokenizer(name)
    texts = ["a photo of a café.", "", "kite (bird of prey) " * 60, "it's 3 o'clock \U0001f600"]
    assert ours.vocab_size == theirs.vocab_size == 49408
    assert ours(texts).equal(theirs(texts))
    assert ours(texts).shape[1] == (76 if "coca" in name else 77)


def test_the_settings_of_a_tokenizer_are_kept():
    text = ["A PHOTO_of: Snakes & ladders!"]
    settings = {"context_length": 16, "tokenizer_kwargs": {"clean": "canonicalize"}}
    ours, plain = (clip_tokenizer({"text_cfg": each}) for each in (settings, {}))
    theirs = open_clip.SimpleTokenizer(context_length=16, clean="canonicalize")
    assert ours(text).equal(theirs(text)) and not ours(text).equal(plain(text)[:, :16])
