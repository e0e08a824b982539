"""The job of a zero-shot head: what it makes of the text side, and what it warns of."""

import copy
import logging

import pytest
import torch
from safetensors.torch import load_file, save_file

from tests.unit.inputs.pretrained_inputs import SMALL
from tests.unit.inputs.tiny_study import ARCHITECTURE, PREPROCESSING
from workflow_scripts.files.bundles import new_card, read_card, write_encoder
from workflow_scripts.files.digests import sha256_file
from workflow_scripts.files.heads import load_head
from workflow_scripts.job.errors import InputError
from workflow_scripts.models.zero_shot_head import main
from workflow_scripts.networks.architectures import build_clip, is_coca, text_weights
from workflow_scripts.networks.tokenizer import WordTokenizer, clip_tokenizer
from workflow_scripts.networks.zero_shot import zero_shot_head

NAMES = ["car", "tea cup", "fish"]
TEMPLATES = ["a {}", "a photo of a {}"]
VOCABULARY = sorted(["a", "car", "cup", "fish", "of", "photo", "tea"])


def tiny_coca():
    """The tiny ViT as a CoCa that reads words."""
    plain = copy.deepcopy(ARCHITECTURE["ViT-tiny"])
    plain["vision_cfg"]["output_tokens"] = True
    width = plain["vision_cfg"]["width"]
    text = {"context_length": 16, "vocab_size": 20, "width": width, "heads": 1, "layers": 1}
    return plain | {"text_cfg": text | {"output_tokens": True}, "multimodal_cfg": text}


ARCHITECTURES = {
    "RN-tiny": ARCHITECTURE["RN-tiny"],
    "ViT-tiny": ARCHITECTURE["ViT-tiny"],
    "CoCa-tiny": tiny_coca(),
    **SMALL,
}


def write_bundle(folder, kind, vocabulary=VOCABULARY):
    """A CLIP with random weights, its tokenizer, and its bundle but for the head."""
    torch.manual_seed(0)
    architecture, words = ARCHITECTURES[kind], {}
    if kind in SMALL:
        tokenizer = clip_tokenizer(architecture)
    else:
        words = {"vocabulary": vocabulary}
        length = architecture["text_cfg"]["context_length"]
        tokenizer = WordTokenizer(vocabulary, length)
    clip = build_clip(architecture, 14.0, tokenizer.vocab_size)
    settings = {
        "model": "m", "architecture": architecture, "preprocessing": PREPROCESSING, "origin": {}
    }  # fmt: skip
    card = new_card(settings) | words
    write_encoder(folder, card, clip.visual.state_dict(), text_weights(clip), normalise=True)
    return clip, tokenizer


def make_head(folder, class_names=NAMES, templates=TEMPLATES):
    """Run the job; the weight and its card."""
    main(folder, 1, class_names=class_names, templates=templates, device="cpu")
    return load_file(folder / "head.safetensors")["weight"], read_card(folder / "head.json")


@pytest.mark.parametrize("kind", ARCHITECTURES)
def test_the_head_is_that_of_the_whole_model(tmp_path, kind):
    """To the bit: head and encoder were once made by one job."""
    clip, tokenizer = write_bundle(tmp_path, kind)
    weight, _ = make_head(tmp_path)
    assert torch.equal(weight, zero_shot_head(clip, tokenizer, NAMES, TEMPLATES))
    assert is_coca(ARCHITECTURES[kind]) == ("CoCa" in kind)
    names = set(load_file(tmp_path / "text.safetensors"))
    assert "logit_scale" in names
    assert all(name == "logit_scale" or name.startswith("text.") for name in names)


def test_the_measures_read_it(tmp_path):
    write_bundle(tmp_path, "RN-tiny")
    weight, _ = make_head(tmp_path)
    head = load_head(tmp_path / "head.safetensors", tmp_path / "card.json")
    assert head.normalise and head.bias is None
    assert torch.equal(torch.from_numpy(head.weight), weight)


