"""Bad input, failing storage, killed jobs: a clear message, nothing lost or half-written."""

import io
import os
import shutil
import signal
import subprocess
import tarfile
import time

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from tests.workflow.runs import environment
from workflow_scripts.files.digests import write_digest

V2 = "datasets/imagenet-v2/imagenetv2.tar.gz"


def message_of(printed):
    """The line that is for the user: of a failed job, or all that is said of a bad study."""
    lines = printed.splitlines()
    assert "Traceback" not in printed
    found = ("Reason: ", "WorkflowError in")
    starts = [n for n, line in enumerate(lines) if line.startswith(found)]
    if not starts:
        assert "File " not in printed
        return lines[-1]
    (start,) = starts
    return lines[start + 1]


def repacked(path, change):
    """Change the members (name to content) of a gzipped tar archive."""
    with tarfile.open(path) as archive:
        members = {each.name: archive.extractfile(each).read() for each in archive if each.isfile()}
    change(members)
    with tarfile.open(path, "w:gz") as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))


# Configuration


def test_a_typo_in_the_configuration(project):
    configuration = project.work / "tiny.yaml"
    configuration.write_text(configuration.read_text().replace("device", "devise"))
    printed = project.run("all_figures", fails=True)
    place = "config.yaml (or --config), key devise"
    line = f"{place}: found an unknown key, expected one of study, own, models, replicates, images"
    assert message_of(printed).startswith(line)
    assert message_of(printed).endswith("did you mean 'device'?")


def test_all_mistakes_of_a_study_in_one_go(project):
    project.cell("models.tsv", "rn_web_finetuned", "parent", "rn_wed")
    project.cell("datasets.tsv", "imagenet", "class_list", "imagenet-1k.txt")
    project.edit("tests/studies/tiny/study.yaml", "view: pixels32", "view: pixels23")
    printed = project.run("-n", fails=True)
    assert "Traceback" not in printed and "File " not in printed
    for part in (
        "study.yaml, key view: found 'pixels23', expected the name of a view (pixels32)",
        "row 3 (rn_web_finetuned), column parent: found 'rn_wed', expected the id of a zero",
        "row 3 (imagenet), column class_list: found 'imagenet-1k.txt', expected the name",
    ):
        assert sum(part in line for line in printed.splitlines()) == 1, part


def test_an_unknown_target(project):
    printed = project.run("figure_3z", fails=True)
    assert "figure_3z" in printed and "Traceback" not in printed


# Data


@pytest.mark.parametrize("kind", ["truncated image", "label outside", "missing image", "damaged"])
def test_a_bad_archive(project, kind):
    path = project.results / V2

    def change(members):
        name = list(members)[7]
        if kind == "truncated image":
            members[name] = members[name][:300]
        elif kind == "label outside":
            members["v2/6/00000001.jpeg"] = members.pop(name)
        else:
            del members[name]

    if kind == "damaged":
        path.write_bytes(path.read_bytes()[:20_000])
    else:
        repacked(path, change)
    write_digest(path)
    project.forget("datasets/draw/imagenet-v2")
    expected = {
        "truncated image": f"{V2}, image imagenetv2-threshold0.7-format-val/",
        "label outside": f"{V2}: v2/6/00000001.jpeg lies in folder '6', expected a label from 0",
        "missing image": f"{V2}: found 47 images, expected 48 (datasets.tsv, row imagenet-v2,",
        "damaged": f"{V2}: cannot be read (EOFError: Compressed file ended before",
    }
    before = path.read_bytes()
    message = message_of(project.run("figure_1", fails=True))
    assert message.startswith(f"results/tiny/{expected[kind]}")
    assert (
        message
        in (project.logs / "datasets" / "image_store" / "imagenet-v2" / "pixels32.log").read_text()
    )
    left = {file.name for file in path.parent.iterdir()}
    assert left == {"contact_sheet.png", "imagenetv2.tar.gz", "imagenetv2.tar.gz.sha256"}
    assert path.read_bytes() == before


def test_an_archive_that_was_replaced(project):
    path = project.results / V2
    path.write_bytes(path.read_bytes()[:20_000])
    path.with_name("pixels32.h5").unlink()
    store = "results/tiny/datasets/imagenet-v2/pixels32.h5"
    message = message_of(project.run(store, fails=True))
    assert message.startswith(f"results/tiny/{V2}: found SHA-256 ")


def test_an_edited_table_is_not_used(project):
    path = project.results / "measures" / "indicators" / "kurtosis.csv"
    path.write_text(path.read_text().replace("rn_web,", "rn_wed,"))
    message = message_of(project.run("figure_2a", fails=True))
    assert message.startswith("results/tiny/measures/indicators/kurtosis.csv: found SHA-256 ")
    path.unlink()
    project.run("figure_2a")


def test_all_damaged_files_are_named_on_demand(finished, project):
    assert "files are what is recorded of them" in project.run("verify_files", cores=1)
    damaged = ["activations/rn_web/imagenet.h5", "figures/figure_02a.png"]
    for name in damaged:
        path = project.results / name
        path.write_bytes(path.read_bytes()[:-1])
    printed = project.run("verify_files", fails=True, cores=1)
    for name in damaged:
        assert f"results/tiny/{name}: found SHA-256 " in printed
        (project.results / name).unlink()
    project.run(*(f"results/tiny/{name}" for name in damaged))
    for name in damaged:
        assert (project.results / name).read_bytes() == (finished.results / name).read_bytes()


# Models


