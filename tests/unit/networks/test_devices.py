"""The device that the configuration asks for, what it computes, and jobs side by side."""

import subprocess
import sys
from types import SimpleNamespace

import pytest
import torch

from workflow_scripts.job.errors import InputError
from workflow_scripts.networks import devices
from workflow_scripts.networks.devices import computes_bfloat16, prepare, training_precision


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


@pytest.mark.parametrize(
    ("chosen", "instructions", "expected"),
    [
        ("AVX2", {"avx2": True}, False),
        ("AVX512", {"avx512_f": True, "avx512_bf16": False}, False),
        ("AVX512", {"avx512_bf16": True}, True),
        ("AVX512", {"avx512_bf16": False, "amx_bf16": True}, True),
        ("AVX2", {"avx512_bf16": True}, False),  # with ATEN_CPU_CAPABILITY=avx2
        ("DEFAULT", {"neon": True, "bf16": True}, True),
        ("DEFAULT", {"neon": True}, False),
    ],
)
def test_processors_that_compute_in_bfloat16(monkeypatch, chosen, instructions, expected):
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: chosen)
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: instructions)
    assert computes_bfloat16("cpu") is expected


def test_torch_tells_of_this_processor():
    known = torch.cpu.get_capabilities()
    assert {"avx512_bf16", "amx_bf16"} <= known.keys() or known["architecture"] != "x86_64"
    assert computes_bfloat16("cpu") in (True, False)


@pytest.mark.parametrize("emulated", [True, False])
def test_gpus_that_compute_in_bfloat16(monkeypatch, emulated):
    monkeypatch.setattr(
        torch.cuda, "is_bf16_supported", lambda including_emulation: including_emulation or emulated
    )
    assert computes_bfloat16("cuda") is emulated


@pytest.mark.parametrize(
    ("recipe", "computed", "expected"),
    [({}, True, "float32"), ({"precision": "float32"}, True, "float32"),
     ({"precision": "bfloat16"}, True, "bfloat16"), ({"precision": "bfloat16"}, False, "float32")],
)  # fmt: skip
def test_the_precision_of_a_training(monkeypatch, recipe, computed, expected):
    monkeypatch.setattr(devices, "computes_bfloat16", lambda device: computed)
    assert training_precision(recipe, "cpu") == expected


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
