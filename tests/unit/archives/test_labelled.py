"""The table beside images of layout labelled: where it is found, and what is refused."""

import pytest

from workflow_scripts.archives.labelled import read_labels
from workflow_scripts.archives.members import open_archive
from workflow_scripts.job.errors import InputError

HEADER = "image,category,concept"


def read(folder, *lines, below="set"):
    (folder / below / "images").mkdir(parents=True)
    for name in ("a.png", "b.png"):
        (folder / below / "images" / name).write_bytes(b"")
    (folder / below / "labels.csv").write_text("\n".join(lines) + "\n")
    archive = open_archive(folder)
    return read_labels(archive, [name for name in archive.names() if name.endswith(".png")])


def test_an_image_shows_what_its_rows_say(tmp_path):
    rows = ("images/a.png,colour,red", "images/a.png,part,a wheel", "images/a.png,colour,red")
    shown = read(tmp_path, HEADER, *rows)
    (a, own), (b, none) = sorted(shown.items())
    assert a.endswith("set/images/a.png") and b.endswith("set/images/b.png")
    assert own == {("colour", "red"), ("part", "a wheel")}
    assert none == set()


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["image,concept"], "found the columns"),
        ([HEADER, "images/a.png,red"], "row 2: found"),
        ([HEADER, "images/a.png,,red"], "none of them empty"),
        ([HEADER, "images/c.png,colour,red"], "row 2: found no image"),
    ],
)
def test_a_mistaken_table_is_refused(tmp_path, lines, message):
    with pytest.raises(InputError, match=message):
        read(tmp_path, *lines)


def test_there_is_one_table(tmp_path):
    (tmp_path / "labels.csv").write_text(HEADER + "\n")
    with pytest.raises(InputError, match=r"found 2 files labels\.csv"):
        read(tmp_path, HEADER)
