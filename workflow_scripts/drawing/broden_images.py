"""The images of the drawn Broden, and what each of them shows.

As in Broden 1.0, the images are of several sources, each with labels of some categories: pictures
of objects, whose objects, parts and materials have label maps and whose scene is a label of the
whole image; and textures that fill the image. Colours are named pixel by pixel in both.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from workflow_scripts.drawing.broden_maps import Plane, colour_map, object_maps
from workflow_scripts.drawing.broden_vocabulary import CODES, STUFF, TEXTURE_NAMES
from workflow_scripts.drawing.renderer import rasterise, render
from workflow_scripts.drawing.scenes import Looks, Scenes, draw_scenes
from workflow_scripts.drawing.surfaces import BACKGROUNDS, COLOURS, grid, texture

PICTURES, TEXTURES = "drawn_scenes", "drawn_textures"  # the sources, folders of the images
TEXTURED = 0.15  # share of images of a texture alone
PAIRED = 0.25  # share of the others with two objects
PAIR_SCALE, PAIR_SHIFT = 0.6, 0.42


class Drawing(NamedTuple):
    """An image, and what it shows in codes of the vocabulary.

    source: PICTURES or TEXTURES
    pixels: uint8 [S, S, 3]
    planes: its label maps [S / 2, S / 2]
    labels: of the whole image, a category and a code each
    """

    source: str
    pixels: np.ndarray
    planes: list[Plane]
    labels: list[tuple[str, int]]


def skewed(rng: np.random.Generator, objects: Sequence[str], count: int) -> list[str]:
    """Random objects; the first is about fifteen times as frequent as the last."""
    weights = (np.arange(len(objects)) + len(objects) / 7) ** -1.3
    return rng.choice(np.array(objects), size=count, p=weights / weights.sum()).tolist()


def draw_images(
    rng: np.random.Generator,
    objects: Sequence[str],
    images: int,
    looks: Looks,
    scene: Mapping[str, Any],
    size: int,
) -> list[Drawing]:
    """Draw pictures of one or two objects, and textures, in random order.

    Parameters
    ----------
    rng: its state decides the images
    objects: names of the objects; chance decides which are frequent
    images: number of images
    looks: the objects' usual looks; see `scenes.class_looks`
    scene: keyword arguments of `scenes.draw_scenes`
    size: side of the images in pixels, an even number
    """
    textured = int(TEXTURED * images)
    drawings = draw_pictures(rng, objects, images - textured, looks, scene, size)
    drawings += draw_textures(rng, textured, size)
    return [drawings[row] for row in rng.permutation(images)]


def draw_pictures(
    rng: np.random.Generator,
    objects: Sequence[str],
    images: int,
    looks: Looks,
    scene: Mapping[str, Any],
    size: int,
) -> list[Drawing]:
    """Draw pictures of one or two objects; see `draw_images`."""
    objects = rng.permutation(objects).tolist()
    first = draw_scenes(rng, skewed(rng, objects, images), looks, **scene)
    second = draw_scenes(rng, skewed(rng, objects, images), looks, **scene)
    paired = rng.random(images) < PAIRED
    first, second = _side_by_side(first, second, paired)
    pixels = render(first, size, rng)
    overlay = render(second, size, rng)
    drawings = []
    for row in range(images):
        scenes = [first.select([row])]
        if paired[row]:
            scenes.append(second.select([row]))
            pixels[row] = _overlaid(
                pixels[row], overlay[row], second.objects[row], second.pose[row]
            )
        planes = [*object_maps(scenes, size // 2), ("color", colour_map(pixels[row]))]
        _, _, place = STUFF[BACKGROUNDS[first.background[row]]]
        drawings.append(Drawing(PICTURES, pixels[row], planes, [("scene", CODES[place])]))
    return drawings


def draw_textures(rng: np.random.Generator, images: int, size: int) -> list[Drawing]:
    """Draw textures of one colour, each as often as the others."""
    kinds = rng.permutation(np.resize(list(TEXTURE_NAMES), images)).tolist()
    colours = rng.choice(np.array(list(COLOURS.values()), dtype=np.float32), size=images)
    phase = rng.uniform(0, 60, (images, 2)).astype(np.float32)
    noise = rng.random((2, images, size, size), dtype=np.float32)
    light = rng.uniform(0.75, 1.1, images).astype(np.float32)
    x, y = grid(size, phase)
    drawings = []
    for row, kind in enumerate(kinds):
        one = slice(row, row + 1)
        factor = texture(kind, x[one], y[one], noise[0, one])[0] * light[row]
        painted = colours[row] * factor[..., None] + 0.12 * (noise[1, row, ..., None] - 0.5)
        pixels = (np.clip(painted, 0, 1) * 255 + 0.5).astype(np.uint8)
        labels = [("texture", CODES[TEXTURE_NAMES[kind]])]
        drawings.append(Drawing(TEXTURES, pixels, [("color", colour_map(pixels))], labels))
    return drawings


def _side_by_side(first: Scenes, second: Scenes, paired: np.ndarray) -> tuple[Scenes, Scenes]:
    """Shrink paired objects and move them apart; the second stands on the first's background."""
    poses = []
    for scenes, side in ((first, -1), (second, 1)):
        pose = scenes.pose.copy()
        pose[paired, 1] *= PAIR_SCALE
        pose[paired, 2] = side * PAIR_SHIFT + 0.3 * pose[paired, 2]
        poses.append(pose)
    second = replace(second, pose=poses[1], background=first.background, style=first.style)
    return replace(first, pose=poses[0]), second


def _overlaid(pixels: np.ndarray, overlay: np.ndarray, name: str, pose: np.ndarray) -> np.ndarray:
    """An image with the object `name` in a pose from another image of the same size, `overlay`."""
    surface, details, _ = rasterise(name, pose, pixels.shape[0])
    share = (1 - (1 - surface) * (1 - details))[..., None]
    return (pixels + (overlay.astype(np.float32) - pixels) * share + 0.5).astype(np.uint8)
