"""Write resources/miniature/indicators.csv: what the families of the miniature have, for cards.

After `snakemake --cores all indicators` of the miniature, `make docs` renews it from the results.
Of what resources/reference/miniature holds of each replicate, the ranges are over those.
"""

import sys
from pathlib import Path

import pandas as pd
import yaml

from workflow_scripts.cards.indicators import INDICATORS, read
from workflow_scripts.cards.references import ranges
from workflow_scripts.files.atomic import write_csv
from workflow_scripts.plan.exhibits import card
from workflow_scripts.plan.run import Run
from workflow_scripts.reporting.families import Model
from workflow_scripts.reporting.reproduced_numbers import SIGN

ROOT = Path(__file__).resolve().parents[1]
TABLE = ROOT / card.MINIATURE
REPLICATES = ROOT / "resources" / "reference" / "miniature" / "numbers.csv"


def of_replicates(
    measures: dict[str, str], models: list[Model], test: str, threshold: float
) -> dict[str, pd.DataFrame]:
    """The value of each model in each replicate, indexed by model, by indicator.

    Parameters
    ----------
    measures: paths of tables below measures/, by the names that `INDICATORS` uses
    models: rows of models.tsv
    test: id of the test set
    threshold: average precision from which a concept counts as encoded
    """
    numbers = pd.read_csv(REPLICATES)
    called = {
        f"{model['model']}{rest}": model["model"]
        for model in models
        for rest in ("", f"; {test}", f"; {threshold:g}; {SIGN}")
    }
    numbers["model"] = numbers["row"].map(called)
    found = {}
    for name, indicator in INDICATORS.items():
        of_table = numbers["table"] == measures[indicator.table]
        own = numbers[of_table & (numbers["column"] == indicator.columns[0])].dropna(
            subset=["model"]
        )
        if len(own):
            values = own.set_index("model")["values"].str.split().explode().astype(float)
            found[name] = values.to_frame("value")
    return found


def main(results: Path) -> None:
    """Read the tables below a folder that Snakemake was run in, and write the ranges."""
    config = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
    run = Run.load(ROOT, config | {"study": "miniature"})
    tables = {name: str(results / path) for name, path in card.tables(run).items()}
    settings = card.settings(run)
    models, test, threshold = (settings[key] for key in ("models", "test", "threshold"))
    values = read(tables, models, test["id"], threshold).values
    values |= of_replicates(card.measures_of(run), models, test["id"], threshold)
    write_csv(TABLE, ranges(values, models))


if __name__ == "__main__":
    main(Path(*sys.argv[1:]))
