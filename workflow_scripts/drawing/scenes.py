"""What is in each drawn image: object, colour, texture, background, style and pose.

ImageNet ties an object's looks to its class (grey elephants, green limes); the open web does
so far less. The strength of these ties, the range of renditions and of poses are what the
drawn data sets differ in, and nothing else.
"""

from dataclasses import dataclass

import numpy as np

from workflow_scripts.drawing.surfaces import BACKGROUNDS, COLOURS, TEXTURES

STYLES = ("photo", "sketch", "cartoon", "painting", "silhouette", "neon")


@dataclass(frozen=True)
class Scenes:
    """The attributes of N images: object names and integer attributes [N], pose float [N, 4].

    `pose` holds rotation (radians), scale (half-width of the object, as a share of the
    image's) and the displacement x, y (same unit).
    """

    objects: list
    colour: np.ndarray
    texture: np.ndarray
    background: np.ndarray
    style: np.ndarray
    pose: np.ndarray

    def __len__(self):
        return len(self.objects)

    def select(self, rows):
        """The scenes of the given rows."""
        return Scenes(
            [self.objects[row] for row in rows],
            self.colour[rows],
            self.texture[rows],
            self.background[rows],
            self.style[rows],
            self.pose[rows],
        )


def class_looks(objects, seed):
    """The usual colour, texture and background of each object: dict name -> 3 integers.

    The combinations are dealt out so that every colour, texture and background serves several
    objects and no two objects share all three.
    """
    rng = np.random.default_rng([seed, 1])
    combinations = rng.permutation(len(COLOURS) * len(TEXTURES) * len(BACKGROUNDS))
    shape = (len(COLOURS), len(TEXTURES), len(BACKGROUNDS))
    looks = zip(*np.unravel_index(combinations[: len(objects)], shape), strict=True)
    return {name: tuple(map(int, look)) for name, look in zip(objects, looks, strict=True)}


def draw_scenes(rng, objects, looks, *, ties, styles, rotation, displacement):
    """Random scenes of the given objects (one per image).

    Parameters
    ----------
    rng : numpy.random.Generator
    objects : list of N object names
    looks : dict, an object's usual (colour, texture, background); see `class_looks`
    ties : probability in [0, 1] that each of the three takes its usual value
    styles : dict style -> probability
    rotation : list of [probability, largest angle in radians]
    displacement : largest shift from the centre, as a share of half the image's width
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