def test_another_template_changes_the_head_and_its_card_alone(tmp_path):
    write_bundle(tmp_path, "RN-tiny")
    others = ("card.json", "encoder.safetensors", "text.safetensors")
    before = {name: (tmp_path / name).read_bytes() for name in others}
    first, card = make_head(tmp_path)
    second, changed = make_head(tmp_path, templates=TEMPLATES[:1])
    assert {name: (tmp_path / name).read_bytes() for name in others} == before
    assert not torch.equal(first, second)
    assert card == {
        "model": "m",
        "classes": 3,
        "sha256": {"head": card["sha256"]["head"]},
        "zero_shot": {
            "templates": TEMPLATES,
            "class_names": NAMES,
            "text": sha256_file(tmp_path / "text.safetensors"),
        },
    }
    assert changed["zero_shot"]["templates"] == TEMPLATES[:1]
    assert changed["sha256"]["head"] == sha256_file(tmp_path / "head.safetensors")
    assert changed["sha256"] != card["sha256"]


def warnings(caplog):
    return [each.getMessage() for each in caplog.records if each.levelno >= logging.WARNING]


def test_words_that_the_tokenizer_does_not_know_are_named(tmp_path, caplog):
    write_bundle(tmp_path, "RN-tiny", [word for word in VOCABULARY if word != "tea"])
    make_head(tmp_path)
    assert len(warnings(caplog)) == 1
    assert (
        "does not know, which all read the same: 'tea'; in those of the classes tea cup. "
        in (warnings(caplog)[0])
    )


def test_classes_with_equal_rows_are_named(tmp_path, caplog):
    write_bundle(tmp_path, "RN-tiny")
    make_head(tmp_path, ["car", "fish", "Car!"])
    assert len(warnings(caplog)) == 1
    assert (
        "equal rows of W, between which the model cannot choose: 'car' and 'Car!'; change"
        in (warnings(caplog)[0])
    )


@pytest.mark.parametrize(("kind", "words"), [("RN-tiny", 20), ("RN", 80)])
def test_prompts_that_are_cut_are_named_and_so_are_their_equal_rows(tmp_path, caplog, kind, words):
    write_bundle(tmp_path, kind)
    long = [" ".join(["car"] * words + [end]) for end in ("cup", "fish")]
    make_head(tmp_path, ["fish", *long])
    cut, equal = warnings(caplog)
    length = ARCHITECTURES[kind]["text_cfg"]["context_length"]
    assert cut.startswith(f"prompts of 2 classes are longer than the {length} tokens")
    assert all(repr(name) in cut for name in long) and "'fish'" not in cut
    assert "equal rows of W" in equal and f"{long[0]!r} and {long[1]!r}" in equal


def test_names_in_letters_that_no_word_has_are_named(tmp_path, caplog):
    write_bundle(tmp_path, "RN-tiny")
    make_head(tmp_path, ["car", "猫", "fish"])
    assert len(warnings(caplog)) == 1
    assert "'猫'; in those of the classes 猫." in warnings(caplog)[0]


@pytest.mark.parametrize("kind", ["ViT-tiny", "RN"])
def test_nothing_else_is_warned_of(tmp_path, caplog, kind):
    write_bundle(tmp_path, kind)
    make_head(tmp_path)
    assert warnings(caplog) == []


def damage(change):
    """A function that changes the tensors of a bundle's text side."""

    def write(folder):
        tensors = load_file(folder / "text.safetensors")
        change(tensors)
        save_file(tensors, folder / "text.safetensors")

    return write


@pytest.mark.parametrize(
    ("harm", "message"),
    [
        (lambda folder: (folder / "text.safetensors").unlink(), "text.safetensors: cannot be read"),
        (lambda folder: (folder / "card.json").write_text("[]"), "card.json: found no JSON object"),
        (damage(lambda state: state.pop("logit_scale")), "not fit .*: missing logit_scale"),
        (damage(lambda state: state.pop("text.token_embedding.weight")), "no token embedding"),
    ],
)
def test_a_damaged_bundle(tmp_path, harm, message):
    write_bundle(tmp_path, "RN-tiny")
    harm(tmp_path)
    with pytest.raises(InputError, match=message):
        make_head(tmp_path)
    assert not (tmp_path / "head.safetensors").exists()


def test_a_card_without_the_vocabulary(tmp_path):
    write_bundle(tmp_path, "RN-tiny")
    text = (tmp_path / "card.json").read_text().replace('"vocabulary"', '"words"')
    (tmp_path / "card.json").write_text(text)
    with pytest.raises(InputError, match="card of model m: found no key vocabulary"):
        make_head(tmp_path)
