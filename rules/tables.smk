"""Stage `tables`: a rule for each script of the catalogue, see plan/catalogue.py."""

for exhibit in EXHIBITS:
    if exhibit.stage == "tables" and exhibit.pages:
        table = step(f"tables/{exhibit.name}", exhibit.settings(), files=exhibit.resources)

        rule:
            name:
                exhibit.name
            message:
                exhibit.shows
            input:
                unpack(table.input(**exhibit.inputs(RUN))),
            output:
                **exhibit.outputs(RUN),
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
