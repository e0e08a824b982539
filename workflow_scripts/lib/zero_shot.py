"""Zero-shot heads: a classifier's weights from class names and templates (Section 2)."""

import torch
from torch.nn.functional import normalize


@torch.no_grad()
def zero_shot_head(model, tokenizer, class_names, templates, device="cpu"):
    """The weight matrix W float32 [K, d_H] of a CLIP's zero-shot classifier.

    Each row is the mean of a class's normalised text features over the templates, normalised
    again, times the logit scale.

    Parameters
    ----------
    model : open_clip CLIP with `encode_text` and `logit_scale`
    tokenizer : callable texts -> token ids
    class_names : K names
    templates : texts with one `{}`
    """
    model.eval()
    rows = []
    for name in class_names:
        tokens = tokenizer([template.format(name) for template in templates]).to(device)
        features = normalize(model.encode_text(tokens).float(), dim=1)
        rows.append(normalize(features.mean(0), dim=0))
    return torch.stack(rows) * model.logit_scale.exp()
