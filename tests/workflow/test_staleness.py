"""What a change makes stale: exactly what depends on it. Dry runs on the finished study."""

import os
import random
import re
import shutil
import time

import pytest

from tests.workflow.runs import REPOSITORY
from workflow_scripts.plan.staleness import stamps
from workflow_scripts.plan.staleness.definitions import definitions

SHOWN = ["rn_web", "rn_web_finetuned", "rn_captions-td", "rn_supervised"]
OF_SHOWN = {"joint_accuracy", "joint_kurtosis", "joint_importance", "figure_02a", "figure_02b",
            "table_1", "table_4"}  # fmt: skip
JOINT = {*OF_SHOWN, "effective_robustness", "figure_01", "figure_06", "table_2", "table_3"}
INDICATORS = {"accuracy", "kurtosis", "importance"}
MEASURES = {*INDICATORS, "baseline_accuracies"}
# Those that depend on one model alone: pruning, for instance, needs the line through the baselines.
OWN_MEASURES = (
    "measures/(?:indicators/(?:accuracy|kurtosis|importance|importance_ratio)"
    "|concepts/average_precision)"
)
TRAINING = {"pretrain", "finetune", "supervise"}
DATA = {"draw", "image_store", "contact_sheets"}
ENCODE = {"encode", "encode_baselines", "encode_controls"}
SPINE = {*DATA, *TRAINING, "zero_shot_head", *ENCODE, *MEASURES, *JOINT, "published"}
TINY = REPOSITORY / "tests" / "studies" / "tiny"
MODELS = [line.split("\t")[0] for line in (TINY / "models.tsv").read_text().splitlines()[1:]]
STAGES = REPOSITORY / "workflow_scripts"


def rules(plan):
    """Rules of the spine that would run; what is built on it is left to tests of its own.

    Each data set is drawn by a rule of its own.
    """
    names = {planned.rule for planned in plan.values()}
    return {"draw" if name.startswith("draw_") else name for name in names} & SPINE


def changed(plan):
    """Scripts whose own code or settings changed, and not only their input."""
    reasons = dict(flag.split("@") for flag in plan.flags)
    return {script_of(step) for step, reason in reasons.items() if reason == "code_or_settings"}


def script_of(name):
    """The script of a step, which its name, with dots or slashes, begins with."""
    parts = re.split(r"[./]", name)
    for end in (2, 3):
        path = "/".join(parts[:end]) + ".py"
        if (STAGES / path).is_file():
            return path
    raise AssertionError(f"no script is called like {name}")


def named(scripts):
    """The names of scripts, which are those of their rules."""
    return {script.rpartition("/")[2].removesuffix(".py") for script in scripts}


def models(plan):
    """Models whose own files would be made anew; one job encodes and scores all baselines."""
    found = set()
    for model in MODELS:
        places = f"models|activations|{OWN_MEASURES}" if model in SHOWN else "models"
        own = re.compile(rf"({places})/{re.escape(model)}(/|\.csv|\.h5)")
        if any(own.match(file) for file in plan):
            found.add(model)
    return found


def datasets(plan):
    """Data sets that would be made anew; one job draws the contact sheets of all."""
    files = [file for file in plan if not file.endswith("contact_sheet.png")]
    return {file.split("/")[1] for file in files if file.startswith("datasets/")}


@pytest.fixture(scope="session")
def used(finished):
    """The scripts that make the tiny study."""
    folder = finished.results / "records"
    return {script_of(str(path.relative_to(folder))) for path in folder.rglob("*.json")}


def users(project, module, name, used):
    """Scripts that use a module's definition, themselves or through others."""
    stamps.forget()  # the copy was another test's before
    depend = {script: definitions(project.root, script) for script in used}
    return {script for script in used if [module, name] in [each[:2] for each in depend[script]]}


# Nothing


def test_nothing_is_stale(finished):
    assert finished.plan() == {}


