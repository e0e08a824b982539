"""A hand-made Broden of five images, whose counts one can verify by eye."""

import io
import zipfile
from pathlib import Path

import numpy as np
from PIL import Image

FOLDER = "broden1_224"
# Label maps of 2 x 2 pixels; 300 needs the green channel.
MAPS = {
    "a/1_color.png": [[1, 1], [1, 300]],
    "a/2_color.png": [[1, 1], [1, 1]],
    "a/1_object.png": [[2, 2], [0, 0]],
    "a/1_part.png": [[3, 0], [0, 0]],
    "a/1_part_2.png": [[0, 4], [0, 0]],
    "a/2_material.png": [[2, 0], [0, 0]],
    "a/3_color.png": [[0, 0], [0, 0]],
}
# Label 2 is an object in one image and a material in another, label 5 a scene, 6 a texture.
INDEX = [
    [
        "a/1.jpg",
        "train",
        "a/1_color.png",
        "a/1_object.png",
        "a/1_part.png;a/1_part_2.png",
        "",
        "5",
        "",
    ],
    ["a/2.jpg", "train", "a/2_color.png", "", "", "a/2_material.png", "", "6;5"],
    ["a/3.jpg", "val", "a/3_color.png", "", "", "", "5", ""],
    ["a/4.jpg", "val", "", "", "", "", "", ""],
    ["a/5.jpg", "val", "", "", "", "2", "", "6"],
]
LABELS = [
    [1, "red-c", "color(2)", 2],
    [2, "wood", "material(2);object(1)", 3],
    [3, "leg", "part(1)", 1],
    [4, "seat", "part(1)", 1],
    [5, "street-s", "scene(2);texture(1)", 3],
    [6, "striped", "texture(2)", 2],
    [300, "blue-c", "color(1)", 1],
]
CATEGORIES = {"color": 3, "object": 1, "part": 2, "material": 2, "scene": 2, "texture": 3}
CODES = {
    "color": {1: 2, 300: 1},
    "object": {2: 1},
    "part": {3: 1, 4: 1},
    "material": {2: 2},
    "scene": {5: 2},
    "texture": {6: 2, 5: 1},
}
# Which image shows which label, whatever the category.
SHOWN = [{1, 300, 2, 3, 4, 5}, {1, 2, 5, 6}, {5}, set(), {2, 6}]


def png(numbers) -> bytes:
    """A label map of numbers [H, W]."""
    numbers = np.array(numbers)
    pixels = np.stack([numbers % 256, numbers // 256, np.full_like(numbers, 77)], axis=2)
    return encoded(pixels, "PNG")


def encoded(pixels, kind: str) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(np.asarray(pixels, dtype=np.uint8)).save(buffer, kind)
    return buffer.getvalue()


def table(header: str, rows) -> bytes:
    lines = [header, *(",".join(map(str, row)) for row in rows)]
    return "\r\n".join([*lines, ""]).encode()


def files() -> dict[str, bytes]:
    """All files of the data set by name inside the archive."""
    made = {
        "index.csv": table(
            "image,split,ih,iw,sh,sw," + ",".join(CATEGORIES),
            [[row[0], row[1], 4, 4, 2, 2, *row[2:]] for row in INDEX],
        ),
        "label.csv": table(
            "number,name,category,frequency,coverage,syns", [[*row, 0.5, ""] for row in LABELS]
        ),
        "category.csv": table(
            "name,first,last,count,frequency",
            [[name, min(CODES[name]), max(CODES[name]), len(CODES[name]), frequency]
             for name, frequency in CATEGORIES.items()],
        ),
    }  # fmt: skip
    names = {row[0]: row[1] for row in LABELS}
    for category, frequencies in CODES.items():
        rows = [
            [code, number, names[number], frequency, 0.5]
            for code, (number, frequency) in enumerate(frequencies.items(), start=1)
        ]
        made[f"c_{category}.csv"] = table("code,number,name,frequency,coverage", rows)
    for number, row in enumerate(INDEX):
        made[f"images/{row[0]}"] = encoded(np.full((4, 4, 3), 40 * number), "JPEG")
    made |= {f"images/{name}": png(numbers) for name, numbers in MAPS.items()}
    return {f"{FOLDER}/{name}": content for name, content in made.items()}


def write(folder: Path, changes: dict | None = None, zipped: bool = True) -> Path:
    """Write the archive; `changes` replace files by name below its folder, None removes one."""
    made = files()
    for name, content in (changes or {}).items():
        if content is None:
            del made[f"{FOLDER}/{name}"]
        else:
            made[f"{FOLDER}/{name}"] = content
    if zipped:
        with zipfile.ZipFile(folder / "broden.zip", "w") as archive:
            for name, content in made.items():
                archive.writestr(name, content)
        return folder / "broden.zip"
    for name, content in made.items():
        path = folder / "broden" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder / "broden"
