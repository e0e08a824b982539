"""The paper's claims, evaluated on the study's tables: resources/claims.tsv has them as data.

Each claim compares one measure of the models of a group with a threshold, with their parents or
with the models of another group. Every comparison gives a case: a difference that the claim says
is above 0, with its interval. The quantifier says how many of the cases have to be.
"""

import logging
from collections.abc import Callable

import numpy as np
import pandas as pd

from workflow_scripts.lib import captions
from workflow_scripts.lib.atomic import write_csv, write_text
from workflow_scripts.lib.errors import InputError
from workflow_scripts.lib.families import FAMILIES, is_coca_backbone
from workflow_scripts.lib.measure_tables import read_table

HOLDS, FAILS, OPEN = "holds", "does not hold", "cannot be judged here"
COLUMNS = ("id", "source", "statement", "measure", "comparison", "group", "reference",
           "threshold", "quantifier")  # fmt: skip
SIGN = "convention"
PRUNED = 0.8  # share of directions that the paper prunes without loss
log = logging.getLogger(__name__)


# Measures: each gives a table with columns value, low, high, indexed by model; NaN ends where there
# is no interval.


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


def _per_model(table: pd.DataFrame, function: Callable[[pd.DataFrame], float]) -> pd.DataFrame:
    """A value computed from the rows of each model, without an interval."""
    values = {model: function(rows) for model, rows in table.groupby("model", sort=False)}
    found = pd.DataFrame({"value": pd.Series(values, dtype=float)})
    return found.assign(low=np.nan, high=np.nan)


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
    """Mean share of the accuracy that is kept between 80 and 100 % pruned, ends excluded."""
    table = read_table(tables["pruning"], ("model", "order", "pruned", "quantity", "dataset"))
    table = table[(table["quantity"] == "accuracy") & (table["dataset"] == test)]
    table = table[table["order"] == "least_first"]

    def kept(rows):
        between = rows[(rows["pruned"] > PRUNED + 1e-9) & (rows["pruned"] < 1)]
        whole = rows.loc[rows["pruned"].idxmin(), "value"]
        return (between["value"] / whole).mean()

    return _per_model(table, kept)


def importance_peak(tables: dict) -> pd.DataFrame:
    """Largest over median importance."""
    table = read_table(tables["importance"], ("model", "importance"))
    return _per_model(table, lambda rows: rows["importance"].max() / rows["importance"].median())


def texture_share(tables: dict) -> pd.DataFrame:
    """Share of textures among the top three concepts of the most privileged direction."""
    table = read_table(tables["top"], ("model", "sign", "place", "category"))
    table = table[(table["sign"] == SIGN) & (table["place"] <= 3)]
    return _per_model(table, lambda rows: (rows["category"] == "texture").mean())


def wise_ft_gain(tables: dict) -> pd.DataFrame:
    """Largest accuracy on the shifts between the ends of a path, minus the better end's.

    Taken from the same point estimates, so without an interval.
    """
    table = read_table(tables["wise_ft"], ("model", "alpha", "quantity", "dataset", "value"))
    table = table[(table["quantity"] == "accuracy") & (table["dataset"] == "shifts")]

    def gain(rows):
        ends = rows["alpha"].isin([0, 1])
        return rows.loc[~ends, "value"].max() - rows.loc[ends, "value"].max()

    return _per_model(table, gain)


def output_drop(tables: dict, test: str) -> pd.DataFrame:
    """Drop of CKA at the output minus the largest drop from one layer to the next before it."""
    table = read_table(tables["cka"], ("model", "dataset", "number", "other_number", "cka"))
    table = table[(table["dataset"] == test) & (table["number"] == table["other_number"])]

    def drop(rows):
        # The first layer's drop is that from identical pixels, whose CKA is 1.
        drops = -np.diff(rows.sort_values("number")["cka"], prepend=1.0)
        return drops[-1] - drops[:-1].max(initial=-np.inf)

    return _per_model(table, drop)


