"""Tables 3 to 5: robustness, kurtosis and concepts of non-CLIP models (Appendix D)."""

from collections.abc import Callable, Hashable, Mapping
from typing import Any, NamedTuple

import pandas as pd

from workflow_scripts.files.atomic import write_csv, write_text
from workflow_scripts.files.tables import rows_of
from workflow_scripts.reporting import texts
from workflow_scripts.reporting.concepts import at_threshold, sign_sentence
from workflow_scripts.reporting.families import Model, without_baselines
from workflow_scripts.reporting.texts import StudyFacts
from workflow_scripts.study.pool import is_coca_backbone

Row = dict[Hashable, Any]
KINDS = {"robust_zero_shot": "Zero-shot", "finetuned": "Finetuned"}
ROBUSTNESS = ("effective_robustness", "low", "high", "accuracy")
KURTOSIS = ("kurtosis", "low", "high")
CONCEPTS = ("concepts", "chance", "draws_low", "draws_high")

Cell = Callable[[Row], str]  # from a row of values to the text of its cell


class Table(NamedTuple):
    """One of the tables."""

    heading: str
    sentences: tuple[str, ...]
    values: pd.DataFrame  # indexed by model
    cell: Cell


def coca_models(models: list[Model]) -> list[Model]:
    """The zero-shot and finetuned models whose backbone is a CoCa."""
    return [
        model
        for model in without_baselines(models)
        if is_coca_backbone(model["backbone"]) and model["family"] in KINDS
    ]


def robustness_cell(row: Row) -> str:
    """Effective robustness with its interval, and the accuracy on the test set, as in the paper."""
    accuracy = f"at {100 * row['accuracy']:.1f} %"
    if pd.isna(row["effective_robustness"]):
        return f"undefined {accuracy}"
    robustness, low, high = (
        f"{100 * value:.1f}".replace("-", "−")
        for value in (row["effective_robustness"], row["low"], row["high"])
    )
    return f"{robustness} % ({low} to {high}) {accuracy}"


def kurtosis_cell(row: Row) -> str:
    """Kurtosis with its interval."""
    if pd.isna(row["kurtosis"]):
        return "undefined"
    return f"{row['kurtosis']:.1f} ({row['low']:.2f} to {row['high']:.2f})"


def concepts_cell(row: Row) -> str:
    """The number of concepts."""
    return f"{row['concepts']:.0f}"


def tidy(models: list[Model], values: pd.DataFrame) -> pd.DataFrame:
    """A row a model: model, backbone, pretraining, kind, and the columns of `values`.

    Parameters
    ----------
    models: rows of models.tsv, all of them CoCas
    values: indexed by model
    """
    frame = pd.DataFrame(models, columns=["model", "family", "backbone", "pretraining"])
    frame = frame.assign(kind=frame["family"].map(KINDS)).drop(columns="family")
    return pd.concat([frame, values.reset_index(drop=True)], axis=1)


def markdown(table: pd.DataFrame, cell: Cell) -> str:
    """The paper's layout of a tidy table: a line a backbone; N.A. where there is no such model."""
    lines = [["Backbone", "CoCa Zero-shot", "CoCa Finetuned"], ["---", "---:", "---:"]]
    for backbone, rows in table.groupby("backbone", sort=False):
        cells = [
            "; ".join(map(cell, rows[rows["kind"] == kind].to_dict("records"))) or "N.A."
            for kind in KINDS.values()
        ]
        lines.append([str(backbone), *cells])
    return texts.markdown_rows(lines)


def content(
    inputs: Mapping[str, str],
    own: list[Model],
    test: str,
    intervals: str,
    line: str,
    concepts: dict[str, Any] | None,
) -> Table:
    """The table of the measure that is given.

    Parameters
    ----------
    own: rows of models.tsv, all of them CoCas
    intervals, line: what is to be said about them
    inputs, test, concepts: as in `main`
    """
    if "robustness" in inputs:
        return Table(
            "Table 3. Effective robustness of non-CLIP models.",
            (
                "Effective robustness (equation 5) of CoCas with its interval, at their accuracy "
                f"on `{test}`.",
                intervals,
                line,
            ),
            rows_of(inputs["robustness"], own, ROBUSTNESS),
            robustness_cell,
        )
    if not concepts:
        return Table(
            "Table 4. Activation kurtosis of non-CLIP models.",
            (
                f"Kurtosis (equation 1) of CoCas, averaged over the images of `{test}`; far above "
                "3 it indicates outlier features.",
                intervals,
            ),
            rows_of(inputs["kurtosis"], own, KURTOSIS, test),
            kurtosis_cell,
        )
    return Table(
        "Table 5. Unique concepts of non-CLIP models.",
        (
            f"Number of concepts of `{concepts['dataset']}` with an average precision of at "
            f"least {concepts['threshold']:g} in some direction of a CoCa's head (equation 4).",
            sign_sentence(),
        ),
        at_threshold(inputs["concepts"], own, concepts["threshold"], CONCEPTS),
        concepts_cell,
    )


def main(
    inputs: Mapping[str, str],
    csv: str,
    md: str,
    *,
    study: StudyFacts,
    models: list[Model],
    test: str,
    confidence: float,
    line_through: str,
    no_line: str,
    concepts: dict[str, Any] | None,
) -> None:
    """Make the table whose measure is given; without such a model it says so.

    Parameters
    ----------
    inputs: by name, one of `robustness`: measures/effective_robustness/models.csv, `kurtosis`:
        measures/kurtosis.csv and `concepts`: measures/concepts/counts.csv
    csv, md: files to write: a row a model, and the paper's layout
    study: what the text above a table says about the study
    models: rows of models.tsv, with model, family, backbone, pretraining
    test: id of the data set of role test
    confidence: level of the intervals
    line_through, no_line: what the line goes through, and why there is none; see
        `texts.line_sentence`
    concepts: `dataset`, id of the data set of role concepts, and `threshold`, average precision
        from which a concept counts as encoded; None for any other table
    """
    own = coca_models(models)
    line = texts.line_sentence(line_through, no_line)
    table = content(inputs, own, test, texts.interval_sentence(confidence, study), line, concepts)
    text = texts.paragraph(
        table.heading,
        *table.sentences,
        texts.study_sentence(study),
        "" if own else "It has no such model.",
    )
    frame = tidy(own, table.values)
    write_csv(csv, frame)
    write_text(md, f"{text}\n{markdown(frame, table.cell)}")


if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job, named_inputs

    snakemake: Any
    with job(snakemake):
        main(
            named_inputs(snakemake),
            snakemake.output.csv,
            snakemake.output.markdown,
            **snakemake.params.settings,
        )
