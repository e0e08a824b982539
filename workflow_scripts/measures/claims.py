"""The paper's claims, evaluated on the study's tables: resources/claims.tsv has them as data.

Each claim compares one measure of the models of a group with a threshold, with their parents or
with the models of another group. Every comparison gives a case: a difference that the claim says
is above 0, with its interval. The quantifier says how many of the cases have to be.
"""

import logging
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pandas as pd

from workflow_scripts.lib import captions
from workflow_scripts.lib.atomic import write_csv, write_text
from workflow_scripts.lib.errors import InputError
from workflow_scripts.lib.families import FAMILIES, is_coca_backbone
from workflow_scripts.lib.measure_tables import read_table
from workflow_scripts.measures.variants import SHIFTS

HOLDS, FAILS, OPEN = "holds", "does not hold", "cannot be judged here"
COLUMNS = ("id", "source", "statement", "measure", "comparison", "group", "reference",
           "threshold", "quantifier")  # fmt: skip
SIGN = "convention"
PRUNED = 0.8  # share of directions that the paper prunes without loss
log = logging.getLogger(__name__)


# What intervals are
OVER_IMAGES = "bootstrap over the images"
OVER_DRAWS = "range over the draws of the concept sets"
OVER_DATASETS = "range over the data sets"
FROM_ENDS = "what the intervals of the importances allow"
NO_INTERVAL = "none"


class Measure(NamedTuple):
    """What a name in the column `measure` stands for."""

    values: Callable[[], pd.DataFrame]  # value, low, high by model; NaN ends without an interval
    interval: str = OVER_IMAGES
    robustness: bool = False  # whether it needs shifts or the line


def _plain(path: str, value: str, low: str = "low", high: str = "high", **where) -> pd.DataFrame:
    """A column of a table with its interval, in the rows whose columns have the given values."""
    table = read_table(path, ("model", value, *filter(None, (low, high)), *where))
    for column, wanted in where.items():
        same = np.isclose(table[column], wanted) if isinstance(wanted, float) else None
        table = table[same if same is not None else table[column] == wanted]
    found = pd.DataFrame({"value": table[value].to_numpy(float)}, index=table["model"])
    for name, column in (("low", low), ("high", high)):
        found[name] = table[column].to_numpy(float) if column else np.nan
    return found


def _pruned(tables: dict, quantity: str, dataset: str, columns: tuple, order="least_first"):
    """A pruning curve at the last point that keeps at least a fifth of the directions."""
    table = read_table(tables["pruning"], ("model", "order", "pruned", "quantity", "dataset"))
    table = table[(table["quantity"] == quantity) & (table["dataset"] == dataset)]
    table = table[(table["order"] == order) & (table["pruned"] <= PRUNED + 1e-9)]
    table = table.loc[table.groupby("model")["pruned"].idxmax()].set_index("model")
    return table[list(columns)].set_axis(["value", "low", "high"], axis=1)


def pruning_control(tables: dict, test: str) -> pd.DataFrame:
    """Accuracy at 80 % pruned from the least important up, minus from the most important down."""
    columns = ("value", "low", "high")
    least = _pruned(tables, "accuracy", test, columns)
    return difference(least, _pruned(tables, "accuracy", test, columns, "most_first"))


def pruning_kept(tables: dict, test: str) -> pd.DataFrame:
    """Mean share of the accuracy that is kept between 80 and 100 % pruned, ends excluded.

    So are the ends of its interval: as if all points erred alike, which is wider than the truth.
    """
    columns = ("value", "low", "high")
    table = read_table(tables["pruning"], ("model", "order", "pruned", "quantity", *columns))
    table = table[(table["quantity"] == "accuracy_kept") & (table["order"] == "least_first")]
    between = table[(table["pruned"] > PRUNED + 1e-9) & (table["pruned"] < 1)]
    return between.groupby("model", sort=False)[list(columns)].mean()


