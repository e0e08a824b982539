"""A Broden of drawn images: what each image shows, as label maps and as labels of whole images.

The files are those of Broden 1.0, so that any reader of it reads these. As there, the images are
of several sources, each with labels of some categories: pictures of objects, whose objects, parts
and materials have label maps of half the resolution and whose scene is a label of the whole image;
and textures that fill the image. Colours are named pixel by pixel in both. Parts that lie on top
of others have a label map of their own.
"""

import csv
import io
from collections import Counter
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw

from workflow_scripts.drawing.packing import encode
from workflow_scripts.drawing.renderer import rasterise, render
from workflow_scripts.drawing.scenes import draw_scenes
from workflow_scripts.drawing.shapes import DETAIL, HOLE, SHAPES
from workflow_scripts.drawing.surfaces import BACKGROUNDS, COLOURS, grid, texture
from workflow_scripts.job.errors import InputError

CATEGORIES = ("color", "object", "part", "material", "scene", "texture")
PICTURES, TEXTURES = "drawn_scenes", "drawn_textures"  # the sources, folders of the images
MINIMUM_IMAGES = 10  # as in Broden: rarer labels are left out of the tables and the maps
SUPERSAMPLING = 3
TEXTURED = 0.15  # share of images of a texture alone
PAIRED = 0.25  # share of the others with two objects
PAIR_SCALE, PAIR_SHIFT = 0.6, 0.42

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


class Drawing(NamedTuple):
    """An image of a source, and what it shows in codes: places in `vocabulary`, from 1.

    `planes` are pairs of a category and a map [S / 2, S / 2] of codes, 0 for nothing; `labels`
    are pairs of a category and a code.
    """

    source: str
    pixels: np.ndarray  # uint8 [S, S, 3]
    planes: list
    labels: list


def vocabulary():
    """All names that a label may have, in a fixed order; an index into it, from 1, is a code."""
    stuff = [name for names in STUFF.values() for name in names if name]
    parts = [part.name for shape in SHAPES.values() for part in shape]
    colours = [f"{name}-c" for name in COLOUR_NAMES]
    names = [*colours, *SHAPES, *stuff, *parts, *_MADE_OF, *TEXTURE_NAMES.values()]
    return list(dict.fromkeys(names))


CODES = {name: code for code, name in enumerate(vocabulary(), start=1)}


def skewed(rng, objects, count):
    """Random objects; the first is about fifteen times as frequent as the last."""
    weights = (np.arange(len(objects)) + len(objects) / 7) ** -1.3
    return rng.choice(np.array(objects), size=count, p=weights / weights.sum()).tolist()


def draw(rng, objects, images, looks, scene, size):
    """Draw pictures of one or two objects, and textures, in random order; a list of `Drawing`.

    Parameters
    ----------
    rng : numpy.random.Generator
    objects : names of the objects; chance decides which are frequent
    images : number of images
    looks, scene : see `scenes.draw_scenes`
    size : side of the images in pixels, an even number
    """
    textured = int(TEXTURED * images)
    drawings = draw_pictures(rng, objects, images - textured, looks, scene, size)
    drawings += draw_textures(rng, textured, size)
    return [drawings[row] for row in rng.permutation(images)]


