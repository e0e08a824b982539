"""The objects of the miniature: silhouettes with named parts, as polygons.

Coordinates lie in [-1, 1], x to the right and y downward. Each object is a list of
parts that are painted in order: the `body` carries colour and texture, a `detail` is
painted in a darker shade on top of it, and a `hole` shows the background again.
"""

from dataclasses import dataclass

import numpy as np

BODY, DETAIL, HOLE = "body", "detail", "hole"


@dataclass(frozen=True)
class Part:
    """A named polygon of an object.

    name: for example "wheel"
    role: BODY, DETAIL or HOLE
    vertices: float [V, 2]
    """

    name: str
    role: str
    vertices: np.ndarray


def polygon(*points: tuple[float, float]) -> np.ndarray:
    """Vertices [V, 2] of the polygon through (x, y) pairs."""
    return np.asarray(points, dtype=float)


def box(left: float, top: float, right: float, bottom: float) -> np.ndarray:
    """Vertices of an upright rectangle."""
    return polygon((left, top), (right, top), (right, bottom), (left, bottom))


def ellipse(
    x: float,
    y: float,
    radius_x: float,
    radius_y: float | None = None,
    start: float = 0.0,
    end: float = 2 * np.pi,
) -> np.ndarray:
    """Vertices of an ellipse or, between two angles (radians), of an arc of it.

    Without `radius_y` it is a circle.
    """
    angles = np.linspace(start, end, 20)
    radius_y = radius_x if radius_y is None else radius_y
    return np.stack([x + radius_x * np.cos(angles), y + radius_y * np.sin(angles)], axis=1)


def bar(x0: float, y0: float, x1: float, y1: float, width: float) -> np.ndarray:
    """Vertices of a straight bar from one point to another."""
    direction = np.array([x1 - x0, y1 - y0])
    normal = np.array([-direction[1], direction[0]]) / np.hypot(*direction) * width / 2
    start, end = np.array([x0, y0]), np.array([x1, y1])
    return np.stack([start + normal, end + normal, end - normal, start - normal])


def star(points: int, outer: float, inner: float) -> np.ndarray:
    """Vertices of a star with so many points, which lie at the radius `outer`."""
    angles = np.arange(2 * points) * np.pi / points - np.pi / 2
    radii = np.where(np.arange(2 * points) % 2 == 0, outer, inner)
    return np.stack([radii * np.cos(angles), radii * np.sin(angles)], axis=1)


def _body(name: str, *shapes: np.ndarray) -> list[Part]:
    return [Part(name, BODY, shape) for shape in shapes]


def _detail(name: str, *shapes: np.ndarray) -> list[Part]:
    return [Part(name, DETAIL, shape) for shape in shapes]


def _hole(name: str, *shapes: np.ndarray) -> list[Part]:
    return [Part(name, HOLE, shape) for shape in shapes]


def _heart() -> np.ndarray:
    t = np.linspace(0, 2 * np.pi, 30)
    x = 16 * np.sin(t) ** 3
    y = 13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t)
    return np.stack([x / 18, -y / 18], axis=1)


def _crescent() -> np.ndarray:
    outer = ellipse(0.1, 0, 0.9, start=0.25 * np.pi, end=1.75 * np.pi)
    inner = ellipse(0.4, 0, 0.65, start=1.7 * np.pi, end=0.3 * np.pi)
    return np.concatenate([outer, inner])


