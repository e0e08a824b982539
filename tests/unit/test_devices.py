"""The device that the configuration asks for, or a message."""

import pytest
import torch

from workflow_scripts.lib.devices import prepare
from workflow_scripts.lib.errors import InputError


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
    assert prepare("auto", 1) == device


def test_a_gpu_that_is_not_there(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(InputError, match="key device: found 'cuda', but torch sees no CUDA device"):
        prepare("cuda", 1)
