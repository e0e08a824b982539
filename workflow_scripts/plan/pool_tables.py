"""Tables of the whole pool: those put together from its models', and those over replicates."""

from typing import NamedTuple

from workflow_scripts.plan import measures
from workflow_scripts.plan.run import Run

# Tables of the rule `components`
COMPONENTS = ("components", "representation", "kurtosis_histogram", "kurtosis_quantiles")
# Tables of the rule `importance`
IMPORTANCE = tuple(
    f"indicators/{name}"
    for name in ("importance", "importance_ratio", "importance_ratio_resamples")
)
# Tables beyond the paper: of single models, and of pairs
BASIS = ("basis", "span", "outliers", "ablation")
TRANSPLANT = ("transplant",)
# Labels of joint tables that replicates do not have, or whose rows differ between them
APART = ("components", "controls", "basis", "stability", "transplant")
# Tables of an untrained control that claims have to beat: figures do not wait for them
OF_CONTROLS = {
    "accuracy": "indicators/accuracy",
    "kurtosis": "indicators/kurtosis",
    "importance": "indicators/importance",
    "importance_ratio": "indicators/importance_ratio",
    "importance_rank": "pruning/importance_rank",
}

VERDICTS = "claims/verdicts/summary"


class Joint(NamedTuple):
    """Tables that are made for one model at a time and put together."""

    names: tuple[str, ...]
    models: list[str]
    folder: str = ""  # of the joint tables, if not beside those of the models


def joint(run: Run) -> dict[str, Joint]:
    """What is put together, by label."""
    shown, headed, controls = run.pool.shown, run.pool.headed, run.pool.controls
    finetuned = measures.finetuned(run)
    tables = {
        "accuracy": Joint(("indicators/accuracy",), headed),
        "kurtosis": Joint(("indicators/kurtosis", "indicators/kurtosis_resamples"), shown),
        "components": Joint(tuple(f"indicators/{name}" for name in COMPONENTS), shown),
        "importance": Joint(IMPORTANCE, headed),
        "pruning": Joint(("pruning/pruning", "pruning/importance_rank"), headed),
        "cka": Joint(("cka/cka",), finetuned),
        "basis": Joint(tuple(f"basis/{name}" for name in BASIS), headed),
        # Of models with something to be compared with: shifts, or epochs and a parent
        "stability": Joint(("basis/stability",), headed if run.pool.shifts else finetuned),
        "transplant": Joint(tuple(f"basis/{name}" for name in TRANSPLANT), finetuned),
    }
    if controls:
        tables["controls"] = Joint(tuple(OF_CONTROLS.values()), controls, "controls/")
    return tables


def replicated(run: Run) -> list[str]:
    """Tables of the pool whose rows are the same in all replicates; components are not."""
    together = [
        name for label, each in joint(run).items() if label not in APART for name in each.names
    ]
    names = [*together, *(f"robustness/effective_robustness/{each}" for each in ("models", "line"))]
    names += [f"wise_ft/wise_ft_tables/{each}" for each in ("wise_ft", "tracking")]
    if run.pool.concepts:
        names += [f"concepts/concept_counts/{each}" for each in ("counts", "polysemanticity")]
        names += [f"concepts/concept_overlap/{each}" for each in ("venn", "course")]
    return [name for name in names if not name.endswith("_resamples")]


# The same in every replicate, as in every study: what others have published
PUBLISHED = ["robustness/published/lines", "robustness/published_finetuned/groups"]
# Curves, whose many numbers say the same, are not kept in a reference
CURVES = ["pruning/pruning", "indicators/importance"]


def referenced(run: Run) -> list[str]:
    """Tables whose numbers a reference keeps."""
    return [name for name in [*replicated(run), *PUBLISHED] if name not in CURVES]


def reference(run: Run, name: str) -> str:
    """A file of the repository's reference of a study, which there may not be."""
    return f"resources/reference/{run.study.name}/{name}"


# Of what cannot be averaged, sets and pairs of layers, figures show the first replicate
OF_FIRST = ("cka/cka", "concepts/concept_overlap/", "concepts/concept_counts/polysemanticity")


def averaged(run: Run) -> list[str]:
    """Tables of the pool of which figures show the means over the replicates, if there are any."""
    if run.replicates < 2:
        return []
    return [name for name in replicated(run) if not name.startswith(OF_FIRST)]


def shown(run: Run, name: str) -> str:
    """The table that figures and tables are made of: over all replicates where that can be."""
    over_all = name in averaged(run) or (name == VERDICTS and run.replicates > 1)
    return run.measure(f"replicates/{name}" if over_all else name)
