"""Indicators, groups of models and statistics by which indicators are judged, beyond the paper."""

import pandas as pd

# ASSUME: the paper names no effective robustness from which a model is robust. Its non-robust and
# its supervised models lie below this one, its robust zero-shot ones well above.
ROBUST = 0.1
# ASSUME: finetuned CLIPs are CLIPs.
CLIPS = ("robust_zero_shot", "finetuned", "non_robust_zero_shot")
# What each indicator is called in tables and on axes
INDICATORS = {
    "kurtosis": "Kurtosis",
    "kurtosis_centred": "Kurtosis after centring",
    "importance_ratio": "Importance ratio",
    "mean_share": "Mean's share of E|h|²",
    "concepts": "Unique concepts",
    "concepts_above_chance": "Unique concepts above chance",
}
ALL, OF_CLIPS, OF_BACKBONE = "all models", "CLIPs only", "same backbone"
GROUPS = (ALL, OF_CLIPS, OF_BACKBONE)
CORRELATION, AREA = "rank correlation", "area under the ROC curve"
# What either statistic is where an indicator says nothing
CHANCE = {CORRELATION: 0.0, AREA: 0.5}
COLUMNS = ("indicator", "group", "statistic", "value", "low", "high", "undefined", "models",
           "robust", "blocks", "reason")  # fmt: skip


def row_of(associations: pd.DataFrame, indicator: str, group: str, statistic: str) -> pd.Series:
    """The row of one indicator, group and statistic of measures/indication/indication."""
    keys = ["indicator", "group", "statistic"]
    return associations[(associations[keys] == [indicator, group, statistic]).all(axis=1)].iloc[0]


def numbers(row: pd.Series) -> str:
    """A statistic with its interval, or n/a."""
    if pd.isna(row["value"]):
        return "n/a"
    return "{value:.2f} ({low:.2f} to {high:.2f})".format(**row).replace("-", "−")


def how_sentences(published: bool, confidence: float) -> tuple[str, ...]:
    """What the statistics and their intervals are, and what these cannot say."""
    return (
        "Beyond the paper, which states neither number.",
        "Effective robustness is published, of the very weights, and not measured here."
        if published
        else "Effective robustness is measured here (equation 5).",
        f"A model counts as robust above an effective robustness of {ROBUST:g}.",
        f"Intervals: {100 * confidence:g} % by bootstrap over the models, not the images. "
        "Models of one backbone, pretraining set or parent are drawn as if they were independent, "
        "so that the intervals are too narrow rather than too wide, the more so the fewer there "
        "are; of other models than such as these they say nothing.",
    )
