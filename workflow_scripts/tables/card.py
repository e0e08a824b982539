"""The report card of a study's models: all their indicators, beside reference ranges, in words."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from workflow_scripts.cards import pages, tables
from workflow_scripts.cards.indicators import read
from workflow_scripts.cards.references import of_miniature, of_paper
from workflow_scripts.cards.sections import sections
from workflow_scripts.files.atomic import write_json, write_text
from workflow_scripts.reporting import texts
from workflow_scripts.reporting.families import Model
from workflow_scripts.reporting.texts import StudyFacts


def main(
    measures: Mapping[str, str],
    paper: list[str],
    miniature: str,
    md: str,
    html: str,
    json: str,
    *,
    study: StudyFacts,
    models: list[Model],
    test: dict[str, str],
    threshold: float | None,
    confidence: float,
    headless: list[str],
    runs: dict[str, dict[str, int]],
    missing: list[dict[str, str]],
) -> None:
    """Write the card.

    Parameters
    ----------
    measures: the measures' tables, by the names that cards/indicators.py uses
    paper: files of resources/paper
    miniature: the reference ranges of the miniature
    md, html, json: files to write
    study: what figures and tables say about the study
    models: rows of models.tsv, with model, family, backbone, pretraining
    test: id and title of the test set
    threshold: average precision from which a concept counts as encoded; None without concepts
    confidence: level of the intervals
    headless: ids of the models without a head
    runs: training runs by name: models that are its checkpoints, and at which step
    missing: what the study does not allow, each with part and reason

    Raises
    ------
    InputError: a table lacks a column or a model
    """
    measured = read(measures, models, test["id"], threshold, headless)
    references = pd.concat([of_paper(paper), of_miniature(miniature)], ignore_index=True)
    references = references[references["indicator"].isin(measured.values.keys())]
    images = int(measured.details["kurtosis"]["images"].max())
    named = ", ".join(f"`{model['model']}`" for model in models)
    card = pages.Card(
        title="Indicators of robustness: " + ", ".join(model["model"] for model in models[:3])
        + (f" and {len(models) - 3} more" if len(models) > 3 else ""),
        sentences=[
            texts.study_sentence(study),
            f"Models: {named}.",
            f"Images: {images} of {test['title']} (`{test['id']}`).",
            texts.interval_sentence(confidence, study),
        ],
        summary=tables.summary(measured, models),
        sections=sections(measured, models, references, runs),
        missing=missing,
        origin="Made by the target `indicators` of the workflow from the tables in "
        f"`results/{study['name']}/measures`; the numbers are in `card.json`, too.",
    )  # fmt: skip
    facts = {"study": study["name"], "dataset": test, "images": images, "confidence": confidence}
    write_json(
        json,
        pages.as_json(measured, models, references, missing=missing, runs=runs, **facts),
    )
    write_text(md, pages.markdown(card))
    write_text(html, pages.html(card))


if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job, named_inputs

    snakemake: Any
    with job(snakemake):
        inputs = named_inputs(snakemake)
        main(
            inputs,
            [inputs.pop(name) for name in ("paper_tables", "paper_text")],
            inputs.pop("miniature"),
            **dict(snakemake.output.items()),
            **snakemake.params.settings,
        )
