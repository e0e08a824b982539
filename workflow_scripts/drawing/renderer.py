"""Scenes to pixels: polygons are rasterised with antialiasing, then painted style by style."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image, ImageDraw

from workflow_scripts.drawing import surfaces
from workflow_scripts.drawing.scenes import STYLES, Scenes
from workflow_scripts.drawing.shapes import BODY, HOLE, SHAPES

SUPERSAMPLING = 3


Pose = Sequence[float] | np.ndarray  # see `Scenes`


@dataclass(frozen=True)
class _Batch:
    """What the images of one style are painted from.

    scenes: what is in them
    coverage: float32 [N, 3, S, S], see `rasterise`
    colour: of the objects, float32 [N, 3] in [0, 1]
    noise: float32 [N, S, S] in [0, 1)
    phase: of the patterns, float32 [N, 2] in pixels
    light: brightness, float32 [N]
    """

    scenes: Scenes
    coverage: np.ndarray
    colour: np.ndarray
    noise: np.ndarray
    phase: np.ndarray
    light: np.ndarray


def placement(pose: Pose, width: int) -> tuple[np.ndarray, np.ndarray]:
    """Where an object is: its vertices [V, 2] @ matrix [2, 2] + offset [2] are pixels.

    Parameters
    ----------
    pose: rotation (radians), scale and displacement x, y (shares of the half-width)
    width: of the image in pixels
    """
    rotation, scale, shift_x, shift_y = pose
    cosine, sine = np.cos(rotation), np.sin(rotation)
    half = width / 2
    turn = np.array([[cosine, sine], [-sine, cosine]]) * scale * half
    return turn, half * np.array([1 + shift_x, 1 + shift_y])


def rasterise(name: str, pose: Pose, size: int) -> np.ndarray:
    """Coverage in [0, 1] of an object's surface, details and outlines: float32 [3, size, size]."""
    width = size * SUPERSAMPLING
    turn, offset = placement(pose, width)
    layers = [Image.new("L", (width, width)) for _ in range(3)]
    surface, details, outlines = (ImageDraw.Draw(layer) for layer in layers)
    for part in SHAPES[name]:
        vertices = (part.vertices @ turn + offset).ravel().tolist()
        surface.polygon(vertices, fill=0 if part.role == HOLE else 255)
        details.polygon(vertices, fill=0 if part.role in (BODY, HOLE) else 255)
        outlines.polygon(vertices, fill=0)
        outlines.line(vertices + vertices[:2], fill=255, width=SUPERSAMPLING + 1)
    stacked = np.stack([np.asarray(layer.reduce(SUPERSAMPLING)) for layer in layers])
    return stacked.astype(np.float32) / 255


def render(scenes: Scenes, size: int, rng: np.random.Generator) -> np.ndarray:
    """The pixels of the scenes, uint8 [N, size, size, 3].

    `rng` gives the surfaces' phases, the lighting and the grain; the same scenes and generator
    give the same pixels.
    """
    count = len(scenes)
    coverage = np.stack(
        [
            rasterise(name, pose, size)
            for name, pose in zip(scenes.objects, scenes.pose, strict=True)
        ]
    )
    noise = rng.random((count, size, size), dtype=np.float32)
    phase = rng.uniform(0, 60, (count, 2)).astype(np.float32)
    light = rng.uniform(0.75, 1.1, count).astype(np.float32)
    pixels = np.empty((count, size, size, 3), dtype=np.float32)
    colour = np.array(list(surfaces.COLOURS.values()), dtype=np.float32)[scenes.colour]
    for index, style in enumerate(STYLES):
        rows = np.flatnonzero(scenes.style == index)
        if rows.size:
            pixels[rows] = _PAINTERS[style](
                _Batch(
                    scenes.select(rows),
                    coverage[rows],
                    colour[rows],
                    noise[rows],
                    phase[rows],
                    light[rows],
                )
            )
    return (np.clip(pixels, 0, 1) * 255 + 0.5).astype(np.uint8)


