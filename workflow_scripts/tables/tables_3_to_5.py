"""Tables 3 to 5: robustness, kurtosis and concepts of models that are no CLIPs (Appendix D)."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import pandas as pd

from workflow_scripts.files.atomic import write_csv, write_text
from workflow_scripts.files.tables import rows_of
from workflow_scripts.reporting import texts as captions
from workflow_scripts.reporting.concepts import at_threshold, sign_sentence
from workflow_scripts.reporting.families import shown
from workflow_scripts.study.pool import is_coca_backbone

KINDS = {"robust_zero_shot": "Zero-shot", "finetuned": "Finetuned"}
ROBUSTNESS = ("effective_robustness", "low", "high", "accuracy")
KURTOSIS = ("kurtosis", "low", "high")
CONCEPTS = ("concepts", "chance", "draws_low", "draws_high")


class Table(NamedTuple):
    """One of the tables."""

    heading: str
    sentences: tuple[str, ...]
    values: pd.DataFrame  # indexed by model
    cell: Callable  # from a row (a named tuple) to the text of its cell


def coca_models(models: list[dict]) -> list[dict]:
    """The zero-shot and finetuned models whose backbone is a CoCa."""
    return [
        model
        for model in shown(models)
        if is_coca_backbone(model["backbone"]) and model["family"] in KINDS
    ]


def robustness_cell(row) -> str:
    """Effective robustness with its interval, and the accuracy on ImageNet, as in the paper."""
    accuracy = f"at {100 * row.accuracy:.1f} %"
    if pd.isna(row.effective_robustness):
        return f"undefined {accuracy}"
    robustness, low, high = (
        f"{100 * value:.1f}".replace("-", "−")
        for value in (row.effective_robustness, row.low, row.high)
    )
    return f"{robustness} % ({low} to {high}) {accuracy}"


def kurtosis_cell(row) -> str:
    """Kurtosis with its interval."""
    if pd.isna(row.kurtosis):
        return "undefined"
    return f"{row.kurtosis:.1f} ({row.low:.2f} to {row.high:.2f})"


def concepts_cell(row) -> str:
    """The number of concepts."""
    return f"{row.concepts:.0f}"


def tidy(models: list[dict], values: pd.DataFrame) -> pd.DataFrame:
    """A row a model: model, backbone, pretraining, kind, and the columns of `values`.

    Parameters
    ----------
    models: rows of models.tsv, all of them CoCas
    values: indexed by model
    """
    frame = pd.DataFrame(models, columns=["model", "family", "backbone", "pretraining"])
    frame = frame.assign(kind=frame["family"].map(KINDS)).drop(columns="family")
    return pd.concat([frame, values.reset_index(drop=True)], axis=1)


def markdown(table: pd.DataFrame, cell: Callable) -> str:
    """The paper's layout of a tidy table: a line a backbone; N.A. where there is no such model."""
    lines = ["| Backbone | CoCa Zero-shot | CoCa Finetuned |", "| --- | ---: | ---: |"]
    for backbone, rows in table.groupby("backbone", sort=False):
        cells = [
            "; ".join(cell(row) for row in rows[rows["kind"] == kind].itertuples()) or "N.A."
            for kind in KINDS.values()
        ]
        lines.append(f"| {backbone} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def tables(
    inputs: dict, own: list[dict], test: str, confidence: float, line: str, concepts: dict | None
) -> Iterator[Table]:
    """The tables that the study can have; see `main`, and `line_sentence` for `line`."""
    intervals = captions.interval_sentence(confidence)
    yield Table(
        "Table 3. Effective robustness of models that are no CLIPs.",
        (
            "Effective robustness (equation 5) of CoCas with its interval, at their ImageNet "
            "accuracy.",
            intervals,
            line,
        ),
        rows_of(inputs["robustness"], own, ROBUSTNESS),
        robustness_cell,
    )
    yield Table(
        "Table 4. Activation kurtosis of models that are no CLIPs.",
        (
            f"Kurtosis (equation 1) of CoCas, averaged over the images of `{test}`; far above 3 it "
            "indicates outlier features.",
            intervals,
        ),
        rows_of(inputs["kurtosis"], own, KURTOSIS, test),
        kurtosis_cell,
    )
    if concepts:
        yield Table(
            "Table 5. Unique concepts of models that are no CLIPs.",
            (
                f"Number of concepts of `{concepts['dataset']}` with an average precision of at "
                f"least {concepts['threshold']:g} in some direction of a CoCa's head (equation 4).",
                sign_sentence(),
            ),
            at_threshold(inputs["counts"], own, concepts["threshold"], CONCEPTS),
            concepts_cell,
        )


def main(inputs, outputs, *, study, models, test, confidence, line_through, no_line, concepts):
    """Make the tables; a study without such a model gets ones that say so.

    Parameters
    ----------
    inputs: by name, `robustness`: measures/effective_robustness/models.csv, `kurtosis`:
        measures/kurtosis.csv and, if the study has concepts, `counts`: measures/concepts/counts.csv
    outputs: CSV, with a row a model, and Markdown of each table
    study: the study, see reporting/texts.py
    models: rows of models.tsv, with model, family, backbone, pretraining
    test: id of the data set of role test
    confidence: level of the intervals
    line_through, no_line: what the line goes through, and why there is none; see `line_sentence`
    concepts: `dataset`, id of the data set of role concepts, and `threshold`, average precision
        from which a concept counts as encoded; None without concepts
    """
    own = coca_models(models)
    line = captions.line_sentence(line_through, no_line)
    made = tables(inputs, own, test, confidence, line, concepts)
    pairs = zip(outputs[::2], outputs[1::2], strict=True)
    for table, (csv, md) in zip(made, pairs, strict=True):
        text = captions.caption(
            table.heading,
            *table.sentences,
            captions.study_sentence(study),
            "" if own else "It has no such model.",
        )
        frame = tidy(own, table.values)
        write_csv(csv, frame)
        write_text(md, f"{text}\n{markdown(frame, table.cell)}")


if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job

    with job(snakemake):
        main(dict(snakemake.input.items()), snakemake.output, **snakemake.params.settings)
