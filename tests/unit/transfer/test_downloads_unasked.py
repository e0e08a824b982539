"""What comes in the place of a file: pages, compressed bodies, mixtures, answers that are none."""

import gzip
import io
import json
import zipfile
import zlib

import pytest

from tests.authentic.server import Behaviour
from tests.unit.inputs.download_inputs import (
    CONTENT,
    MIDDLE,
    NAME,
    asked,
    assert_complete,
    begun,
    message,
    mirrors,
    source,
)
from workflow_scripts.job.errors import InputError
from workflow_scripts.transfer import http
from workflow_scripts.transfer.fetch import fetch

FIRST = f"{NAME}.first.json"
UNPUBLISHED = {"bytes": None, "digest": None, "digest_origin": None}


def left(folder):
    return {path.name for path in folder.iterdir()} if folder.exists() else set()


def served(host, content, name="wrong", **how):
    """The address at which the host serves other content under the file's name."""
    (host.folder / name).write_bytes(content)
    host.behaviours[f"/{name}/{NAME}"] = Behaviour(name, **how)
    return f"{host.url}/{name}/{NAME}"


# Pages with the status of a success

PAGES = {
    "a login": (b"<!DOCTYPE html>\n<html><body>Please log in</body></html>", "a web page"),
    "a quota": (b"\xef\xbb\xbf\n <HTML><head><title>Quota exceeded</title>", "a web page"),
    "a storage service": (b'<?xml version="1.0"?><Error><Code>NoSuchKey</Code>', "an XML document"),
    "Git LFS": (b"version https://git-lfs.github.com/spec/v1\noid sha256:00", "a Git LFS pointer"),
}


@pytest.mark.parametrize("length", ["told", "untold", "chunked"])
@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_named_and_the_next_address_tried(host, folder, page, length, caplog):
    content, what = PAGES[page]
    (good,) = mirrors(host, good=Behaviour())
    fetch(source(served(host, content, length=length), good, **UNPUBLISHED), folder)
    assert f"sends {what}" in caplog.text
    assert_complete(folder, FIRST)


@pytest.mark.parametrize("kind", ["Text/HTML", " text/html", "application/xhtml+xml; charset=x"])
def test_a_page_by_its_type(host, folder, kind):
    url = served(host, b"Please log in", headers={"Content-Type": kind})
    assert "sends a web page" in message(source(url, **UNPUBLISHED), folder)


@pytest.mark.parametrize("content", [b'{"error": "quota"}', b"Access denied", CONTENT[1000:]])
def test_nothing_is_recorded_of_what_no_reader_can_open(host, folder, content):
    url = served(host, content)
    assert "that no reader of .tar can open" in message(source(url, **UNPUBLISHED), folder)
    assert left(folder) == {f"{NAME}.refused"}
    (good,) = mirrors(host, good=Behaviour())
    fetch(source(good, **UNPUBLISHED), folder)
    assert_complete(folder, FIRST, f"{NAME}.refused")


def test_a_page_that_a_person_put_there(folder):
    folder.mkdir()
    for cells in ({}, UNPUBLISHED):
        (folder / NAME).write_bytes(PAGES["a login"][0])
        text = message(source(obtain="Register", **cells), folder)
        assert "found a web page, expected set.tar. Register. Put it at" in text
    (folder / NAME).write_bytes(b"Access denied")
    assert "begins with b'Access denie'" in message(source(**UNPUBLISHED), folder)
    assert left(folder) == {NAME}