def importance_peak(tables: dict) -> pd.DataFrame:
    """Largest over median importance; the ends are those that the importances' intervals allow."""
    table = read_table(tables["importance"], ("model", "importance", "low", "high"))
    models = table.groupby("model", sort=False)
    largest, median = models.max(numeric_only=True), models.median(numeric_only=True)
    return pd.DataFrame(
        {
            "value": largest["importance"] / median["importance"],
            "low": largest["low"] / median["high"],
            "high": largest["high"] / median["low"],
        }
    )


def texture_share(tables: dict) -> pd.DataFrame:
    """Share of textures among the top three concepts of the most privileged direction."""
    table = read_table(tables["top"], ("model", "sign", "place", "category"))
    table = table[(table["sign"] == SIGN) & (table["place"] <= 3)]
    share = (table["category"] == "texture").groupby(table["model"], sort=False).mean()
    return pd.DataFrame({"value": share, "low": np.nan, "high": np.nan})


def wise_ft_gain(tables: dict) -> pd.DataFrame:
    """Largest accuracy on the shifts between the ends of a path, minus the better end's.

    The interval is that of this point, which is chosen from the same images.
    """
    table = read_table(tables["wise_ft"], ("model", "alpha", "quantity", "value", "low", "high"))
    table = table[(table["quantity"] == "shift_gain") & ~table["alpha"].isin([0, 1])]
    best = table.loc[table.groupby("model", sort=False)["value"].idxmax()]
    return best.set_index("model")[["value", "low", "high"]]


def output_drop(tables: dict, test: str) -> pd.DataFrame:
    """Drop of CKA at the output minus the largest drop from one layer to the next before it.

    The value is that of the test set, the interval its range over the test set and the shifts.
    """
    table = read_table(tables["cka"], ("model", "dataset", "number", "other_number", "cka"))
    table = table[(table["dataset"] != SHIFTS) & (table["number"] == table["other_number"])]

    def drop(rows):
        # The first layer's drop is that from identical pixels, whose CKA is 1.
        drops = -np.diff(rows.sort_values("number")["cka"], prepend=1.0)
        return drops[-1] - drops[:-1].max(initial=-np.inf)

    sets = table.groupby(["model", "dataset"], sort=False)
    rows = [(*place, drop(layers)) for place, layers in sets]
    drops = pd.DataFrame(rows, columns=["model", "dataset", "drop"]).astype({"drop": float})
    own, every = drops[drops["dataset"] == test], drops.groupby("model", sort=False)["drop"]
    value = own.set_index("model")["drop"]
    several = every.size() > 1
    ends = {"low": every.min().where(several), "high": every.max().where(several)}
    return pd.DataFrame({"value": value, **ends})


def measures(tables: dict, test: str, threshold: float | None) -> dict[str, Measure]:
    """What each name in the column `measure` stands for; evaluated when it is asked for."""
    change = ("change", "change_low", "change_high")
    percent = ("percent_acc", "percent_acc_low", "percent_acc_high")
    no_ends = (None, None)

    def concepts(name, value, *interval):
        return _plain(tables[name], value, *interval, sign=SIGN, threshold=float(threshold))

    def tracking(quantity, *ends):
        return _plain(tables["tracks"], "spearman", *ends, quantity=quantity, dataset=test)

    return {
        "effective_robustness": Measure(
            lambda: _plain(tables["robustness"], "effective_robustness"), robustness=True
        ),
        "percent_acc": Measure(lambda: _plain(tables["robustness"], *percent), robustness=True),
        "kurtosis": Measure(lambda: _plain(tables["kurtosis"], "kurtosis", dataset=test)),
        "importance_ratio": Measure(lambda: _plain(tables["importance_ratio"], "importance_ratio")),
        "importance_rank": Measure(
            lambda: _plain(tables["importance_rank"], "spearman", *no_ends), NO_INTERVAL
        ),
        "importance_peak": Measure(lambda: importance_peak(tables), FROM_ENDS),
        "concepts": Measure(
            lambda: concepts("concepts", "concepts", "draws_low", "draws_high"), OVER_DRAWS
        ),
        "polysemanticity": Measure(
            lambda: concepts("polysemanticity", "polysemanticity", *no_ends), NO_INTERVAL
        ),
        "texture_share": Measure(lambda: texture_share(tables), NO_INTERVAL),
        "pruning_accuracy": Measure(lambda: _pruned(tables, "accuracy", test, change)),
        "pruning_robustness": Measure(
            lambda: _pruned(tables, "effective_robustness", SHIFTS, change), robustness=True
        ),
        "pruning_control": Measure(lambda: pruning_control(tables, test)),
        "pruning_kept": Measure(lambda: pruning_kept(tables, test)),
        "wise_ft_gain": Measure(lambda: wise_ft_gain(tables), robustness=True),
        "tracking_kurtosis": Measure(lambda: tracking("kurtosis"), robustness=True),
        # The counts are not resampled; an interval of the robustness alone would be too narrow.
        "tracking_concepts": Measure(
            lambda: tracking("concepts", *no_ends), NO_INTERVAL, robustness=True
        ),
        "cka": Measure(lambda: output_drop(tables, test), OVER_DATASETS),
    }


