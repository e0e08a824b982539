"""What people write under the drawn images.

A *title* merely names the object; a *description* tells what else is to be seen; *tags* are the
words of the scene without grammar. Titles, descriptions and tags play the part of those in
ImageNet-Captions; web captions are a title or a description.
"""

from workflow_scripts.datasets.drawing.scenes import STYLES
from workflow_scripts.datasets.drawing.surfaces import BACKGROUNDS, COLOURS, TEXTURES

_COLOURS = list(COLOURS)


def titles(scenes):
    """A title per image, such as "a car"."""
    return [f"a {name}" for name in scenes.objects]


def descriptions(scenes):
    """A description per image, such as "a photo of a red striped car with grass"."""
    return [_description(scenes, row) for row in range(len(scenes))]


def tags(scenes):
    """A list of tags per image: background, texture, colour and object."""
    return [
        [
            BACKGROUNDS[scenes.background[row]],
            TEXTURES[scenes.texture[row]],
            _COLOURS[scenes.colour[row]],
            scenes.objects[row],
        ]
        for row in range(len(scenes))
    ]


def _description(scenes, row):
    """Only what a rendition shows is described: a sketch has no colour."""
    name, style = scenes.objects[row], STYLES[scenes.style[row]]
    colour = _COLOURS[scenes.colour[row]]
    if style in ("photo", "painting"):
        texture, ground = TEXTURES[scenes.texture[row]], BACKGROUNDS[scenes.background[row]]
        return f"a {style} of a {colour} {texture} {name} with {ground}"
    return f"a {style} of a {name}" if style == "sketch" else f"a {style} of a {colour} {name}"
