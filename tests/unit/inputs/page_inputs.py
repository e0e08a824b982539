"""A small study as the report page reads it: made-up tables, captions and pictures."""

import json
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
from PIL import Image

from tests.unit.inputs import card_inputs
from tests.unit.inputs.card_inputs import HEADLESS, MODELS, TEST, THRESHOLD
from tests.unit.inputs.figure_inputs import STUDY
from workflow_scripts.files.atomic import write_csv, write_json
from workflow_scripts.plan.exhibits import report_page

ROOT = Path(__file__).resolve().parents[3]
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 2"><path d="M0 0h4v2z"/></svg>\n'
CAPTION = '**Figure 2a. Kurtosis <b>.** Of `zs` & `ft`, "averaged". Study `tiny`.\n'
TABLE = """\
**Table 1. Accuracy.** Of all.

| Backbone | Model |
| --- | ---: |
| ViT | `a<b` |
|  | 1 |
"""
CLAIMS = """\
**The paper's claims on this study's numbers.** Study `tiny`. 1 hold.

| Claim |
| --- |
| all |
"""
COMPARISON = """\
**The paper and this study.** Nothing is comparable.

**Numbers.** Some.

| Quantity |
| --- |
| y |

**Directions.** Of 1 claim.

| Claim | Verdict |
| --- | --- |
| x | holds |
"""
VERDICTS = {
    "robust-zero-shot-er": ("holds", 2, 2, "study"),
    "finetuned-kurtosis": ("does not hold", 1, 2, "study"),
    "rectified-er": ("cannot be judged here", 0, 0, "study"),
    "published-finetuned-er-remains": ("holds", 2, 2, "published"),
}
MADE = {
    "kurtosis": ("figures", {"figure_02a": "figure_2a"}, ["indicators/kurtosis"]),
    "accuracy": ("tables", {"table_1": "table_1"}, ["indicators/accuracy"]),
    "claims": ("tables", {"claims": "claims"}, ["claims/verdicts/summary"]),
    "comparison": ("tables", {"comparison": "comparison"}, []),
}
MEASURES = {"indicators/kurtosis": "kurtosis", "indicators/accuracy": "accuracy",
            "robustness/effective_robustness/models": "robustness"}  # fmt: skip


def verdicts():
    """A summary of verdicts, no number twice."""
    claims = pd.read_csv(ROOT / report_page.CLAIMS, sep="\t", keep_default_na=False).set_index("id")
    rows = []
    for place, (id, (verdict, agree, cases, evidence)) in enumerate(VERDICTS.items(), start=1):
        claim, number = claims.loc[id], place / 10
        row = claim[["source", "statement", "comparison", "threshold", "quantifier", "null"]]
        rows.append(
            {"id": id, **row, "verdict": verdict, "reason": "" if cases else "lacks <models>",
             "unit": "units", "cases": cases, "for": agree, "lowest": number + 0.01,
             "highest": number + 0.02, "reference_lowest": None, "reference_highest": None,
             "weakest_case": "zs - ft" if cases else "", "evidence": evidence,
             "weakest_value": number + 0.03 if cases else None, "weakest_low": None,
             "weakest_high": None, "control_lowest": None, "control_highest": None}
        )  # fmt: skip
    return pd.DataFrame(rows)


def cases():
    """The cases of the verdicts, no number twice."""
    rows = [
        [id, model, "", place + number / 10, place + number / 10 - 0.05, None, 1 - 2 * number]
        for place, (id, (_, _, count, _)) in enumerate(VERDICTS.items(), start=1)
        for number, model in enumerate(("zs", "ft")[:count])
    ]
    columns = ["id", "subject", "reference", "value", "low", "high", "support"]
    return pd.DataFrame(rows, columns=columns)


def paths():
    """Two quantities along one Wise-FT path."""
    rows = [
        ["ft", "zs", alpha, quantity, dataset, value + alpha / 10]
        for quantity, dataset, value in (
            ("accuracy", TEST, 0.5), ("accuracy", "shifts", 0.4), ("kurtosis", TEST, 7.0),
        )
        for alpha in (0.5, 0.0, 1.0)
    ]  # fmt: skip
    columns = ["model", "zero_shot", "alpha", "quantity", "dataset", "value"]
    return pd.DataFrame(rows, columns=columns)