def difference(first: pd.DataFrame, second: pd.DataFrame) -> pd.DataFrame:
    """first - second, with intervals whose half-widths add in quadrature.

    Where only one of the two has an interval, its half-widths count alone; where none has, the
    difference has none.
    """
    # ASSUME: as if independent. The models saw the same images, so the true interval is narrower.
    value = first["value"] - second["value"]
    lower = [first["value"] - first["low"], second["high"] - second["value"]]
    upper = [first["high"] - first["value"], second["value"] - second["low"]]
    known = first["low"].notna() | second["low"].notna()
    low, high = (
        np.hypot(*(side.fillna(0).clip(lower=0) for side in each)) for each in (lower, upper)
    )
    return pd.DataFrame(
        {"value": value, "low": (value - low).where(known), "high": (value + high).where(known)}
    )


# Cases


def chosen(models: list[dict], group: str) -> list[dict]:
    """Models of a group: families separated by "|", of CLIPs, or of CoCas with "coca " before."""
    coca = group.startswith("coca ")
    families = group.removeprefix("coca ").split("|")
    return [
        model
        for model in models
        if model["family"] in families and is_coca_backbone(model["backbone"]) == coca
    ]


def cases(claim: pd.Series, models: list[dict], values: pd.DataFrame) -> pd.DataFrame:
    """The comparisons of a claim: subject, reference, value, low, high; the claim says value > 0.

    - `above`, `below`: the models of the group against the threshold
    - `parent_above`: their parents minus themselves, minus the threshold
    - `above_backbone`: themselves minus each model of the reference with the same backbone
    - `output_drop`: the measure itself

    A model that the measure does not have gives no case.
    """
    group = [model for model in chosen(models, claim["group"]) if model["model"] in values.index]
    pairs = []
    for model in group:
        if claim["comparison"] == "parent_above":
            pairs.append((model["parent"], model["model"]))
        elif claim["comparison"] == "above_backbone":
            others = chosen(models, claim["reference"])
            same = [other for other in others if other["backbone"] == model["backbone"]]
            pairs += [(model["model"], other["model"]) for other in same]
        else:
            pairs.append((model["model"], None))
    pairs = [
        (one, other) for one, other in pairs if other is None or {one, other} <= {*values.index}
    ]
    first = values.loc[[one for one, _ in pairs]].reset_index(drop=True)
    if any(other for _, other in pairs):
        second = values.loc[[other for _, other in pairs]].reset_index(drop=True)
        found = difference(first, second) - claim["threshold"]
    elif claim["comparison"] == "below":
        found = claim["threshold"] - first
        found = found.rename(columns={"low": "high", "high": "low"})
    else:
        found = first - claim["threshold"]
    found.insert(0, "subject", [one for one, _ in pairs])
    found.insert(1, "reference", [other or "" for _, other in pairs])
    return found[["subject", "reference", "value", "low", "high"]].dropna(subset="value")


