"""Files of weights that others publish, as state dicts; no Python object is unpickled from them.

Whatever its name, a file is read by its content:

- safetensors;
- torch.save, with `torch.load(weights_only=True)`, which refuses all but tensors and plain values;
- TorchScript, which OpenAI's CLIPs are published in. `torch.load(weights_only=True)` cannot read
  it. `torch.jit.load` unpickles no Python object either, but compiles the archive's own code, so
  it is used only for a file with a digest beside it, as verified downloads have.
"""

import pickle
import re
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from workflow_scripts.files.digests import digest_file, sha256_file, verified_digest
from workflow_scripts.job.errors import InputError
from workflow_scripts.job.reading import DAMAGE, unreadable

# What else the modules of OpenAI's archives hold beside their weights
_OPENAI_COUNTS = ("input_resolution", "context_length", "vocab_size")
_TORCH_PICKLE = b"\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19"  # begins the files of older versions of torch
# What readers raise over a file that is damaged or of another format
_DAMAGE: tuple[type[Exception], ...] = (*DAMAGE, SafetensorError)
_NO_WEIGHTS = {
    b"<": "a web page instead of weights, perhaps of a failed download",
    b"version https://git-lfs": "a Git LFS pointer instead of weights",
}


def read_checkpoint(path: Path | str) -> tuple[dict[str, torch.Tensor], str]:
    """The state dict of a file of weights, without its wrappings, and the file's SHA-256.

    A digest beside the file (`<file>.sha256`) is checked. Wrappings are a training state around
    the `state_dict`, and the prefix `module.` of distributed training.

    Raises
    ------
    InputError: the file is missing or damaged, holds anything but finite tensors, or does not have
        the digest beside it.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(f"{path}: found no such file, expected weights; check the model's source")
    recorded = digest_file(path).exists()
    sha256 = verified_digest(path) if recorded else sha256_file(path)
    state = _unwrapped(path, _reader(path, recorded)(path))
    for key, tensor in state.items():
        if not torch.isfinite(tensor).all():
            raise InputError(
                f"{path}: {key} has NaN or infinite values, expected finite weights; obtain it "
                "again, or choose another source"
            )
    return state, sha256


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
    return {key: value for key, value in state.items() if key not in _OPENAI_COUNTS}


def _is_bare_pickle(start: bytes) -> bool:
    """Whether a file begins as a pickle that torch.save did not write; Wise-FT's code saves so."""
    return start[:1] == b"\x80" and _TORCH_PICKLE not in start


def _pickled(
    path: Path, found: str, load: str = "torch.load('{}', 'cpu', weights_only=False)"
) -> InputError:
    """What is said of Python objects; `load` is how whoever trusts the file may load it."""
    return InputError(
        f"{path}: found {found} in it, expected tensors and plain values, since nothing that could "
        "run code is unpickled; save its state_dict alone. Of a whole model, if you trust the file "
        'and have the code that wrote it: python -c "import pickle, torch; '
        f"torch.save({load.format(path.name)}.state_dict(), 'state_dict.pt')\""
    )


def _damaged(path: Path, error: Exception) -> InputError:
    return unreadable(
        path, error, "it is damaged or no file of weights. Remove it and obtain it again"
    )


def _unwrapped(path: Path, content: Any) -> dict[str, torch.Tensor]:
    """The state dict in what a file holds: tensors by name."""
    while isinstance(content, dict) and isinstance(content.get("state_dict"), dict):
        content = content["state_dict"]
    if not isinstance(content, dict) or not content:
        raise InputError(f"{path}: found {type(content).__name__}, expected a state_dict")
    strangers = [key for key, value in content.items() if not isinstance(value, torch.Tensor)]
    if strangers:
        raise InputError(
            f"{path}: found {', '.join(map(str, strangers[:5]))} among its keys, expected tensors "
            "alone, or a training state with the key state_dict"
        )
    if all(key.startswith("module.") for key in content):
        return {key.removeprefix("module."): value for key, value in content.items()}
    return dict(content)
