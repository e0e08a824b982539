"""The modules of open_clip that are used here, without all that its import brings along.

`import open_clip` imports the whole of torchvision and timm, and with them torch's compiler: three
seconds for each of a study's jobs that runs a network. The towers, losses, tokenizer and prompts
need none of it but one class of torchvision. So open_clip's modules are imported one by one:

    model = open_clip_parts.module("model")    # open_clip.model

Nothing of the libraries is changed, and a later `import open_clip` in the same process is the
usual one.
"""

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec, module_from_spec
from types import ModuleType
from typing import Any

from workflow_scripts.networks.torchvision_operators import ensure

# Packages whose own `__init__`, which imports everything, is not run
_PACKAGES = ("torchvision", "torchvision.ops", "open_clip")
_modules: dict[str, ModuleType] = {}  # those of them that were imported here


def module(name: str, config: dict[str, Any] | None = None) -> Any:
    """A module of open_clip by its name within the package.

    Parameters
    ----------
    name: such as "model".
    config: architecture that is to be built; open_clip is imported as a whole for one with an image
        tower of timm's.
    """
    if config and "timm_model_name" in config.get("vision_cfg", {}):
        ensure()
        importlib.import_module("open_clip")
    if "open_clip" in sys.modules:
        return importlib.import_module(f"open_clip.{name}")
    with _bare():
        return importlib.import_module(f"open_clip.{name}")


@contextmanager
def _bare() -> Iterator[None]:
    """Let modules of packages be imported whose `__init__` is not run; they stay here alone."""
    before = {name: sys.modules[name] for name in sys.modules if _belongs(name)}
    for name in before:
        del sys.modules[name]
    sys.modules.update(_modules)
    for name in _PACKAGES:
        if name not in sys.modules:
            spec = find_spec(name)
            assert spec, f"{name} is installed"
            sys.modules[name] = module_from_spec(spec)
    # open_clip goes without timm where it cannot be imported.
    sys.modules["timm"] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        imported = {name: sys.modules.pop(name) for name in list(sys.modules) if _belongs(name)}
        _modules.update({name: each for name, each in imported.items() if each})
        sys.modules.update(before)


def _belongs(name: str) -> bool:
    return name.split(".")[0] in ("torchvision", "open_clip", "timm")
