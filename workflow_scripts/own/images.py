"""The images of a request as data sets of a study, and its classes."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from workflow_scripts.archives.image_names import image_names
from workflow_scripts.archives.members import open_archive
from workflow_scripts.own.request import Request, cell_of, refused, slug, stem_of
from workflow_scripts.study.line import TESTBED
from workflow_scripts.study.mistakes import nearest
from workflow_scripts.study.tables import checked_table, read_lines

NAMED = 5  # names in a message, at most
Row = dict[str, Any]


@dataclass(frozen=True)
class Images:
    """Tables of a study.

    Attributes
    ----------
    classes: rows of classes.tsv; None where the classes are those of the models' own heads
    datasets: rows of datasets.tsv
    lists: class lists of ImageNet's shifts, by name
    lines: what the user should know
    """

    classes: list[dict[str, str]] | None
    datasets: list[Row]
    lists: dict[str, str]
    lines: list[str]

    @property
    def has_testbed_line(self) -> bool:
        """Whether it has the images for which the ImageNet testbed has a line."""
        return {row["dataset"] for row in self.datasets} >= {*TESTBED}


def imagenet_classes(root: Path) -> list[dict[str, str]]:
    """ImageNet's classes, as rows of classes.tsv."""
    path = root / "studies" / "imagenet" / "classes.tsv"
    return [*checked_table(path, str(path), "classes").plain().values()]


def images_of(request: Request, root: Path) -> Images:
    """Data sets and classes of a request.

    Raises
    ------
    InputError: images, names or folders are missing or do not fit one another
    """
    for key, path in [("images", request.images), ("concepts", request.concepts)]:
        _check_there(key, path)
    folders = _folders("images", request.images) if request.classes else Counter()
    classes = _classes(request, root, folders)
    lines = []
    if request.classes and not folders:
        lines.append(f"{request.images}: no folders of classes, hence no labels and no accuracy")
    ids = {each: slug(each.label or stem_of(each.text)) for each in request.shifted}
    whole = {*ids.values()} == {*TESTBED[1:]} and request.classes == "imagenet"
    test = TESTBED[0] if whole else "images"
    title = stem_of(request.images)
    layout = _layout(classes, folders, "images", request.images) if folders else "unlabelled"
    rows = [_row(test, title, "test", layout, request.images)]
    empty = [row["wnid"] for row in classes or () if row["wnid"] not in folders]
    if empty and layout == "wnid_folders":
        lines.append(f"{len(empty)} classes without images, such as {empty[0]}")
    published = _published_rows(root) if request.classes == "imagenet" else {}
    lists = {}
    for each, name in ids.items():
        _check_there("shifted", each.text)
        if not folders or classes is None:
            expected = "CLASSES=..., and images in folders of classes"
            raise refused("shifted", f"'{each.text}' without labels", expected)
        if name in {row["dataset"] for row in rows}:
            raise refused("shifted", f"'{name}' twice", "a label for each, as in label=path")
        row = _row(name, each.label or stem_of(each.text), "shift", "", each.text)
        own = published.get(name, {})
        if own.get("layout") == "objectnet":
            row["layout"] = "objectnet"
        else:
            found = _folders("shifted", each.text)
            row["layout"] = _layout(classes, found, "shifted", each.text)
        if (file := own.get("class_list")) and file != "imagenet.txt":
            row["class_list"] = file
            lists[file] = (root / "studies" / "imagenet" / "class_lists" / file).read_text()
        rows.append(row)
    if request.concepts:
        rows.append(_concepts(request.concepts))
    return Images(classes, rows, lists, lines)


def _check_there(key: str, path: str | None) -> None:
    if path and not Path(path).expanduser().exists():
        expected = f"a folder or archive, absolute or from {Path.cwd()}"
        raise refused(key, f"'{path}', which is not there", expected)


def _row(dataset: str, title: str, role: str, layout: str, path: str) -> Row:
    return {"dataset": dataset, "title": title, "role": role, "layout": layout,
            "source": cell_of(path)}  # fmt: skip


def _folders(key: str, path: str) -> Counter[str]:
    """Images by the folder that they lie in; none where all lie at the top."""
    archive = open_archive(Path(path).expanduser())
    found = Counter(PurePosixPath(name).parent for name in image_names(archive))
    if len(found) < 2:  # one folder with everything, as archives often have
        return Counter()
    if loose := found.get(PurePosixPath(".")):
        expected = "all images in a folder of their class, or all of them at the top"
        raise refused(key, f"'{path}' with {loose} images outside folders", expected)
    return Counter({folder.name: count for folder, count in found.items()})


def _layout(
    classes: list[dict[str, str]] | None, folders: Counter[str], key: str, path: str
) -> str:
    """The layout of labelled images, whose folders have to be classes."""
    known = [row["wnid"] for row in classes or ()]
    unknown = sorted(folder for folder in folders if folder not in known)
    if unknown and all(folder.isdecimal() and int(folder) < len(known) for folder in folders):
        return "numbered_folders"  # as ImageNet-V2 has it: the place of the class from 0
    if unknown:
        near = nearest(unknown[0], known)
        listed = ", ".join(unknown[:NAMED]) + (" ..." if len(unknown) > NAMED else "")
        hint = f"; did you mean '{near}'?" if near else ""
        expected = f"folders of the {len(known)} classes of CLASSES, such as {known[0]}{hint}"
        raise refused(key, f"'{path}' with {len(unknown)} folders of no class ({listed})", expected)
    return "wnid_folders"


def _classes(request: Request, root: Path, folders: Counter[str]) -> list[dict[str, str]] | None:
    text = request.classes
    if text is None:
        return None
    if text == "imagenet":
        return imagenet_classes(root)
    if text == "folders":
        if not folders:
            expected = "two or more folders, one for each class"
            raise refused("classes", f"'folders', but '{request.images}' has none", expected)
        return [{"wnid": folder, "name": folder.replace("_", " ")} for folder in sorted(folders)]
    mistakes: list[str] = []
    lines = read_lines(Path(text).expanduser(), text, mistakes, "a file with a name in each line")
    if mistakes:
        raise refused("classes", mistakes[0], "folders, imagenet or such a file")
    rows: dict[str, dict[str, str]] = {}
    for number, line in lines:
        folder, _, name = (part.strip() for part in line.partition("\t"))
        if not folder or rows.setdefault(folder, {"wnid": folder, "name": name or folder}) is None:
            raise refused("classes", f"line {number} of {text} without a folder", "folder<TAB>name")
        if "\t" in name:
            raise refused("classes", f"three columns in line {number} of {text}", "folder<TAB>name")
    if len(rows) != len(lines):
        expected = "each class once"
        raise refused("classes", f"{len(lines) - len(rows)} classes twice in {text}", expected)
    return [*rows.values()]


def _published_rows(root: Path) -> dict[str, Row]:
    path = root / "studies" / "paper" / "datasets.tsv"
    return checked_table(path, str(path), "datasets").plain()


def _concepts(path: str) -> Row:
    """The row of a set in Broden's format, which has an index.csv, or of folders of images."""
    names = open_archive(Path(path).expanduser()).names()
    has_index = any(PurePosixPath(name).name == "index.csv" for name in names)
    layout = "broden" if has_index else "concept_folders"
    if layout == "concept_folders" and len(_folders("concepts", path)) < 2:
        expected = (
            "a folder of images for each of two or more concepts, named by it, or a set in "
            "Broden's format (index.csv, label.csv, images and label maps)"
        )
        raise refused("concepts", f"'{path}' without folders of images", expected)
    return _row("concepts", stem_of(path), "concepts", layout, path)