def test_comments_and_formatting_change_nothing(project):
    for module in (
        "files/atomic.py",
        "job/lifecycle.py",
        "training/loop.py",
        "analysis/accuracy.py",
    ):
        path = project.root / "workflow_scripts" / module
        lines = path.read_text().splitlines()
        path.write_text(
            "# A new comment.\n\n" + "\n".join(f"{line}  " for line in lines) + "\n\n\n"
        )
    project.edit(
        "rules/measures/indicators.smk",
        'rule accuracy:\n    """Acc',
        'rule accuracy:\n    """All acc',
    )
    project.edit("tests/studies/tiny/study.yaml", "title: Tiny\n", "title: Tiny  # a comment\n")
    assert project.plan() == {}


def new_times(folder):
    """Give every file a time of its own, in an order that has nothing to do with their making."""
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    random.Random(0).shuffle(paths)
    start = time.time()
    for number, path in enumerate(paths):
        os.utime(path, (start - number, start - number))


def test_a_fresh_clone_with_finished_results(project):
    new_times(project.root)
    assert project.plan() == {}


@pytest.mark.parametrize("notes", [True, False])
def test_results_that_come_without_their_times(project, notes):
    """What a copy without times gives, with and without Snakemake's own notes."""
    new_times(project.work)
    if not notes:
        shutil.rmtree(project.work / ".snakemake")
    assert project.plan() == {}


def test_copied_results_without_notes_know_what_they_were_made_of(project):
    shutil.rmtree(project.work / ".snakemake")
    project.edit("workflow_scripts/figures/figure_02.py", 'f"Figure 2', 'f"Figure no. 2')
    assert changed(project.plan()) == {"figures/figure_02.py"}


def test_a_file_that_was_edited_by_hand_reruns_its_readers(project):
    table = project.results / "measures" / "indicators" / "kurtosis.csv"
    table.write_text(table.read_text().replace("rn_web,", "rn_web ,"))
    plan = project.plan()
    assert {"figure_02a", "verdicts"} <= {planned.rule for planned in plan.values()}
    assert not rules(plan) & {*TRAINING, *ENCODE, *MEASURES}


def test_an_interrupted_run_leaves_nothing_stale(project):
    """What is made anew before the interruption is noticed by its readers in the next run."""
    project.edit("workflow_scripts/measures/indicators/joint.py", '"model"', '"model" ""')
    project.run("results/tiny/measures/indicators/kurtosis.csv")
    project.cell("models.tsv", "rn_captions-td", "seed", "77")
    project.run("results/tiny/measures/indicators/kurtosis/rn_captions-td.csv")
    plan = project.plan()
    assert {"joint_kurtosis", "figure_02a", "average_precision"} <= {
        planned.rule for planned in plan.values()
    }
    assert not rules(plan) & {*TRAINING, "encode", "kurtosis"}


def test_resources_that_a_job_may_use_change_nothing(project):
    path = project.root / "rules" / "models.smk"
    path.write_text(
        path.read_text().replace("mem_mb=2000", "mem_mb=2100").replace("runtime=60", "runtime=90")
    )
    assert project.plan() == {}


# Code


@pytest.mark.parametrize(
    ("module", "name", "some", "others"),
    [
        (
            "method/bootstrap.py",
            "resampling_counts",
            MEASURES | {"effective_robustness"},
            {"encode", "joint"},
        ),
        (
            "networks/tokenizer.py",
            "WordTokenizer",
            {"pretrain", "zero_shot_head"},
            {"finetune", "supervise"},
        ),
        ("reporting/families.py", "FAMILIES", {"figure_02", "figure_01"}, MEASURES),
        ("drawing/surfaces.py", "texture", {"draw", "draw_adversarial"}, TRAINING),
    ],
)
def test_an_edited_definition_reruns_what_uses_it(
    project, used, monkeypatch, module, name, some, others
):
    monkeypatch.chdir(project.work)  # what its run has read of modules need not be read again
    path = project.root / "workflow_scripts" / module
    path.write_text(f"{path.read_text()}\n\n{name} = {name}\n")
    expected = users(project, module, name, used)
    assert changed(project.plan("all_figures", "indicators", page=True)) == expected
    assert some <= named(expected)
    assert not others & named(expected)