def supports(found: pd.DataFrame) -> np.ndarray:
    """Of each case: 1 if it is above 0, -1 if it is not, 0 if its interval leaves it open."""
    low, high = found["low"].fillna(found["value"]), found["high"].fillna(found["value"])
    return np.where(low > 0, 1, np.where((high < 0) | (low.eq(high) & (low <= 0)), -1, 0))


def verdict(support: np.ndarray, quantifier: str) -> str:
    """What the cases say together."""
    if not len(support):
        return OPEN
    yes, no = (support > 0).mean(), (support < 0).mean()
    if quantifier == "all":
        return HOLDS if yes == 1 else FAILS if no > 0 else OPEN
    if quantifier == "most":
        return HOLDS if yes > 0.5 else FAILS if no >= 0.5 else OPEN
    return HOLDS if yes > 0 else FAILS if no == 1 else OPEN


def evaluate(
    claim: pd.Series, models: list[dict], available: dict[str, Measure], no_line: str
) -> tuple[dict, pd.DataFrame]:
    """A row of the summary, and the cases of one claim.

    Parameters
    ----------
    no_line: why the study has no effective robustness; empty if it has.
    """
    measure, missing = available[claim["measure"]], "the study lacks the models"
    try:
        values = measure.values()
    except KeyError:  # a table that this study does not make
        found = pd.DataFrame(columns=["subject", "reference", "value", "low", "high"], dtype=float)
        missing = "the study does not measure it"
    else:
        found = cases(claim, models, values)
        undefined = measure.robustness and values["value"].isna().all()
        if undefined and no_line and chosen(models, claim["group"]):
            missing = no_line
    support = supports(found)
    result = verdict(support, claim["quantifier"])
    reason = "the intervals leave it open" if result == OPEN else ""
    weakest = found.iloc[found["value"].argmin()] if len(found) else {}
    row = {
        "id": claim["id"], "source": claim["source"], "statement": claim["statement"],
        "verdict": result, "reason": reason if len(found) else missing,
        "quantifier": claim["quantifier"], "threshold": claim["threshold"], "cases": len(found),
        "for": int((support > 0).sum()), "against": int((support < 0).sum()),
        "open": int((support == 0).sum()),
        "weakest_case": " - ".join(filter(None, map(weakest.get, ("subject", "reference")))),
        **{f"weakest_{name}": weakest.get(name, np.nan) for name in ("value", "low", "high")},
        "interval": measure.interval,
    }  # fmt: skip
    return row, found.assign(id=claim["id"], support=support)


def read_claims(path: str, known: dict) -> pd.DataFrame:
    """The claims, checked.

    Raises
    ------
    InputError: a column or a name is unknown.
    """
    claims = pd.read_csv(path, sep="\t", keep_default_na=False)
    if tuple(claims) != COLUMNS:
        raise InputError(
            f"{path}: found columns {', '.join(claims)}, expected {', '.join(COLUMNS)}"
        )
    allowed = {
        "measure": known,
        "comparison": ("above", "below", "parent_above", "above_backbone", "output_drop"),
        "quantifier": ("all", "most", "some"),
    }
    for column, names in allowed.items():
        wrong = claims[~claims[column].isin(list(names))]
        if len(wrong):
            raise InputError(
                f"{path}, {wrong['id'].iloc[0]}, column {column}: found "
                f"{wrong[column].iloc[0]!r}, expected one of {', '.join(names)}"
            )
    groups = claims["group"].tolist() + claims.loc[claims["reference"] != "", "reference"].tolist()
    for group in groups:
        for family in group.removeprefix("coca ").split("|"):
            if family not in FAMILIES:
                raise InputError(
                    f"{path}: found family {family!r}, expected one of {', '.join(FAMILIES)}"
                )
    if claims["id"].duplicated().any():
        raise InputError(f"{path}: found {claims['id'][claims['id'].duplicated()].iloc[0]!r} twice")
    return claims


