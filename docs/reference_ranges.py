"""Write resources/miniature/indicators.csv: what the families of the miniature have, for cards.

After `snakemake --cores all indicators` of the miniature, `make docs` renews it from the results.
"""

import sys
from pathlib import Path

import yaml

from workflow_scripts.cards.indicators import read
from workflow_scripts.cards.references import ranges
from workflow_scripts.files.atomic import write_csv
from workflow_scripts.plan.exhibits import card
from workflow_scripts.plan.run import Run

ROOT = Path(__file__).resolve().parents[1]
TABLE = ROOT / card.MINIATURE


def main(results: Path) -> None:
    """Read the tables below a folder that Snakemake was run in, and write the ranges."""
    config = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
    run = Run.load(ROOT, config | {"study": "miniature"})
    tables = {name: str(results / path) for name, path in card.tables(run).items()}
    settings = card.settings(run)
    models, test, threshold = (settings[key] for key in ("models", "test", "threshold"))
    write_csv(TABLE, ranges(read(tables, models, test["id"], threshold).values, models))


if __name__ == "__main__":
    main(Path(*sys.argv[1:]))