def test_messages_plumbing_and_what_nobody_uses_rerun_nothing(project):
    project.edit("workflow_scripts/job/errors.py", "no space left", "no more space")
    project.edit("workflow_scripts/files/atomic.py", "import uuid\n", "import uuid\n\nNEW = 1\n")
    project.edit("workflow_scripts/training/loop.py", "finite number; lower", "finite one; lower")
    path = project.root / "workflow_scripts" / "networks" / "devices.py"
    path.write_text(f"{path.read_text()}\n\ndef new():\n    return 1\n")
    assert project.plan() == {}


def test_the_script_of_a_figure_reruns_that_figure(project):
    project.edit("workflow_scripts/figures/figure_02.py", 'f"Figure 2', 'f"Figure no. 2')
    assert set(project.plan()) == {
        f"figures/figure_02{part}.{end}" for part in "ab" for end in ("pdf", "png", "svg", "md")
    }


@pytest.mark.parametrize("file", ["report_page.html.jinja", "page.js", "vendored/chart.umd.min.js"])
def test_the_page_is_made_again_of_an_edited_template(project, file):
    path = project.root / "workflow_scripts" / "report" / file
    path.write_text(path.read_text() + "\n")
    assert set(project.plan(page=True)) == {"report/index.html"}


def test_the_page_is_made_again_of_other_numbers(project):
    project.edit("workflow_scripts/figures/figure_02.py", 'f"Figure 2', 'f"Figure no. 2')
    assert "report/index.html" in project.plan(page=True)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("open_clip", {"published", "figure_01", "figure_06"}),
        ("model_soups", {"figure_01"}),
    ],
)
def test_published_accuracies_rerun_what_shows_them(project, name, found):
    path = project.root / "resources" / "published" / f"{name}_accuracy.csv"
    path.write_text(path.read_text() + "\n")
    plan = project.plan()
    assert rules(plan) == found
    others = {"published_finetuned", "figure_published_finetuning", "verdicts"}
    assert others <= {planned.rule for planned in plan.values()}


# The study and the configuration


@pytest.mark.parametrize(
    ("model", "chain"),
    [
        ("rn_captions-td", {"rn_captions-td"}),
        ("rn_web", {"rn_web", "rn_web_finetuned"}),
        ("baseline_rn_60x3", {"baseline_rn_60x3"}),
    ],
)
def test_a_model_s_row_reruns_its_chain_and_what_is_joint(project, model, chain):
    project.cell("models.tsv", model, "seed", "77")
    plan = project.plan()
    assert models(plan) == chain
    assert named(changed(plan)) <= TRAINING
    # Of what is joint, a baseline changes the line alone.
    joint = JOINT - (set() if model in SHOWN else OF_SHOWN)
    assert rules(plan) - TRAINING - {"zero_shot_head"} - MEASURES - ENCODE == joint
    assert not rules(plan) & DATA


def test_the_adversary_s_row_reruns_its_data_set_and_all_activations(project):
    project.cell("models.tsv", "rn_adversary", "seed", "77")
    plan = project.plan()
    assert datasets(plan) == {"imagenet-a"}
    assert {file.split("/")[1] for file in plan if file.startswith("models/")} == {"rn_adversary"}
    assert rules(plan) == {"supervise", "draw", "image_store", "contact_sheets",
                           *ENCODE, *MEASURES, *JOINT}  # fmt: skip


