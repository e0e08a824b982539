"""Downloads: complete and verified or not there, whatever is published or there already."""

import errno
import hashlib
import json
import logging
from itertools import islice
from types import SimpleNamespace

import pytest

from tests.authentic.server import Behaviour, refused_url
from tests.unit.inputs.download_inputs import (
    CONTENT,
    MD5,
    NAME,
    SHA256,
    asked,
    assert_complete,
    begun,
    message,
    mirrors,
    row_of,
    source,
)
from workflow_scripts.downloads.download import main
from workflow_scripts.files.digests import verified_digest
from workflow_scripts.job.errors import InputError
from workflow_scripts.transfer import http, part
from workflow_scripts.transfer.fetch import fetch


@pytest.mark.parametrize("digest", [f"sha256:{SHA256}", f"md5:{MD5}", SHA256[:8], SHA256])
@pytest.mark.parametrize("length", ["told", "untold", "chunked"])
def test_a_file_is_complete_and_its_digest_lies_beside_it(host, folder, caplog, digest, length):
    caplog.set_level(logging.INFO)
    (url,) = mirrors(host, good=Behaviour(length=length))
    fetch(source(url, digest=digest), folder)
    assert_complete(folder)
    assert "its authors" in caplog.text and digest.rpartition(":")[2] in caplog.text


def test_size_and_digest_that_nobody_publishes_are_not_needed(host, folder):
    fetch(source(f"{host.url}/{NAME}", bytes=None, digest=None), folder)
    assert_complete(folder, f"{NAME}.first.json")


