"""Several processes train as one does, and end together."""

import json
import logging
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import h5py
import pytest
import torch

from tests import warm
from tests.unit.inputs import training_inputs
from tests.unit.inputs.tiny_study import ARCHITECTURE, PREPROCESSING
from tests.unit.inputs.training_inputs import IMAGES, LABELS, RECIPE, stored
from tests.unit.training.test_loop import assert_close, same
from workflow_scripts.files.bundles import new_card
from workflow_scripts.job.errors import InputError
from workflow_scripts.models.supervise import new_classifier
from workflow_scripts.networks.classifier import load_bundle, save_bundle
from workflow_scripts.training.batches import Batches
from workflow_scripts.training.launcher import cause_of, failures_in, launch, launch_training
from workflow_scripts.training.loop import fingerprint

ROOT = Path(__file__).resolve().parents[3]
ROUNDED = {"precision": "bfloat16", "micro_batch_size": 2}
TRAININGS = {
    "classifier": ("classifier", "ViT-plain", {}),
    "classifier in pieces": ("classifier", "ViT-plain", {"micro_batch_size": 2}),
    "Muon": ("classifier", "ViT-plain", {"matrix_learning_rate": 2e-2}),
    "clip": ("clip", "ViT-plain", {}),
    "clip in pieces": ("clip", "ViT-plain", {"micro_batch_size": 3}),
    "beyond in pieces": ("beyond", "ViT-plain", {"micro_batch_size": 3}),
    "batch norm": ("classifier", "RN-tiny", {"micro_batch_size": 4}),
    "rounded": ("classifier", "RN-tiny", ROUNDED),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """What two processes end up with that train, until one is killed."""
    folder = tmp_path_factory.mktemp("two")
    trainings = [[name, *each] for name, each in TRAININGS.items()]
    with pytest.raises(InputError) as error:
        start(folder, trainings=trainings, killed=["killed", "RN-tiny", ROUNDED])
    (folder / "message").write_text(str(error.value))
    return folder


def start(folder, name=training_inputs.__name__, threads=2, **arguments):
    """Launch processes that need not import torch: only what comes afterwards is tested."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "executable", warm.python())
        launch(name, 2, device="cpu", threads=threads, folder=str(folder), **arguments)


def weights(folder, name):
    """The weights of a training, which both processes have."""
    first, second = (torch.load(folder / f"{name}-{rank}.pt") for rank in (0, 1))
    assert same(first, second)
    return first


@pytest.mark.parametrize(
    ("name", "atol"),
    [
        ("classifier", 1e-5),
        ("classifier in pieces", 1e-5),
        ("Muon", 1e-4),
        ("clip", 1e-5),
        ("clip in pieces", 1e-5),
        ("beyond in pieces", 1e-5),
    ],
)
def test_two_processes_train_as_one_does(folder, tmp_path, name, atol):
    alone = training_inputs.train(*TRAININGS[name], tmp_path / "alone.pt")
    assert_close(weights(folder, name), alone, atol)


def test_batch_norm_sees_as_many_images_whatever_the_number_of_processes(folder, tmp_path):
    alone = training_inputs.train(*TRAININGS["batch norm"], tmp_path / "alone.pt")
    trained = weights(folder, "batch norm")
    parameters = [name for name in alone if "running" not in name and "num_" not in name]
    assert 0 < len(parameters) < len(alone)
    for name in parameters:
        torch.testing.assert_close(trained[name], alone[name], rtol=0, atol=1e-3, msg=name)


def test_a_killed_process_ends_the_training(folder):
    assert (folder / "message").read_text() == (
        "process 1 of the training was killed by SIGKILL; if memory ran out, lower "
        "micro_batch_size in the recipe. Run the same command again: the training goes on after "
        "its last finished epoch"
    )


def test_a_resumed_training_is_an_uninterrupted_one(folder):
    assert torch.load(folder / "killed.pt", weights_only=True)["epoch"] == 1
    start(folder, trainings=[["killed", "classifier", "RN-tiny", ROUNDED]])
    assert same(weights(folder, "killed"), weights(folder, "rounded"))


def test_several_processes_write_the_files_of_one(tmp_path):
    parent, folder, epochs = (tmp_path / name for name in ("parent", "model", "epochs"))
    model = new_classifier(ARCHITECTURE["RN-tiny"], 4, 0)
    settings = {"model": "parent", "architecture": ARCHITECTURE["RN-tiny"], "origin": {}}
    save_bundle(parent, model, new_card({**settings, "preprocessing": PREPROCESSING}))
    with h5py.File(tmp_path / "store.h5", "w") as file:
        file["pixels"], file["labels"] = IMAGES.numpy(), LABELS.numpy()
        file.create_dataset("ids", data=[str(row) for row in range(20)])
        file.attrs["complete"] = True
    start(
        folder, "workflow_scripts.models.finetune", cause="cause",
        files={"store": str(tmp_path / "store.h5")}, parent_folder=str(parent),
        epochs_folder=str(epochs), parent="parent", model="finetuned",
        recipe=RECIPE, images=None, seed=5, origin={},
    )  # fmt: skip
    assert sorted(path.name for path in epochs.iterdir()) == ["epoch_01", "epoch_02", "epoch_03"]
    bundles = (load_bundle(each) for each in (epochs / "epoch_03", folder))
    last, state = (each.classifier.state_dict() for each in bundles)
    assert same(last, state)
    assert not same(state, model.state_dict())
    assert sorted(path.name for path in folder.iterdir()) == [
        "card.json", "encoder.safetensors", "head.json", "head.safetensors",
    ]  # fmt: skip


def end(folder, ending):
    start(folder, "tests.unit.inputs.process_inputs", threads=5, ending=ending)


@pytest.fixture
def log(tmp_path):
    """The log of a job, which its processes continue."""
    path = tmp_path / "job.log"
    path.write_text("rule begins\n")
    handler = logging.FileHandler(path)
    logging.getLogger().addHandler(handler)
    yield path
    logging.getLogger().removeHandler(handler)
    handler.close()


def test_processes_know_of_one_another_and_continue_the_log(tmp_path, log):
    handlers = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    end(tmp_path, None)
    lines = log.read_text().splitlines()
    assert lines[0] == "rule begins"
    assert [line.split(" INFO ")[1] for line in lines[1:]] == ["process 0 of 2 has 2 threads"]
    assert [(tmp_path / f"started-{n}").read_text().split()[1] for n in (0, 1)] == ["0.5", "0.5"]
    assert (signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)) == handlers


@pytest.mark.parametrize(
    ("ending", "message"),
    [
        ("mistake", "^image 7 is corrupt; obtain the archive again$"),
        ("full_disk", "^no space left on the disk of .*training.pt"),
    ],
)
def test_a_mistake_that_one_process_finds_is_that_of_the_job(tmp_path, log, capfd, ending, message):
    with pytest.raises(InputError, match=message):
        end(tmp_path, ending)
    assert "Traceback" not in capfd.readouterr().err
    assert "Traceback" not in log.read_text()


def test_an_error_that_nobody_foresaw_keeps_its_traceback(tmp_path):
    with pytest.raises(RuntimeError, match="(?s)process 1:\nTraceback.*DivisionError: by nought"):
        end(tmp_path, "bug")


@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGTERM, 143), (signal.SIGINT, 130), (signal.SIGKILL, -9)],
    ids=["SIGTERM", "SIGINT", "SIGKILL"],
)
def test_no_process_outlives_the_job(tmp_path, number, code):
    arguments = {"device": "cpu", "threads": 2, "folder": str(tmp_path), "ending": "endless"}
    log = tmp_path / "job.log"
    program = (
        "from types import SimpleNamespace\n"
        "from workflow_scripts.job.lifecycle import job\n"
        "from workflow_scripts.training.launcher import launch\n"
        f"with job(SimpleNamespace(log=[{str(log)!r}], rule='supervise', threads=1)):\n"
        f"    launch('tests.unit.inputs.process_inputs', 2, **{arguments})\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program], cwd=ROOT, stderr=subprocess.PIPE,
        env=os.environ | {"TMPDIR": str(tmp_path)},
    )  # fmt: skip
    files = [tmp_path / "started-0", tmp_path / "started-1"]
    until(lambda: all(each.exists() and each.read_text() for each in files))
    process.send_signal(number)
    _, errors = process.communicate()
    assert process.returncode == code
    assert b"Traceback" not in errors
    told = log.read_text()
    assert "process 0 of 2 has 1 threads" in told
    assert ("was told to stop; run the same command again" in told) == (number == signal.SIGTERM)
    assert ("was interrupted; run the same command again" in told) == (number == signal.SIGINT)
    pids = [int(each.read_text().split()[0]) for each in files]
    until(lambda: not any(map(alive, pids)))


def until(condition):
    limit = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < limit
        time.sleep(0.05)


def alive(pid):
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


@pytest.mark.parametrize(
    ("ends", "message"),
    [
        ({0: -15, 1: -9}, "process 1 of the training was killed by SIGKILL; "),
        ({0: "connection lost", 1: -9}, "process 1 of the training was killed by SIGKILL; "),
        ({1: -15}, "process 1 of the training was killed by SIGTERM; "),
        ({0: -15, 1: "bug", 2: "connection lost"}, "process 1:\nbug\nprocess 2:\nconnection lost"),
        ({0: "connection lost", 1: "InputError: image 7"}, "^image 7$"),
        ({0: 3}, "process 0 of the training ended with 3; "),
    ],
)
def test_the_cause_is_told_from_what_follows(ends, message):
    failures = {}
    for rank, end in ends.items():
        told = {"message": end, "extraInfo": {"py_callstack": end}}
        silent = isinstance(end, int)
        failures[rank] = SimpleNamespace(
            exitcode=end if silent else 1, message="" if silent else told
        )
    with pytest.raises((InputError, RuntimeError), match=message):
        raise cause_of(failures)


def test_an_error_that_was_being_written_when_its_process_was_ended_hides_no_other(tmp_path):
    told = {"message": "InputError: no images", "extraInfo": {"py_callstack": "Traceback"}}
    for rank, content in enumerate(("", json.dumps({"message": told}), '{"mess')):
        path = tmp_path / "run" / "attempt_0" / str(rank) / "error.json"
        path.parent.mkdir(parents=True)
        path.write_text(content)
    error = cause_of(failures_in(tmp_path))
    assert isinstance(error, InputError) and str(error) == "no images"


def test_one_process_is_this_one(tmp_path):
    arguments = {"device": "cpu", "threads": 3, "folder": str(tmp_path), "ending": None}
    launch("tests.unit.inputs.process_inputs", 1, **arguments)
    assert (tmp_path / "started-0").read_text() == f"{os.getpid()} 0.0"


def test_a_job_says_what_is_trained(tmp_path, monkeypatch):
    told = {}
    monkeypatch.setitem(sys.modules, "trains", SimpleNamespace(main=lambda **all: told.update(all)))
    small = [tmp_path / name for name in ("i.h5.sha256", "captions.json", "card.json", "head.json")]
    for path in small:
        path.write_text(path.name)
    job = SimpleNamespace(
        input=InputFiles(
            store="i.h5", store_digest=small[0], archives_digest=["a.tar.sha256"], captions=small[1]
        ),
        output=SimpleNamespace(card="models/m/card.json"), resources={}, threads=2,
        params=SimpleNamespace(stamp="stamp", settings={"device": "cpu", "seed": 5}),
    )  # fmt: skip
    launch_training(job, "trains", *small[2:], parent="p")
    assert told == {
        "device": "cpu", "threads": 2, "seed": 5, "parent": "p", "folder": "models/m",
        "files": {"store": "i.h5", "archive": "a.tar", "captions": str(small[1])},
        "cause": fingerprint("stamp", *small),
    }  # fmt: skip


class InputFiles(SimpleNamespace):
    """Those of a job."""

    def get(self, name):
        return getattr(self, name, None)


def test_each_process_needs_a_gpu(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    with pytest.raises(InputError, match="^found 2 GPUs, expected 4, one for each process"):
        launch("nothing", 4, device="auto", threads=4)


# How processes share a batch


@pytest.fixture
def third(monkeypatch):
    """This process is the last of three."""
    monkeypatch.setattr("workflow_scripts.networks.distributed.size", lambda: 3)
    monkeypatch.setattr("workflow_scripts.networks.distributed.rank", lambda: 2)


def test_processes_share_the_batches_of_one(monkeypatch):
    whole = list(stored(RECIPE).epoch(0))
    monkeypatch.setattr("workflow_scripts.networks.distributed.size", lambda: 2)
    parts = []
    for rank in (0, 1):
        monkeypatch.setattr("workflow_scripts.networks.distributed.rank", lambda rank=rank: rank)
        parts.append(list(stored(RECIPE).epoch(0)))
    assert len(parts[0]) == len(parts[1]) == len(whole) == 2
    for (rows, pixels), *others in zip(whole, *parts, strict=True):
        assert torch.cat([each[0] for each in others]).equal(rows)
        assert torch.cat([each[1] for each in others]).equal(pixels)


def test_a_set_smaller_than_a_batch_is_shared(third):
    batches = Batches(8, 9)
    assert (batches.steps, batches.size, batches.mine) == (1, 8, slice(4, 6))


@pytest.mark.parametrize(("images", "size"), [(20, 8), (2, 9)])
def test_a_batch_that_cannot_be_shared_equally(third, images, size):
    message = f"key batch_size .* found {size} .and {images} images., expected a multiple of the 3"
    with pytest.raises(InputError, match=message):
        stored({**RECIPE, "batch_size": size}, IMAGES[:images]).batches()