def draw_pictures(rng, objects, images, looks, scene, size):
    """Draw pictures of objects; see `draw`."""
    objects = rng.permutation(objects).tolist()
    first = draw_scenes(rng, skewed(rng, objects, images), looks, **scene)
    second = draw_scenes(rng, skewed(rng, objects, images), looks, **scene)
    paired = rng.random(images) < PAIRED
    first, second = _side_by_side(first, second, paired)
    pixels = render(first, size, rng)
    overlay = render(second, size, rng)
    drawings = []
    for row in range(images):
        shown = [first.select([row])]
        if paired[row]:
            shown.append(second.select([row]))
            pixels[row] = _overlaid(
                pixels[row], overlay[row], second.objects[row], second.pose[row]
            )
        planes = [*_maps(shown, size // 2), ("color", colour_map(pixels[row]))]
        _, _, place = STUFF[BACKGROUNDS[shown[0].background[0]]]
        drawings.append(Drawing(PICTURES, pixels[row], planes, [("scene", CODES[place])]))
    return drawings


def draw_textures(rng, images, size):
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


def _side_by_side(first, second, paired):
    """Shrink paired objects and move them apart; the second stands on the first's background."""
    poses = []
    for scenes, side in ((first, -1), (second, 1)):
        pose = scenes.pose.copy()
        pose[paired, 1] *= PAIR_SCALE
        pose[paired, 2] = side * PAIR_SHIFT + 0.3 * pose[paired, 2]
        poses.append(pose)
    return replace(first, pose=poses[0]), replace(
        second, pose=poses[1], background=first.background, style=first.style
    )


def _overlaid(pixels, overlay, name, pose):
    """Put an object of one image on another image of the same size."""
    surface, details, _ = rasterise(name, pose, pixels.shape[0])
    share = (1 - (1 - surface) * (1 - details))[..., None]
    return (pixels + (overlay.astype(np.float32) - pixels) * share + 0.5).astype(np.uint8)


def colour_map(pixels):
    """Codes of the nearest colour names, [S / 2, S / 2], of uint8 [S, S, 3]."""
    half = pixels.shape[0] // 2
    means = pixels.reshape(half, 2, half, 2, 3).mean(axis=(1, 3)) / 255
    known = np.array(list(COLOUR_NAMES.values()))
    nearest = ((means[:, :, None] - known) ** 2).sum(axis=3).argmin(axis=2)
    return np.array([CODES[f"{name}-c"] for name in COLOUR_NAMES])[nearest]


def _maps(shown, size):
    """Label maps of objects, of parts (two) and of materials, as (category, codes)."""
    thing, material, _ = STUFF[BACKGROUNDS[shown[0].background[0]]]
    objects = _Canvas(size, CODES[thing])
    materials = _Canvas(size, CODES.get(material, 0))
    parts, details = _Canvas(size, 0), _Canvas(size, 0)
    for scene in shown:
        name, pose = scene.objects[0], scene.pose[0]
        for part in SHAPES[name]:
            if part.role == HOLE:  # shows the background again
                for canvas in (objects, materials, parts, details):
                    canvas.fill(part, pose, canvas.ground)
                continue
            objects.fill(part, pose, CODES[name])
            materials.fill(part, pose, CODES.get(MATERIALS.get(name), 0))
            (details if part.role == DETAIL else parts).fill(part, pose, CODES[part.name])
    return [
        ("object", objects.codes()),
        ("part", parts.codes()),
        ("part", details.codes()),
        ("material", materials.codes()),
    ]


class _Canvas:
    """A label map that polygons are filled in; `ground` is the code of what lies behind."""

    def __init__(self, size, ground):
        self.size, self.ground = size, ground
        self.image = Image.new("I", (size * SUPERSAMPLING,) * 2, ground)
        self.pen = ImageDraw.Draw(self.image)

    def fill(self, part, pose, code):
        """Fill a part of an object in a pose as `renderer.rasterise` places it."""
        rotation, scale, shift_x, shift_y = pose
        cosine, sine = np.cos(rotation), np.sin(rotation)
        half = self.size * SUPERSAMPLING / 2
        turn = np.array([[cosine, sine], [-sine, cosine]]) * scale * half
        vertices = part.vertices @ turn + half * np.array([1 + shift_x, 1 + shift_y])
        self.pen.polygon(vertices.ravel().tolist(), fill=int(code))

    def codes(self):
        """The code at the centre of each pixel, [size, size]."""
        return np.asarray(self.image)[1::SUPERSAMPLING, 1::SUPERSAMPLING].copy()


class Statistics:
    """In how many images a code occurs, by (category, code), and how much of them it covers."""

    def __init__(self, drawings):
        self.frequency, self.coverage = Counter(), Counter()
        for drawing in drawings:
            seen = set(drawing.labels)
            self.coverage.update(dict.fromkeys(seen, 1.0))
            for category, codes in drawing.planes:
                found, counts = np.unique(codes[codes > 0], return_counts=True)
                seen.update((category, int(code)) for code in found)
                for code, count in zip(found, counts, strict=True):
                    self.coverage[category, int(code)] += count / codes.size
            self.frequency.update(seen)

    def totals(self):
        """Frequency and coverage of each code over all categories."""
        frequency, coverage = Counter(), Counter()
        for (category, code), count in self.frequency.items():
            frequency[code] += count
            coverage[code] += self.coverage[category, code]
        return frequency, coverage


def numbers(statistics):
    """Numbers of the codes that are frequent enough: dict code -> 1, 2, ..., by frequency."""
    frequency, coverage = statistics.totals()
    kept = [code for code, count in frequency.items() if count >= MINIMUM_IMAGES]
    ordered = sorted(kept, key=lambda code: (-frequency[code], -coverage[code], code))
    return {code: number for number, code in enumerate(ordered, start=1)}


def members(root, drawings):
    """Yield (name, content) of all files of the data set.

    A category without a label that is frequent enough is no part of it.

    Raises
    ------
    InputError if no label is frequent enough.
    """
    statistics = Statistics(drawings)
    number_of = numbers(statistics)
    if not number_of:
        raise InputError(
            f"{root}: no label is in {MINIMUM_IMAGES} of the {len(drawings)} images, expected at "
            "least one; draw more (datasets.tsv, column images)"
        )
    kept = {category for category, code in statistics.frequency if code in number_of}
    table = np.zeros(len(CODES) + 1, dtype=np.int64)
    table[list(number_of)] = list(number_of.values())
    rows, files = [], []
    for index, drawing in enumerate(drawings):
        stem = f"{drawing.source}/{index:06d}"
        cells, maps = _cells(stem, drawing, table)
        half = drawing.pixels.shape[0] // 2
        sizes = {"ih": 2 * half, "iw": 2 * half, "sh": half, "sw": half}
        split = "val" if index % 10 >= 7 else "train"
        cells = {category: cell for category, cell in cells.items() if category in kept}
        rows.append({"image": f"{stem}.jpg", "split": split, **sizes, **cells})
        files.append((f"{stem}.jpg", encode(drawing.pixels, "JPEG")))
        files += [(name, _label_image(values)) for name, values in maps]
    yield f"{root}/README.txt", README.encode()
    yield f"{root}/index.csv", _csv(rows)
    for name, content in _tables(statistics, number_of):
        yield f"{root}/{name}", content
    for name, content in files:
        yield f"{root}/images/{name}", content


def _cells(stem, drawing, table):
    """The cells of an image by category, and its label maps as (name, numbers)."""
    items = {category: [] for category in CATEGORIES}
    for category, code in drawing.labels:
        if table[code]:
            items[category].append(str(table[code]))
    maps = []
    for category, codes in drawing.planes:
        values = table[codes]
        if values.any():
            suffix = f"_{len(items[category]) + 1}" if items[category] else ""
            maps.append((f"{stem}_{category}{suffix}.png", values))
            items[category].append(maps[-1][0])
    return {category: ";".join(parts) for category, parts in items.items()}, maps


def _label_image(values):
    """A PNG whose pixels encode numbers as R + 256 G."""
    pixels = np.stack([values % 256, values // 256, np.zeros_like(values)], axis=2)
    return encode(pixels.astype(np.uint8), "PNG")


def _tables(statistics, number_of):
    """Yield label.csv, category.csv and c_<category>.csv as (name, content)."""
    names = dict(enumerate(vocabulary(), start=1))
    frequency = {
        (category, code): count
        for (category, code), count in statistics.frequency.items()
        if code in number_of
    }
    _, coverage = statistics.totals()
    labels = []
    for code, number in number_of.items():
        parts = [(count, category) for (category, each), count in frequency.items() if each == code]
        parts.sort(key=lambda part: (-part[0], part[1]))
        labels.append(
            {
                "number": number,
                "name": names[code],
                "category": ";".join(f"{category}({count})" for count, category in parts),
                "frequency": sum(count for count, _ in parts),
                "coverage": f"{coverage[code]:f}",
                "syns": "",
            }
        )
    yield "label.csv", _csv(labels)
    categories = []
    for category in CATEGORIES:
        own = [code for each, code in frequency if each == category]
        if not own:
            continue
        own.sort(key=lambda code: (-frequency[category, code], number_of[code]))
        categories.append(
            {
                "name": category,
                "first": min(number_of[code] for code in own),
                "last": max(number_of[code] for code in own),
                "count": len(own),
                "frequency": sum(frequency[category, code] for code in own),
            }
        )
        coded = [
            {
                "code": place,
                "number": number_of[code],
                "name": names[code],
                "frequency": frequency[category, code],
                "coverage": f"{statistics.coverage[category, code]:f}",
            }
            for place, code in enumerate(own, start=1)
        ]
        yield f"c_{category}.csv", _csv(coded)
    yield "category.csv", _csv(categories)


def _csv(rows):
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, rows[0], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return buffer.getvalue().encode()


README = """Drawn images in the format of Broden 1.0 (Network Dissection).

index.csv     image,split,ih,iw,sh,sw and a column for each category: names of label maps below
              images/, or numbers of labels of the whole image, separated by ";"
label.csv     number,name,category,frequency,coverage,syns
category.csv  name,first,last,count,frequency
c_*.csv       code,number,name,frequency,coverage of the labels in one category
images/       images and label maps; a pixel of a label map encodes a number as R + 256 G

An image counts once per category in each frequency. Labels in fewer than 10 images are left out.
"""
