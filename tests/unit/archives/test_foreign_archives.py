"""Archives as other systems pack them: their own files, other encodings, names that clash."""

import json
import tarfile
import zipfile

import pytest

from tests.authentic.tars import write_tar
from tests.unit.archives.test_layouts import CLASSES, LISTED, WNIDS, Members, objectnet
from tests.unit.inputs.image_inputs import write_archive
from workflow_scripts.archives.broden_tables import find_folder, indexed_images
from workflow_scripts.archives.layouts import list_images
from workflow_scripts.archives.members import open_archive
from workflow_scripts.job.errors import InputError

KINDS = ["images.tar", "images.tar.gz", "images.zip", "images"]
OF_MACOS = ["b/._0.jpg", "._b", "__MACOSX/b/._0.jpg", "__MACOSX/x.txt", "b/._0.txt"]


@pytest.mark.parametrize("kind", KINDS)
def test_what_macos_adds_is_no_member(tmp_path, kind):
    members = {"b/0.jpg": b"image"} | dict.fromkeys(OF_MACOS, b"\x00\x05\x16\x07\xa3")
    assert open_archive(write_archive(tmp_path / kind, members)).names() == ["b/0.jpg"]


def test_a_tar_of_tars_made_on_a_mac(tmp_path):
    write_tar(tmp_path / "inner", [("._0.jpg", b"\xa3"), ("0.jpg", b"image")])
    inner = (tmp_path / "inner").read_bytes()
    members = [("._n1.tar", b"\xa3"), ("n1.tar", inner), ("README", b"text")]
    write_tar(tmp_path / "outer.tar", members)
    archive = open_archive(tmp_path / "outer.tar", nested=True)
    assert archive.names() == ["n1/0.jpg", "README"]
    assert dict(archive.stream({"n1/0.jpg"})) == {"n1/0.jpg": b"image"}


@pytest.mark.parametrize("kind", ["images.tar", "images.tar.gz", "images"])
def test_a_name_that_is_not_utf_8(tmp_path, kind):
    if kind == "images":
        (tmp_path / "images").mkdir()
        (tmp_path / "images" / "caf\udce9.jpg").write_bytes(b"")
    else:
        form = {"format": tarfile.GNU_FORMAT, "encoding": "latin-1"}
        with tarfile.open(tmp_path / kind, "w", **form) as archive:
            archive.addfile(tarfile.TarInfo("café.jpg"))
    with pytest.raises(InputError, match=r"member 'caf\\udce9.jpg' has a name that is not UTF-8"):
        open_archive(tmp_path / kind).names()