def _blend(below: np.ndarray, above: np.ndarray, coverage: np.ndarray) -> np.ndarray:
    """Paint `above` over `below` [N, S, S, 3] where `coverage` [N, S, S] says so."""
    return below + (above - below) * coverage[..., None]


def _patterns(
    scenes: Scenes, x: np.ndarray, y: np.ndarray, noise: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Texture factor [N, S, S] and background colour [N, S, S, 3] of each scene."""
    factor = np.ones_like(x)
    ground = np.empty((*x.shape, 3), dtype=np.float32)
    for index, kind in enumerate(surfaces.TEXTURES):
        rows = np.flatnonzero(scenes.texture == index)
        factor[rows] = surfaces.texture(kind, x[rows], y[rows], noise[rows])
    for index, kind in enumerate(surfaces.BACKGROUNDS):
        rows = np.flatnonzero(scenes.background == index)
        ground[rows] = surfaces.background(kind, x[rows], y[rows], noise[rows])
    return factor, ground


def _photo(batch: _Batch) -> np.ndarray:
    size, colour = batch.noise.shape[-1], batch.colour[:, None, None]
    x, y = surfaces.grid(size, batch.phase)
    factor, ground = _patterns(batch.scenes, x, y, batch.noise)
    shading = 1.1 - 0.3 * (np.mgrid[0:size, 0:1][0] / size)
    object_colour = colour * (factor * shading.astype(np.float32))[..., None]
    painted = _blend(ground, object_colour, batch.coverage[:, 0])
    painted = _blend(painted, 0.4 * object_colour, batch.coverage[:, 1])
    # The grain is the texture's noise, moved: so it needs no random numbers of its own.
    grain = 0.12 * (np.roll(batch.noise, 7, axis=2)[..., None] - 0.5)
    return painted * batch.light[:, None, None, None] + grain


def _sketch(batch: _Batch) -> np.ndarray:
    paper = 0.93 + 0.07 * batch.noise
    line = batch.coverage[:, 2] * (0.65 + 0.35 * np.roll(batch.noise, 5, axis=1))
    return np.repeat((paper * (1 - line) + 0.1 * line)[..., None], 3, axis=3)


def _cartoon(batch: _Batch) -> np.ndarray:
    colour = batch.colour[:, None, None]
    ground = np.ones((*batch.noise.shape, 3), dtype=np.float32) * (0.55 + 0.45 * colour[..., ::-1])
    painted = _blend(ground, colour, batch.coverage[:, 0])
    painted = _blend(painted, 0.55 * colour, batch.coverage[:, 1])
    return _blend(painted, np.zeros(3, dtype=np.float32), batch.coverage[:, 2])


def _painting(batch: _Batch) -> np.ndarray:
    strokes = np.repeat(np.repeat(batch.noise[:, ::4, ::2], 4, axis=1), 2, axis=2)
    painted = _photo(replace(batch, noise=strokes))
    smeared = (painted + np.roll(painted, 1, axis=2) + np.roll(painted, -1, axis=2)) / 3
    return np.round(smeared * 5) / 5 + 0.14 * (strokes[..., None] - 0.5)


def _silhouette(batch: _Batch) -> np.ndarray:
    colour = batch.colour[:, None, None]
    ground = np.ones((*batch.noise.shape, 3), dtype=np.float32) * (0.35 + 0.65 * colour)
    return _blend(ground, np.full(3, 0.05, dtype=np.float32), batch.coverage[:, 0])


def _neon(batch: _Batch) -> np.ndarray:
    line = batch.coverage[:, 2]
    glow = sum(np.roll(line, shift, axis=axis) for shift in (-1, 1) for axis in (1, 2)) / 4
    bright = 0.25 + 0.75 * batch.colour[:, None, None]
    return 0.05 + bright * np.clip(line + 0.45 * glow, 0, 1)[..., None]


_PAINTERS: dict[str, Callable[[_Batch], np.ndarray]] = {
    "photo": _photo,
    "sketch": _sketch,
    "cartoon": _cartoon,
    "painting": _painting,
    "silhouette": _silhouette,
    "neon": _neon,
}
