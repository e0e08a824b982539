"""Label maps of the drawn Broden: which colour, object, part and material each pixel shows.

They have half the resolution of the images, as in Broden 1.0.
"""

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw

from workflow_scripts.drawing.broden_vocabulary import CODES, COLOUR_NAMES, MATERIALS, STUFF
from workflow_scripts.drawing.renderer import placement
from workflow_scripts.drawing.scenes import Scenes
from workflow_scripts.drawing.shapes import DETAIL, HOLE, SHAPES, Part
from workflow_scripts.drawing.surfaces import BACKGROUNDS

SUPERSAMPLING = 3

Plane = tuple[str, np.ndarray]  # a category and a map of codes, 0 for nothing


def colour_map(pixels: np.ndarray) -> np.ndarray:
    """Codes of the nearest colour names, [S / 2, S / 2], of uint8 [S, S, 3]."""
    half = pixels.shape[0] // 2
    means = pixels.reshape(half, 2, half, 2, 3).mean(axis=(1, 3)) / 255
    known = np.array(list(COLOUR_NAMES.values()))
    nearest = ((means[:, :, None] - known) ** 2).sum(axis=3).argmin(axis=2)
    return np.array([CODES[f"{name}-c"] for name in COLOUR_NAMES])[nearest]


def object_maps(scenes: Sequence[Scenes], size: int) -> list[Plane]:
    """Label maps of objects, of parts (two) and of materials.

    Parameters
    ----------
    scenes: one image each; they are put on top of each other before the background of the first
    size: side of the maps in pixels
    """
    thing, material, _ = STUFF[BACKGROUNDS[scenes[0].background[0]]]
    objects = _Canvas(size, CODES[thing])
    materials = _Canvas(size, _code(material))
    # Parts that lie on top of others have a map of their own, or they would hide them.
    parts, details = _Canvas(size, 0), _Canvas(size, 0)
    for scene in scenes:
        name, pose = scene.objects[0], scene.pose[0]
        for part in SHAPES[name]:
            if part.role == HOLE:  # shows the background again
                for canvas in (objects, materials, parts, details):
                    canvas.fill(part, pose, canvas.ground)
                continue
            objects.fill(part, pose, CODES[name])
            materials.fill(part, pose, _code(MATERIALS.get(name)))
            (details if part.role == DETAIL else parts).fill(part, pose, CODES[part.name])
    return [
        ("object", objects.codes()),
        ("part", parts.codes()),
        ("part", details.codes()),
        ("material", materials.codes()),
    ]


def _code(name: str | None) -> int:
    return CODES[name] if name else 0


class _Canvas:
    """A label map that polygons are filled in; `ground` is the code of what lies behind."""

    def __init__(self, size: int, ground: int) -> None:
        self.width, self.ground = size * SUPERSAMPLING, ground
        self.image = Image.new("I", (self.width, self.width), ground)
        self.pen = ImageDraw.Draw(self.image)

    def fill(self, part: Part, pose: np.ndarray, code: int) -> None:
        """Fill a part of an object in a pose, where `renderer.rasterise` places it."""
        turn, offset = placement(pose, self.width)
        self.pen.polygon((part.vertices @ turn + offset).ravel().tolist(), fill=code)

    def codes(self) -> np.ndarray:
        """The code at the centre of each pixel, [size, size]."""
        return np.asarray(self.image)[1::SUPERSAMPLING, 1::SUPERSAMPLING].copy()
