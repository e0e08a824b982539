"""The index of a training archive finds each image, or says what is wrong with the archive."""

import io
import tarfile
from pathlib import Path

import numpy as np
import pytest

from tests.unit.inputs.archive_inputs import FORMS, WNIDS, add, contents, plain_tar, tar_of_tars
from workflow_scripts.datasets import training_index
from workflow_scripts.datasets.training_index import index_images
from workflow_scripts.files.digests import recorded_digest, write_digest
from workflow_scripts.files.training_index import ImageIndex, IndexedArchive
from workflow_scripts.job.errors import InputError

LABELS = {wnid: label for label, wnid in enumerate(WNIDS)}


@pytest.mark.parametrize("form", FORMS)
def test_each_image_is_found_in_its_place(tmp_path, form):
    images = contents()
    path = FORMS[form](tmp_path / "archive", images)
    index = index_images(path, LABELS)
    archive = IndexedArchive(path, index)
    found = {name.decode(): archive.read(row) for row, name in enumerate(index.ids)}
    assert found == images
    assert [WNIDS[label] for label in index.labels] == [name[:9] for name in images]


def test_names_that_need_longer_headers(tmp_path):
    """tar has two ways for names of more than 100 bytes, with further headers."""
    for number, layout in enumerate((tarfile.GNU_FORMAT, tarfile.PAX_FORMAT)):
        name = f"{'train/' * 30}{WNIDS[0]}/ünïcode_{'x' * 120}.JPEG"
        path = tmp_path / f"{number}.tar"
        with tarfile.open(path, "w", format=layout) as archive:
            add(archive, name, b"first")
            add(archive, f"{WNIDS[1]}/1.JPEG", b"second")
        index = index_images(path, LABELS)
        assert index.ids[0].decode() == name
        assert [IndexedArchive(path, index).read(row) for row in (0, 1)] == [b"first", b"second"]


def test_what_macos_adds_is_passed_over(tmp_path):
    images = contents()
    expected = index_images(tar_of_tars(tmp_path / "a.tar", images), LABELS)
    with tarfile.open(tmp_path / "b.tar", "w") as outer:
        add(outer, f"._{WNIDS[0]}.tar", b"\x00\x05\x16\x07")
        with tarfile.open(tmp_path / "a.tar") as inner:
            for member in inner:
                add(outer, member.name, inner.extractfile(member).read())
        add(outer, f"{WNIDS[0]}/._0.JPEG", b"\x00\x05\x16\x07")
        add(outer, f"__MACOSX/{WNIDS[0]}/0.JPEG", b"\x00\x05\x16\x07")
    assert index_images(tmp_path / "b.tar", LABELS).ids.tolist() == expected.ids.tolist()


def test_class_folders_may_be_links(tmp_path):
    expected = index_images(FORMS["folder"](tmp_path / "set", contents()), LABELS)
    (tmp_path / "links").mkdir()
    for wnid in WNIDS:
        (tmp_path / "links" / wnid).symlink_to(tmp_path / "set" / wnid)
    index = index_images(tmp_path / "links", LABELS)
    assert index.ids.tolist() == expected.ids.tolist()
    archive = IndexedArchive(tmp_path / "links", index)
    assert archive.read(0) == contents()[index.ids[0].decode()]


def test_an_index_is_kept(tmp_path):
    index = index_images(plain_tar(tmp_path / "a.tar", contents()), LABELS)
    index.save(tmp_path / "index.h5")
    loaded = ImageIndex.load(tmp_path / "index.h5")
    for column in ("ids", "labels", "offsets", "sizes"):
        np.testing.assert_array_equal(getattr(loaded, column), getattr(index, column))
    few = loaded.sample(5, seed=1)
    more = loaded.sample(7, seed=1)
    assert len(few) == 5 and set(few.ids) < set(more.ids) < set(index.ids)


# Archives that are not as they should be


def broken(path, change):
    with pytest.raises(InputError) as error:
        change(path)
        index_images(path, LABELS)
    return str(error.value)


def test_a_compressed_tar(tmp_path):
    def compress(path):
        with tarfile.open(path, "w:gz") as archive:
            add(archive, f"{WNIDS[0]}/0.JPEG", b"image")

    assert "a.tar: cannot be read (ReadError: " in broken(tmp_path / "a.tar", compress)
    assert "expected an uncompressed tar or a folder" in broken(tmp_path / "b.tar", compress)


@pytest.mark.parametrize("share", [0.3, 0.5])
@pytest.mark.parametrize("form", ["tar of tars", "tar"])
def test_a_tar_that_was_cut(tmp_path, form, share):
    def cut(path):
        FORMS[form](path, contents())
        content = path.read_bytes()
        path.write_bytes(content[: int(share * len(content))])

    message = broken(tmp_path / "a.tar", cut)
    assert "a.tar: " in message and "damaged or incomplete, obtain it again" in message


