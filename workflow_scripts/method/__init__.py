"""What the paper defines: arrays in and arrays out, in the order of the paper.

Nothing here reads files, knows a study or imports from another room; numpy and scipy suffice.
Installed on its own, the package is called `interpreting_clip`.
"""

from importlib import import_module
from typing import Any

# Each public name and its module. Imported when first asked for: a rule of the workflow is stamped
# with all that its script imports, and should not depend on measures that it does not use.
PUBLIC = {
    # Section 2: a linear head on top of the representation
    "Head": "head",
    # Section 3 and Appendix A: effective robustness, equation 5, and %acc
    "logit": "robustness",
    "inverse_logit": "robustness",
    "fit_line": "robustness",
    "predicted_accuracy": "robustness",
    "effective_robustness": "robustness",
    "percent_acc": "robustness",
    # Section 4: outlier features, equation 1
    "activation_kurtosis": "kurtosis",
    # Beyond the paper: the components that cause it, and what does not depend on the basis
    "moments": "kurtosis",
    "components": "kurtosis",
    "spectrum": "kurtosis",
    # Section 4: privileged directions, equations 2 and 3
    "singular_directions": "directions",
    "right_singular_vectors": "directions",
    "absolute_cosines": "importance",
    "importances": "importance",
    "importance_ratio": "importance",
    # Section 5: concepts, equation 4
    "balanced": "concepts",
    "draw_sets": "concepts",
    "sets_by_image": "precision",
    "average_precision": "precision",
    "unique_concepts": "concepts",
    "polysemanticity": "concepts",
    # Appendix C: CKA
    "centred_gram": "cka",
    "hsic": "cka",
    "Comparison": "cka",
    # Appendices E.2 and G: pruning
    "PrunedHead": "pruning",
    # Appendix I: Wise-FT
    "interpolated": "interpolation",
    # Intervals
    "resampling_counts": "bootstrap",
    "resampled_means": "bootstrap",
    "percentile_interval": "bootstrap",
    "over_replicates": "replicates",
    # What all of them raise
    "InputError": "errors",
}
__all__ = list(PUBLIC)  # noqa: PLE0605


def __getattr__(name: str) -> Any:
    if name not in PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{PUBLIC[name]}", __name__), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *PUBLIC})
