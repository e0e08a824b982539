"""Archives of every kind give the same members, and damaged or hostile ones are refused."""

import gzip
import stat
import tarfile
import zipfile
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from tests.authentic.tars import write_tar
from tests.unit.inputs.image_inputs import write_archive
from workflow_scripts.archives import members
from workflow_scripts.archives.members import open_archive
from workflow_scripts.job.errors import InputError

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


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE]
)
def test_links_and_devices_in_a_tar_are_refused(tmp_path, kind):
    path = tmp_path / "images.tar"
    with tarfile.open(path, "w") as archive:
        link = tarfile.TarInfo("a/link.jpeg")
        link.type, link.linkname = kind, "/etc/passwd"
        archive.addfile(link)
    message = "images.tar: member 'a/link.jpeg' is a link or a device; such an archive is not trust"
    with pytest.raises(InputError, match=message):
        open_archive(path).names()
    with pytest.raises(InputError, match=message):
        list(open_archive(path).stream({"a/link.jpeg"}))


def test_links_in_a_zip_are_refused(tmp_path):
    path = tmp_path / "images.zip"
    link = zipfile.ZipInfo("a/link.jpeg")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(InputError, match="member 'a/link.jpeg' is a link or a device"):
        open_archive(path).names()


@pytest.mark.parametrize("again", ["a/1.jpeg", "./a/1.jpeg", "a//1.jpeg"])
@pytest.mark.parametrize("kind", ["images.tar", "images.zip"])
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_that_is_there_twice(tmp_path, kind, again):
    path, members = tmp_path / kind, [("a/1.jpeg", b"one"), (again, b"two")]
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in members:
                archive.writestr(name, content)
    else:
        write_tar(path, members)
    with pytest.raises(InputError, match=f"{kind}: member '{again}' is in it twice"):
        open_archive(path).names()


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


# A tar of tars


def nested(tmp_path, **inner):
    """A tar archive of tar archives, each given by its members."""
    members = []
    for name, content in inner.items():
        write_tar(tmp_path / "inner.tar", content.items())
        members.append((f"{name}.tar", (tmp_path / "inner.tar").read_bytes()))
    write_tar(tmp_path / "outer.tar", members)
    return open_archive(tmp_path / "outer.tar", nested=True)


def test_a_tar_of_tars_has_the_members_of_all(tmp_path):
    archive = nested(tmp_path, n2={"n2_1.JPEG": b"21", "n2_0.JPEG": b"20"}, n1={"n1_0.JPEG": b"1"})
    assert archive.names() == ["n2/n2_1.JPEG", "n2/n2_0.JPEG", "n1/n1_0.JPEG"]
    assert list(archive.stream({"n1/n1_0.JPEG", "n2/n2_0.JPEG"})) == [
        ("n2/n2_0.JPEG", b"20"),
        ("n1/n1_0.JPEG", b"1"),
    ]


@pytest.mark.parametrize("name", ["../up.JPEG", "/etc/up.JPEG"])
def test_a_tar_inside_cannot_leave_its_folder_either(tmp_path, name):
    with pytest.raises(InputError, match="up.JPEG' would leave its folder"):
        nested(tmp_path, n1={name: b"up"}).names()


def test_two_tars_inside_of_one_name(tmp_path):
    write_tar(tmp_path / "inner.tar", [("1.JPEG", b"one")])
    inner = (tmp_path / "inner.tar").read_bytes()
    write_tar(tmp_path / "outer.tar", [("n1.tar", inner), ("n1.tar", inner)])
    with pytest.raises(InputError, match="member 'n1/1.JPEG' is in it twice"):
        open_archive(tmp_path / "outer.tar", nested=True).names()


@pytest.mark.parametrize("share", [0.2, 0.45, 0.7])
def test_a_truncated_tar_of_tars(tmp_path, share):
    content = np.random.default_rng(0).bytes(3000)
    nested(tmp_path, **{f"n{row}": {"1.JPEG": content, "2.JPEG": content} for row in range(4)})
    data = (tmp_path / "outer.tar").read_bytes()
    (tmp_path / "outer.tar").write_bytes(data[: int(len(data) * share)])
    with pytest.raises(InputError, match="outer.tar: cannot be read"):
        archive = open_archive(tmp_path / "outer.tar", nested=True)
        list(archive.stream(set(archive.names())))


def test_members_can_be_loaded_later_and_elsewhere(archive):
    with ThreadPoolExecutor(2) as pool:
        waiting = [(name, pool.submit(load)) for name, load in archive.members(set(MEMBERS))]
        assert {name: future.result() for name, future in waiting} == MEMBERS


@pytest.mark.parametrize("kind", ["images.tar", "images.tar.gz", "images.zip", "images"])
def test_a_member_that_would_fill_the_memory(tmp_path, kind, monkeypatch):
    archive = open_archive(write_archive(tmp_path / kind, {"a/1.jpeg": b"x", "a/2.jpeg": bytes(9)}))
    monkeypatch.setattr(members, "LARGEST", 8)
    stream = archive.stream({"a/1.jpeg", "a/2.jpeg"})
    assert next(stream) == ("a/1.jpeg", b"x")
    with pytest.raises(InputError, match=f"{kind}: member 'a/2.jpeg' has more than 0 MiB"):
        next(stream)