def test_progress_is_logged(host, folder, caplog, monkeypatch):
    for module in (part, http):
        monkeypatch.setattr(module, "MEBIBYTE", len(CONTENT) // 3)
    caplog.set_level(logging.INFO)
    fetch(source(f"{host.url}/{NAME}"), folder)
    assert f"downloading {NAME}, MiB: 2 of 3 (66 %)" in caplog.text


def test_an_archive_is_kept_as_it_is_though_its_server_calls_it_encoded(host, folder):
    (url,) = mirrors(host, good=Behaviour(headers={"Content-Encoding": "x-gzip"}))
    fetch(source(url), folder)
    assert_complete(folder)


def test_a_mirror_of_all_sources_replaces_their_addresses(host, folder):
    fetch(source(refused_url()), folder, mirror=f"{host.url}/")
    assert_complete(folder)
    host.behaviours["/other+name.tar"] = Behaviour(NAME)
    fetch(source(file="other+name.tar"), folder, mirror=host.url)
    assert (folder / "other+name.tar").read_bytes() == CONTENT


# Nothing published


def test_the_first_digest_is_recorded_and_compared_from_then_on(host, folder, caplog):
    url = f"{host.url}/{NAME}"
    unpublished = source(url, bytes=None, digest=None, digest_origin=None)
    fetch(unpublished, folder)
    assert "no digest is published; that of this first download is recorded" in caplog.text
    record = json.loads((folder / f"{NAME}.first.json").read_text())
    assert record == {"sha256": SHA256, "origin": url}
    for path in (folder / NAME, folder / f"{NAME}.sha256"):
        path.unlink()
    (host.folder / NAME).write_bytes(b"another version")
    text = message(unpublished, folder)
    assert f"expected sha256 {SHA256} (stated by the first download" in text
    assert f"If the change is meant, remove {folder / NAME}.first.json" in text
    (host.folder / NAME).write_bytes(CONTENT)
    fetch(unpublished, folder)
    (folder / f"{NAME}.sha256").unlink()
    (folder / NAME).write_bytes(CONTENT + b"replaced")
    assert "the first download" in message(unpublished, folder)
    (folder / f"{NAME}.first.json").unlink()
    fetch(unpublished, folder)
    assert verified_digest(folder / NAME) == hashlib.sha256(CONTENT + b"replaced").hexdigest()


def test_a_damaged_record_is_said_to_be_damaged(host, folder):
    folder.mkdir()
    for content in ("", "[]", "{}"):
        (folder / f"{NAME}.first.json").write_text(content)
        text = message(source(f"{host.url}/{NAME}", digest=None), folder)
        assert f"{NAME}.first.json: found no JSON object with the key sha256" in text


# Disk and places


def test_a_full_disk_is_found_before_a_byte_is_written(host, folder, monkeypatch):
    monkeypatch.setattr(http.shutil, "disk_usage", lambda _: SimpleNamespace(free=1000))
    url = f"{host.url}/{NAME}"
    for size in (len(CONTENT), None):
        text = message(source(url, bytes=size), folder)
        assert "found 1 kB free on its disk, expected 300 kB" in text
        assert not list(folder.glob("*.part"))
    begun(folder, url, len(CONTENT) - 999)
    host.behaviours[f"/{NAME}"] = Behaviour(etag=None)
    fetch(source(url), folder)
    assert_complete(folder)


def test_a_disk_that_fills_up_on_the_way_leaves_the_part(host, folder, monkeypatch):
    write = part.Part.write

    def fill(own, blocks):
        yield from write(own, islice(blocks, 1))
        raise OSError(errno.ENOSPC, "No space left on device")

    url = f"{host.url}/{NAME}"
    with monkeypatch.context() as patch:
        patch.setattr(part.Part, "write", fill)
        assert f"no space left on the disk of {folder}" in message(source(url), folder)
    arrived = (folder / f"{NAME}.part").stat().st_size
    assert 0 < arrived < len(CONTENT)
    fetch(source(url), folder)
    assert asked(host)[-1] == f"bytes={arrived}-"
    assert_complete(folder)


@pytest.mark.parametrize("name", ["../set.tar", "/etc/passwd", "a/b", "..", ".", ""])
def test_names_that_leave_the_folder_are_refused(host, folder, name):
    with pytest.raises(InputError, match="found a path, expected a file name"):
        main(row_of(f"{host.url}/{NAME}", file=name), folder)


# What a person put there


def test_a_file_that_is_there_is_verified_and_not_downloaded(folder):
    folder.mkdir()
    (folder / NAME).write_bytes(CONTENT)
    for each in (source(), source(refused_url())):
        fetch(each, folder)
        assert_complete(folder)


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (CONTENT[:5], "found 5 bytes, expected 300000"),
        (CONTENT[::-1], f"expected sha256 {SHA256} (stated by its authors)"),
    ],
)
def test_a_wrong_file_that_is_there_is_left_alone(host, folder, content, found):
    folder.mkdir()
    (folder / NAME).write_bytes(content)
    text = message(source(obtain="Register at the museum."), folder)
    assert found in text and f"Register at the museum. Put it at {folder / NAME}." in text
    text = message(source(f"{host.url}/{NAME}"), folder)
    assert found in text and "Remove it, and it will be downloaded." in text
    assert (folder / NAME).read_bytes() == content
    assert not host.requests


def test_a_folder_may_stand_for_an_archive(folder, caplog):
    (folder / NAME / "n01440764").mkdir(parents=True)
    (folder / NAME / "n01440764" / "a.jpeg").write_bytes(b"image")
    fetch(source(), folder)
    assert "is a folder, which no published digest can be compared with" in caplog.text
    verified_digest(folder / NAME)
    (folder / NAME / "n01440764" / "a.jpeg").write_bytes(b"other")
    with pytest.raises(InputError):
        verified_digest(folder / NAME)


def test_a_file_without_address_that_is_not_there_is_asked_for(folder):
    cells = {"obtain": "Register at the museum"}
    with pytest.raises(InputError, match="Register at the museum. Put it at"):
        main(row_of(**cells), folder)
    assert "Register at the museum" in message(source(**cells), folder)


def test_offline_nothing_is_downloaded(host, folder):
    with pytest.raises(InputError, match="offline is true"):
        main(row_of(f"{host.url}/{NAME}"), folder, offline=True)
    assert not host.requests
    folder.mkdir()
    (folder / NAME).write_bytes(CONTENT)
    main(row_of(f"{host.url}/{NAME}"), folder, offline=True)
    assert_complete(folder)