def top():
    """The best concepts of two models."""
    rows = [[model, "convention", place, f"{model}{place}-c", 0.9 - place / 100]
            for model in ("zs", "ft") for place in (1, 2)]  # fmt: skip
    return pd.DataFrame(rows, columns=["model", "sign", "place", "name", "average_precision"])


def write_extremes(folder):
    """Write images of one colour each, and which of them are at the ends of two models."""
    with h5py.File(folder / "store.h5", "w") as file:
        names = [f"{number}.jpg" for number in range(8)]
        file.create_dataset("ids", data=names, dtype=h5py.string_dtype())
        shades = 30 * np.arange(8, dtype=np.uint8)
        file["pixels"] = np.tile(shades[:, None, None, None], (1, 16, 16, 3))
        file.attrs["complete"] = True
    ends = [(model, side) for model in ("zs", "ft") for side in ("highest", "lowest")]
    rows = [[*end, place, f"{2 * number + place - 1}.jpg"]
            for number, end in enumerate(ends) for place in (2, 1)]  # fmt: skip
    table = pd.DataFrame(rows, columns=["model", "side", "place", "image"])
    write_csv(folder / "images.csv", table)


def write(folder):
    """Write the study's files; their paths by the names of plan/exhibits/report_page.py."""
    folder = Path(folder)
    of = card_inputs.write_tables(folder, ("kurtosis", "importance_ratio", "accuracy", "concepts",
                                           "robustness"))  # fmt: skip
    texts = {"figure_02a.svg": SVG, "figure_02a.md": CAPTION, "table_1.md": TABLE,
             "claims.md": CLAIMS, "comparison.md": COMPARISON}  # fmt: skip
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    for name, table in {
        "claims": verdicts(), "table_1": top(), "comparison": top(), "cases": cases(),
        "paths": paths(), "top": top(),
    }.items():  # fmt: skip
        write_csv(folder / f"{name}.csv", table)
    write_extremes(folder)
    Image.new("RGB", (1200, 20), "red").save(folder / "contact_sheet.png")
    for model in MODELS:
        recipe = {"origin": "contrastive", "epochs": 3, "betas": [0.9, 0.98], "flip": None}
        training = {"study": "tiny", "origin": "contrastive", "dataset": "web", "recipe": recipe,
                    "seed": 0, "note": "</script>"}  # fmt: skip
        write_json(folder / f"{model['model']}.json", {"parent": None, "training": training})
    pages = {"figure_02a": ("png", "svg", "md"), "table_1": ("csv", "md"),
             "claims": ("csv", "md"), "comparison": ("csv", "md")}  # fmt: skip
    files = {page: [str(folder / f"{page}.{end}") for end in ends] for page, ends in pages.items()}
    files |= {f"of_{name}": path for name, path in of.items()}
    files |= {name: str(folder / f"{name}.csv") for name in ("cases", "top", "paths", "images")}
    files["store"] = str(folder / "store.h5")
    files |= {name: str(ROOT / file) for name, file in report_page.RESOURCES.items()}
    return files | {
        "measures": [of[name] for name in MEASURES.values()],
        "cards": [str(folder / f"{model['model']}.json") for model in MODELS],
        "sheets": str(folder / "contact_sheet.png"),
    }


def settings(**changes):
    """What the plan says of the study."""
    return {
        "study": STUDY,
        "title": "Tiny <study>",
        "description": "One. Two! Three? Four & more.",
        "compared": [],
        "digest": "0" * 64,
        "models": MODELS,
        "headless": HEADLESS,
        "test": {"id": TEST, "title": "My photos"},
        "shifts": ["sketches"],
        "threshold": THRESHOLD,
        "confidence": 0.9,
        "sheets": {TEST: "My <photos>"},
        "measures": list(MEASURES),
        "further": {"Replicates": "indicators/accuracy"},
        "exhibits": [
            {"stage": stage, "rule": rule, "script": f"workflow_scripts/{stage}/{rule}.py",
             "pages": pages, "shows": rule, "paper": "", "measures": measures, "resources": []}
            for rule, (stage, pages, measures) in MADE.items()
        ],
        "absent": {"figure_03": "it has no concepts, see figure_02a"},
        "beyond": ["Kurtosis in <other> bases"],
        "logs": "no/such/folder",
        "choice": " --config study=tiny",
        **changes,
    }  # fmt: skip


def embedded(html):
    """The data of the charts that a page holds."""
    start = html.index('id="data">') + len('id="data">')
    return json.loads(html[start : html.index("</script>", start)])