def zipped(content=b"content"):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a", content)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("a.tar.gz", gzip.compress(CONTENT), gzip.compress(gzip.compress(CONTENT))),
        ("a.tgz", CONTENT, gzip.compress(CONTENT)[:50]),
        ("a.zip", zipped(), zipped()[:-10]),
        ("a.json", b" [1]", b"quota exceeded"),
        ("a.pt", zipped(), b"quota exceeded"),
        ("a.pth", b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19", gzip.compress(zipped())),
        ("a.safetensors", b"\x02" + bytes(7) + b"{}", b'{"error": 1}'),
        ("a.bin", zipped(), b""),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_each_kind_of_file_has_to_be_what_its_name_says(folder, name, good, bad):
    folder.mkdir()
    unpublished = source(file=name, **UNPUBLISHED)
    (folder / name).write_bytes(bad)
    assert "no reader of" in message(unpublished, folder)
    assert left(folder) == {name}
    (folder / name).write_bytes(good)
    fetch(unpublished, folder)
    assert left(folder) == {name, f"{name}.sha256", f"{name}.first.json"}


# Compressed for the transfer


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("gzip", gzip.compress(CONTENT)),
        ("X-GZIP", gzip.compress(CONTENT)),
        ("deflate", zlib.compress(CONTENT)),
        ("br", CONTENT[::-1]),
        ("zstd", b"\x28\xb5\x2f\xfd" + CONTENT),
    ],
)
def test_a_compressed_body_is_not_stored(host, folder, coding, body, caplog):
    url = served(host, body, headers={"Content-Encoding": coding})
    (good,) = mirrors(host, good=Behaviour())
    fetch(source(url, good, **UNPUBLISHED), folder)
    assert f"compresses the file for its transfer ({coding.lower()}), unasked" in caplog.text
    assert_complete(folder, FIRST)


def test_an_archives_own_compression_may_be_called_the_transfers(host, folder):
    packed = gzip.compress(CONTENT)
    url = served(host, packed, headers={"Content-Encoding": "gzip"})
    fetch(source(url, file="a.tar.gz", **UNPUBLISHED), folder)
    assert (folder / "a.tar.gz").read_bytes() == packed
    url = served(host, gzip.compress(packed), headers={"Content-Encoding": "gzip"})
    assert "no reader" in message(source(url, file="b.tar.gz", **UNPUBLISHED), folder)


@pytest.mark.parametrize("coding", ["identity", "aws-chunked", "gzip"])
def test_a_body_that_is_not_compressed_whatever_is_said_of_it(host, folder, coding):
    host.behaviours[f"/{NAME}"] = Behaviour(headers={"Content-Encoding": coding})
    fetch(source(f"{host.url}/{NAME}", **UNPUBLISHED), folder)
    assert_complete(folder, FIRST)


# Mixtures


@pytest.mark.parametrize("size", [None, len(CONTENT)])
def test_without_validator_and_digest_nothing_is_continued(host, folder, size):
    url = f"{host.url}/{NAME}"
    begun(folder, url, MIDDLE)
    (folder / f"{NAME}.part").write_bytes(bytes(MIDDLE))  # of an earlier version of the same size
    host.behaviours[f"/{NAME}"] = Behaviour(etag=None)
    fetch(source(url, **UNPUBLISHED | {"bytes": size}), folder)
    assert asked(host) == [None]
    assert_complete(folder, FIRST)


def test_a_damaged_part_without_a_digest_is_begun_anew(host, folder):
    how = {"etag": '"1"'}
    (url,) = mirrors(host, good=Behaviour(breaks_at=MIDDLE, **how))
    assert "does not get beyond" in message(source(url, **UNPUBLISHED), folder)
    part = folder / f"{NAME}.part"
    host.behaviours[f"/good/{NAME}"] = Behaviour(NAME, **how)
    part.write_bytes(CONTENT[: MIDDLE - 1] + b"x")
    host.requests.clear()
    fetch(source(url, **UNPUBLISHED), folder)
    assert asked(host) == [None]
    assert_complete(folder, FIRST)


def test_one_that_is_as_it_was_left_goes_on_but_not_after_a_kill(host, folder):
    for arrived, ranges in ((True, [f"bytes={MIDDLE}-"]), (False, [None])):
        begun(folder, f"{host.url}/{NAME}", MIDDLE, validator='"1"')
        notes = json.loads((folder / f"{NAME}.part.json").read_text())
        if not arrived:
            del notes["arrived"]
            (folder / f"{NAME}.part.json").write_text(json.dumps(notes))
        host.behaviours[f"/{NAME}"] = Behaviour(etag='"1"')
        host.requests.clear()
        fetch(source(f"{host.url}/{NAME}", **UNPUBLISHED), folder)
        assert asked(host) == ranges
        for path in folder.iterdir():
            path.unlink()


