"""Stage `tables`: a rule for each script of the catalogue, see plan/exhibits/catalogue.py."""

for exhibit in [*EXHIBITS, *BEYOND]:
    if exhibit.stage == "tables" and exhibit.pages:
        table = step(settings=exhibit.told(RUN), files=exhibit.resources, **exhibit.step)

        rule:
            name:
                exhibit.name
            message:
                f"{exhibit.name}: {exhibit.shows}"
            input:
                unpack(table.input(**exhibit.inputs(RUN))),
            output:
                **snakemake_report.marked(RUN, exhibit),
            log:
                table.log,
            benchmark:
                table.benchmark
            conda:
                ENVIRONMENT
            params:
                **table.params,
            script:
                SCRIPT
