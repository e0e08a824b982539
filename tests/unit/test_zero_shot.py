"""Zero-shot heads against a direct computation, and against open_clip's own."""

import numpy as np
import pytest
import torch

from tests.unit.tiny_study import ARCHITECTURE
from workflow_scripts.lib.architectures import build_clip
from workflow_scripts.lib.tokenizer import WordTokenizer
from workflow_scripts.lib.zero_shot import zero_shot_head

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
    from open_clip import build_zero_shot_classifier

    model.eval()
    templates = [lambda name, text=text: text.format(name) for text in TEMPLATES]
    theirs = build_zero_shot_classifier(model, TOKENIZER, NAMES, templates)
    ours = zero_shot_head(model, TOKENIZER, NAMES, TEMPLATES)
    np.testing.assert_allclose(ours, 14 * theirs.T, rtol=1e-4, atol=1e-5)