def markdown(summary: pd.DataFrame, study: dict, line: str, confidence: float) -> str:
    """The claims as a table for readers; `line` is what is to be said about the line."""
    counts = summary["verdict"].value_counts()
    hold, fail, left = (int(counts.get(each, 0)) for each in (HOLDS, FAILS, OPEN))
    text = captions.caption(
        "The paper's claims on this study's numbers.",
        captions.study_sentence(study),
        f"{hold} hold, {fail} do not hold, {left} cannot be judged here.",
        "A case is one comparison; the claim says that it is above 0. It counts for or against the "
        "claim if its interval does. The margin is that of the weakest case, beyond the threshold.",
        captions.interval_sentence(confidence),
        "Exceptions: that of a number of concepts is its range over the draws of their sets, that "
        "of CKA its range over the data sets, and that of a largest importance what the intervals "
        "of the importances allow.",
        line,
    )
    titles = ["Source", "Claim", "Verdict", "For / cases", "Weakest case", "Margin"]
    lines = [titles, ["---"] * 3 + ["---:", "---", "---:"]]
    for row in summary.to_dict("records"):
        reason = f": {row['reason']}" if row["reason"] else ""
        lines.append(
            [
                row["source"],
                f"{row['statement']} ({row['quantifier']})",
                f"**{row['verdict']}**{reason}",
                f"{row['for']} / {row['cases']}" if row["cases"] else "",
                f"`{row['weakest_case']}`" if row["weakest_case"] else "",
                margin(row),
            ]
        )
    return text + "\n" + "".join(f"| {' | '.join(line)} |\n" for line in lines)


def margin(row: dict) -> str:
    """The weakest case's value with its interval."""
    value, low, high = (row[f"weakest_{name}"] for name in ("value", "low", "high"))
    if np.isnan(value):
        return ""
    interval = ", no interval" if np.isnan(low) else f" ({low:.3g} to {high:.3g})"
    return f"{value:.3g}{interval}".replace("-", "−")


def main(
    claims, tables, summary, readable, every, *, study, models, test, threshold, confidence,
    line_through, no_line,
):  # fmt: skip
    """Evaluate all claims.

    Parameters
    ----------
    claims: resources/claims.tsv.
    tables: paths of the measures' tables by name; those of concepts and pairs may be missing.
    summary: CSV to write, a row a claim; `interval` says what the intervals are.
    readable: Markdown to write.
    every: CSV to write with every case.
    study: the study, see lib/captions.py.
    models: rows of models.tsv with model, family, backbone, pretraining, parent.
    test: id of the test set.
    threshold: average precision from which a concept counts as encoded; None without concepts.
    confidence: level of the intervals.
    line_through, no_line: see `captions.line_sentence`.

    Raises
    ------
    InputError: the claims have a mistake, or a table lacks a column.
    """
    available = measures(tables, test, threshold)
    rows, parts = [], []
    for _, claim in read_claims(claims, available).iterrows():
        row, found = evaluate(claim, models, available, no_line)
        rows.append(row)
        parts.append(found)
        log.info("%s: %s, %d of %d cases", row["id"], row["verdict"], row["for"], row["cases"])
    table = pd.DataFrame(rows)
    columns = ["id", "subject", "reference", "value", "low", "high", "support"]
    write_csv(summary, table)
    line = captions.line_sentence(line_through, no_line)
    write_text(readable, markdown(table, study, line, confidence))
    judged = [part[columns] for part in parts if len(part)]
    write_csv(every, pd.concat(judged) if judged else pd.DataFrame(columns=columns))


if __name__ == "__main__":
    from workflow_scripts.lib.job import job

    with job(snakemake):
        tables = dict(snakemake.input.items())
        main(
            tables.pop("claims"),
            tables,
            snakemake.output.csv,
            snakemake.output.markdown,
            snakemake.output.every,
            **snakemake.params.settings,
        )
