"""Scenes to pixels: polygons are rasterised with antialiasing, then painted style by style."""

import numpy as np
from PIL import Image, ImageDraw

from workflow_scripts.drawing import surfaces
from workflow_scripts.drawing.scenes import STYLES
from workflow_scripts.drawing.shapes import BODY, HOLE, SHAPES

SUPERSAMPLING = 3


def rasterise(name, pose, size):
    """Coverage in [0, 1] of an object's surface, details and outlines: float32 [3, size, size].

    `pose` is rotation (radians), scale and displacement x, y (shares of the half-width).
    """
    rotation, scale, shift_x, shift_y = pose
    cosine, sine = np.cos(rotation), np.sin(rotation)
    half = size * SUPERSAMPLING / 2
    turn = np.array([[cosine, sine], [-sine, cosine]]) * scale * half
    offset = half * np.array([1 + shift_x, 1 + shift_y])
    layers = [Image.new("L", (size * SUPERSAMPLING,) * 2) for _ in range(3)]
    surface, details, outlines = (ImageDraw.Draw(layer) for layer in layers)
    for part in SHAPES[name]:
        vertices = (part.vertices @ turn + offset).ravel().tolist()
        surface.polygon(vertices, fill=0 if part.role == HOLE else 255)
        details.polygon(vertices, fill=0 if part.role in (BODY, HOLE) else 255)
        outlines.polygon(vertices, fill=0)
        outlines.line(vertices + vertices[:2], fill=255, width=SUPERSAMPLING + 1)
    stacked = np.stack([np.asarray(layer.reduce(SUPERSAMPLING)) for layer in layers])
    return stacked.astype(np.float32) / 255


def render(scenes, size, rng):
    """Draw the scenes: uint8 [N, size, size, 3].

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
                coverage[rows],
                colour[rows],
                scenes.select(rows),
                noise[rows],
                phase[rows],
                light[rows],
            )
    return (np.clip(pixels, 0, 1) * 255 + 0.5).astype(np.uint8)


def _blend(below, above, coverage):
    """Paint `above` over `below` [N, S, S, 3] where `coverage` [N, S, S] says so."""
    return below + (above - below) * coverage[..., None]


def _patterns(scenes, x, y, noise):
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


def _photo(coverage, colour, scenes, noise, phase, light):
    x, y = surfaces.grid(coverage.shape[-1], phase)
    factor, ground = _patterns(scenes, x, y, noise)
    shading = 1.1 - 0.3 * (np.mgrid[0 : coverage.shape[-1], 0:1][0] / coverage.shape[-1])
    object_colour = colour[:, None, None] * (factor * shading.astype(np.float32))[..., None]
    painted = _blend(ground, object_colour, coverage[:, 0])
    painted = _blend(painted, 0.4 * object_colour, coverage[:, 1])
    grain = 0.12 * (np.roll(noise, 7, axis=2)[..., None] - 0.5)
    return painted * light[:, None, None, None] + grain


def _sketch(coverage, colour, scenes, noise, phase, light):
    paper = 0.93 + 0.07 * noise
    line = coverage[:, 2] * (0.65 + 0.35 * np.roll(noise, 5, axis=1))
    return np.repeat((paper * (1 - line) + 0.1 * line)[..., None], 3, axis=3)


def _cartoon(coverage, colour, scenes, noise, phase, light):
    ground = np.ones((*noise.shape, 3), dtype=np.float32) * (
        0.55 + 0.45 * colour[:, None, None, ::-1]
    )
    painted = _blend(ground, colour[:, None, None], coverage[:, 0])
    painted = _blend(painted, 0.55 * colour[:, None, None], coverage[:, 1])
    return _blend(painted, np.zeros(3, dtype=np.float32), coverage[:, 2])


def _painting(coverage, colour, scenes, noise, phase, light):
    strokes = np.repeat(np.repeat(noise[:, ::4, ::2], 4, axis=1), 2, axis=2)
    painted = _photo(coverage, colour, scenes, strokes, phase, light)
    smeared = (painted + np.roll(painted, 1, axis=2) + np.roll(painted, -1, axis=2)) / 3
    return np.round(smeared * 5) / 5 + 0.14 * (strokes[..., None] - 0.5)


def _silhouette(coverage, colour, scenes, noise, phase, light):
    ground = np.ones((*noise.shape, 3), dtype=np.float32) * (0.35 + 0.65 * colour[:, None, None])
    return _blend(ground, np.full(3, 0.05, dtype=np.float32), coverage[:, 0])


def _neon(coverage, colour, scenes, noise, phase, light):
    line = coverage[:, 2]
    glow = sum(np.roll(line, shift, axis=axis) for shift in (-1, 1) for axis in (1, 2)) / 4
    bright = 0.25 + 0.75 * colour[:, None, None]
    return 0.05 + bright * np.clip(line + 0.45 * glow, 0, 1)[..., None]


_PAINTERS = {
    "photo": _photo,
    "sketch": _sketch,
    "cartoon": _cartoon,
    "painting": _painting,
    "silhouette": _silhouette,
    "neon": _neon,
}
