"""The layers of an image tower, whose Gram matrices CKA compares (Appendix C)."""

from collections.abc import Callable
from typing import Any

import torch
from torch.utils.hooks import RemovableHandle

from workflow_scripts.method.cka import centred_gram


class Watched:
    """Hooks on the blocks of an image tower and on its output.

    While it is used as a context, each run of the tower leaves the U-centred Gram matrix of every
    layer in `grams`, in order; the features themselves are not kept.
    """

    def __init__(self, tower: torch.nn.Module) -> None:
        self._modules = layers(tower)
        self.names = list(self._modules)
        self._grams: dict[str, torch.Tensor] = {}
        self._handles: list[RemovableHandle] = []

    @property
    def grams(self) -> list[torch.Tensor]:
        """The Gram matrices of the last run, in the order of `names`."""
        return [self._grams[name] for name in self.names]

    def __enter__(self) -> "Watched":
        for name, (module, dimension) in self._modules.items():
            self._handles.append(module.register_forward_hook(self._hook(name, dimension)))
        return self

    def __exit__(self, *_: object) -> None:
        for handle in self._handles:
            handle.remove()
        self._handles.clear()

    def _hook(self, name: str, dimension: int) -> Callable[..., None]:
        def hook(module: torch.nn.Module, inputs: Any, output: Any) -> None:
            output = output[0] if isinstance(output, tuple) else output
            self._grams[name] = centred_gram(output.movedim(dimension, 0).float())

        return hook


def layers(tower: torch.nn.Module) -> dict[str, tuple[torch.nn.Module, int]]:
    """Blocks and output of an image tower: name to module and the dimension of images.

    A `ModifiedResNet` of open_clip has its residual blocks, "layer1.0" and so on, a
    `VisionTransformer` its attention blocks, "block 1" and so on; a tower of timm has what timm
    lists as its features: "blocks.0" and so on in a transformer, "stages.0" in others. All end with
    "output", the representation h.
    """
    trunk: Any = getattr(tower, "trunk", tower)
    if (transformer := getattr(tower, "transformer", None)) is not None:
        dimension = 0 if transformer.batch_first else 1
        found = {
            f"block {number}": (block, dimension)
            for number, block in enumerate(transformer.resblocks, start=1)
        }
    elif listed := getattr(trunk, "feature_info", None):
        modules = dict(trunk.named_modules())
        names = [each["module"] for each in listed if each["module"] in modules]
        found = {name: (modules[name], 0) for name in names}
    else:
        found = {
            f"{stage}.{number}": (block, 0)
            for stage in ("layer1", "layer2", "layer3", "layer4")
            for number, block in enumerate(getattr(tower, stage, ()))
        }
    return found | {"output": (tower, 0)}