def test_a_tar_that_was_cut_between_images_lacks_some(tmp_path):
    path = plain_tar(tmp_path / "a.tar", contents())
    offset = int(index_images(path, LABELS).offsets[9])
    path.write_bytes(path.read_bytes()[: offset - 512])
    with pytest.raises(InputError, match="found 9 images of 3 classes, expected 12 of 3"):
        run(path, tmp_path)


def test_a_tar_in_a_tar_that_was_cut(tmp_path):
    def cut(path):
        stream = io.BytesIO()
        with tarfile.open(fileobj=stream, mode="w") as inner:
            for number in range(3):
                add(inner, f"{number}.JPEG", bytes(2000))
        with tarfile.open(path, "w") as outer:
            add(outer, f"{WNIDS[0]}.tar", stream.getvalue()[:4096])
            add(outer, f"{WNIDS[1]}.tar", stream.getvalue())

    assert f"member {WNIDS[0]}/1.JPEG ends at byte" in broken(tmp_path / "a.tar", cut)


def test_a_tar_in_a_tar_without_its_end(tmp_path):
    def cut(path):
        stream = io.BytesIO()
        with tarfile.open(fileobj=stream, mode="w") as inner:
            add(inner, "0.JPEG", bytes(1024))
        with tarfile.open(path, "w") as outer:
            add(outer, f"{WNIDS[0]}.tar", stream.getvalue()[: 512 + 1024])
            add(outer, f"{WNIDS[1]}.tar", stream.getvalue())

    assert "the archive is damaged" in broken(tmp_path / "a.tar", cut)


@pytest.mark.parametrize("name", ["../n01440764/0.JPEG", "/n01440764/0.JPEG"])
def test_a_name_that_leaves_its_folder(tmp_path, name):
    def escape(path):
        with tarfile.open(path, "w") as archive:
            add(archive, name, b"image")

    assert f"member '{name}' would leave its folder" in broken(tmp_path / "a.tar", escape)


def test_a_name_that_is_not_utf_8(tmp_path):
    def misname(path):
        with tarfile.open(path, "w", format=tarfile.GNU_FORMAT, encoding="latin-1") as archive:
            add(archive, f"{WNIDS[0]}/café.JPEG", b"image")

    message = broken(tmp_path / "a.tar", misname)
    assert f"member '{WNIDS[0]}/caf\\udce9.JPEG' has a name that is not UTF-8" in message


def test_a_name_that_is_there_twice(tmp_path):
    def append(path):
        with tarfile.open(path, "w") as archive:
            for content in (b"one", b"two"):
                add(archive, f"{WNIDS[0]}/0.JPEG", content)

    assert f"member '{WNIDS[0]}/0.JPEG' is in it twice" in broken(tmp_path / "a.tar", append)


def test_a_link(tmp_path):
    def link(path):
        with tarfile.open(path, "w") as archive:
            member = tarfile.TarInfo(f"{WNIDS[0]}/0.JPEG")
            member.type, member.linkname = tarfile.SYMTYPE, "/etc/passwd"
            archive.addfile(member)

    assert "0.JPEG is a link or a device" in broken(tmp_path / "a.tar", link)


@pytest.mark.parametrize("form", FORMS)
def test_an_image_of_an_unknown_class(tmp_path, form):
    path = FORMS[form](tmp_path / "archive", contents())
    with pytest.raises(InputError, match="n02085620_0.JPEG is of class 'n02085620', expected one"):
        index_images(path, {wnid: 0 for wnid in WNIDS[:2]})


def test_no_archive(tmp_path):
    with pytest.raises(InputError, match="none.tar: cannot be read .No such file"):
        index_images(tmp_path / "none.tar", LABELS)


# The job


def run(path, folder, **changes):
    write_digest(path, "0" * 64)
    settings = {
        "dataset": "imagenet-train", "images": 12, "class_list": WNIDS,
        "study_classes": [{"wnid": wnid, "name": wnid} for wnid in ["n0", *WNIDS]], **changes,
    }  # fmt: skip
    training_index.main(path, folder / "index.h5", **settings)
    return ImageIndex.load(folder / "index.h5"), recorded_digest(folder / "index.h5")


def test_labels_are_those_of_the_study(tmp_path):
    index, _ = run(tar_of_tars(tmp_path / "a.tar", contents()), tmp_path)
    assert index.labels.tolist() == [1] * 4 + [2] * 4 + [3] * 4


def test_the_digest_tells_archives_apart(tmp_path):
    digests = []
    for number, form in enumerate(("tar of tars", "tar", "tar")):
        folder = tmp_path / str(number)
        folder.mkdir()
        digests.append(run(FORMS[form](folder / "a.tar", contents()), folder)[1])
    assert digests[0] != digests[1] == digests[2]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"images": 13}, "found 12 images of 3 classes, expected 13 of 3 .datasets.tsv, row imag"),
        ({"class_list": ["n0", *WNIDS]}, "found 12 images of 3 classes, expected 12 of 4"),
    ],
)
def test_other_counts_than_declared(tmp_path, changes, message):
    with pytest.raises(InputError, match=message):
        run(tar_of_tars(tmp_path / "a.tar", contents()), tmp_path, **changes)
    assert not list(Path(tmp_path).glob("index*"))
