"""The report card: the indicators of a study's models, as a page, as Markdown and as JSON."""

report_card = step(
    "tables/card", card.settings(RUN), files=[*card.RESOURCES.values(), *card.TEMPLATES]
)


rule card:
    """All indicators of the models beside reference ranges, and what they mean."""
    message:
        "The report card of the models' indicators"
    input:
        unpack(
            report_card.input(
                **card.tables(RUN),
                **{name: RUN.resource(file) for name, file in card.RESOURCES.items()},
            )
        ),
    output:
        **card.files(RUN),
    log:
        report_card.log,
    benchmark:
        report_card.benchmark
    conda:
        ENVIRONMENT
    params:
        **report_card.params,
    script:
        SCRIPT


if "indicators" in sys.argv and workflow.is_main_process:
    atexit.register(
        card.announce, workflow, [Path(file).absolute() for file in card.files(RUN).values()]
    )


rule indicators:
    """The report card, by the name of what it shows."""
    input:
        card.files(RUN).values(),
    localrule: True
