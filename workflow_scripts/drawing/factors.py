"""What a drawn scene was made of, as concepts: style, pose, place, texture, colour and parts.

Nothing of it is measured on the pixels: the scene that is drawn says it.
"""

from workflow_scripts.drawing.scenes import STYLES, Scenes
from workflow_scripts.drawing.shapes import HOLE, SHAPES
from workflow_scripts.drawing.surfaces import BACKGROUNDS, COLOURS, TEXTURES

Factor = tuple[str, str]  # category and name

# What a style lets one see; outlines show parts, a silhouette's tinted ground shows the colour.
SEEN = {
    "photo": ("colour", "texture", "place", "part"),
    "sketch": ("part",),
    "cartoon": ("colour", "part"),
    "painting": ("colour", "texture", "place", "part"),
    "silhouette": ("colour",),
    "neon": ("colour", "part"),
}
UPRIGHT, TURNED = 0.15, 0.5  # radians: at most, at least
SHIFTED = 0.1  # at least, as a share of half the image's width
SMALL, LARGE = 0.68, 0.76  # scale: at most, at least


def factors(scene: Scenes) -> list[Factor]:
    """The factors of one image's scene, those that its style lets one see, sorted."""
    style = STYLES[scene.style[0]]
    made_of = {
        "colour": [list(COLOURS)[scene.colour[0]]],
        "texture": [TEXTURES[scene.texture[0]]],
        "place": [BACKGROUNDS[scene.background[0]]],
        "part": [part.name for part in SHAPES[scene.objects[0]] if part.role != HOLE],
    }
    seen = {(category, name) for category in SEEN[style] for name in made_of[category]}
    return sorted({("style", style), *_pose(*scene.pose[0].tolist()), *seen})


def _pose(rotation: float, scale: float, x: float, y: float) -> list[Factor]:
    """What a pose is called; what lies between two names has none."""
    names = {
        "upright": abs(rotation) <= UPRIGHT,
        "turned left": rotation <= -TURNED,
        "turned right": rotation >= TURNED,
        "small": scale <= SMALL,
        "large": scale >= LARGE,
        "on the left": x <= -SHIFTED,
        "on the right": x >= SHIFTED,
        "high": y <= -SHIFTED,
        "low": y >= SHIFTED,
    }
    return [("pose", name) for name, holds in names.items() if holds]