def test_a_zip_without_the_flag_of_utf_8_has_other_names_but_has_them(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("caf?.jpg", b"image")
    content = (tmp_path / "a.zip").read_bytes().replace(b"caf?", b"caf\x82")
    (tmp_path / "a.zip").write_bytes(content)
    archive = open_archive(tmp_path / "a.zip")
    assert archive.names() == ["café.jpg"] and archive.read("café.jpg") == b"image"


def test_class_folders_may_be_links(tmp_path):
    write_archive(tmp_path / "elsewhere", {f"{WNIDS[3]}/0.jpg": b"three"})
    write_archive(tmp_path / "set", {f"{WNIDS[5]}/0.jpg": b"five"})
    (tmp_path / "set" / WNIDS[3]).symlink_to(tmp_path / "elsewhere" / WNIDS[3])
    archive = open_archive(tmp_path / "set")
    listing = list_images("wnid_folders", [archive], CLASSES, WNIDS)
    assert listing.labels == {f"{WNIDS[3]}/0.jpg": 3, f"{WNIDS[5]}/0.jpg": 5}
    assert [content for _, content in archive.stream(set(listing.labels))] == [b"three", b"five"]


# Captions


def webdataset(**members):
    return list_images("webdataset", [Members(members)], CLASSES, None).captions


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_captions_in_an_encoding_that_is_marked(encoding):
    assert webdataset(**{"0.jpg": b"", "0.TXT": " a café\r\n".encode(encoding)}) == {
        "0.jpg": "a café"
    }


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16-le"])
def test_captions_in_another_encoding_are_named(encoding):
    with pytest.raises(InputError, match="set.tar, a/0.txt: found .*, expected a text in UTF-8"):
        webdataset(**{"a/0.jpg": b"", "a/0.txt": "a café".encode(encoding)})


@pytest.mark.parametrize(
    "names", [("0.jpg", "0.png", "0.txt"), ("0.jpg", "0.JPG", "0.txt"), ("0.jpg", "0.txt", "0.TXT")]
)
def test_two_members_of_one_key(names):
    with pytest.raises(InputError, match="set.tar: found 0.* and 0.*, expected one of them"):
        webdataset(**dict.fromkeys(names, b"a cat"))


# Tables of labels


def changed(file, content):
    """What ObjectNet's archive is refused for, one mapping file changed."""
    archive = objectnet()
    archive.members[f"o/mappings/{file}"] = content
    with pytest.raises(InputError) as raised:
        list_images("objectnet", [archive], CLASSES, LISTED)
    return str(raised.value)


def test_a_mapping_file_in_utf_16():
    archive, expected = objectnet(), list_images("objectnet", [objectnet()], CLASSES, LISTED)
    for name, content in archive.members.items():
        if "mappings" in name:
            archive.members[name] = content.decode().encode("utf-16")
    assert list_images("objectnet", [archive], CLASSES, LISTED) == expected
    text = '{"desk": "Schreibtisché"}'.encode("latin-1")
    found = changed("folder_to_objectnet_label.json", text)
    assert "mappings/folder_to_objectnet_label.json: found byte e9" in found


@pytest.mark.parametrize(
    "content", [["desk"], {"desk": 1}, {"desk": ["Mug"]}, {"desk": None}, "desk", 3]
)
def test_a_mapping_file_of_another_shape(content):
    for file in ("folder_to_objectnet_label.json", "objectnet_to_imagenet_1k.json"):
        text = json.dumps(content).encode()
        assert f"mappings/{file}: found JSON of another shape" in changed(file, text)


def test_a_mapping_file_of_ids_of_another_shape():
    file = "pytorch_to_imagenet_2012_id.json"
    assert "found JSON of another shape" in changed(file, b'{"0": "1"}')
    assert "maps to" in changed(file, b'{"zero": 1}')


@pytest.mark.parametrize(
    ("file", "text", "key"),
    [
        ("objectnet_to_imagenet_1k.json", '{"Mug": "thing 5", "Mug": "thing 3"}', "'Mug'"),
        ("folder_to_objectnet_label.json", '{"mug": "Mug", "cup": "Mug"}', "'Mug'"),
        ("pytorch_to_imagenet_2012_id.json", '{"0": 7, "1": 7}', "7"),
    ],
)
def test_what_a_mapping_file_has_twice_is_not_lost(file, text, key):
    assert f"mappings/{file}: found {key} twice" in changed(file, text.encode())


INDEX = "image,split,ih,iw,sh,sw,scene\na.jpg,train,2,2,1,1,3\n"


def broden(index):
    archive = Members({"b/index.csv": index, "b/images/a.jpg": b"", "__MACOSX/i.csv": b""})
    return indexed_images(archive, find_folder(archive))


def test_an_index_that_a_spreadsheet_saved():
    assert broden(INDEX.encode("utf-16")) == broden(INDEX.encode())


@pytest.mark.parametrize(
    ("index", "message"),
    [
        (INDEX.replace("train", "tr\u00e4in").encode("latin-1"), "index.csv: found byte e4"),
        (INDEX.replace(",3", ",3,4").encode(), "line 2: found more cells than columns"),
        (INDEX.replace("train", "x" * 200_000).encode(), "index.csv: cannot be read .Error: field"),
    ],
)
def test_an_index_that_is_none(index, message):
    with pytest.raises(InputError, match=message):
        broden(index)
