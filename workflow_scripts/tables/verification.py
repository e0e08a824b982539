"""A finished run beside the reference's replicates: is it a further draw of the same experiment?"""

import json
from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from workflow_scripts.analysis.claims import OPEN, STUDY
from workflow_scripts.analysis.over_replicates.deviations import (
    deviations,
    group_deviations,
    limits,
)
from workflow_scripts.analysis.over_replicates.tables import measured, read_alike
from workflow_scripts.files.atomic import write_csv, write_text
from workflow_scripts.files.digests import recorded_digest, represented
from workflow_scripts.files.tables import read_table, single_values
from workflow_scripts.job import records
from workflow_scripts.job.errors import InputError
from workflow_scripts.reporting import texts
from workflow_scripts.reporting.texts import StudyFacts
from workflow_scripts.reporting.verification import COLUMNS, KEYS, Kind, sentence

# ASSUME: a healthy run is called broken once in 40 times by its numbers and once by its groups.
ALARMS = 1 / 40
# Columns whose spread grows with their values, and are compared by their logarithms
RATIOS = ("kurtosis", "importance_ratio")
# Rules that no number of a run comes from
SHOWING = ("figures/", "tables/", "report/", "measures/replicates/", "datasets/contact_sheets")
TINY = 1e-9  # in place of what has no logarithm
Row = dict[Hashable, Any]


def reference_numbers(path: str, replicates: int) -> tuple[pd.DataFrame, np.ndarray]:
    """Numbers that all replicates of a reference have: keys [N], and values [N, R]."""
    table = read_table(path, (*KEYS, "values"))
    single = [single_values(text) for text in table["values"]]
    complete = [len(values) == replicates for values in single]
    values = np.array([each for each in single if len(each) == replicates])
    return table.loc[complete, KEYS].reset_index(drop=True), values


def run_numbers(tables: Mapping[str, str]) -> pd.Series:
    """The numbers of a run, by table, row and column."""
    parts = []
    for name, path in tables.items():
        table = read_alike(path)
        for column in measured(table):
            parts.append(table[column].astype(float).rename_axis("row").rename("value").reset_index()
                         .assign(table=name, column=column))  # fmt: skip
    return pd.concat(parts).set_index(KEYS)["value"].dropna()


def compare_numbers(keys: pd.DataFrame, values: np.ndarray, found: pd.Series) -> pd.DataFrame:
    """Every number and every group of a run beside a reference: columns `COLUMNS`.

    Parameters
    ----------
    keys: table, row, column of each number of the reference
    values: [N, R], of its replicates
    found: of `run_numbers`
    """
    new = found.reindex(pd.MultiIndex.from_frame(keys)).to_numpy()
    there = ~np.isnan(new)
    absent = keys[~there].assign(kind=Kind.NUMBER, score=np.inf, broken=True)
    if not there.any():
        return absent.reindex(columns=COLUMNS)
    keys, values, new = keys[there].reset_index(drop=True), values[there], new[there]
    names = keys["table"] + " " + keys["column"]
    groups, labels = pd.factorize(names)
    ratio = keys["column"].isin(RATIOS).to_numpy() & (values > 0).all(axis=1)
    scaled = np.column_stack([values, new])
    scaled[ratio] = np.log(np.maximum(scaled[ratio], TINY))
    values, run = scaled[:, :-1], scaled[:, -1]
    own, limit = deviations(values, run, groups), limits(values, groups, ALARMS)
    # Back from the normal score to Student's: the ends of what a further draw may be
    reach = stats.t.isf(stats.norm.sf(limit.number), own.degrees) * own.spread
    with np.errstate(over="ignore"):  # of a number that may be anything
        low, high = (
            np.where(ratio, np.exp(end), end) for end in (own.mean - reach, own.mean + reach)
        )
    numbers = keys.assign(
        kind=Kind.NUMBER, found=new, low=low, high=high, score=own.score,
        broken=np.abs(own.score) > limit.number,
    )  # fmt: skip
    whole = group_deviations(values, run, groups)
    of_groups = pd.DataFrame(
        {"kind": Kind.GROUP, "table": [name.split(" ")[0] for name in labels],
         "column": [name.split(" ")[1] for name in labels], "found": whole.deviation,
         "score": whole.score, "broken": whole.score > limit.group}
    )  # fmt: skip
    return pd.concat([numbers, absent, of_groups]).reindex(columns=COLUMNS)


def compare_claims(reference: str, summary: str) -> pd.DataFrame:
    """The claims that are settled in a reference; `found` is the run's verdict, `low` its own.

    Parameters
    ----------
    reference, summary: verdicts of the reference, and of the run
    """
    table = read_table(reference, ("id", "verdict", "evidence"))
    table = table[(table["evidence"] == STUDY) & (table["verdict"] != OPEN)]
    own = read_table(summary, ("id", "verdict")).set_index("id")["verdict"]
    found = table["id"].map(own)
    return pd.DataFrame(
        {"kind": Kind.CLAIM, "row": table["id"], "found": found, "low": table["verdict"],
         "broken": False, "score": (found != table["verdict"]).astype(float)}
    )  # fmt: skip


