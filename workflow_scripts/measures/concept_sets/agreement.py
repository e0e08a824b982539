"""Do other concept sets order models as the paper's does, and does robustness need many concepts?

Beyond the paper. Intervals resample the models: those of a family for its mean, all of them for a
rank correlation. What the draw of the images of a set adds is in the set's own counts.
"""

import logging
from collections.abc import Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from workflow_scripts.analysis.correlation import rank_correlation_over_models
from workflow_scripts.analysis.estimates import Bootstrap
from workflow_scripts.files.atomic import write_csv
from workflow_scripts.files.tables import read_table, rows_of
from workflow_scripts.reporting.concepts import at_threshold
from workflow_scripts.reporting.families import Model, of_the_paper

COUNTS = (
    "probed", "directions", "concepts", "draws_low", "draws_high", "chance", "above_chance",
)  # fmt: skip
COUNTED = ("concepts", "above_chance")
QUANTITIES = (*COUNTED, "polysemanticity")
CLIPS = ("robust_zero_shot", "finetuned", "non_robust_zero_shot")
PAIR = ["quantity", "models"]
ESTIMATE = ["value", "low", "high"]
log = logging.getLogger(__name__)


def measured(
    name: str,
    counts: Path | str,
    polysemanticity: Path | str,
    robustness: Path | str | None,
    models: list[Model],
    threshold: float,
) -> pd.DataFrame:
    """A row a model: what a concept set finds in it, and its effective robustness.

    Parameters
    ----------
    name: id of the concept set.
    counts, polysemanticity: tables of `concept_counts`.
    robustness: models.csv of the effective robustness; None where the study has no line.
    """
    own = at_threshold(counts, models, threshold, COUNTS)
    poly = at_threshold(polysemanticity, models, threshold, ("polysemanticity",))
    robust = rows_of(robustness, models, ["effective_robustness"]) if robustness else own[[]]
    table = own.join(poly).join(robust.reindex(columns=["effective_robustness"]))
    table.insert(0, "family", [model["family"] for model in models])
    return table.reset_index(names="model").assign(concept_set=name)


