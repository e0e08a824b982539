"""What a changed choice about the concepts makes anew, and what it leaves alone."""

COUNTS = {"concept_counts", "concept_overlap"}
FIGURES = {"figure_03", "figure_04", "figure_05"}
TABLES = {"table_5", "table_7", "table_concept_counts"}
# The tiny study has no supervised model of the finetuned one's backbone, hence no probe_epochs.
PROBING = {"concept_sets", "probe", "privileged_direction"}
DESCRIPTIONS = {"figure_privileged_direction", "table_6"}
# The models along a Wise-FT path are not stored, so that their concepts are counted where they
# are encoded; the claims read all counts.
PATHS = {"wise_ft", "joint_table_of_pairs", "figures_15_to_22", "table_wise_ft", "claims"}


def stale(project, old, new):
    """The rules that would run after a change of config.yaml."""
    project.edit("config.yaml", old, new)
    return {planned.rule for planned in project.plan().values()}


def test_a_threshold_recomputes_counts_and_what_shows_them(project):
    assert stale(project, "threshold: 0.9 ", "threshold: 0.8 ") == (
        COUNTS | FIGURES | TABLES | PATHS
    )


def test_other_thresholds_recompute_counts_and_what_shows_them(project):
    rules = stale(project, "thresholds: [0.8, ", "thresholds: [0.7, 0.8, ")
    assert rules <= COUNTS | FIGURES | TABLES | {"claims"}
    assert {"concept_counts", "figure_03", "table_concept_counts"} <= rules


def test_the_seed_of_the_sets_recomputes_probing_but_no_activations(project):
    rules = stale(project, "seed: 0                         # seed of the balanced", "seed: 1  # ")
    assert rules == PROBING | DESCRIPTIONS | COUNTS | FIGURES | TABLES | PATHS


def test_permutations_recompute_probing_with_the_same_sets(project):
    rules = stale(project, "permutations: 20", "permutations: 10")
    assert {"probe", "concept_counts", "figure_03"} <= rules
    assert not rules & {"concept_sets", "encode", "encode_baseline", "encode_epochs", "finetune"}


def test_a_new_threshold_gives_new_numbers(project):
    """The plan is also carried out: a lower threshold finds more, activations stay as they are."""
    activations = {
        path: path.stat().st_mtime_ns for path in project.results.rglob("activations/*/*")
    }
    counts = project.results / "measures" / "concepts" / "encoded.csv"
    before = counts.read_text().count("True")
    project.edit("config.yaml", "threshold: 0.9 ", "threshold: 0.7 ")
    project.run("figure_3")
    assert counts.read_text().count("True") > before
    assert activations == {path: path.stat().st_mtime_ns for path in activations}
