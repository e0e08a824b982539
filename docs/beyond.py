"""Write docs/beyond.md: what was found beyond the paper, from a finished `beyond` of the miniature.

`make docs` renews it. Its sentences say what was found; where a claim that they rest on no longer
holds, it fails.
"""

import textwrap
from pathlib import Path

import pandas as pd

from workflow_scripts.analysis.claims import HOLDS
from workflow_scripts.reporting.families import FAMILIES
from workflow_scripts.reporting.texts import markdown_rows
from workflow_scripts.reporting.verdicts import counts_sentence, read_verdicts

ROOT = Path(__file__).resolve().parents[1]
MEASURES = ROOT / "results" / "miniature" / "measures"
PAGE = ROOT / "docs" / "beyond.md"
QUANTITIES = {
    "kurtosis": "as it is",
    "kurtosis_random": "random bases",
    "kurtosis_centred": "centred",
    "kurtosis_eigenbasis": "eigenbasis",
    "mean_share": "the mean's share of E\\|h\\|²",
}
INDICATORS = {
    "kurtosis": "kurtosis",
    "kurtosis_centred": "kurtosis, centred",
    "importance_ratio": "importance ratio",
    "mean_share": "the mean's share",
    "concepts": "unique concepts",
    "concepts_above_chance": "concepts above chance",
}
GROUPS = ("all models", "CLIPs only", "same backbone")
CORRELATION = "rank correlation"
# Claims that the page states in words
STATED = (
    "beyond-random-basis", "beyond-eigenbasis", "beyond-held-components",
    "beyond-transplanted-kurtosis", "beyond-moved-robustness", "beyond-penalised-robustness",
)  # fmt: skip
ENDS = ("value", "low", "high")
DIFFERENCE = ("difference", "difference_low", "difference_high")


def read(name: str) -> pd.DataFrame:
    """A table of the miniature's measures."""
    return pd.read_csv(MEASURES / f"{name}.csv")


def number(value: float, digits: int = 2) -> str:
    """A number as in a text, with a minus sign."""
    return f"{value:z.{digits}f}".replace("-", "−")


def read_claims() -> pd.DataFrame:
    """The verdicts on the claims beyond the paper; those that are stated have to hold."""
    path = MEASURES / "claims" / "beyond" / "summary.csv"
    verdicts = read_verdicts(path)
    others = verdicts[verdicts["id"].isin(STATED) & (verdicts["verdict"] != HOLDS)]
    if len(others):
        raise SystemExit(
            f"{path}: found {', '.join(others['id'])} not to hold, expected what the sentences of "
            "docs/beyond.py say; correct them"
        )
    return verdicts


def span(values: pd.Series, digits: int = 2) -> str:
    """Lowest to highest; one number where they are written alike."""
    return " to ".join(dict.fromkeys(number(each, digits) for each in (values.min(), values.max())))


def estimate(row: pd.Series, digits: int = 2) -> str:
    """A value with its interval."""
    value, low, high = (number(row[name], digits) for name in ENDS)
    return f"{value} ({low} to {high})"


def basis_table(basis: pd.DataFrame, families: pd.Series) -> str:
    """Kurtosis in each basis, family by family."""
    rows = [["family", *QUANTITIES.values()], ["---"] * (len(QUANTITIES) + 1)]
    family = basis["model"].map(families)
    for name, look in FAMILIES.items():
        own = basis[family == name]
        cells = [own.loc[own["quantity"] == each, "value"] for each in QUANTITIES]
        digits = [0 if each == "kurtosis_eigenbasis" else 2 for each in QUANTITIES]
        rows.append([look.name, *map(span, cells, digits)])
    return markdown_rows(rows)


def ablation_words(ablation: pd.DataFrame, robust: list[str]) -> str:
    """What holding the ten components that make kurtosis does to robust models."""
    chosen = (ablation["chosen_by"] == "kurtosis") & (ablation["components"] == 10)
    own = ablation[chosen & ablation["model"].isin(robust)]

    def change(replaced_by: str, quantity: str) -> str:
        here = (own["replaced_by"] == replaced_by) & (own["quantity"] == quantity)
        if quantity == "accuracy":
            here &= own["dataset"] == "imagenet"
        return span(own.loc[here, "change"], 3)

    return (
        f"held at their mean over the test set, effective robustness changes by "
        f"{change('mean', 'effective_robustness')} and accuracy by {change('mean', 'accuracy')}; "
        f"set to zero, kurtosis changes by {change('zero', 'kurtosis')}, accuracy by "
        f"{change('zero', 'accuracy')} and effective robustness by "
        f"{change('zero', 'effective_robustness')}."
    )