def family_means(
    tables: Mapping[str, pd.DataFrame], quantity: str, bootstrap: Bootstrap
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Mean of each family in each concept set, and the order of the families by it.

    Parameters
    ----------
    tables: of `measured`, of the same models, by concept set; the first is the paper's.

    Returns
    -------
    A row for each set and family: `models`, `value`, `low`, `high`; and a row for each set: its
    `order`, whether it is `as_first`, and in which share of the resamples of the models it is the
    one that the first set has in the same resample.
    """
    groups = next(iter(tables.values())).groupby("family", sort=False).indices
    rng = np.random.default_rng(bootstrap.seed)
    drawn = {
        family: rows[rng.integers(len(rows), size=(bootstrap.resamples, len(rows)))]
        for family, rows in groups.items()
    }
    means, orders, ranked = [], [], {}
    for name, table in tables.items():
        values = table[quantity].to_numpy(dtype=float)
        value = {family: values[rows].mean() for family, rows in groups.items()}
        resampled = {family: values[rows].mean(axis=1) for family, rows in drawn.items()}
        # The order of each resample, the actual one before them
        every = np.vstack([list(value.values()), np.stack([*resampled.values()], axis=1)])
        ranked[name] = np.argsort(-every, axis=1, kind="stable")
        same = (ranked[name] == next(iter(ranked.values()))).all(axis=1)
        for family, mean in value.items():
            low, high = bootstrap.interval(resampled[family])
            means.append((name, quantity, family, len(groups[family]), mean, low, high))
        families = sorted(value, key=value.__getitem__, reverse=True)
        order = " > ".join(f"{family} {value[family]:.1f}" for family in families)
        orders.append((name, quantity, order, bool(same[0]), same[1:].mean()))
    columns = ["concept_set", "quantity"]
    return (
        pd.DataFrame(means, columns=[*columns, "family", "models", *ESTIMATE]),
        pd.DataFrame(orders, columns=[*columns, "order", "as_first", "share_as_first"]),
    )


def category_means(
    name: str, encoded: Path | str, models: list[Model], bootstrap: Bootstrap
) -> pd.DataFrame:
    """Mean number of encoded concepts of each category in each of the paper's families.

    Parameters
    ----------
    name: id of the concept set.
    encoded: table of `concept_counts` with a row for each model and concept, of the first draw.

    Returns
    -------
    A row for each category and family: `probed` concepts, `models`, `value`, `low`, `high`.
    """
    table = read_table(encoded, ("model", "category", "number", "encoded"))
    probed = table.groupby("category")["number"].nunique()
    counts = table.groupby(["category", "model"])["encoded"].sum()
    compared = pd.DataFrame(of_the_paper(models))[["model", "family"]]
    tables = {
        category: compared.assign(encoded=compared["model"].map(counts[category]))
        for category in probed.index
    }
    means, _ = family_means(tables, "encoded", bootstrap)
    means = means.rename(columns={"concept_set": "category"}).drop(columns="quantity")
    means.insert(0, "concept_set", name)
    means.insert(2, "probed", means["category"].map(probed))
    return means


def agreement(
    tables: Mapping[str, pd.DataFrame], quantity: str, bootstrap: Bootstrap
) -> list[dict[str, Any]]:
    """Rank correlation over models of each pair of concept sets by a quantity."""
    return [
        {
            "first": first,
            "second": second,
            "quantity": quantity,
            "models": len(tables[first]),
            **_correlation(tables[first][quantity], tables[second][quantity], bootstrap),
        }
        for first, second in combinations(tables, 2)
    ]


def with_robustness(table: pd.DataFrame, bootstrap: Bootstrap) -> list[dict[str, Any]]:
    """Rank correlation of each quantity of a concept set with effective robustness over models.

    Over all models, and over the CLIPs among them.
    """
    groups = {"all": table, "clips": table[table["family"].isin(CLIPS)]}
    return [
        {
            "concept_set": name,
            "quantity": quantity,
            "group": group,
            "models": len(part),
            **_correlation(part[quantity], part["effective_robustness"], bootstrap),
        }
        for name in table["concept_set"].unique()
        for quantity in QUANTITIES
        for group, part in groups.items()
    ]


def _correlation(first: pd.Series, second: pd.Series, bootstrap: Bootstrap) -> dict[str, float]:
    a, b = (each.to_numpy(dtype=float) for each in (first, second))
    return dict(zip(ESTIMATE, rank_correlation_over_models(a, b, bootstrap), strict=True))


def main(
    counts: Sequence[Path | str],
    polysemanticity: Sequence[Path | str],
    encoded: Sequence[Path | str],
    robustness: Path | str | None,
    outputs: Mapping[str, Path | str],
    *,
    sets: list[str],
    models: list[Model],
    threshold: float,
    bootstrap: Mapping[str, Any],
) -> None:
    """Compare the concept sets of a study.

    Parameters
    ----------
    counts, polysemanticity, encoded: tables of `concept_counts`, one a set.
    robustness: models.csv of the effective robustness; None where the study has no line.
    outputs: CSV to write, by name: models, families, orders, categories, agreement, robustness;
        see the functions above.
    sets: ids of the concept sets in the order of the tables, the paper's first.
    models: rows of models.tsv with model, family, backbone, pretraining.
    threshold: average precision from which a concept counts as encoded.
    bootstrap: the section of config.yaml.

    Raises
    ------
    InputError: a table lacks a column or a model.
    """
    resampling = Bootstrap(**bootstrap)
    tables = {
        name: measured(name, count, poly, robustness, models, threshold)
        for name, count, poly in zip(sets, counts, polysemanticity, strict=True)
    }
    compared = {model["model"] for model in of_the_paper(models)}
    of_families = {
        name: table[table["model"].isin(compared)].reset_index(drop=True)
        for name, table in tables.items()
    }
    means, orders = zip(
        *(family_means(of_families, each, resampling) for each in COUNTED), strict=True
    )
    categories = [
        category_means(name, file, models, resampling)
        for name, file in zip(sets, encoded, strict=True)
    ]
    pairs = [row for each in QUANTITIES for row in agreement(tables, each, resampling)]
    robust = [row for table in tables.values() for row in with_robustness(table, resampling)]
    order = pd.concat(orders)
    log.info("order of the families as in %s: %d of %d", sets[0], order["as_first"].sum(),
             len(order))  # fmt: skip
    made = {
        "models": pd.concat(tables.values())[["concept_set", *tables[sets[0]].columns[:-1]]],
        "families": pd.concat(means),
        "orders": order,
        "categories": pd.concat(categories),
        "agreement": pd.DataFrame(pairs, columns=["first", "second", *PAIR, *ESTIMATE]),
        "robustness": pd.DataFrame(robust),
    }
    for name, path in outputs.items():
        write_csv(Path(path), made[name])


if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job

    snakemake: Any
    with job(snakemake):
        main(
            snakemake.input.counts,
            snakemake.input.polysemanticity,
            snakemake.input.encoded,
            snakemake.input.get("robustness"),
            dict(snakemake.output.items()),
            **snakemake.params.settings,
        )