def test_what_is_asked_for_by_name_is_made_anew_whatever_else_is_asked_for(project):
    """Snakemake looks once at what a folder holds, before the last stale job is known."""
    project.cell("models.tsv", "rn_web", "seed", "77")
    plan = project.plan()
    shutil.rmtree(project.work / ".snakemake" / "changed")
    printed = project.run("-n", *(f"results/tiny/{file}" for file in plan))
    counted = {*re.findall(r"^([a-z][\w-]+) +\d+$", printed, re.MULTILINE)} - {"total"}
    assert counted == {planned.rule for planned in plan.values()}


def test_no_figure_waits_for_an_untrained_control(project):
    project.cell("models.tsv", "rn_untrained", "seed", "77")
    plan = {planned.rule for planned in project.plan().values()}
    tables = {"joint_controls", "concept_counts_controls", "verdicts", "claims", "comparison"}
    own = {"encode_controls", *INDICATORS, "average_precision", "pruning", "untrained",
           "zero_shot_head_controls"}  # fmt: skip
    assert plan == {*own, *tables}


def test_a_displayed_name_reruns_what_displays_it(project):
    project.cell("models.tsv", "rn_captions-td", "pretraining", "Captions")
    assert rules(project.plan()) == JOINT - {
        "effective_robustness", "joint_accuracy", "joint_kurtosis", "joint_importance"
    }  # fmt: skip


def test_a_recipe_reruns_the_models_that_follow_it(project):
    project.edit("tests/studies/tiny/study.yaml", "logit_scale: 14.0", "logit_scale: 15.0")
    plan = project.plan()
    assert named(changed(plan)) == {"pretrain"}
    assert models(plan) == {"rn_web", "rn_web_finetuned", "rn_captions-td"}


def test_finished_models_are_kept_if_the_configuration_says_so(project):
    """A dry run says what it would cost not to keep them, and captions that they were kept."""
    project.edit("tests/studies/tiny/study.yaml", "logit_scale: 14.0", "logit_scale: 15.0")
    printed = project.run("-n", "all_figures")
    anew = "trained anew: 3 (rn_captions-td, rn_web, rn_web_finetuned)"
    assert printed.count(anew) == 1
    kept = ("--config", "retrain=never")
    plan = project.plan(*kept)
    assert not rules(plan) & {*TRAINING, "zero_shot_head", *ENCODE, *MEASURES}
    project.run("figure_2a", *kept)
    caption = (project.results / "figures" / "figure_02a.md").read_text()
    assert "than now, and kept: `rn_web`, `rn_captions-td`." in " ".join(caption.split())


def test_the_bootstrap_reruns_the_measures(project):
    configuration = project.work / "tiny.yaml"
    configuration.write_text(configuration.read_text().replace("resamples: 50", "resamples: 60"))
    plan = project.plan()
    assert MEASURES | {"effective_robustness"} <= named(changed(plan))
    assert not rules(plan) & {*TRAINING, *ENCODE, "image_store", "draw"}


def test_a_data_set_s_drawing_reruns_what_sees_it(project):
    project.edit("tests/studies/tiny/study.yaml", "ties: 0.8", "ties: 0.7")  # of imagenet-v2
    plan = project.plan()
    assert named(changed(plan)) == {"draw"}
    assert datasets(plan) == {"imagenet-v2"}
    assert not rules(plan) & TRAINING


# Prompts


def test_a_prompt_makes_heads_anew_and_trains_nothing_from_the_beginning(project):
    project.edit("tests/studies/tiny/study.yaml", "  - a photo of a {}", "  - a good photo of a {}")
    plan = project.plan()
    # The control knows the words of the prompts and no others.
    assert named(changed(plan)) == {"zero_shot_head", "untrained"}
    assert not rules(plan) & {"pretrain", "supervise", "draw", "image_store"}
    # Finetuning starts from the head; of the others, the images are encoded already.
    assert "finetune" in rules(plan)
    encoded = {file.split("/")[1] for file in plan if file.startswith("activations/")}
    assert encoded == {"rn_web_finetuned", "rn_untrained"}
