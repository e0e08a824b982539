"""Stage `figures`: a rule for each script of the catalogue, see plan/exhibits/catalogue.py."""

EXHIBITS = catalogue.catalogue(RUN)


for exhibit in [*EXHIBITS, *BEYOND]:
    if exhibit.stage == "figures" and exhibit.pages:
        figure = step(settings=exhibit.told(RUN), **exhibit.step)

        rule:
            name:
                exhibit.name
            message:
                f"{exhibit.name}: {exhibit.shows}"
            input:
                unpack(figure.input(**exhibit.inputs(RUN))),
            output:
                **snakemake_report.marked(RUN, exhibit),
            log:
                figure.log,
            benchmark:
                figure.benchmark
            conda:
                ENVIRONMENT
            params:
                **figure.params,
            script:
                SCRIPT
