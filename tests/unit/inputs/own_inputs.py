"""Requests of the tests: what MODEL, IMAGES and the other variables say."""

from pathlib import Path
from typing import Any

import numpy as np
import yaml
from PIL import Image

from workflow_scripts.own.request import Request, parsed

ROOT = Path(__file__).resolve().parents[3]
CONFIG = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
CLIP = {"embed_dim": 8, "vision_cfg": {"image_size": 32}, "text_cfg": {"context_length": 77}}


def section(**given: Any) -> dict[str, Any]:
    """The section `own` of the configuration."""
    return CONFIG["own"] | given


def request(**given: Any) -> Request:
    """A request of one model and a folder of images, unless others are given."""
    return parsed(section(**{"model": "ViT-B-32:openai", "images": "photographs"} | given))


def photographs(folder: Path, *names: str) -> Path:
    """A folder of images of these names, all of them different."""
    random = np.random.default_rng(0)
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(random.integers(256, size=(30, 40, 3), dtype=np.uint8)).save(path)
    return folder