def test_a_head_of_another_width(project):
    path = project.results / "models" / "rn_web" / "head.safetensors"
    head = load_file(path)
    save_file({**head, "weight": np.ascontiguousarray(head["weight"][:, :31])}, path)
    project.forget("models/zero_shot_head/rn_web")
    target = "measures/wise_ft/wise_ft/rn_web_finetuned.h5"
    (project.results / target).unlink()
    message = message_of(project.run(f"results/tiny/{target}", fails=True))
    assert message.startswith(
        "results/tiny/models/rn_web/head.safetensors: found weight of shape (6, 31), expected "
        "[classes, 32]"
    )
    assert not (project.results / target).exists()


def test_a_head_whose_activations_are_another_s(project):
    path = project.results / "models" / "rn_web" / "head.safetensors"
    head = load_file(path)
    save_file({**head, "weight": np.ascontiguousarray(head["weight"][:, :31])}, path)
    project.forget("models/zero_shot_head/rn_web")
    table = project.results / "measures" / "indicators" / "accuracy" / "rn_web.csv"
    table.unlink()
    message = message_of(
        project.run("results/tiny/measures/indicators/accuracy/rn_web.csv", fails=True)
    )
    assert message.startswith(
        "results/tiny/activations/rn_web/imagenet.h5: found activations of width 32, expected 31"
    )
    assert not list(project.results.glob("measures/indicators/accuracy/*rn_web.*"))


# Storage


@pytest.fixture
def read_only():
    """A function that makes a folder read-only, for root as well where that can be done."""
    folders = []

    def immutable(folder, sign):
        return subprocess.run(["chattr", f"{sign}i", folder], capture_output=True).returncode == 0

    def protect(folder):
        folders.append(folder)
        folder.chmod(0o555)
        if os.access(folder, os.W_OK) and not (shutil.which("chattr") and immutable(folder, "+")):
            pytest.skip("root may write everywhere here")

    yield protect
    for folder in folders:
        if shutil.which("chattr"):
            immutable(folder, "-")
        folder.chmod(0o755)


def test_a_read_only_results_folder(project, read_only):
    table = project.results / "measures" / "indicators" / "kurtosis" / "rn_web.csv"
    before = table.read_bytes()
    configuration = project.work / "tiny.yaml"
    configuration.write_text(configuration.read_text().replace("resamples: 50", "resamples: 60"))
    read_only(project.results)
    printed = project.run("results/tiny/measures/indicators/kurtosis/rn_web.csv", fails=True)
    assert "no permission to use results/tiny: change its permissions" in printed
    assert "snakemake --directory FOLDER" in printed and "Traceback" not in printed
    assert table.read_bytes() == before
    assert project.plan()  # looking is allowed


def test_a_read_only_folder_among_the_results(project, read_only):
    folder = project.results / "measures" / "indicators" / "kurtosis"
    (folder / "rn_web.csv").unlink()
    read_only(folder)
    printed = project.run("results/tiny/measures/indicators/kurtosis/rn_web.csv", fails=True)
    assert message_of(printed).startswith(
        "no permission to use results/tiny/measures/indicators/kurtosis: ch"
    )


def test_a_read_only_checkout(project, read_only):
    shutil.rmtree(project.work / ".snakemake")
    read_only(project.work)
    printed = project.run("-n", fails=True)
    assert f"no permission to use {project.work}: change its permissions" in printed
    assert "Traceback" not in printed


# Kills


def wait_for(condition, process, seconds=60):
    """Wait until `condition` holds; the process must not end before."""
    end = time.monotonic() + seconds
    while not condition():
        assert process.poll() is None, "it ended too early"
        assert time.monotonic() < end, "it never came so far"
        time.sleep(0.02)


TRAINED_BY = {"rn_web": "pretrain", "rn_web_finetuned": "finetune"}


@pytest.mark.parametrize("model", TRAINED_BY)
def test_a_killed_training_goes_on_after_its_last_epoch(project, model):
    project.cell("models.tsv", model, "epochs", "20")
    folder = project.results / "models" / model
    target = f"results/tiny/models/{model}/card.json"
    process = subprocess.Popen(
        project.command(target), env=environment(), start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    log = project.logs / "models" / TRAINED_BY[model] / f"{model}.log"
    wait_for(lambda: log.exists() and "epoch 3 of 20" in log.read_text(), process)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert not any((folder / name).exists() for name in ("card.json", "encoder.safetensors"))

    printed = project.run(target, fails=True)
    assert "--unlock" in printed
    project.run("--unlock")
    project.run(target)
    text = log.read_text()
    assert "resuming after epoch " in text and "epoch 1 of 20" not in text
    assert "epoch 20 of 20" in text
    assert (folder / "card.json").exists()
    assert project.unfinished() == []
    if model == "rn_web_finetuned":
        assert len(list((folder / "epochs").glob("epoch_*/card.json"))) == 20


def test_a_terminated_job_leaves_nothing_behind(project):
    project.cell("models.tsv", "rn_web", "epochs", "500")
    process = subprocess.Popen(
        project.command("results/tiny/models/rn_web/card.json"), env=environment(),
        start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    log = project.logs / "models" / "pretrain" / "rn_web.log"
    wait_for(lambda: log.exists() and "epoch 2 of 500" in log.read_text(), process)
    os.killpg(process.pid, signal.SIGINT)
    _, printed = process.communicate(timeout=60)
    assert process.returncode != 0
    assert "rule pretrain was interrupted; run the same command again" in log.read_text()
    assert not list(project.results.rglob(".part-*"))
    # no --unlock is needed
    project.cell("models.tsv", "rn_web", "epochs", "2")
    project.run("results/tiny/models/rn_web/card.json")
    assert "resuming" not in log.read_text()  # the settings are others now
    (aside,) = project.unfinished()
    assert f"results/tiny/{aside} clears it" in log.read_text()
