"""Encrypted zip archives: Python's own decryption is the reference, wrong passwords are named."""

import zipfile

import numpy as np
import pytest

from tests.authentic.zips import encrypted, write_encrypted
from workflow_scripts.archives.members import open_archive
from workflow_scripts.archives.zip_cipher import decrypted
from workflow_scripts.job.errors import InputError

PASSWORD = b"objectnetisatestset"
MEMBERS = {
    "o/mappings/a.json": b'{"chair": "Chair"}',
    "o/images/chair/1.png": np.random.default_rng(0).bytes(20_000),
    "o/images/chair/2.png": b"",
    "o/images/stuhl/ö.png": bytes(50_000),
}


@pytest.fixture
def path(tmp_path):
    write_encrypted(tmp_path / "images.zip", MEMBERS.items(), PASSWORD)
    return tmp_path / "images.zip"


def test_members_are_those_that_python_reads(path):
    archive = open_archive(path, password=PASSWORD)
    with zipfile.ZipFile(path) as reference:
        reference.setpassword(PASSWORD)
        assert all(info.flag_bits & 1 for info in reference.infolist())
        expected = {name: reference.read(name) for name in reference.namelist()}
    assert dict(archive.stream(set(archive.names()))) == expected
    assert list(expected.values()) == list(MEMBERS.values())


@pytest.mark.parametrize("length", [0, 1, 255, 4096])
@pytest.mark.parametrize("password", [b"o", b"objectnetisatestset", bytes(range(256))])
def test_the_cipher_undoes_a_plain_one(length, password):
    plain = np.random.default_rng(length).bytes(length)
    assert decrypted(encrypted(plain, password), password) == plain


def test_a_missing_password(path):
    archive = open_archive(path)
    assert archive.names()[0] == "o/mappings/a.json"  # names are not encrypted
    with pytest.raises(
        InputError, match="images.zip: member 'o/mappings/a.json' is encrypted, and"
    ):
        archive.read("o/mappings/a.json")


@pytest.mark.parametrize("password", [b"wrong", b"objectnetisatestse", b"\x00"])
def test_a_wrong_password(path, password):
    for name in ("o/mappings/a.json", "o/images/chair/1.png"):
        with pytest.raises(InputError, match="cannot be decrypted with the password .* obtain it"):
            open_archive(path, password=password).read(name)


def test_no_wrong_password_gives_an_image(path):
    """Also not those that pass the test of one byte that the format provides for."""
    for number in range(600):
        with pytest.raises(InputError, match="cannot be decrypted"):
            open_archive(path, password=b"%d" % number).read("o/mappings/a.json")


def test_a_password_that_is_not_needed(tmp_path):
    with zipfile.ZipFile(tmp_path / "images.zip", "w") as archive:
        archive.writestr("a", b"plain")
    assert open_archive(tmp_path / "images.zip", password=PASSWORD).read("a") == b"plain"


def rewritten(path, change):
    """The archive with a changed entry in its directory."""
    data = path.read_bytes()
    start = data.index(b"PK\x01\x02")
    path.write_bytes(data[:start] + change(bytearray(data[start:])))
    return open_archive(path, password=PASSWORD)


def with_bytes(place, values):
    def change(directory):
        directory[place : place + len(values)] = values
        return bytes(directory)

    return change


@pytest.mark.parametrize(
    ("place", "values", "message"),
    [
        (10, b"\x63\x00", "has AES or another strong encryption"),  # the compression
        (8, b"\x41\x00", "has AES or another strong encryption"),  # the flags
        (10, b"\x0c\x00", "has compression method 12, expected deflated or stored"),
        (16, b"\x00\x00\x00\x00", "cannot be decrypted with the password"),  # the checksum
        (24, b"\x05\x00\x00\x00", "cannot be decrypted with the password"),  # the length
        (20, b"\xff\xff\xff\x00", "cannot be read .EOFError"),  # the packed length
        (42, b"\x05\x00\x00\x00", "cannot be read .BadZipFile: no header of o/mappings/a.json"),
    ],
)
def test_what_cannot_be_read(path, place, values, message):
    with pytest.raises(InputError, match=message):
        rewritten(path, with_bytes(place, values)).read("o/mappings/a.json")


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_compression_is_named(tmp_path, method):
    with zipfile.ZipFile(tmp_path / "images.zip", "w", method) as archive:
        archive.writestr("a", b"plain")
    with pytest.raises(InputError, match=f"has compression method {method}"):
        open_archive(tmp_path / "images.zip").read("a")
