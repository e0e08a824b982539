"""The device that the configuration asks for, or a message; jobs side by side take others."""

import subprocess
import sys
from types import SimpleNamespace

import pytest
import torch

from workflow_scripts.job.errors import InputError
from workflow_scripts.networks import devices
from workflow_scripts.networks.devices import prepare


@pytest.fixture(autouse=True)
def settings():
    """Torch's settings are as before afterwards."""
    threads, deterministic = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    yield
    torch.set_num_threads(threads)
    torch.use_deterministic_algorithms(deterministic)


def test_the_cpu_computes_the_same_each_time():
    assert prepare("cpu", 1) == "cpu"
    assert torch.get_num_threads() == 1
    assert torch.are_deterministic_algorithms_enabled()
    assert torch.get_float32_matmul_precision() == "highest"


@pytest.mark.parametrize(("available", "device"), [(True, "cuda"), (False, "cpu")])
def test_auto_takes_a_gpu_if_there_is_one(monkeypatch, available, device):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: available)
    monkeypatch.setattr(torch.cuda, "set_device", lambda number: None)
    assert prepare("auto", 1) == device


def test_a_gpu_that_is_not_there(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(InputError, match="key device: found 'cuda', but torch sees no CUDA device"):
        prepare("cuda", 1)


CLAIM = """
import sys
from types import SimpleNamespace
import torch
torch.cuda.device_count = lambda: 2
torch.cuda.get_device_properties = lambda number: SimpleNamespace(uuid=f"gpu-{number}")
from workflow_scripts.networks.devices import claim_gpu
print(claim_gpu(), flush=True)
sys.stdin.read()
"""


@pytest.fixture
def gpus(monkeypatch, tmp_path):
    """Two GPUs, as far as `claim_gpu` looks, and a folder for their locks."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(devices.tempfile, "tempdir", None)
    monkeypatch.setattr(devices.torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(
        devices.torch.cuda,
        "get_device_properties",
        lambda number: SimpleNamespace(uuid=f"gpu-{number}"),
    )
    monkeypatch.setattr(devices, "claimed", [])


def test_jobs_take_the_first_gpu_that_is_free(gpus):
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen([sys.executable, "-c", CLAIM], **pipes) as other:
        assert other.stdout.readline() == "0\n"
        assert devices.claim_gpu() == 1
        assert devices.claim_gpu(0) == 0  # all are taken: this one is shared
        assert devices.claim_gpu(otherwise=1) == 1
        other.stdin.close()
        other.wait()
    assert devices.claim_gpu() == 0  # free again, since its job has ended
    assert len(devices.claimed) == 2
