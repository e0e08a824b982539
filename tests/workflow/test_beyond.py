"""The target beyond, on the finished tiny study with models of which one thing was changed."""

import pandas as pd
import pytest
import yaml

from tests.unit.inputs.html_pages import Page
from tests.workflow.runs import OF_EVERYTHING

RECIPES = """
  contrastive_beyond: {<<: *recipe, kurtosis: 3.0, kurtosis_weight: 1.0, logit_bias: -5.0}
  finetune_kurtosis: {<<: *classification, kurtosis: parent, kurtosis_weight: 1.0}
  two_views:
    origin: self_supervised
    epochs: 1
    batch_size: 32
    learning_rate: 3.0e-3
    weight_decay: 0.1
    betas: [0.9, 0.999]
    warmup_steps: 2
    schedule: cosine
    gradient_clip: 1.0
    shift_pixels: 0
    flip: false
    logit_scale: 5.0
    view_scale: 0.5
"""
# Id, pretraining, origin, parent, recipe, training set, text, and what is changed
ARMS = [
    ("plain", "Web", "contrastive", "", "contrastive", "web", "caption", "As it is"),
    ("held", "Web", "contrastive", "", "contrastive_beyond", "web", "caption", "Held"),
    ("labels", "", "supervised", "", "supervised", "web", "caption", "Labels"),
    ("views", "Web", "self_supervised", "", "two_views", "web", "", "Views"),
    ("tuned", "Web", "finetune", "rn_web", "finetune", "imagenet-train", "", "Tuned"),
    ("kept", "Web", "finetune", "rn_web", "finetune_kurtosis", "imagenet-train", "", "Kept"),
]
# The study has one concept set, and so no two to compare.
FIGURES = ["basis", "outliers", "ablation", "transplant", "indication", "concept_robustness",
           "interventions"]  # fmt: skip


@pytest.fixture(scope="module")
def beyond(finished, tmp_path_factory):
    """The study with everything beyond the paper, and what Snakemake printed."""
    project = finished.copy(tmp_path_factory.mktemp("beyond"))
    models, settings = (project.study / name for name in ("models.tsv", "study.yaml"))
    columns = models.read_text().splitlines()[0].split("\t")
    lines = [f"{line}\t" for line in models.read_text().splitlines()[1:]]
    for model, pretraining, origin, parent, recipe, dataset, text, arm in ARMS:
        row = ["intervention", "RN-tiny", pretraining, origin, parent, recipe, dataset, text]
        lines.append("\t".join([model, *row, "", "1", "7", arm]))
    models.write_text("\n".join(["\t".join([*columns, "arm"]), *lines]) + "\n")
    settings.write_text(settings.read_text().replace("\ndrawing:", f"{RECIPES}\ndrawing:"))
    assert yaml.safe_load(settings.read_text())["recipes"]["two_views"]
    return project, project.run("beyond")


def test_every_figure_and_the_page_are_made(beyond):
    project, _ = beyond
    for name in FIGURES:
        figure = project.results / "figures" / f"figure_beyond_{name}"
        assert figure.with_suffix(".pdf").read_bytes().startswith(b"%PDF")
        assert "`tiny`" in figure.with_suffix(".md").read_text()
    page = Page((project.results / "report" / "beyond.html").read_text())
    assert {"table_beyond_claims", "figure_beyond_interventions"} <= {*page.ids()}
    assert project.unfinished() == []


def test_interventions_have_the_measures_of_others_and_their_own_references(beyond):
    folder = beyond[0].results / "measures" / "interventions" / "interventions"
    models, arms = (pd.read_csv(folder / f"{name}.csv") for name in ("models", "arms"))
    assert models["model"].tolist() == [row[0] for row in ARMS]
    assert models[["accuracy", "kurtosis", "importance_ratio"]].notna().all(axis=None)
    references = arms.drop_duplicates("arm").set_index("arm")["reference"]
    assert references[["Held", "Labels", "Views"]].eq("As it is").all()
    assert references[["Tuned", "Kept"]].eq("Tuned").all()
    assert arms.loc[arms["penalised"], "arm"].unique().tolist() == ["Held", "Kept"]


def test_claims_beyond_the_paper_are_judged_and_no_others(beyond):
    folder = beyond[0].results / "measures" / "claims"
    own, papers = (
        pd.read_csv(folder / name / "summary.csv")["id"] for name in ("beyond", "verdicts")
    )
    assert own.str.startswith("beyond-").all() and not papers.str.startswith("beyond-").any()


def test_nothing_is_made_twice(beyond):
    project, printed = beyond
    assert "rn_web_finetuned/card.json" not in printed
    assert "Nothing to be done" in project.run("beyond")
    assert {each.rule for each in project.plan().values()} <= OF_EVERYTHING
