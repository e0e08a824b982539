"""Make torchvision importable where its compiled extension does not load.

torchvision comes with an extension, `_C`, that declares its operators. Where it does not load (for
instance because it is linked against CUDA and torch is a CPU build), torchvision means to carry on
without it, yet its import stops at `operator torchvision::nms does not exist`: it registers shape
functions for two operators whether they are declared or not. Nothing here calls these operators,
but open_clip and timm import torchvision. So they are declared first, without an implementation:

    from workflow_scripts.networks import torchvision_operators

    torchvision_operators.ensure()
    import open_clip

Where the extension loads, nothing is done.
"""

import contextlib
import importlib.machinery
import importlib.util
import os
import sys
from pathlib import Path

import torch

SCHEMAS = {
    "nms": "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms": "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
}
libraries: list[torch.library.Library] = []  # a declaration lasts as long as its library object


def ensure() -> bool:
    """Declare torchvision's unconditional operators if its extension does not; idempotent.

    To be called before torchvision, open_clip or timm is imported. Returns whether anything had to
    be declared.
    """
    if "torchvision" in sys.modules or os.name == "nt":
        # Imported already: it needs no help. Windows: torchvision sets up its own library search.
        return False
    load_extension()
    missing = [name for name in SCHEMAS if not hasattr(torch.ops.torchvision, name)]
    if missing:
        library = torch.library.Library("torchvision", "FRAGMENT")
        for name in missing:
            library.define(SCHEMAS[name])
        libraries.append(library)
    return bool(missing)


def load_extension() -> None:
    """Load torchvision's extension as torchvision itself will; failure is what `ensure` mends.

    Loading it twice is harmless, torch keeps count.
    """
    package = importlib.util.find_spec("torchvision")  # does not import it
    for folder in (package and package.submodule_search_locations) or ():
        for suffix in importlib.machinery.EXTENSION_SUFFIXES:
            path = Path(folder) / f"_C{suffix}"
            if path.is_file():
                with contextlib.suppress(OSError):
                    torch.ops.load_library(path)
                return
