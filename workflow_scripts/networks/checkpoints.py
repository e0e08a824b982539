"""Files of weights that others publish, as state dicts; no Python object is unpickled from them.

Whatever its name, a file is read by its content:

- safetensors;
- torch.save, with `torch.load(weights_only=True)`, which refuses all but tensors and plain values;
- TorchScript, which OpenAI's CLIPs are published in. `torch.load(weights_only=True)` cannot read
  it. `torch.jit.load` unpickles no Python object either, but compiles the archive's own code, so
  it is used only for a file with a digest beside it, as verified downloads have.

Which of the state dicts in it is a network's, and below which prefix, is told by `state_dicts`.
"""

import pickle
import re
import warnings
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from workflow_scripts.files.digests import digest_file, sha256_file, verified_digest
from workflow_scripts.job.errors import InputError
from workflow_scripts.job.reading import DAMAGE, unreadable
from workflow_scripts.networks.state_dicts import MEND, StateDicts

_TORCH_PICKLE = b"\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19"  # begins the files of older versions of torch
# What readers raise over a file that is damaged or of another format
_DAMAGE: tuple[type[Exception], ...] = (*DAMAGE, SafetensorError)
_NO_WEIGHTS = {
    b"<": "a web page instead of weights, perhaps of a failed download",
    b"version https://git-lfs": "a Git LFS pointer instead of weights",
    b"{": "JSON instead of weights, perhaps a configuration or the index of a file in parts",
}
# What wrappers for training put between the names of modules
_WRAPPERS = re.compile(
    r"(?:^|(?<=\.))(?:module|_orig_mod|_fsdp_wrapped_module|_checkpoint_wrapped_module)\."
)


def read_checkpoint(path: Path | str) -> tuple[StateDicts, str]:
    """The state dicts in a file of weights, by the key that they lie below, and its SHA-256.

    A digest beside the file (`<file>.sha256`) is checked. The state dict of a file that is one
    itself has the key "". Names lack what distributed training and torch.compile put into them.

    Raises
    ------
    InputError: the file is missing or damaged, holds no tensors or other objects, or does not have
        the digest beside it.
    """
    path = Path(path)
    states = read_states(path)
    return states, verified_digest(path) if digest_file(path).exists() else sha256_file(path)


def read_states(path: Path | str) -> StateDicts:
    """The state dicts in a file of weights alone, whose content is not digested.

    Raises
    ------
    InputError: see `read_checkpoint`.
    """
    path = Path(path)
    if not path.is_file():
        found = "a folder" if path.is_dir() else "no such file"
        raise InputError(f"{path}: found {found}, expected weights; check the model's source")
    content = _reader(path, digest_file(path).exists())(path)
    if states := dict(_states(content)):
        return states
    found = type(content).__name__
    if isinstance(content, dict) and content:
        found = f"the keys {', '.join(map(str, [*content][:5]))}"
    raise InputError(
        f"{path}: found {found} without tensors by name, expected a state_dict, alone or in a "
        f"training state; {MEND}"
    )


def _reader(path: Path, recorded: bool) -> Callable[[Path], Any]:
    """The function that reads a file, chosen by its first bytes and the names in its archive."""
    with path.open("rb") as stream:
        start = stream.read(64)
    if start[8:9] == b"{":  # after the length of the header
        return _read_safetensors
    for beginning, found in _NO_WEIGHTS.items():
        if start.lstrip().startswith(beginning):
            raise InputError(f"{path}: found {found}; remove it and obtain it again")
    if _is_bare_pickle(start):
        raise _pickled(path, "a pickled Python object", "pickle.load(open('{}', 'rb'))")
    if not zipfile.is_zipfile(path):
        return _read_torch
    with zipfile.ZipFile(path) as archive:
        is_script = any(name.endswith("/constants.pkl") for name in archive.namelist())
    if is_script and not recorded:
        raise InputError(
            f"{path}: found a TorchScript archive without a digest beside it, expected weights "
            "without code; save its state_dict as safetensors or, if you trust the file, write "
            f"its digest: sha256sum {path.name} > {digest_file(path).name}"
        )
    return _read_script if is_script else _read_torch


def _read_safetensors(path: Path) -> dict[str, torch.Tensor]:
    try:
        return load_file(path)
    except _DAMAGE as error:
        raise _damaged(path, error) from error


def _read_torch(path: Path) -> Any:
    try:
        # Mapped, so that what is not used, such as an optimiser's state, is never read.
        mapped = zipfile.is_zipfile(path)
        return torch.load(path, map_location="cpu", weights_only=True, mmap=mapped)
    except pickle.UnpicklingError as error:
        if found := re.search(r"GLOBAL (\S+)", str(error)):
            raise _pickled(path, found[1]) from error
        raise _damaged(path, error) from error
    except _DAMAGE as error:
        raise _damaged(path, error) from error


def _read_script(path: Path) -> dict[str, torch.Tensor]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            state = torch.jit.load(path, map_location="cpu").state_dict()
    except _DAMAGE as error:
        raise _damaged(path, error) from error
    return dict(state)


def _is_bare_pickle(start: bytes) -> bool:
    """Whether a file begins as a pickle that torch.save did not write; Wise-FT's code saves so."""
    return start[:1] == b"\x80" and _TORCH_PICKLE not in start


def _pickled(
    path: Path, found: str, load: str = "torch.load('{}', 'cpu', weights_only=False)"
) -> InputError:
    """What is said of Python objects; `load` is how whoever trusts the file may load it."""
    plain = "{k: v for k, v in c.items() if isinstance(v, (dict, torch.Tensor))}"
    return InputError(
        f"{path}: found {found} in it, expected tensors and plain values, since nothing that could "
        "run code is unpickled; save its state_dict alone. If you trust the file and have the "
        f'code that wrote it: python -c "import pickle, torch; c = {load.format(path.name)}; '
        f"torch.save(c.state_dict() if hasattr(c, 'state_dict') else {plain}, 'state_dict.pt')\""
    )


def _damaged(path: Path, error: Exception) -> InputError:
    return unreadable(
        path, error, "it is damaged or no file of weights. Remove it and obtain it again"
    )


def _states(content: Any, place: str = "") -> Iterator[tuple[str, dict[str, torch.Tensor]]]:
    """Each mapping of names to tensors in what a file holds, with the keys that lead to it."""
    if isinstance(content, list | tuple):
        content = {str(number): each for number, each in enumerate(content)}
    if not isinstance(content, dict):
        return
    # An optimiser's moments may have the names of weights.
    named = {
        key: value
        for key, value in content.items()
        if isinstance(key, str) and not key.startswith("optim")
    }
    tensors = {
        key: value
        for key, value in named.items()
        if isinstance(value, torch.Tensor) and not value.is_nested
    }
    plain = {_WRAPPERS.sub("", key): value for key, value in tensors.items()}
    if tensors:
        # Of a module and its wrapped copy, the names are told apart by the wrapper alone.
        yield place, plain if len(plain) == len(tensors) else tensors
    for key, value in named.items():
        yield from _states(value, f"{place}.{key}" if place else key)