def transplant_words(transplant: pd.DataFrame) -> str:
    """What became of models whose kurtosis was changed."""
    made = transplant[transplant["reason"].isna()]
    given, taken = (made[made["change"] == each] for each in ("bias", "rotation"))
    return (
        "A constant along a direction that the head does not see takes the kurtosis of "
        f"{len(given)} finetuned models, {span(given['kurtosis_before'])} before, to "
        f"{span(given['kurtosis_after'])}, that of their parents or more; a "
        f"rotation takes that of the parents, {span(taken['kurtosis_before'])} before, to "
        f"{span(taken['kurtosis_after'])}. Of "
        f"{made['images'].sum():,} predictions {made['predictions_changed'].sum()} change, and "
        "effective robustness stays as it was."
    )


def arms_table(arms: pd.DataFrame) -> str:
    """What each arm of the interventions has, over its seeds, and how far it moved robustness."""
    own = arms.set_index(["arm", "quantity"])
    names = ("accuracy", "effective_robustness", "kurtosis", "importance_ratio")
    titles = ["arm", *(name.replace("_", " ") for name in names), "robustness moved by"]
    rows = [titles, ["---"] * len(titles)]
    for reference in arms["reference"].unique():
        for arm in arms.loc[arms["reference"] == reference, "arm"].unique():
            moved = own.loc[(arm, "effective_robustness"), [*DIFFERENCE]].set_axis([*ENDS])
            cells = [estimate(own.loc[(arm, name)]) for name in names]
            rows.append(
                [f"**{arm}**", *cells, ""] if arm == reference else [arm, *cells, estimate(moved)]
            )
    return markdown_rows(rows)


def arms_words(arms: pd.DataFrame) -> str:
    """What moved kurtosis and what moved effective robustness."""
    own = arms.set_index(["arm", "quantity"])
    of_scale = [name for name in arms["arm"].unique() if name.startswith(("Logit", "Weight"))]
    setting = own.loc[of_scale].reset_index()

    def of(quantity: str) -> str:
        return span(setting.loc[setting["quantity"] == quantity, "value"])

    def moved(arm: str) -> str:
        row = own.loc[(arm, "effective_robustness"), [*DIFFERENCE]].set_axis([*ENDS])
        return estimate(row, 3)

    def at(arm: str, quantity: str) -> str:
        return number(own.loc[(arm, quantity), "value"])

    held, kept, labels, views = (
        "Kurtosis held at 3", "Finetuned, parent's kurtosis", "Labels, no text",
        "Two views, no text",
    )  # fmt: skip
    return (
        f"Logit scale and weight decay move kurtosis from {of('kurtosis')}, and effective "
        f"robustness stays between {of('effective_robustness').replace(' to ', ' and ')}. Held at "
        f"3 by a penalty in the pretraining, robustness moves by {moved(held)}; kept at the "
        f"parent's in the finetuning ({at(kept, 'kurtosis')} in place of "
        f"{at('Finetuned', 'kurtosis')}), by {moved(kept)}: what finetuning takes is not kept with "
        "kurtosis. Robustness goes with the images and with what says what is in them: labels for "
        f"the same images, without text, give {at(labels, 'effective_robustness')} at a kurtosis "
        f"of {at(labels, 'kurtosis')}, two views of them with a linear head from the ImageNet-like "
        f"set {at(views, 'effective_robustness')}. The signature goes with InfoNCE at a high logit "
        f"scale: SigLIP's loss, from its own start, has a kurtosis of "
        f"{at('Sigmoid loss', 'kurtosis')} and an importance ratio of "
        f"{at('Sigmoid loss', 'importance_ratio')}, and is as robust."
    )


def indication_table(found: pd.DataFrame) -> str:
    """Rank correlation of each indicator with effective robustness."""
    own = found[found["statistic"] == CORRELATION].set_index(["indicator", "group"])
    rows = [["indicator", *GROUPS], ["---"] * (len(GROUPS) + 1)]
    for name, title in INDICATORS.items():
        rows.append([title, *(estimate(own.loc[(name, group)]) for group in GROUPS)])
    return markdown_rows(rows)