def test_nor_where_a_transfer_breaks_off(host, folder):
    (url,) = mirrors(host, good=Behaviour(breaks_at=MIDDLE, times=1, etag=None))
    fetch(source(url, **UNPUBLISHED), folder)
    assert asked(host) == [None, None]
    assert_complete(folder, FIRST)


@pytest.mark.parametrize("tag", ['"now"', None])
def test_with_a_date_or_a_tag_it_is_continued(host, folder, tag):
    url, date = f"{host.url}/{NAME}", "Fri, 27 Nov 2026 12:00:00 GMT"
    begun(folder, url, MIDDLE, validator=tag or date)
    host.behaviours[f"/{NAME}"] = Behaviour(etag=tag, headers={"Last-Modified": date})
    fetch(source(url, **UNPUBLISHED), folder)
    assert asked(host) == [f"bytes={MIDDLE}-"]
    assert_complete(folder, FIRST)


def test_a_weak_tag_is_no_validator(host, folder):
    (url,) = mirrors(host, good=Behaviour(breaks_at=MIDDLE, times=1, etag='W/"1"'))
    fetch(source(url, **UNPUBLISHED), folder)
    assert asked(host) == [None, None]


def test_an_address_that_drips_is_left_for_the_next(host, folder, monkeypatch):
    monkeypatch.setattr(http, "PATIENCE", 1e-9)
    monkeypatch.setattr(http, "SLOWEST", 10**15)
    (drip,) = mirrors(host, drip=Behaviour())
    text = message(source(drip), folder)
    assert "does not get beyond" in text
    assert "sent less than 1000000000000000 bytes a second" in text
    assert len(host.requests) == http.ATTEMPTS
    assert (folder / f"{NAME}.part").stat().st_size > 0


# Addresses and answers that are none


@pytest.mark.parametrize(
    "mirror",
    ["http://[::1/x", "http://host:port", "foo", f"http://{'a' * 70}.com", "http://.a"],
)
def test_a_mirror_that_is_no_address(folder, mirror):
    with pytest.raises(InputError, match="set.tar could not be downloaded:\n") as raised:
        fetch(source(), folder, mirror)
    assert f"{mirror}/{NAME}: " in str(raised.value)


@pytest.mark.parametrize(
    "target", ["http://[::1", "http://\xff/", f"http://{'a' * 70}.com/", "///"]
)
def test_a_redirect_to_no_address(host, folder, target):
    host.behaviours["/hop"] = Behaviour(redirect=target)
    assert "/hop: " in message(source(f"{host.url}/hop"), folder)


@pytest.mark.parametrize("headers", [{"Retry-After": "soon"}, {"Content-Length": "1, 2"}])
def test_headers_that_mean_nothing(host, folder, headers):
    url = f"{host.url}/{NAME}"
    host.behaviours[f"/{NAME}"] = Behaviour(status=503, headers=headers)
    assert f"{url}: " in message(source(url), folder)


def test_a_length_that_is_no_number(host, folder):
    (url,) = mirrors(host, odd=Behaviour(length="untold", headers={"Content-Length": "\xb2"}))
    fetch(source(url), folder)
    assert_complete(folder)


def test_certificates_that_are_not_there(host, folder, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/none.pem")
    assert "could not be downloaded" in message(source("https://127.0.0.1:1/set.tar"), folder)


def test_notes_of_a_part_that_the_system_cannot_read(host, folder):
    begun(folder, f"{host.url}/{NAME}", MIDDLE)
    (folder / f"{NAME}.part.json").unlink()
    (folder / f"{NAME}.part.json").mkdir()
    assert "found a folder, expected a file" in message(source(f"{host.url}/{NAME}"), folder)
    assert (folder / f"{NAME}.part").stat().st_size == MIDDLE
