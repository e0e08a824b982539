"""What the paper's claims are about: each measure that resources/claims.tsv names."""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import pandas as pd

from workflow_scripts.analysis.beyond import claim_readers as readers
from workflow_scripts.analysis.claim_readers import (
    Reader,
    column_of,
    concept_count,
    importance_peak,
    importance_rank,
    output_drop,
    polysemanticity,
    pruned,
    pruning_control,
    pruning_kept,
    published_robustness,
    texture_share,
    wise_ft_gain,
)
from workflow_scripts.analysis.estimates import SHIFTS, Bootstrap
from workflow_scripts.analysis.published_accuracies import FIVE, FOUR

# What the intervals of a measure are.
OVER_IMAGES = "bootstrap over the images"
OF_ROBUSTNESS = "bootstrap over the images, of the robustness alone"
OVER_DRAWS = "range over the draws of the concept sets"
OVER_DIRECTIONS = "bootstrap over the directions"
FISHERS = "Fisher's, over the directions"
WILSONS = "Wilson's, over the three concepts"
OVER_DATASETS = "range over the data sets"
FROM_ENDS = "what the intervals of the importances allow"
OVER_MODELS = "bootstrap over the models"
OVER_SEEDS = "Student's, over the seeds"
EXACT = "none: all images are counted"
BINOMIAL = "binomial, by the numbers of published images"
# What the rows of a table beyond the paper are of.
MODEL, ARM, INDICATOR, CONCEPT_SETS = "model", "arm", "indicator", "concept_sets"
KINDS = (ARM, INDICATOR, CONCEPT_SETS)


class Measure(NamedTuple):
    """What a name in the column `measure` stands for."""

    table: str  # name of the table that it reads; a study may lack it
    values: Reader
    unit: str
    interval: str = OVER_IMAGES
    above_chance: bool = False  # whether it says nothing of a model that is not
    robustness: bool = False  # whether it needs shifts or the line
    published: bool = False  # whether it is of published accuracies: its table names the models
    beyond: str = ""  # what its rows are of, MODEL or one of KINDS, if the target beyond makes it
    # Its column in the table `<table>_resamples`, if models are compared on the same resamples
    paired: str = ""


