"""What a changed choice about the concepts makes anew, and what it leaves alone."""

COUNTS = {"concept_counts", "concept_counts_controls", "concept_overlap", "wise_ft_tables"}
FIGURES = {"figure_03", "figure_04", "figure_05", "figures_15_to_20",
           "figures_21_and_22"}  # fmt: skip
TABLES = {"table_5", "table_7", "table_concept_counts", "table_wise_ft"}
SUMMARIES = {"verdicts", "claims", "comparison"}
SHOWN = COUNTS | FIGURES | TABLES | SUMMARIES
# The models along a Wise-FT path are not stored, so that they are probed where they are encoded.
PROBING = {
    "concept_sets",
    "average_precision",
    "average_precision_epochs",
    "privileged_direction",
    "wise_ft",
}
DESCRIPTIONS = {"figure_privileged_direction", "table_6"}
NETWORKS = {"pretrain", "finetune", "supervise", "encode", "encode_baselines", "encode_epochs"}


def stale(project, old, new):
    """The rules that would run after a change of config.yaml."""
    project.edit("config.yaml", old, new)
    return {planned.rule for planned in project.plan().values()}


def test_a_threshold_recomputes_counts_and_what_shows_them(project):
    assert stale(project, "threshold: 0.9 ", "threshold: 0.8 ") == SHOWN


def test_other_thresholds_recompute_counts_and_what_shows_them(project):
    rules = stale(project, "thresholds: [0.8, ", "thresholds: [0.7, 0.8, ")
    assert rules <= SHOWN - {"wise_ft_tables"}
    assert {"concept_counts", "figure_03", "table_concept_counts"} <= rules


def test_the_seed_of_the_sets_recomputes_probing_but_no_activations(project):
    rules = stale(project, "seed: 0                         # seed of the balanced", "seed: 1  # ")
    assert rules == PROBING | DESCRIPTIONS | SHOWN
    assert not rules & NETWORKS


def test_permutations_recompute_probing_with_the_same_sets(project):
    rules = stale(project, "permutations: 20", "permutations: 10")
    assert {"average_precision", "concept_counts", "figure_03"} <= rules
    assert not rules & {"concept_sets", "wise_ft", *NETWORKS}


def test_other_intervals_walk_no_path_anew(project):
    rules = stale(project, "confidence: 0.95", "confidence: 0.9 ")
    assert {"accuracy", "pruning", "wise_ft_tables", "claims"} <= rules
    assert not rules & {"wise_ft", "cka", "average_precision", *NETWORKS}


def test_a_new_threshold_gives_new_numbers(project):
    """The plan is also carried out: a lower threshold finds more, activations stay as they are."""
    folders = ("activations", "measures/wise_ft", "measures/concepts/average_precision")
    stored = {
        path: path.stat().st_mtime_ns
        for folder in folders
        for path in (project.results / folder).rglob("*.h5")
    }
    measures = project.results / "measures"
    before = encoded(measures), counted(measures)
    project.edit("config.yaml", "threshold: 0.9 ", "threshold: 0.7 ")
    project.run("figure_3", "figure_21")
    assert encoded(measures) > before[0] and counted(measures) > before[1]
    assert stored == {path: path.stat().st_mtime_ns for path in stored}


def encoded(measures):
    """How many concepts all models together encode."""
    return (measures / "concepts" / "concept_counts" / "encoded.csv").read_text().count("True")


def counted(measures):
    """How many the models along the Wise-FT paths encode."""
    rows = [
        row.split(",")
        for row in (measures / "wise_ft" / "wise_ft_tables" / "wise_ft.csv")
        .read_text()
        .splitlines()
    ]
    column = {name: place for place, name in enumerate(rows[0])}
    values = [row[column["value"]] for row in rows if row[column["quantity"]] == "concepts"]
    return sum(map(float, values))
