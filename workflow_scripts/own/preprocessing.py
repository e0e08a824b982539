"""View and normalisation of a model's images, by what its checkpoint or its publisher states."""

from dataclasses import dataclass
from typing import Any

from workflow_scripts.job.errors import InputError

# What open_clip takes where nothing is stated
DEFAULT = {
    "mean": [0.48145466, 0.4578275, 0.40821073],
    "std": [0.26862954, 0.26130258, 0.27577711],
    "interpolation": "bicubic",
    "resize_mode": "shortest",
}
_KNOWN = {
    "openai": (DEFAULT["mean"], DEFAULT["std"]),
    "imagenet": ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
    "half": ([0.5] * 3, [0.5] * 3),
    "unit": ([0.0] * 3, [1.0] * 3),
}


@dataclass(frozen=True)
class Preprocessing:
    """How a model's images are made: a view and a normalisation of study.yaml, and who says so."""

    view: dict[str, Any]
    mean: list[float]
    std: list[float]
    by: str

    @property
    def view_name(self) -> str:
        """Name of the view, the same for the same view."""
        size, resize = self.view["size"], self.view.get("resize")
        parts = [
            str(size),
            f"of-{resize}" if resize else "",
            "squash" if "squash" in self.view else "",
        ]
        return "-".join(filter(None, [*parts, self.view["interpolation"]]))

    @property
    def normalisation_name(self) -> str:
        """Name of the normalisation, the same for the same numbers."""
        for name, numbers in _KNOWN.items():
            if numbers == (self.mean, self.std):
                return name
        return "-".join(f"{number:g}" for number in (*self.mean, *self.std))

    def __str__(self) -> str:
        size, resize = self.view["size"], self.view.get("resize", self.view["size"])
        way = "squashed" if "squash" in self.view else f"shorter side to {resize}, centre"
        return (
            f"{size} pixels ({self.view['interpolation']}, {way}), mean {self.mean}, "
            f"std {self.std}, by {self.by}"
        )


def of_open_clip(config: dict[str, Any], stated: dict[str, Any], by: str) -> Preprocessing:
    """That of an open_clip model.

    Parameters
    ----------
    config: its architecture, which says the size.
    stated: open_clip's `preprocess_cfg` or a row of its table; what it lacks is the default.
    by: who states it.

    Raises
    ------
    InputError: the two say different sizes, or it is no view that study.yaml can say.
    """
    size = _square(config["vision_cfg"].get("image_size", 224), by)
    if "size" in stated and (other := _square(stated["size"], by)) != size:
        raise InputError(
            f"{by}: found images of {other} pixels (preprocess_cfg) for a network that takes "
            f"{size} (model_cfg, image_size), expected one size; mend the configuration"
        )
    settings = DEFAULT | {key: each for key, each in stated.items() if each is not None}
    view = {"size": size, "interpolation": settings["interpolation"]}
    if settings["resize_mode"] == "squash":
        view["squash"] = True
    elif settings["resize_mode"] != "shortest":
        raise InputError(
            f"{by}: found resize_mode {settings['resize_mode']}, expected shortest or squash"
        )
    return of_view(view, settings["mean"], settings["std"], by)


def of_library(stated: dict[str, Any], by: str) -> Preprocessing:
    """That of a classifier of timm or torchvision: size, resize, interpolation, mean and std."""
    view = {key: stated[key] for key in ("size", "resize", "interpolation")}
    return of_view(view, stated["mean"], stated["std"], by)


def of_view(view: dict[str, Any], mean: Any, std: Any, by: str) -> Preprocessing:
    """That of a view.

    Raises
    ------
    InputError: its interpolation is none of study.yaml's.
    """
    if view["interpolation"] not in ("nearest", "bilinear", "bicubic"):
        found = f"interpolation {view['interpolation']}"
        raise InputError(f"{by}: found {found}, expected nearest, bilinear or bicubic")
    return Preprocessing(view, list(map(float, mean)), list(map(float, std)), by)


def _square(size: Any, by: str) -> int:
    sides = size if isinstance(size, list) else [size, size]
    if len({*sides[-2:]}) != 1:
        raise InputError(f"{by}: found images of {' x '.join(map(str, sides))}, expected a square")
    return int(sides[-1])