def compare_data(made: Mapping[str, Any], digests: Mapping[str, str]) -> pd.DataFrame:
    """The data sets, whose images have to be the very same."""
    now = {name: recorded_digest(Path(represented(path))) for name, path in digests.items()}
    rows = [
        {"kind": Kind.DATA, "row": name, "found": now.get(name, "missing"), "low": digest,
         "broken": now.get(name) != digest}
        for name, digest in made["data"].items()
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=COLUMNS)


def other_rules(made: Mapping[str, Any], folder: str) -> list[str]:
    """Rules that make numbers, and whose code or settings are not those of the reference."""
    now = records.stamps(folder)
    numbers = {rule: stamp for rule, stamp in made["rules"].items() if not rule.startswith(SHOWING)}
    return [rule for rule, stamp in numbers.items() if rule in now and now[rule] != stamp]


def markdown(table: pd.DataFrame) -> str:
    """What falls outside, the farthest first, as Markdown."""
    outside = table[table["broken"] | ((table["kind"] == Kind.CLAIM) & (table["score"] > 0))]
    if outside.empty:
        return ""
    order = outside["score"].abs().fillna(np.inf).sort_values(ascending=False, kind="stable").index
    lines = [["What", "Table", "Row", "Column", "Found", "Expected"], ["---"] * 6]
    for row in outside.loc[order].to_dict("records"):
        lines.append([row["kind"], *(_text(row[key]) for key in KEYS), _text(row["found"]),
                      _expected(row)])  # fmt: skip
    return f"\n{texts.markdown_rows(lines)}"


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return "" if pd.isna(value) else f"{value:.4g}".replace("-", "−")


def _expected(row: Row) -> str:
    if row["kind"] == Kind.GROUP:
        return "about 1, as replicates deviate from one another"
    return " to ".join(filter(None, (_text(row["low"]), _text(row["high"]))))


def main(
    tables: Mapping[str, str],
    summary: str,
    digests: Mapping[str, str],
    reference: Mapping[str, str],
    csv: str,
    md: str,
    *,
    study: StudyFacts,
    folder: str,
) -> None:
    """Hold a run against the reference.

    Parameters
    ----------
    tables: tables of the run's measures, by the reference's names for them
    summary: the run's verdicts
    digests: the digest of the image store of each data set
    reference: numbers, verdicts, made_with; see measures/replicates/reference.py
    csv, md: files to write: a row a number, group, claim and data set; and what falls outside
    study: what the text above a table says about the study
    folder: of the records of the run's jobs

    Raises
    ------
    InputError: a table lacks a column, or the reference has no replicates to speak of
    """
    made = json.loads(Path(reference["made_with"]).read_text(encoding="utf-8"))
    if made["replicates"] < 4:
        raise InputError(
            f"{reference['made_with']}: found {made['replicates']} replicates, expected 4 or more; "
            "make a reference by `make replicates`"
        )
    keys, values = reference_numbers(reference["numbers"], made["replicates"])
    table = pd.concat(
        [
            compare_numbers(keys, values, run_numbers(tables)),
            compare_claims(reference["verdicts"], summary),
            compare_data(made, digests),
        ]
    )[COLUMNS].reset_index(drop=True)
    others = other_rules(made, folder)
    text = texts.paragraph(
        "This run beside the reference.",
        texts.study_sentence(study),
        f"{sentence(table)}.",
        "**The run is broken.**" if table["broken"].any() else "The run is healthy.",
        f"The reference has {made['replicates']} replicates, made with {made['processor']}, torch "
        f"{made['packages'].get('torch', 'unknown')}.",
        f"It was made by other code or settings than this run in: {', '.join(others)}."
        if others
        else "It was made by the code and settings of this run.",
        "The range of a number is the one in which all numbers of a further replicate lie "
        f"together with a probability of {1 - ALARMS:g}, as the replicates show when each is held "
        "against the others; its standard deviation is moderated by those of its column. A group "
        "is a column of a table, and judged alike by its mean squared deviation. Verdicts are "
        "compared and not decisive: a claim may flip with the seeds.",
    )
    write_csv(csv, table)
    write_text(md, f"{text}{markdown(table)}")


if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job, named_inputs

    snakemake: Any
    with job(snakemake):
        inputs, settings = named_inputs(snakemake), dict(snakemake.params.settings)
        names, datasets = settings.pop("tables"), settings.pop("datasets")
        main(
            {name: inputs[name] for name in names},
            inputs["summary"],
            dict(zip(datasets, inputs["digests"], strict=True)),
            {name: inputs[f"reference_{name}"] for name in ("numbers", "verdicts", "made_with")},
            snakemake.output.csv,
            snakemake.output.markdown,
            folder=snakemake.params.records,
            **settings,
        )
