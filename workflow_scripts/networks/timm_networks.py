"""Classifiers of timm, by its names: the network, its head, and the preprocessing that timm states.

An architecture with a key `timm` repeats what timm says of the weights, since a study is read and
checked without timm, which takes seconds to import. The file's content is printed by

    python -m workflow_scripts.networks.timm_networks NAME

where NAME should have a tag, as in `resnet50.a1_in1k`: weights of other tags may have other
preprocessing.
"""

import json
import math
import sys
from typing import Any

from torch import nn

from workflow_scripts.job.errors import InputError
from workflow_scripts.networks.torchvision_operators import ensure


def build_timm(name: str, classes: int = 1000) -> tuple[nn.Module, str]:
    """A network of timm with random weights, and the name of the linear layer that is its head.

    Parameters
    ----------
    name: timm's, best with a tag.
    classes: of the head, which the network has even where timm's weights have none.

    Raises
    ------
    InputError: timm has no such network, or it does not end in one linear layer.
    """
    ensure()
    import timm

    place = f"architecture with timm '{name}'"
    if not timm.is_model(name):
        close = timm.list_models(f"{name.split('.')[0][:8]}*")[:5]
        near = f" such as {', '.join(close)}" if close else ""
        raise InputError(f"{place}: found no such model in timm, expected one{near}")
    try:
        network: Any = timm.create_model(name, pretrained=False, num_classes=classes)
    except RuntimeError as error:
        raise InputError(f"{place}: found {error}, expected a model and tag of timm") from error
    head = network.get_classifier()
    if not isinstance(head, nn.Linear):
        raise InputError(
            f"{place}: found a head of {type(head).__name__}, expected one linear layer, which "
            "importances are defined for; choose another model"
        )
    return network, next(key for key, each in network.named_modules() if each is head)


def described(name: str) -> dict[str, Any]:
    """The architecture of a network of timm: `timm`, `embed_dim`, `preprocessing`.

    The preprocessing is the `pretrained_cfg`'s as a view and a normalisation of study.yaml say it:
    size, resize, interpolation, mean and std.

    Raises
    ------
    InputError: see `build_timm`; or its images are not made by a resize and a central square.
    """
    network, head = build_timm(name)
    from timm.data import resolve_data_config

    stated = resolve_data_config(pretrained_cfg=network.pretrained_cfg)
    _, height, width = stated["input_size"]
    if height != width or stated["crop_mode"] != "center":
        raise InputError(
            f"architecture with timm '{name}': found images of {height} x {width} pixels with crop "
            f"mode {stated['crop_mode']}, expected a central square; choose another model"
        )
    return {
        "timm": name,
        "embed_dim": network.get_submodule(head).in_features,
        "preprocessing": {
            "size": height,
            "resize": math.floor(height / stated["crop_pct"]),  # as timm rounds
            "interpolation": stated["interpolation"],
            "mean": list(stated["mean"]),
            "std": list(stated["std"]),
        },
    }


def timm_address(name: str) -> tuple[str, int | None]:
    """Where timm's weights of a network are published ("" if nowhere), and their classes.

    Parameters
    ----------
    name: timm's; without a tag, the weights that timm takes by default.
    """
    ensure()
    from timm.models import get_pretrained_cfg

    stated = get_pretrained_cfg(name)
    if stated is None:
        return "", None
    if stated.hf_hub_id:
        address = f"https://huggingface.co/{stated.hf_hub_id}/resolve/main/model.safetensors"
        return address, stated.num_classes
    return str(stated.url or ""), stated.num_classes


def check_described(architecture: dict[str, Any]) -> None:
    """Check that an architecture says of its network what timm says.

    Raises
    ------
    InputError: it does not; the first difference is named.
    """
    name = architecture["timm"]
    expected = described(name)
    for key in ("embed_dim", "preprocessing"):
        if architecture[key] != expected[key]:
            raise InputError(
                f"architecture with timm '{name}', key {key}: found {architecture[key]}, expected "
                f"{expected[key]}, which timm states; correct the file and the view or the "
                "normalisation of the model's row"
            )


if __name__ == "__main__":
    print(json.dumps(described(sys.argv[1]), indent=2))