def measures(test: str, threshold: float | None, bootstrap: Bootstrap) -> dict[str, Measure]:
    """What each name in the column `measure` stands for.

    Parameters
    ----------
    test: id of the test set
    threshold: average precision from which a concept counts as encoded; None without concepts
    bootstrap: of the study's intervals
    """
    change = ("change", "change_low", "change_high")
    robust: dict[str, Any] = {"above_chance": True, "robustness": True}
    privileged: dict[str, Any] = {"above_chance": True}
    confidence = bootstrap.confidence
    # Without a threshold no row is meant, and NaN is close to no number.
    encoded = float("nan") if threshold is None else float(threshold)
    percent = column_of("percent_acc", "percent_acc_low", "percent_acc_high")
    trend = column_of("spearman", "spearman_low", "spearman_high", shifts=float(FIVE))

    def taking(reader: Callable[..., pd.DataFrame], *settings: Any) -> Reader:
        return lambda path: reader(path, *settings)

    def tracking(quantity: str) -> Reader:
        return column_of("spearman", quantity=quantity, dataset=test)

    above_line, correlation = "accuracy above the line", "rank correlation"
    known = {
        "effective_robustness": Measure(
            "robustness", column_of("effective_robustness"), above_line, **robust,
            paired="effective_robustness",
        ),
        "percent_acc": Measure(
            "robustness", percent, "share of the accuracy", **robust, paired="percent_acc"
        ),
        "weights_robustness": Measure(
            "published_weights", taking(published_robustness, confidence), above_line, BINOMIAL
        ),
        "kurtosis": Measure(
            "kurtosis", column_of("kurtosis", dataset=test), "kurtosis", paired="kurtosis"
        ),
        "importance_ratio": Measure(
            "importance_ratio", column_of("importance_ratio"), "× the mean", **privileged,
            paired="importance_ratio",
        ),
        "importance_rank": Measure(
            "importance_rank", taking(importance_rank, confidence), correlation, FISHERS
        ),
        "importance_peak": Measure(
            "importance", importance_peak, "× the median", FROM_ENDS, **privileged
        ),
        "concepts": Measure(
            "concepts", taking(concept_count, encoded), "concepts", OVER_DRAWS, paired="concepts"
        ),
        "polysemanticity": Measure(
            "directions", taking(polysemanticity, bootstrap), "concepts per direction",
            OVER_DIRECTIONS,
        ),
        "texture_share": Measure(
            "top", taking(texture_share, confidence), "share of three concepts", WILSONS,
            **privileged,
        ),
        "pruning_accuracy": Measure(
            "pruning", taking(pruned, "accuracy", test, change), "accuracy", **privileged
        ),
        "pruning_robustness": Measure(
            "pruning", taking(pruned, "effective_robustness", SHIFTS, change), above_line, **robust
        ),
        "pruning_control": Measure(
            "pruning", taking(pruning_control, test), "accuracy", **privileged
        ),
        "pruning_kept": Measure("pruning", pruning_kept, "share of the accuracy", **privileged),
        "wise_ft_gain": Measure("wise_ft", wise_ft_gain, "accuracy", **robust),
        "tracking_kurtosis": Measure("tracks", tracking("kurtosis"), correlation, **robust),
        # The counts are not resampled, so that the interval is rather too narrow.
        "tracking_concepts": Measure(
            "tracks", tracking("concepts"), correlation, OF_ROBUSTNESS, **robust
        ),
        "cka": Measure("cka", taking(output_drop, test), "CKA", OVER_DATASETS),
        "published_learning_rate": Measure(
            "published_groups", trend, correlation, OVER_MODELS, published=True
        ),
    }  # fmt: skip
    for name, shifts in (("", FIVE), ("_four_shifts", FOUR)):
        known[f"published_robustness{name}"] = Measure(
            "published", taking(published_robustness, confidence, shifts), above_line, BINOMIAL,
            published=True,
        )  # fmt: skip
    return known | _beyond()


def _beyond() -> dict[str, Measure]:
    """The measures that the target beyond makes."""

    def of_arms(reader: Reader, unit: str) -> Measure:
        return Measure("arms", reader, unit, OVER_SEEDS, beyond=ARM)

    def basis(quantity: str) -> Measure:
        return Measure("basis", column_of("value", quantity=quantity), "kurtosis", beyond=MODEL)

    known = {
        "kurtosis_random": basis("kurtosis_random"),
        "kurtosis_eigenbasis": basis("kurtosis_eigenbasis"),
        "held_robustness": Measure(
            "ablation", readers.robustness_of_held, "effective robustness", beyond=MODEL
        ),
        "transplanted_predictions": Measure(
            "transplant", readers.changed_predictions, "share of the images", EXACT, beyond=MODEL
        ),
        "moved_kurtosis": of_arms(lambda path: readers.moved(path, "kurtosis"), "kurtosis"),
        "moved_robustness": of_arms(readers.robustness_of_moved, "effective robustness"),
        "penalised_robustness": of_arms(
            lambda path: readers.robustness_of_moved(path, penalised=True), "effective robustness"
        ),
        "concept_agreement": Measure(
            "agreement", readers.agreement, "rank correlation", OVER_MODELS, beyond=CONCEPT_SETS
        ),
    }
    for name in ("kurtosis", "kurtosis_centred", "importance_ratio", "concepts"):
        known[f"indication_{name}"] = Measure(
            "associations", partial(readers.association, indicator=name, group="all models"),
            "rank correlation", OVER_MODELS, beyond=INDICATOR,
        )  # fmt: skip
    return known
