"""What is in each drawn image: object, colour, texture, background, style and pose.

ImageNet ties an object's looks to its class (grey elephants, green limes); the open web does
so far less. The strength of these ties, the range of renditions and of poses are what the
drawn data sets differ in, and nothing else.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from workflow_scripts.drawing.surfaces import BACKGROUNDS, COLOURS, TEXTURES

Looks = Mapping[str, tuple[int, int, int]]  # an object's usual colour, texture and background

STYLES = ("photo", "sketch", "cartoon", "painting", "silhouette", "neon")


@dataclass(frozen=True)
class Scenes:
    """What is in each of N images.

    objects: names
    colour, texture, background, style: places in COLOURS, TEXTURES, BACKGROUNDS and STYLES, int [N]
    pose: float [N, 4], rotation (radians), scale (half-width of the object, as a share of the
        image's) and the displacement x, y (same unit)
    """

    objects: list[str]
    colour: np.ndarray
    texture: np.ndarray
    background: np.ndarray
    style: np.ndarray
    pose: np.ndarray

    def __len__(self) -> int:
        return len(self.objects)

    def select(self, rows: Sequence[int] | np.ndarray) -> "Scenes":
        """The scenes of the given rows."""
        return Scenes(
            [self.objects[row] for row in rows],
            self.colour[rows],
            self.texture[rows],
            self.background[rows],
            self.style[rows],
            self.pose[rows],
        )


def class_looks(objects: Sequence[str], seed: int) -> Looks:
    """The usual colour, texture and background of each object.

    The combinations are dealt out so that every colour, texture and background serves several
    objects and no two objects share all three.
    """
    rng = np.random.default_rng([seed, 1])
    combinations = rng.permutation(len(COLOURS) * len(TEXTURES) * len(BACKGROUNDS))
    shape = (len(COLOURS), len(TEXTURES), len(BACKGROUNDS))
    dealt = zip(*np.unravel_index(combinations[: len(objects)], shape), strict=True)
    return {
        name: (int(colour), int(texture), int(background))
        for name, (colour, texture, background) in zip(objects, dealt, strict=True)
    }


def draw_scenes(
    rng: np.random.Generator,
    objects: Sequence[str],
    looks: Looks,
    *,
    ties: float,
    styles: Mapping[str, float],
    rotation: Sequence[Sequence[float]],
    displacement: float,
) -> Scenes:
    """Random scenes of the given objects, one for each image.

    Parameters
    ----------
    rng: its state decides the scenes
    objects: N names
    looks: the objects' usual looks; see `class_looks`
    ties: probability in [0, 1] that each of the three takes its usual value
    styles: probability of each style
    rotation: pairs of a probability and a largest angle in radians
    displacement: largest shift from the centre, as a share of half the image's width
    """
    count = len(objects)
    usual = np.array([looks.get(name, (0, 0, 0)) for name in objects])
    tied = rng.random((count, 3)) < ties
    tied &= np.array([name in looks for name in objects])[:, None]
    free = np.stack(
        [rng.integers(len(kinds), size=count) for kinds in (COLOURS, TEXTURES, BACKGROUNDS)], axis=1
    )
    colour, texture, background = np.where(tied, usual, free).T
    style = rng.choice(len(STYLES), size=count, p=[styles.get(name, 0.0) for name in STYLES])
    limits = rng.choice(
        [angle for _, angle in rotation], size=count, p=[share for share, _ in rotation]
    )
    pose = np.stack(
        [
            rng.uniform(-1, 1, count) * limits,
            rng.uniform(0.62, 0.82, count),
            rng.uniform(-displacement, displacement, count),
            rng.uniform(-displacement, displacement, count),
        ],
        axis=1,
    )
    return Scenes(list(objects), colour, texture, background, style, pose)
