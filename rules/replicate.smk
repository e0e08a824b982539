"""One replicate: all that is trained and measured, with other seeds; the images are the study's."""

REPLICATE = config.pop("replicate")


include: "common.smk"
include: "models.smk"
include: "activations.smk"
include: "measures/indicators.smk"
include: "measures/robustness.smk"


if POOL.concepts:

    include: "measures/concepts.smk"


include: "measures/pruning.smk"
include: "measures/wise_ft.smk"
include: "measures/cka.smk"
include: "measures/claims.smk"
