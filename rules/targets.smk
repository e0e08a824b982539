"""Short names of figures and tables, as one would type them: `snakemake --cores 2 figure_2`."""

TARGETS = {}
for figure in FIGURES:
    if match := re.fullmatch(r"figure_0?(\d+)([ab]?)", figure):
        number, part = match.groups()
        # Of a figure with parts, each part and both together.
        for target in {f"figure_{number}", f"figure_{number}{part}"}:
            TARGETS.setdefault(target, []).extend(figure_files(figure).values())
for table in TABLES:
    # All others have the name of the rule that makes them.
    if table in ("table_1", "table_2", "table_3", "table_4", "table_5"):
        TARGETS[table] = list(table_files(table).values())

for target, files in TARGETS.items():

    rule:
        name:
            target
        input:
            files,
        localrule: True
