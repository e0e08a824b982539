"""Archives of every kind give the same members, and damaged or hostile ones are refused."""

import gzip
import tarfile

import numpy as np
import pytest

from tests.unit.image_inputs import write_archive
from workflow_scripts.datasets.archives import open_archive
from workflow_scripts.lib.errors import InputError

MEMBERS = {"b/2.jpeg": b"two" * 50, "b/10.jpeg": b"ten" * 70, "a/1.jpeg": b"one"}
KINDS = ["images.tar", "images.tar.gz", "images.tgz", "images.zip", "images"]


@pytest.fixture(params=KINDS)
def archive(request, tmp_path):
    return open_archive(write_archive(tmp_path / request.param, MEMBERS))


def test_names_are_those_of_the_files(archive):
    names = archive.names()
    assert sorted(names) == sorted(MEMBERS)
    if archive.path.suffix:
        assert names == list(MEMBERS)  # in the order of storage


def test_members_are_streamed_in_the_order_of_names(archive):
    wanted = {"a/1.jpeg", "b/10.jpeg"}
    streamed = list(archive.stream(wanted))
    assert dict(streamed) == {name: MEMBERS[name] for name in wanted}
    assert [name for name, _ in streamed] == [name for name in archive.names() if name in wanted]


def test_one_member_is_read(archive):
    assert archive.read("b/2.jpeg") == MEMBERS["b/2.jpeg"]
    with pytest.raises(InputError, match="no member 'b/3.jpeg', which its layout requires"):
        archive.read("b/3.jpeg")


@pytest.mark.parametrize("name", ["../up.jpeg", "a/../../up.jpeg", "/etc/up.jpeg"])
@pytest.mark.parametrize("kind", ["images.tar", "images.tar.gz", "images.zip"])
def test_names_that_leave_the_folder_are_refused(tmp_path, kind, name):
    archive = open_archive(write_archive(tmp_path / kind, {"a/1.jpeg": b"one", name: b"up"}))
    with pytest.raises(InputError, match=f"{kind}: member '{name}' would leave its folder"):
        archive.names()


def test_links_are_no_members(tmp_path):
    path = tmp_path / "images.tar"
    with tarfile.open(path, "w") as archive:
        link = tarfile.TarInfo("a/link.jpeg")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    assert open_archive(path).names() == []


def test_there_is_no_archive(tmp_path):
    with pytest.raises(InputError, match="imagenet.tar: no such archive; obtain it"):
        open_archive(tmp_path / "imagenet.tar")


def test_an_unknown_format(tmp_path):
    (tmp_path / "images.rar").write_bytes(b"Rar!")
    with pytest.raises(InputError, match=r"found the ending '.rar', expected .tar, .tar.gz, .zip"):
        open_archive(tmp_path / "images.rar")


def damaged(tmp_path, kind, damage):
    """An archive with incompressible members whose bytes `damage` has changed."""
    content = np.random.default_rng(0).bytes(20_000)
    path = write_archive(tmp_path / kind, {f"a/{number}.jpeg": content for number in range(5)})
    path.write_bytes(damage(path.read_bytes()))
    return open_archive(path)


@pytest.mark.parametrize("kind", ["images.tar", "images.tar.gz", "images.zip"])
@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[: len(data) // 2],
        lambda data: b"no archive at all " * 1000,
        lambda data: b"",
    ],
    ids=["truncated", "something else", "empty"],
)
def test_damage_is_explained(tmp_path, kind, damage):
    archive = damaged(tmp_path, kind, damage)
    with pytest.raises(InputError, match=f"{kind}: cannot be read .* obtain it again"):
        archive.names()
        list(archive.stream({f"a/{number}.jpeg" for number in range(5)}))


@pytest.mark.parametrize("kind", ["images.tar.gz", "images.zip"])
def test_flipped_bits_are_noticed(tmp_path, kind):
    def flip(data):
        middle = len(data) // 2
        return (
            data[:middle]
            + bytes(255 - byte for byte in data[middle : middle + 50])
            + data[middle + 50 :]
        )

    archive = damaged(tmp_path, kind, flip)
    with pytest.raises(InputError, match=f"{kind}: cannot be read"):
        list(archive.stream({f"a/{number}.jpeg" for number in range(5)}))


def test_a_truncated_compressed_stream(tmp_path):
    path = write_archive(tmp_path / "images.tar", MEMBERS)
    packed = gzip.compress(path.read_bytes())
    (tmp_path / "images.tar.gz").write_bytes(packed[:-20])
    with pytest.raises(InputError, match="cannot be read"):
        archive = open_archive(tmp_path / "images.tar.gz")
        archive.names()
        list(archive.stream(set(MEMBERS)))
