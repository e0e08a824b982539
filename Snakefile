"""The reproduction of "Interpreting CLIP": configuration, stages and targets."""

from snakemake.utils import min_version

min_version("9.0")


configfile: f"{workflow.basedir}/config.yaml"


include: "rules/common.smk"
include: "rules/downloads.smk"
include: "rules/models.smk"
include: "rules/datasets.smk"
include: "rules/activations.smk"
include: "rules/measures.smk"


if POOL.concepts:

    include: "rules/datasets_concepts.smk"
    include: "rules/activations_concepts.smk"
    include: "rules/measures_concepts.smk"


include: "rules/figures.smk"
include: "rules/tables.smk"


if POOL.concepts:

    include: "rules/figures_concepts.smk"
    include: "rules/tables_concepts.smk"


include: "rules/pruning.smk"
include: "rules/paths.smk"
include: "rules/claims.smk"
include: "rules/comparison.smk"
include: "rules/targets.smk"


rule all_figures:
    """Every figure, table and contact sheet of the study."""
    default_target: True
    input:
        [figure_files(figure).values() for figure in FIGURES],
        [table_files(table).values() for table in TABLES],
        CONTACT_SHEETS,
    localrule: True
