"""Sentences that several figures and tables share.

They stand in the caption under a figure and in the text above a table.
"""

from collections.abc import Iterable
from typing import NotRequired, TypedDict

import pandas as pd

from workflow_scripts.reporting.families import (
    COCAS,
    FAMILIES,
    LOOKS,
    RECTIFIED,
    Model,
    of_family,
    of_look,
    without_baselines,
)
from workflow_scripts.study.pool import label_of


class StudyFacts(TypedDict):
    """What figures and tables say about a study; the rules gather it."""

    name: str
    test: str  # title of the test set
    missing: list[Model]  # models whose weights cannot be obtained, each with its `reason`
    left_out: int  # models that were not chosen for this run
    images: int | None  # limit of the images of a data set
    outdated: NotRequired[list[str]]  # models that were not trained anew though they would differ
    foreign: NotRequired[list[str]]  # packages that are not the environment's own
    given: NotRequired[bool]  # no model is trained here, so that there is nothing to replicate
    replicates: NotRequired[int]  # of the experiment, if there are several
    means: NotRequired[bool]  # whether values are means over them, or those of the first


def study_sentence(study: StudyFacts) -> str:
    """The study's name, and what its figures lack: images and models."""
    sentences = [f"Study `{study['name']}`."]
    if study["images"]:
        sentences.append(f"At most {study['images']} images of each data set were measured.")
    if study["left_out"]:
        sentences.append(f"Models of the study not chosen for this run: {study['left_out']}.")
    if study["missing"]:
        sentences.append(f"Not in this study's figures: {_missing(study['missing'])}.")
    if study.get("replicates") and not study.get("means"):
        sentences.append(f"Of {study['replicates']} replicates it shows the first.")
    if outdated := study.get("outdated"):
        names = ", ".join(f"`{model}`" for model in outdated)
        sentences.append(f"Made of other settings, data or code than now, and kept: {names}.")
    if foreign := study.get("foreign"):
        listed = ", ".join(foreign)
        sentences.append(f"Made with packages that are not the environment's own: {listed}.")
    return " ".join(sentences)


def _missing(models: list[Model]) -> str:
    """Models and why they are missing, those of one reason together."""
    called: dict[str, list[str]] = {}
    for model in models:
        name = f"{model['backbone']} {label_of(model) or model['family']}"
        finetuned = "finetuned " if model["family"] == "finetuned" else ""
        called.setdefault(model["reason"], []).append(finetuned + name)
    return "; ".join(f"{', '.join(names)} ({reason})" for reason, names in called.items())


def pool_sentence(study: StudyFacts, models: list[Model]) -> str:
    """Which study it is, which of its models it compares, and what families of the paper it lacks.

    A family that the paper does not have is said to be none.
    """
    present, absent = [], []
    for look in LOOKS:
        ids = [f"`{model['model']}`" for model in of_look(models, look)]
        if ids:
            beyond = ", a kind that the paper does not have" if look == FAMILIES[RECTIFIED] else ""
            present.append(f"{look.name} ({len(ids)}{beyond}): {', '.join(ids)}")
        elif look not in (FAMILIES[RECTIFIED], *COCAS.values()):
            absent.append(look.name)
    text = f"{study_sentence(study)} Models: {len(without_baselines(models))}. "
    text += "".join(f"{part}. " for part in present)
    if absent:
        text += f"No model of: {', '.join(absent)}. "
    return text.strip()


def test_sentence(study: StudyFacts) -> str:
    """What the study's test set is, where numbers of another stand beside it."""
    return f"The test set is {study['test']}."


def rectified_sentence(models: list[Model]) -> str:
    """That kurtosis compares rectified features with no others; empty without any."""
    ids = [f"`{model['model']}`" for model in of_family(models, RECTIFIED)]
    if not ids:
        return ""
    return (
        f"Kurtosis compares encoders of one kind: the features of {', '.join(ids)} are averages of "
        "a rectifier's output, heavy-tailed by construction, robust or not."
    )


def undefined_sentence(values: pd.DataFrame) -> str:
    """Which models have no defined value; empty if all have.

    Parameters
    ----------
    values: column value, indexed by model
    """
    ids = [f"`{model}`" for model in values.index[values["value"].isna()]]
    return f"Undefined, marked n/a: {', '.join(ids)}." if ids else ""


def left_out_sentence(models: Iterable[str], reason: str) -> str:
    """Which models are not shown, by their ids, and why; empty if there are none."""
    names = ", ".join(f"`{model}`" for model in models)
    return f"Left out, since {reason}: {names}." if names else ""


NO_PATH = "their heads read h as it is and cannot be interpolated with zero-shot ones"


def interval_sentence(confidence: float, study: StudyFacts) -> str:
    """What the intervals are; `confidence` is their level, in (0, 1)."""
    if study.get("means"):
        return means_sentence(study, confidence, "seeds and images")
    why = "the weights are given" if study.get("given") else "other seeds are not among it"
    return (
        f"Intervals: {100 * confidence:g} % by bootstrap over the images, for the choice of images "
        f"alone ({why})."
    )


def means_sentence(study: StudyFacts, confidence: float, over: str) -> str:
    """That values are means over replicates, and what their intervals are over."""
    return (
        f"Values are means over {study['replicates']} replicates, with other seeds in all "
        f"trainings; intervals: {100 * confidence:g} % over {over}; dots, where there are any, are "
        "single replicates."
    )


def line_sentence(line_through: str, no_line: str) -> str:
    """Why a study has no effective robustness, or that its line is not its own; else empty.

    Parameters
    ----------
    line_through: "pool" or "testbed", what the line of effective robustness goes through
    no_line: why there is no line, see study/line.py; empty if there is one
    """
    if no_line:
        return f"{no_line[0].upper()}{no_line[1:]}."
    if line_through == "testbed":
        return (
            "The line of effective robustness goes through the published accuracies of the "
            "ImageNet testbed and is the same in every resample of the images."
        )
    return ""


def published_sentence(count: int) -> str:
    """What the published numbers are, and that nothing here produced them.

    Parameters
    ----------
    count: number of published checkpoints
    """
    return (
        f"Published, not reproduced: {count} zero-shot checkpoints of the paper's models (16, and "
        "the 2 CoCa models of its Appendix D), from open_clip's published accuracies on ImageNet "
        "and its shifts, with ImageNet-V2 matched-frequency, against the line through the "
        "published accuracies of the ImageNet testbed. No weights were used."
    )


def paragraph(heading: str, *sentences: str) -> str:
    """A figure's caption, or the text above a table, as Markdown.

    It is the bold heading and those of the sentences that are not empty.
    """
    return " ".join([f"**{heading}**", *filter(None, sentences)]) + "\n"


def markdown_rows(lines: Iterable[Iterable[str]]) -> str:
    """Lines of cells as a Markdown table; the first has the titles, the second the alignments.

    Empty without a third: nothing stands below the titles.
    """
    rows = [f"| {' | '.join(line)} |\n" for line in lines]
    return "".join(rows) if len(rows) > 2 else ""
