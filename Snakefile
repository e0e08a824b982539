"""The reproduction of "Interpreting CLIP": configuration, stages and targets."""

from snakemake.utils import min_version

min_version("9.0")


configfile: f"{workflow.basedir}/config.yaml"


report: "rules/workflow.rst"


REPLICATE = 1  # of others see rules/replicates.smk


include: "rules/common.smk"
include: "rules/downloads.smk"
include: "rules/datasets.smk"
include: "rules/models.smk"
include: "rules/activations.smk"
include: "rules/measures/indicators.smk"
include: "rules/measures/robustness.smk"


if POOL.concepts:

    include: "rules/measures/concepts.smk"


include: "rules/measures/pruning.smk"
include: "rules/measures/wise_ft.smk"
include: "rules/measures/cka.smk"
include: "rules/measures/claims.smk"
include: "rules/replicates.smk"
include: "rules/beyond.smk"
include: "rules/figures.smk"
include: "rules/tables.smk"
include: "rules/verify_files.smk"
include: "rules/verify.smk"
include: "rules/card.smk"
include: "rules/report.smk"


rule all_figures:
    """Every figure, table and contact sheet of the study, and what shows them all and tells of them."""
    default_target: True
    input:
        [exhibit.outputs(RUN).values() for exhibit in EXHIBITS],
        CONTACT_SHEETS,
        report_page.page(RUN),
        rules.ro_crate.output,
    localrule: True


# Short names of figures and tables, as one would type them: `snakemake --cores 2 figure_2`.
for target, files in exhibits.targets(RUN, [*EXHIBITS, *BEYOND]).items():

    rule:
        name:
            target
        input:
            files,
        localrule: True


if REPORTS:
    snakemake_report.prepare(RUN, [*EXHIBITS, *BEYOND])

# One that this study lacks is refused before anything is planned.
if refusal := exhibits.refusal(RUN, [*EXHIBITS, *BEYOND], sys.argv[1:]):
    sys.exit(refusal)

if workflow.is_main_process:
    endings = {
        "all_figures": closing.of_figures,
        "beyond": closing.of_beyond,
        "replicates": closing.of_replicates,
    }
    for target in endings.keys() & {*sys.argv}:
        atexit.register(closing.announce, workflow, endings[target](RUN, Path.cwd()))
