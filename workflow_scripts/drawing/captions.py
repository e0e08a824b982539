"""Captions of the drawn images, as people write them.

A *title* merely names the object; a *description* tells what else is to be seen; *tags* are the
words of the scene without grammar. Titles, descriptions and tags play the part of those in
ImageNet-Captions, where many entries have no description or tags; web captions are a title or a
description.
"""

from workflow_scripts.drawing.scenes import STYLES, Scenes
from workflow_scripts.drawing.surfaces import BACKGROUNDS, COLOURS, TEXTURES

_COLOURS = list(COLOURS)


def title(scene: Scenes) -> str:
    """The title of a single image's scene, such as "a car"."""
    return f"a {scene.objects[0]}"


def description(scene: Scenes) -> str:
    """The description of a single image's scene, such as "a photo of a red striped car with grass".

    Only what a rendition shows is described: a sketch has no colour.
    """
    name, style, colour = scene.objects[0], STYLES[scene.style[0]], _COLOURS[scene.colour[0]]
    if style in ("photo", "painting"):
        texture, ground = TEXTURES[scene.texture[0]], BACKGROUNDS[scene.background[0]]
        return f"a {style} of a {colour} {texture} {name} with {ground}"
    return f"a {style} of a {name}" if style == "sketch" else f"a {style} of a {colour} {name}"


def tags(scene: Scenes) -> list[str]:
    """The tags of a single image's scene: background, texture, colour and object."""
    return [
        BACKGROUNDS[scene.background[0]],
        TEXTURES[scene.texture[0]],
        _COLOURS[scene.colour[0]],
        scene.objects[0],
    ]


def falls_on(number: int, share: float) -> bool:
    """Whether an image's number is among a share of all numbers, evenly spread."""
    return int((number + 1) * share) > int(number * share)