def concept_words(agreement: pd.DataFrame, robustness: pd.DataFrame) -> str:
    """Whether concept sets agree, and what concepts have to do with robustness in each."""
    pairs = agreement[agreement["quantity"] == "above_chance"]
    words = [f"{row['first']} and {row['second']} {estimate(row)}" for _, row in pairs.iterrows()]
    own = robustness[robustness["group"] == "all"]
    sets = [
        f"in {row['concept_set']} {estimate(row)}"
        for _, row in own[own["quantity"] == "polysemanticity"].iterrows()
    ]
    return (
        f"Rank correlation of the concepts above chance between sets, over the models: "
        f"{'; '.join(words)}. Of polysemanticity with effective robustness: {'; '.join(sets)}."
    )


def page() -> str:
    """The whole page."""
    points, basis = read("indication/indication/points"), read("basis/basis")
    families = points.drop_duplicates("model").set_index("model")["family"]
    robust = [model for model, family in families.items() if family == "robust_zero_shot"]
    associations = read("indication/indication/associations")
    held = ablation_words(read("basis/ablation"), robust)
    changed = transplant_words(read("basis/transplant"))
    agreement = read("concept_sets/agreement/agreement")
    robustness = read("concept_sets/agreement/robustness")
    arms = read("interventions/interventions/arms")
    seeds = arms["seeds"].min()
    verdicts = counts_sentence(read_claims())
    return f"""# Beyond the paper: what kurtosis indicates, and what it does not

Made by `docs/beyond.py` from one run of the miniature (`snakemake --cores 2 beyond`, which ends
with a page of all figures and tables, `results/miniature/report/beyond.html`), {len(families)}
models of one seed each and {arms["seeds"].where(arms["quantity"] == "kurtosis").sum():.0f} of which
one thing was changed: a miniature is a miniature, and intervals over so few models are wide. None
of this is in the paper. Of the claims beyond it that `table_beyond_claims` judges, {verdicts}

## Kurtosis tells how the mean lies to the axes

An orthogonal change of basis leaves logits, accuracies, effective robustness, importances and
concepts as they are (a test proves it), and moves kurtosis at will. By family, lowest to highest
model:

{basis_table(basis, families)}
In random bases no model has outlier features. In the eigenbasis of E[h hᵀ] the CLIPs that are not
robust have the most, and their mean is as large a part of h as that of the robust ones: what is
peculiar to robust CLIPs is that the mean lies along a few axes (`figure_beyond_basis`,
`figure_beyond_outliers`).

![Kurtosis of every model in several bases](gallery/figure_beyond_basis.png)

## The components that make it carry no robustness

Ten components that contribute most to the kurtosis of robust CLIPs: {held}
(`figure_beyond_ablation`)

## It can be given and taken with every prediction kept

{changed} (`figure_beyond_transplant`) By itself kurtosis is neither
needed for robustness nor enough for it.

## Moved by the training

One thing changed, {seeds} seeds each, means with intervals over seeds and images
(`figure_beyond_interventions`); all see the images of Web-small for less than half as long as the
study's models, in bold those of which nothing was changed. What changes the objective brings the
settings that go with it (SigLIP's start, a supervised recipe with its own rate and decay, half the
epochs for two views), so that these three rows tell objectives apart and not single settings:

{arms_table(arms)}
{arms_words(arms)}

![Robustness over kurtosis of every arm](gallery/figure_beyond_interventions.png)

## How good an indicator?

Rank correlation with effective robustness, with intervals that resample models
(`table_indication`):

{indication_table(associations)}

![Each indicator beside effective robustness](gallery/figure_beyond_indication.png)

## Other concepts

{concept_words(agreement, robustness)} (`figure_beyond_concept_sets`,
`figure_beyond_concept_robustness`) Most concepts of the drawn scenes that robust CLIPs encode are
parts, each of one object: there the count says that an object is recognised in every style, which
is close to robustness itself.
"""


def wrapped(block: str) -> str:
    """A paragraph in lines of 120 characters; headings, and tables with what follows them."""
    lines = block.strip().split("\n")
    table = [line for line in lines if line.startswith(("|", "#"))]
    rest = textwrap.fill(" ".join(lines[len(table) :]).strip(), 120, break_on_hyphens=False)
    return "\n".join([*table, *(["", rest] if table and rest else [rest] if rest else [])])


def main() -> None:
    """Write the page."""
    blocks = page().split("\n\n")
    PAGE.write_text("\n\n".join(map(wrapped, blocks)) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