SHAPES = {
    "anchor": _body("shank", box(-0.1, -0.5, 0.1, 0.9))
    + _body("stock", box(-0.5, -0.4, 0.5, -0.2))
    + _body(
        "arms",
        np.concatenate(
            [
                ellipse(0, 0.2, 0.85, 0.7, 0, np.pi),
                ellipse(0, 0.2, 0.6, 0.4, np.pi, 0),
            ]
        ),
    )
    + _body("eye", ellipse(0, -0.7, 0.28))
    + _hole("eye", ellipse(0, -0.7, 0.12)),
    "arrow": _body("shaft", box(-0.9, -0.18, 0.2, 0.18))
    + _body("head", polygon((0.1, -0.65), (0.95, 0), (0.1, 0.65))),
    "ball": _body("disc", ellipse(0, 0, 0.8)) + _detail("band", box(-0.78, -0.14, 0.78, 0.14)),
    "bell": _body(
        "dome",
        polygon(
            (-0.2, -0.7),
            (0.2, -0.7),
            (0.45, -0.4),
            (0.5, 0.2),
            (0.85, 0.55),
            (-0.85, 0.55),
            (-0.5, 0.2),
            (-0.45, -0.4),
        ),
    )
    + _detail("clapper", ellipse(0, 0.72, 0.2))
    + _body("ring", ellipse(0, -0.8, 0.14)),
    "boat": _body("hull", polygon((-0.95, 0.3), (0.95, 0.3), (0.6, 0.8), (-0.6, 0.8)))
    + _detail("sail", polygon((0, -0.9), (0, 0.15), (0.75, 0.15)))
    + _body("sail", polygon((-0.12, -0.7), (-0.12, 0.15), (-0.65, 0.15))),
    "bottle": _body(
        "glass",
        polygon(
            (-0.15, -0.7),
            (0.15, -0.7),
            (0.15, -0.35),
            (0.42, -0.05),
            (0.42, 0.9),
            (-0.42, 0.9),
            (-0.42, -0.05),
            (-0.15, -0.35),
        ),
    )
    + _detail("cap", box(-0.2, -0.95, 0.2, -0.7))
    + _detail("label", box(-0.42, 0.2, 0.42, 0.55)),
    "butterfly": _body("wing", ellipse(-0.48, -0.35, 0.48, 0.42), ellipse(0.48, -0.35, 0.48, 0.42))
    + _body("wing", ellipse(-0.38, 0.45, 0.36, 0.36), ellipse(0.38, 0.45, 0.36, 0.36))
    + _detail("trunk", box(-0.09, -0.8, 0.09, 0.8)),
    "cactus": _body("stem", box(-0.22, -0.9, 0.22, 0.9))
    + _body("branch", box(-0.75, -0.35, -0.5, 0.2), box(-0.75, 0.0, -0.1, 0.25))
    + _body("branch", box(0.5, -0.6, 0.75, 0.0), box(0.1, -0.2, 0.75, 0.05)),
    "candle": _body("wax", box(-0.28, -0.25, 0.28, 0.75))
    + _detail("flame", polygon((0, -1.0), (0.2, -0.55), (0, -0.3), (-0.2, -0.55)))
    + _detail("dish", box(-0.7, 0.72, 0.7, 0.92)),
    "car": _body("bodywork", box(-0.95, -0.05, 0.95, 0.45))
    + _body("cabin", polygon((-0.55, -0.05), (-0.35, -0.5), (0.35, -0.5), (0.6, -0.05)))
    + _hole("window", box(-0.28, -0.38, 0.25, -0.08))
    + _detail("wheel", ellipse(-0.5, 0.48, 0.24), ellipse(0.5, 0.48, 0.24)),
    "cat": _body("head", ellipse(0, 0.15, 0.72, 0.65))
    + _body("ear", polygon((-0.7, 0.0), (-0.62, -0.9), (-0.1, -0.4)))
    + _body("ear", polygon((0.7, 0.0), (0.62, -0.9), (0.1, -0.4)))
    + _detail("eye", ellipse(-0.28, 0.05, 0.11), ellipse(0.28, 0.05, 0.11)),
    "chair": _body("back", box(-0.6, -0.95, -0.38, 0.25))
    + _body("seat", box(-0.6, 0.05, 0.6, 0.27))
    + _detail("leg", box(-0.6, 0.27, -0.42, 0.95), box(0.42, 0.27, 0.6, 0.95)),
    "clock": _body("face", ellipse(0, 0, 0.85))
    + _hole("dial", ellipse(0, 0, 0.6))
    + _detail("hand", bar(0, 0.05, 0, -0.55, 0.16), bar(-0.05, 0, 0.42, 0, 0.16)),
    "crown": _body(
        "band",
        polygon(
            (-0.85, 0.6),
            (-0.95, -0.5),
            (-0.45, 0.0),
            (0, -0.75),
            (0.45, 0.0),
            (0.95, -0.5),
            (0.85, 0.6),
        ),
    )
    + _detail("rim", box(-0.85, 0.42, 0.85, 0.65)),
    "cup": _body("bowl", polygon((-0.7, -0.5), (0.45, -0.5), (0.3, 0.7), (-0.55, 0.7)))
    + _body("handle", ellipse(0.5, 0.02, 0.4))
    + _hole("handle", ellipse(0.55, 0.02, 0.2))
    + _body("bowl", polygon((-0.7, -0.5), (0.42, -0.5), (0.27, 0.7), (-0.55, 0.7)))
    + _detail("rim", box(-0.7, -0.6, 0.45, -0.42)),
    "dumbbell": _body("weight", box(-0.95, -0.55, -0.5, 0.55), box(0.5, -0.55, 0.95, 0.55))
    + _detail("grip", box(-0.5, -0.14, 0.5, 0.14)),
    "fish": _body("trunk", ellipse(-0.15, 0, 0.7, 0.45))
    + _body("tail", polygon((0.35, 0), (0.95, -0.5), (0.95, 0.5)))
    + _detail("eye", ellipse(-0.5, -0.1, 0.11)),
    "flower": _body(
        "petal",
        *[
            ellipse(0.5 * np.cos(angle), 0.5 * np.sin(angle), 0.34)
            for angle in np.arange(5) * 2 * np.pi / 5 - np.pi / 2
        ],
    )
    + _detail("heart", ellipse(0, 0, 0.26)),
    "fork": _body("handle", box(-0.1, -0.1, 0.1, 0.95))
    + _body("head", box(-0.4, -0.35, 0.4, -0.05))
    + _body(
        "tine",
        box(-0.4, -0.95, -0.22, -0.3),
        box(-0.09, -0.95, 0.09, -0.3),
        box(0.22, -0.95, 0.4, -0.3),
    ),
    "glasses": _body("lens", ellipse(-0.52, 0, 0.45), ellipse(0.52, 0, 0.45))
    + _hole("lens", ellipse(-0.52, 0, 0.25), ellipse(0.52, 0, 0.25))
    + _detail("bridge", box(-0.12, -0.12, 0.12, 0.06)),
    "guitar": _body("box", ellipse(0, 0.55, 0.5, 0.42), ellipse(0, 0.05, 0.36, 0.32))
    + _detail("neck", box(-0.09, -0.85, 0.09, 0.3))
    + _detail("head", box(-0.18, -1.0, 0.18, -0.8)),
    "hammer": _body("handle", box(-0.12, -0.4, 0.12, 0.95))
    + _detail("head", box(-0.65, -0.85, 0.65, -0.35)),
    "heart": _body("lobe", _heart()),
    "hourglass": _body("bulb", polygon((-0.6, -0.75), (0.6, -0.75), (0, 0.02)))
    + _body("bulb", polygon((-0.6, 0.75), (0.6, 0.75), (0, -0.02)))
    + _detail("frame", box(-0.7, -0.92, 0.7, -0.72), box(-0.7, 0.72, 0.7, 0.92)),
    "house": _body("wall", box(-0.65, -0.1, 0.65, 0.8))
    + _detail("roof", polygon((-0.9, -0.1), (0, -0.9), (0.9, -0.1)))
    + _detail("door", box(-0.18, 0.3, 0.18, 0.8)),
    "key": _body("bow", ellipse(-0.55, 0, 0.42))
    + _hole("bow", ellipse(-0.55, 0, 0.2))
    + _body("shaft", box(-0.2, -0.1, 0.95, 0.1))
    + _detail("bit", box(0.45, 0.1, 0.6, 0.42), box(0.75, 0.1, 0.92, 0.42)),
    "ladder": _body("rail", box(-0.5, -0.95, -0.3, 0.95), box(0.3, -0.95, 0.5, 0.95))
    + _detail("rung", *[box(-0.3, y - 0.08, 0.3, y + 0.08) for y in (-0.6, -0.2, 0.2, 0.6)]),
    "lamp": _body("shade", polygon((-0.35, -0.85), (0.35, -0.85), (0.75, -0.1), (-0.75, -0.1)))
    + _detail("stem", box(-0.08, -0.1, 0.08, 0.75))
    + _detail("foot", box(-0.45, 0.72, 0.45, 0.92)),
    "moon": _body("crescent", _crescent()),
    "mushroom": _body(
        "cap",
        np.concatenate([ellipse(0, 0.05, 0.9, 0.8, np.pi, 2 * np.pi), [[0.9, 0.1], [-0.9, 0.1]]]),
    )
    + _detail("stalk", polygon((-0.25, 0.1), (0.25, 0.1), (0.32, 0.9), (-0.32, 0.9))),
    "plane": _body("fuselage", ellipse(0, 0, 0.16, 0.95))
    + _body("wing", polygon((-0.1, -0.25), (-0.95, 0.3), (-0.95, 0.48), (-0.1, 0.2)))
    + _body("wing", polygon((0.1, -0.25), (0.95, 0.3), (0.95, 0.48), (0.1, 0.2)))
    + _detail("tail", polygon((0, 0.55), (0.42, 0.95), (-0.42, 0.95))),
    "rabbit": _body("head", ellipse(0, 0.4, 0.55, 0.5))
    + _body("ear", ellipse(-0.28, -0.45, 0.16, 0.55), ellipse(0.28, -0.45, 0.16, 0.55))
    + _detail("eye", ellipse(-0.2, 0.3, 0.1), ellipse(0.2, 0.3, 0.1)),
    "ring": _body("band", ellipse(0, 0, 0.85)) + _hole("opening", ellipse(0, 0, 0.45)),
    "rocket": _body(
        "hull",
        polygon((0, -0.98), (0.3, -0.5), (0.3, 0.55), (-0.3, 0.55), (-0.3, -0.5)),
    )
    + _detail("fin", polygon((-0.3, 0.1), (-0.7, 0.75), (-0.3, 0.55)))
    + _detail("fin", polygon((0.3, 0.1), (0.7, 0.75), (0.3, 0.55)))
    + _hole("porthole", ellipse(0, -0.25, 0.15)),
    "scissors": _body("blade", bar(-0.45, -0.95, 0.3, 0.5, 0.2), bar(0.45, -0.95, -0.3, 0.5, 0.2))
    + _detail("handle", ellipse(-0.42, 0.62, 0.32), ellipse(0.42, 0.62, 0.32))
    + _hole("handle", ellipse(-0.42, 0.62, 0.14), ellipse(0.42, 0.62, 0.14)),
    "snowman": _body("trunk", ellipse(0, 0.45, 0.52))
    + _body("head", ellipse(0, -0.3, 0.34))
    + _detail("hat", box(-0.28, -0.98, 0.28, -0.58), box(-0.45, -0.62, 0.45, -0.5)),
    "spider": _detail(
        "leg",
        *[bar(-0.95, y, 0.95, -y, 0.12) for y in (-0.8, -0.3, 0.3, 0.8)],
    )
    + _body("trunk", ellipse(0, 0, 0.45)),
    "star": _body("point", star(5, 0.98, 0.42)),
    "table": _body("top", box(-0.95, -0.5, 0.95, -0.2))
    + _detail("leg", box(-0.8, -0.2, -0.58, 0.75), box(0.58, -0.2, 0.8, 0.75)),
    "tree": _body("crown", polygon((0, -0.95), (0.75, 0.45), (-0.75, 0.45)))
    + _detail("trunk", box(-0.15, 0.45, 0.15, 0.95)),
    "umbrella": _body(
        "canopy",
        np.concatenate(
            [ellipse(0, 0, 0.9, 0.85, np.pi, 2 * np.pi), [[0.45, -0.15], [0, 0.0], [-0.45, -0.15]]]
        ),
    )
    + _detail("stick", box(-0.07, -0.1, 0.07, 0.85), box(-0.3, 0.75, 0.07, 0.9)),
    "wrench": _body("shaft", box(-0.15, -0.35, 0.15, 0.95))
    + _body("jaw", ellipse(0, -0.5, 0.48))
    + _hole("jaw", box(-0.18, -1.0, 0.18, -0.5)),
    # Objects that no class of the ImageNet-like sets shows: ObjectNet, too, has such folders.
    "pyramid": _body("side", polygon((0, -0.8), (0.95, 0.7), (-0.95, 0.7))),
    "lozenge": _body("side", polygon((0, -0.95), (0.55, 0), (0, 0.95), (-0.55, 0))),
}
