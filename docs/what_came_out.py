"""Write what came out, from the reference of the miniature, between markers in README and docs.

`make docs` renews it; a test fails where a page and the reference disagree.
"""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from workflow_scripts.analysis.claims import (
    FAILS,
    HOLDS,
    NOT_INFORMATIVE,
    OPEN,
    STUDY,
)
from workflow_scripts.measures.replicates.verdicts import DIFFER
from workflow_scripts.reporting.texts import markdown_rows
from workflow_scripts.reporting.verdicts import interval, number, read_verdicts, values, weakest

ROOT = Path(__file__).resolve().parents[1]
REFERENCE = ROOT / "resources" / "reference" / "miniature"
MARKED = re.compile(r"(<!-- made from the reference: (\w+) -->\n).*?(<!-- end -->)", re.S)
# The paper's argument
MAIN = ["robust-zero-shot-er", "finetuning-lowers-er", "finetuned-above-supervised",
        "zero-shot-kurtosis", "finetuning-lowers-kurtosis", "finetuned-kurtosis",
        "non-robust-kurtosis", "zero-shot-above-supervised",
        "zero-shot-above-finetuned"]  # fmt: skip
WORDS = {HOLDS: "hold", FAILS: "do not hold", NOT_INFORMATIVE: "untrained networks meet as well",
         OPEN: "are open"}  # fmt: skip
# What is compared: spread by seeds and by images. Table, column, and what it is called.
SPREADS = [
    ("indicators/accuracy", "accuracy", "accuracy"),
    ("robustness/effective_robustness/models", "shift_accuracy", "accuracy on the shifts"),
    ("robustness/effective_robustness/models", "effective_robustness", "effective robustness"),
    ("robustness/effective_robustness/line", "slope", "slope of the line"),
    ("indicators/kurtosis", "kurtosis", "kurtosis"),
    ("indicators/importance_ratio", "importance_ratio", "importance ratio"),
    ("wise_ft/wise_ft_tables/tracking", "spearman", "rank correlation along a path"),
]


class Reference(NamedTuple):
    """The kept reference."""

    made: dict
    numbers: pd.DataFrame
    claims: pd.DataFrame  # judged on the study itself


def read() -> Reference:
    """Read the reference of the miniature."""
    made = json.loads((REFERENCE / "made_with.json").read_text(encoding="utf-8"))
    verdicts = read_verdicts(REFERENCE / "verdicts.csv")
    verdicts = verdicts[verdicts["evidence"] == STUDY]
    return Reference(made, pd.read_csv(REFERENCE / "numbers.csv"), verdicts)


def verdict_words(row: pd.Series) -> str:
    """The verdict of all replicates, and how those alone differ."""
    each = row["verdicts"].split("; ")
    alone = ", ".join(f"{one} in {each.count(one)}" for one in dict.fromkeys(each))
    same = each == [row["verdict"]] * len(each)
    return f"**{row['verdict']}**" + ("" if same else f" ({alone})")


def lines_of(claims: pd.DataFrame, *, brief: bool) -> str:
    """Claims as a table; a brief one has no weakest cases."""
    titles = ["claim", "values", "verdict", *([] if brief else ["weakest case"])]
    lines = [titles, ["---"] * len(titles)]
    for _, row in claims.iterrows():
        told = brief or not row["reason"] or row["reason"].startswith(DIFFER)
        reason = "" if told else f": {row['reason']}"
        cells = [row["statement"], values(row.to_dict()), verdict_words(row) + reason]
        lines.append(cells + ([] if brief else [weakest(row.to_dict())]))
    return markdown_rows(lines)


def tally(reference: Reference) -> str:
    """How many claims are settled in which way."""
    counts = reference.claims["verdict"].value_counts()
    listed = ", ".join(f"{counts.get(verdict, 0)} {words}" for verdict, words in WORDS.items())
    return (
        f"Of {len(reference.claims)} claims, judged on {reference.made['replicates']} replicates "
        f"with other seeds in all trainings: {listed}."
    )


def main_claims(reference: Reference) -> str:
    """The main claims, for the README."""
    claims = reference.claims.set_index("id", drop=False).loc[MAIN]
    return (
        f"{tally(reference)} Values are those of all models and replicates.\n\n"
        f"{lines_of(claims, brief=True)}"
    )


def all_claims(reference: Reference) -> str:
    """All claims, in the paper's order, for the page of the miniature."""
    return f"{tally(reference)}\n\n{lines_of(reference.claims, brief=False)}"


def ranges(reference: Reference) -> str:
    """Accuracies on the test set by family, over models and replicates."""
    own = reference.numbers
    own = own[(own["table"] == "indicators/accuracy") & (own["column"] == "accuracy")]
    own = own[own["row"].str.endswith("; imagenet")]
    kinds = {
        "finetuned": "_finetuned",
        "ImageNet-Captions": "_captions",
        "supervised": "supervised",
    }
    family = own["row"].map(
        lambda row: next((kind for kind, part in kinds.items() if part in row), "robust zero-shot")
    )
    named = [
        f"{interval(part['lowest'].min(), part['highest'].max())} ({kind})"
        for kind, part in own[~own["row"].str.contains("rectified|coca")].groupby(
            family, sort=False
        )
    ]
    line = reference.numbers.set_index(["table", "column"])["mean"]
    r = line[("robustness/effective_robustness/line", "r")]
    listed = ", ".join(named)
    return (
        f"Accuracies on the ImageNet-like test set, CoCas apart, are {listed}; the line has r "
        f"{number(r)}.\n"
    )


def spreads(reference: Reference) -> str:
    """Which spread is larger, over seeds or over images, for each measure."""
    lines = [["measure", "standard deviation over seeds", "over images", "larger"],
             ["---", "---:", "---:", "---"]]  # fmt: skip
    for table, column, words in SPREADS:
        own = reference.numbers
        own = own[(own["table"] == table) & (own["column"] == column) & own["images"].notna()]
        seeds, images = own["standard_deviation"].median(), own["images"].median()
        larger = (
            f"seeds, {seeds / images:.1f} times"
            if seeds > images
            else (f"images, {images / seeds:.1f} times" if seeds else "images")
        )
        lines.append([words, number(seeds), number(images), larger])
    return f"Medians over the models.\n\n{markdown_rows(lines)}"


def made(reference: Reference) -> str:
    """What the reference was made with."""
    own = reference.made
    return (
        f"Made with {own['processor']}, Python {own['python']}, torch {own['packages']['torch']}; "
        "other processors give other numbers, within what other seeds change.\n"
    )


BLOCKS: dict[str, Callable[[Reference], str]] = {
    "main_claims": main_claims, "all_claims": all_claims, "ranges": ranges, "spreads": spreads,
    "made": made,
}  # fmt: skip
PAGES = ("README.md", "docs/miniature.md", "docs/replicates.md")


def renewed(text: str, reference: Reference) -> str:
    """A page with what stands between its markers made anew."""
    return MARKED.sub(
        lambda found: f"{found[1]}\n{BLOCKS[found[2]](reference).strip()}\n\n{found[3]}", text
    )


def main() -> None:
    """Renew all pages."""
    reference = read()
    for page in PAGES:
        path = ROOT / page
        path.write_text(renewed(path.read_text(encoding="utf-8"), reference), encoding="utf-8")


if __name__ == "__main__":
    main()
