"""The measures beyond the paper of bases and components: what each job is given."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.unit.inputs.plan_inputs import run_of
from workflow_scripts.plan import measures, pool_tables
from workflow_scripts.plan.exhibits import beyond

ROOT = Path(__file__).resolve().parents[3]
OWN = [f"figure_beyond_{name}" for name in ("basis", "outliers", "ablation", "transplant")]


def of(model):
    return SimpleNamespace(model=model)


def test_a_finetuned_model_is_compared_with_its_parent_and_epochs():
    run = run_of("miniature")
    tuned, zero = of("rn_web-large_finetuned"), of("rn_web-large")
    settings = {"model": tuned.model, "test": run.pool.test, "parent": zero.model}
    assert measures.outlier_settings(run, tuned) == settings
    assert measures.outlier_files(run, tuned) == {
        "parent": run.activations(zero.model, run.pool.test),
        "epochs": "results/miniature/activations/rn_web-large_finetuned/epochs",
        "path": "results/miniature/measures/wise_ft/wise_ft/rn_web-large_finetuned.h5",
    }
    assert "parent" not in measures.outlier_settings(run, zero)
    assert measures.outlier_files(run, zero) == {}
    heads = [run.bundle(each.model, "head.safetensors") for each in (zero, tuned)]
    assert measures.both_classifiers(run, tuned)["heads"] == heads


def test_what_a_model_is_compared_with_is_there():
    """Without shifts, models that nothing was finetuned into have no row of stability."""
    quick = pool_tables.joint(run_of("quick"))
    assert quick["stability"].models == measures.finetuned(run_of("quick")) != []
    assert pool_tables.joint(run_of("architectures"))["stability"].models == []
    miniature = pool_tables.joint(run_of("miniature"))
    assert miniature["stability"].models == miniature["basis"].models


@pytest.mark.parametrize("study", ["miniature", "paper", "quick"])
def test_every_study_has_the_figures(study):
    run = run_of(study)
    listed = {each.name: each for each in beyond.catalogue(run)}
    for name in OWN:
        assert listed[name].pages == [name]
        assert (ROOT / "workflow_scripts" / f"{listed[name].step['name']}.py").is_file()


def test_without_a_pair_nothing_can_be_transplanted():
    listed = {each.name: each for each in beyond.catalogue(run_of("quick", models=["rn50_openai"]))}
    name = "figure_beyond_transplant"
    assert listed[name].pages == [] and "parent" in listed[name].absent[name]


def test_replicates_have_none_of_their_tables():
    run = run_of("miniature")
    assert not [name for name in pool_tables.replicated(run) if name.startswith("basis/")]
