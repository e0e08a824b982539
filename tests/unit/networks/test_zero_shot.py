"""Zero-shot heads against a direct computation, and against open_clip's own."""

import numpy as np
import pytest
import torch

from tests.unit.inputs.pretrained_inputs import SMALL, open_clip
from tests.unit.inputs.tiny_study import ARCHITECTURE
from workflow_scripts.networks.architectures import build_clip
from workflow_scripts.networks.tokenizer import WordTokenizer, clip_tokenizer
from workflow_scripts.networks.zero_shot import prompts, zero_shot_head

NAMES = ["car", "tea cup", "fish"]
TEMPLATES = ["a {}", "a photo of a {}", "the {} there"]
TOKENIZER = WordTokenizer.from_texts(
    [template.format(name) for template in TEMPLATES for name in NAMES], 8
)


@pytest.fixture
def model():
    torch.manual_seed(0)
    return build_clip(ARCHITECTURE["RN-tiny"], 14.0, TOKENIZER.vocab_size).train()


def test_the_head_is_the_mean_over_templates(model):
    """Normalised, averaged, normalised again, times the logit scale (Section 2)."""
    head = zero_shot_head(model, TOKENIZER, NAMES, TEMPLATES)
    for name, row in zip(NAMES, head, strict=True):
        total = np.zeros(32)
        for template in TEMPLATES:
            with torch.no_grad():
                feature = model.encode_text(TOKENIZER([template.format(name)]))[0].numpy()
            total += feature / np.linalg.norm(feature)
        np.testing.assert_allclose(row, 14 * total / np.linalg.norm(total), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(head, axis=1), 14.0, rtol=1e-5)
    assert not head.requires_grad
    assert not model.training


def test_the_head_is_that_of_open_clip(model):
    model.eval()
    templates = [lambda name, text=text: text.format(name) for text in TEMPLATES]
    theirs = open_clip.build_zero_shot_classifier(model, TOKENIZER, NAMES, templates)
    ours = zero_shot_head(model, TOKENIZER, NAMES, TEMPLATES)
    np.testing.assert_allclose(ours, 14 * theirs.T, rtol=1e-4, atol=1e-5)


LONG = ["ox", "great white shark, white shark, man-eater", "café " * 100, "2", "l'œuf"]


def test_the_word_open_clip_stands_for_its_templates():
    sentences = prompts("open_clip", "tench")
    assert len(sentences) == 80
    assert sentences[:2] == ["a bad photo of a tench.", "a photo of many tench."]
    assert prompts(TEMPLATES, "fish") == ["a fish", "a photo of a fish", "the fish there"]


@pytest.mark.parametrize("kind", SMALL)
def test_batches_of_prompts_cut_to_their_length_change_nothing(kind, monkeypatch):
    """400 prompts, some as long as the context, through open_clip's own text towers."""
    torch.manual_seed(0)
    model = build_clip(SMALL[kind], 100.0).eval()
    tokenizer = clip_tokenizer(SMALL[kind])
    theirs = open_clip.build_zero_shot_classifier(
        model, tokenizer, LONG, open_clip.OPENAI_IMAGENET_TEMPLATES
    )
    widths, encode_text = [], model.encode_text
    monkeypatch.setattr(
        model, "encode_text", lambda tokens: widths.append(tokens.shape[1]) or encode_text(tokens)
    )
    ours = zero_shot_head(model, tokenizer, LONG, "open_clip")
    np.testing.assert_allclose(ours, 100 * theirs.T, rtol=1e-4, atol=1e-3)
    length = SMALL[kind]["text_cfg"]["context_length"]
    # A CoCa's text is read at a token behind the padding, so nothing can be cut.
    assert widths[-1] == length and (widths[0] == length) == (kind == "CoCa")
    assert len(model.text.attn_mask) == model.text.num_pos  # as it was
