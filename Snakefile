"""The reproduction of "Interpreting CLIP": configuration, stages and targets."""

from snakemake.utils import min_version

min_version("9.0")


configfile: f"{workflow.basedir}/config.yaml"


include: "rules/common.smk"
include: "rules/models.smk"
include: "rules/datasets.smk"
include: "rules/activations.smk"
include: "rules/measures.smk"
include: "rules/figures.smk"
include: "rules/tables.smk"


if POOL.concepts:

    include: "rules/probing.smk"


include: "rules/pruning.smk"
include: "rules/paths.smk"
include: "rules/coca.smk"
include: "rules/claims.smk"


rule all_figures:
    """Every figure, table and contact sheet of the study."""
    default_target: True
    input:
        [figure_files(figure).values() for figure in FIGURES],
        [table_files(table).values() for table in TABLES],
        [f"{RESULTS}/datasets/{dataset}/contact_sheet.png" for dataset in STUDY.datasets],
    localrule: True