def measures(tables: dict, test: str, threshold: float | None) -> dict[str, Callable]:
    """What each name in the column `measure` stands for; evaluated when it is asked for."""
    change = ("change", "change_low", "change_high")

    def concepts(name, value, *interval):
        return _plain(tables[name], value, *interval, sign=SIGN, threshold=float(threshold))

    def robustness(value, *interval):
        return _plain(tables["robustness"], value, *interval)

    def tracking(quantity):
        return _plain(tables["tracks"], "spearman", quantity=quantity, dataset=test)

    return {
        "effective_robustness": lambda: robustness("effective_robustness"),
        "percent_acc": lambda: robustness("percent_acc", "percent_acc_low", "percent_acc_high"),
        "kurtosis": lambda: _plain(tables["kurtosis"], "kurtosis", dataset=test),
        "importance_ratio": lambda: _plain(tables["importance_ratio"], "importance_ratio"),
        "importance_rank": lambda: _plain(tables["importance_rank"], "spearman", None, None),
        "importance_peak": lambda: importance_peak(tables),
        "concepts": lambda: concepts("concepts", "concepts", "draws_low", "draws_high"),
        "polysemanticity": lambda: concepts("polysemanticity", "polysemanticity", None, None),
        "texture_share": lambda: texture_share(tables),
        "pruning_accuracy": lambda: _pruned(tables, "accuracy", test, change),
        "pruning_robustness": lambda: _pruned(tables, "effective_robustness", "shifts", change),
        "pruning_control": lambda: pruning_control(tables, test),
        "pruning_kept": lambda: pruning_kept(tables, test),
        "wise_ft_gain": lambda: wise_ft_gain(tables),
        "tracking_kurtosis": lambda: tracking("kurtosis"),
        "tracking_concepts": lambda: tracking("concepts"),
        "cka": lambda: output_drop(tables, test),
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


def evaluate(claim: pd.Series, models: list[dict], available: dict) -> tuple[dict, pd.DataFrame]:
    """A row of the summary, and the cases of one claim."""
    try:
        values = available[claim["measure"]]()
    except KeyError:  # a table that this study does not make
        found = pd.DataFrame(columns=["subject", "reference", "value", "low", "high"], dtype=float)
        reason = "the study does not measure it"
    else:
        found = cases(claim, models, values)
        reason = "the study lacks the models"
    support = supports(found)
    result = verdict(support, claim["quantifier"])
    if len(found):
        reason = "the intervals leave it open" if result == OPEN else ""
    weakest = found.iloc[found["value"].argmin()] if len(found) else {}
    row = {
        "id": claim["id"], "source": claim["source"], "statement": claim["statement"],
        "verdict": result, "reason": reason, "quantifier": claim["quantifier"],
        "threshold": claim["threshold"], "cases": len(found),
        "for": int((support > 0).sum()), "against": int((support < 0).sum()),
        "open": int((support == 0).sum()),
        "weakest_case": " - ".join(filter(None, map(weakest.get, ("subject", "reference")))),
        **{f"weakest_{name}": weakest.get(name, np.nan) for name in ("value", "low", "high")},
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


def markdown(summary: pd.DataFrame, study: str) -> str:
    """The claims as a table for readers."""
    counts = summary["verdict"].value_counts()
    hold, fail, left = (int(counts.get(each, 0)) for each in (HOLDS, FAILS, OPEN))
    text = captions.caption(
        "The paper's claims on this study's numbers.",
        f"Study `{study}`: {hold} hold, {fail} do not hold, {left} cannot be judged here.",
        "A case is one comparison; the claim says that it is above 0. It counts for or against the "
        "claim if its interval does. The margin is that of the weakest case, beyond the threshold.",
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
    text = f"{value:.3g}" + ("" if np.isnan(low) else f" ({low:.3g} to {high:.3g})")
    return text.replace("-", "−")


def main(claims, tables, summary, readable, every, *, study, models, test, threshold):
    """Evaluate all claims.

    Parameters
    ----------
    claims: resources/claims.tsv.
    tables: paths of the measures' tables by name; those of the concepts may be missing.
    summary: CSV to write, a row a claim.
    readable: Markdown to write.
    every: CSV to write with every case.
    study: name of the study.
    models: rows of models.tsv with model, family, backbone, pretraining, parent.
    test: id of the test set.
    threshold: average precision from which a concept counts as encoded; None without concepts.

    Raises
    ------
    InputError: the claims have a mistake, or a table lacks a column.
    """
    available = measures(tables, test, threshold)
    rows, parts = [], []
    for _, claim in read_claims(claims, available).iterrows():
        row, found = evaluate(claim, models, available)
        rows.append(row)
        parts.append(found)
        log.info("%s: %s, %d of %d cases", row["id"], row["verdict"], row["for"], row["cases"])
    table = pd.DataFrame(rows)
    columns = ["id", "subject", "reference", "value", "low", "high", "support"]
    write_csv(summary, table)
    write_text(readable, markdown(table, study))
    write_csv(every, pd.concat([part for part in parts if len(part)])[columns])


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
