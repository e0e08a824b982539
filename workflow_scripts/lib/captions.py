"""Sentences that the captions of several figures and tables share."""

import pandas as pd

from workflow_scripts.lib.families import FAMILIES, of_family, shown


def pool_sentence(study: str, models: list[dict]) -> str:
    """Which models of the study are shown, family by family, and which families it lacks."""
    present, absent = [], []
    for family, look in FAMILIES.items():
        ids = [f"`{model['model']}`" for model in of_family(models, family)]
        if ids:
            present.append(f"{look.name} ({len(ids)}): {', '.join(ids)}")
        else:
            absent.append(look.name)
    text = f"Study `{study}`, {len(shown(models))} models. " + "".join(f"{p}. " for p in present)
    if absent:
        text += f"The study has no model of: {', '.join(absent)}. "
    return text.strip()


def undefined_sentence(values: pd.DataFrame) -> str:
    """Which models have no defined value; empty if all have."""
    ids = [f"`{model}`" for model in values.index[values["value"].isna()]]
    return f"Undefined, marked n/a: {', '.join(ids)}." if ids else ""


def interval_sentence(confidence: float) -> str:
    """What the intervals are."""
    return f"Intervals: {100 * confidence:g} % by bootstrap over the images."


def published_sentence(count: int) -> str:
    """What the published numbers are, and that nothing here produced them."""
    return (
        f"Published, not reproduced: {count} zero-shot checkpoints of the paper's models (16, and "
        "the 2 CoCa models of its Appendix D), from open_clip's published accuracies with "
        "ImageNet-V2 matched-frequency, against the line through the published accuracies of the "
        "ImageNet testbed. No weights were used."
    )


def caption(heading: str, *sentences: str) -> str:
    """Caption as Markdown: the bold heading and the sentences that are not empty."""
    return " ".join([f"**{heading}**", *filter(None, sentences)]) + "\n"
