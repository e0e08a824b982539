"""A step: one name for script, log, costs and record, and one more input for a stale job."""

import dataclasses
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from workflow_scripts.job import records
from workflow_scripts.plan.run import Run
from workflow_scripts.plan.step import Step

ROOT = Path(__file__).resolve().parents[3]


class Wildcards(SimpleNamespace):
    """What Snakemake gives to input functions."""

    def items(self):
        return vars(self).items()


@pytest.fixture(scope="module")
def run():
    config = {"study": "miniature", "models": [], "images": None, "device": "cpu"}
    import yaml

    return Run.load(ROOT, yaml.safe_load((ROOT / "config.yaml").read_text()) | config)


@pytest.fixture
def step(run, tmp_path, monkeypatch):
    """A step of one model, in an empty folder; as a new process would make it."""
    monkeypatch.chdir(tmp_path)

    def new(settings=None, main=True):
        records.forget()
        name = "measures/indicators/accuracy"
        return Step(run, name, settings or {"draws": 3}, ("model",), main=main)

    return new


MODEL = Wildcards(model="rn_web-large")
FILES = {
    "card": "results/miniature/models/{model}/card.json",
    "activations": ["results/miniature/a/{model}.h5", "results/miniature/b/{model}.h5"],
    "claims": "resources/claims.tsv",
}


def made(step):
    """Make the inputs, and the record that the job would leave."""
    inputs = step.input(**FILES)(MODEL)
    digests = inputs["activations_digest"]
    flat = [*inputs["activations"], inputs["card"], inputs["claims"], *digests]
    for path in map(Path, flat):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("content")
    record = step.params["record"](MODEL)
    records.finish(record, step.params["stamp"](MODEL), flat)
    return record


def changed(step):
    return step.input(**FILES)(MODEL)["changed"]


def test_one_name_for_everything(step):
    own = "measures/indicators/accuracy"
    assert step().log == f"logs/miniature/{own}/{{model}}.log"
    assert step().benchmark == f"logs/miniature/{own}/{{model}}.benchmark.tsv"
    assert step().params["script"] == own
    record = step().params["record"](MODEL)
    assert record == f"results/miniature/records/{own}/rn_web-large.json"
    labelled = dataclasses.replace(step(), label="line", each=())
    assert labelled.log == f"logs/miniature/{own}/line.log"


def test_inputs_come_with_the_digests_of_large_files(step):
    found = step().input(**FILES)(MODEL)
    folder = "results/miniature"
    activations = [f"{folder}/a/rn_web-large.h5", f"{folder}/b/rn_web-large.h5"]
    assert found["card"] == f"{folder}/models/rn_web-large/card.json"
    assert found["activations"] == activations
    assert found["activations_digest"] == [f"{path}.sha256" for path in activations]
    assert found["changed"] == []
    # Times of large files and of the repository's own do not matter.
    assert all(path.flags["ancient"] for path in [found["claims"], *found["activations"]])
    assert not any(hasattr(path, "flags") for path in [found["card"], *found["activations_digest"]])


def test_functions_of_run_and_wildcards_give_inputs_and_settings(run):
    step = Step(
        run, "models/finetune", lambda run, wildcards: {"of": wildcards.model}, each=("model",)
    )
    found = step.input(lambda run, wildcards: {"parent": f"{run.study.name}.json"})(MODEL)
    assert found["parent"] == "miniature.json"
    assert step.params["settings"](MODEL) == {"of": "rn_web-large"}


@pytest.mark.parametrize("name", ["clip.pt", "open_clip_model.safetensors", "encoder.safetensors"])
def test_a_checkpoint_of_the_user_s_own_needs_no_digest_and_is_known_by_its_content(step, name):
    own = Path("mine") / name
    own.parent.mkdir()
    own.write_text("weights")
    found = step().input(own=str(own))(MODEL)
    assert found.keys() == {"own", "changed"} and found["own"].flags["ancient"]
    stamp = step().params["stamp"](MODEL)
    records.finish(step().params["record"](MODEL), stamp, [own])
    assert step().input(own=str(own))(MODEL)["changed"] == []
    own.write_text("others")
    (flag,) = step().input(own=str(own))(MODEL)["changed"]
    assert flag.endswith(f"/content_of_{name}")


def test_nothing_is_added_for_a_job_that_never_ran_or_is_up_to_date(step):
    assert changed(step()) == []
    made(step())
    assert changed(step()) == []


def test_a_stale_job_gets_one_more_input_whose_name_says_why(step):
    made(step())
    flag = ".snakemake/changed/miniature.measures.indicators.accuracy.rn_web-large"
    assert changed(step({"draws": 4})) == [f"{flag}/code_or_settings"]
    Path("results/miniature/a/rn_web-large.h5.sha256").write_text("other")
    assert changed(step()) == [f"{flag}/content_of_rn_web-large.h5.sha256"]


def test_that_input_is_newer_than_everything_and_never_the_same(step):
    made(step())
    (flag,) = changed(step({"draws": 4}))
    first = Path(flag).read_text()
    assert Path(flag).stat().st_mtime > time.time() + 1e9
    assert changed(step({"draws": 4})) == [flag]
    assert Path(flag).read_text() != first


def test_inputs_of_a_job_that_is_up_to_date_are_older_than_everything(step):
    made(step())
    changed(step())
    times = {path.name: path.stat().st_mtime for path in Path("results").rglob("*.*")}
    assert times["card.json"] == times["rn_web-large.h5.sha256"] == 86400
    assert times["rn_web-large.h5"] > 1e9  # large files are ancient


def test_times_are_kept_of_files_that_are_only_looked_at(step):
    made(step())
    changed(dataclasses.replace(step(), keeps_times=True))
    assert all(path.stat().st_mtime > 1e9 for path in Path("results").rglob("*.*"))


def test_a_process_of_a_cluster_s_job_takes_what_the_planning_one_has_decided(step):
    made(step())
    assert changed(step({"draws": 4}, main=False)) == []
    (flag,) = changed(step({"draws": 4}))
    assert changed(step({"draws": 4}, main=False)) == [flag]


def test_the_decision_stays_while_a_run_goes_on(step):
    record = made(step())
    own = step({"draws": 4})
    before = changed(own)
    records.begin(record)
    assert changed(own) == before
