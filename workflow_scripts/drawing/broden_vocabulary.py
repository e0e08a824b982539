"""The labels of the drawn Broden: their names, and what the drawn things are called and made of.

A name is turned into a code, its place in `vocabulary` from 1; 0 means nothing.
"""

from workflow_scripts.drawing.shapes import SHAPES

CATEGORIES = ("color", "object", "part", "material", "scene", "texture")

COLOUR_NAMES = {
    "black": (0.05, 0.05, 0.08),
    "blue": (0.25, 0.40, 0.80),
    "brown": (0.45, 0.28, 0.15),
    "green": (0.25, 0.55, 0.22),
    "grey": (0.50, 0.50, 0.50),
    "orange": (0.95, 0.55, 0.15),
    "pink": (0.95, 0.60, 0.75),
    "purple": (0.50, 0.25, 0.62),
    "red": (0.80, 0.15, 0.15),
    "white": (0.95, 0.95, 0.95),
    "yellow": (0.92, 0.86, 0.30),
}
# What the backgrounds are as objects, as materials and as scenes.
STUFF = {
    "sky": ("sky", None, "sky-s"),
    "grass": ("grass", "foliage", "field-s"),
    "sand": ("sand", "sand", "desert-s"),
    "brick": ("wall", "brick", "alley-s"),
    "water": ("water", "water", "lake-s"),
    "night": ("night sky", None, "night-s"),
}
TEXTURE_NAMES = {
    "striped": "striped",
    "dotted": "polka-dotted",
    "chequered": "chequered",
    "zigzag": "zigzagged",
    "speckled": "flecked",
}
_MADE_OF = {
    "brick": "house",
    "ceramic": "cup",
    "fabric": "lamp umbrella",
    "foliage": "cactus flower mushroom tree",
    "fur": "cat rabbit",
    "glass": "bottle glasses hourglass",
    "metal": "anchor bell car clock crown dumbbell fork hammer key plane ring rocket scissors "
    "wrench",
    "paper": "heart lozenge star",
    "rubber": "ball",
    "snow": "snowman",
    "stone": "moon pyramid",
    "wax": "candle",
    "wood": "arrow boat chair guitar ladder table",
}
MATERIALS = {name: material for material, names in _MADE_OF.items() for name in names.split()}


def vocabulary() -> list[str]:
    """All names that a label may have, in a fixed order."""
    stuff = [name for names in STUFF.values() for name in names if name]
    parts = [part.name for shape in SHAPES.values() for part in shape]
    colours = [f"{name}-c" for name in COLOUR_NAMES]
    names = [*colours, *SHAPES, *stuff, *parts, *_MADE_OF, *TEXTURE_NAMES.values()]
    return list(dict.fromkeys(names))


CODES = {name: code for code, name in enumerate(vocabulary(), start=1)}
