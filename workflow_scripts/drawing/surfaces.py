"""Colours, textures and backgrounds of the miniature, as vectorised patterns.

A pattern is evaluated for many images at once on a pixel grid; every image has its own
phase, so that no two surfaces of a kind coincide.
"""

import numpy as np

COLOURS = {
    "red": (0.85, 0.15, 0.15),
    "orange": (0.95, 0.55, 0.10),
    "yellow": (0.95, 0.90, 0.25),
    "green": (0.20, 0.65, 0.25),
    "blue": (0.20, 0.35, 0.85),
    "purple": (0.55, 0.25, 0.70),
    "pink": (0.95, 0.55, 0.75),
    "white": (0.93, 0.93, 0.90),
}
TEXTURES = ("plain", "striped", "dotted", "chequered", "zigzag", "speckled")
BACKGROUNDS = ("sky", "grass", "sand", "brick", "water", "night")

_BACKGROUND_COLOURS = {
    "sky": ((0.55, 0.75, 0.95), (0.80, 0.90, 0.98)),
    "grass": ((0.30, 0.55, 0.20), (0.42, 0.68, 0.28)),
    "sand": ((0.82, 0.72, 0.50), (0.90, 0.82, 0.62)),
    "brick": ((0.60, 0.30, 0.24), (0.76, 0.70, 0.64)),
    "water": ((0.12, 0.42, 0.58), (0.30, 0.62, 0.72)),
    "night": ((0.06, 0.06, 0.16), (0.75, 0.75, 0.60)),
}


def grid(size: int, phase: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pixel coordinates x, y [N, size, size], shifted by `phase` [N, 2] pixels."""
    y, x = np.mgrid[0:size, 0:size].astype(np.float32)
    return x[None] + phase[:, 0, None, None], y[None] + phase[:, 1, None, None]


def texture(kind: str, x: np.ndarray, y: np.ndarray, noise: np.ndarray) -> np.ndarray:
    """Brightness factor in [0.45, 1] of a texture.

    `x`, `y` are coordinates and `noise` is uniform in [0, 1], all [N, size, size].
    """
    dark = {
        "plain": np.zeros_like(x, dtype=bool),
        "striped": (x + y) % 6 < 2.6,
        "dotted": ((x % 5 - 2.5) ** 2 + (y % 5 - 2.5) ** 2) < 2.2,
        "chequered": (x // 3 + y // 3) % 2 == 0,
        "zigzag": (y + 2 * np.abs(x % 6 - 3)) % 6 < 2.6,
        "speckled": noise > 0.72,
    }[kind]
    return np.where(dark, np.float32(0.45), np.float32(1.0))


def background(kind: str, x: np.ndarray, y: np.ndarray, noise: np.ndarray) -> np.ndarray:
    """Colour [N, size, size, 3] in [0, 1] of a background; for the arguments see `texture`."""
    base, other = (np.array(colour, dtype=np.float32) for colour in _BACKGROUND_COLOURS[kind])
    share = {
        "sky": (y % 64) / 64,
        "grass": noise,
        "sand": (noise > 0.6).astype(np.float32),
        "brick": ((y % 6 < 1.2) | ((x + 4 * (y // 6 % 2)) % 9 < 1.2)).astype(np.float32),
        "water": 0.5 + 0.5 * np.sin(y * 1.1 + np.sin(x * 0.5)),
        "night": (noise > 0.965).astype(np.float32),
    }[kind][..., None].astype(np.float32)
    return base * (1 - share) + other * share
