"""Downloads: complete and verified or not there, whatever the host and the disk do."""

import errno
import hashlib
import json
import logging
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.authentic.server import Behaviour, refused_url, serving
from workflow_scripts.downloads.download import main
from workflow_scripts.files.digests import verified_digest
from workflow_scripts.job.errors import InputError
from workflow_scripts.transfer import http as transfer
from workflow_scripts.transfer import part
from workflow_scripts.transfer.fetch import fetch

CONTENT = random.Random(0).randbytes(300_000)
SHA256 = hashlib.sha256(CONTENT).hexdigest()
MD5 = hashlib.md5(CONTENT).hexdigest()
MIDDLE = 200_000
NAME = "set.tar"


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """No waiting between attempts, and no proxy."""
    monkeypatch.setattr(transfer, "BACKOFF", 0)
    monkeypatch.setenv("no_proxy", "127.0.0.1")


@pytest.fixture
def host(tmp_path):
    folder = tmp_path / "host"
    folder.mkdir()
    (folder / NAME).write_bytes(CONTENT)
    with serving(folder) as server:
        yield server


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "downloads"


def source(*urls, **cells):
    """A row of sources.tsv whose file has the published digest of CONTENT."""
    row = {
        "source": "set",
        "file": NAME,
        "urls": " ".join(urls) or None,
        "bytes": len(CONTENT),
        "digest": f"sha256:{SHA256}",
        "digest_origin": "its authors",
        "terms": "free",
        "obtain": None,
    }
    return row | cells


def mirrors(host, **behaviours):
    """URLs of one file by mirror, served as told."""
    for name, behaviour in behaviours.items():
        behaviour.file = behaviour.file or NAME
        host.behaviours[f"/{name}/{NAME}"] = behaviour
    return [f"{host.url}/{name}/{NAME}" for name in behaviours]


def begun(folder, url, count, **version):
    """A part as an interrupted download leaves it."""
    folder.mkdir(exist_ok=True)
    (folder / f"{NAME}.part").write_bytes(CONTENT[:count])
    known = {"url": url, "validator": None, "size": len(CONTENT), "linked": None} | version
    (folder / f"{NAME}.part.json").write_text(json.dumps(known))


def assert_complete(folder, *others):
    """The file, its digest, and nothing else but `others`."""
    assert (folder / NAME).read_bytes() == CONTENT
    assert (folder / f"{NAME}.sha256").read_text() == f"{SHA256}  {NAME}\n"
    assert verified_digest(folder / NAME) == SHA256
    assert {path.name for path in folder.iterdir()} == {NAME, f"{NAME}.sha256", *others}


def asked(host):
    return [each for _, each in host.requests]


def message(row, folder, **options):
    with pytest.raises(InputError) as error:
        fetch(row, folder, **options)
    assert not (folder / f"{NAME}.sha256").exists()
    return str(error.value)


# The file as it should be


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
    for module in (part, transfer):
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
    fetch(source(file="other+name.tar"), folder, mirror=_renamed(host, "other+name.tar"))
    assert (folder / "other+name.tar").read_bytes() == CONTENT


def _renamed(host, name):
    host.behaviours[f"/{name}"] = Behaviour(NAME)
    return host.url


# Continuing


def test_a_part_is_continued(host, folder, caplog):
    caplog.set_level(logging.INFO)
    url = f"{host.url}/{NAME}"
    begun(folder, url, MIDDLE)
    host.behaviours[f"/{NAME}"] = Behaviour(etag=None)
    fetch(source(url), folder)
    assert asked(host) == [f"bytes={MIDDLE}-"]
    assert f"{NAME} goes on after 200 kB" in caplog.text
    assert_complete(folder)


@pytest.mark.parametrize("length", ["told", "untold", "chunked"])
def test_a_transfer_that_breaks_off_goes_on_at_the_same_host(host, folder, length):
    (url,) = mirrors(host, good=Behaviour(breaks_at=MIDDLE, times=1, length=length))
    fetch(source(url), folder)
    assert len(host.requests) == 2
    assert asked(host)[0] is None
    if length != "chunked":  # of a chunk that was cut short nothing counts
        assert asked(host)[1] == f"bytes={MIDDLE}-"
    assert_complete(folder)


def test_a_host_that_never_gets_further_is_left_for_the_next(host, folder, caplog):
    urls = mirrors(host, broken=Behaviour(breaks_at=MIDDLE), good=Behaviour())
    fetch(source(*urls), folder)
    assert host.requests[-1] == (f"/good/{NAME}", f"bytes={MIDDLE}-")
    (line,) = [each.getMessage() for each in caplog.records if each.levelname == "WARNING"]
    assert line.startswith(f"{urls[0]} is left: does not get beyond 200 kB: broke off")
    assert_complete(folder)


def test_nobody_else_continues_a_part_of_which_no_digest_is_known(host, folder):
    urls = mirrors(host, broken=Behaviour(breaks_at=MIDDLE), good=Behaviour())
    fetch(source(*urls, digest=None), folder)
    assert host.requests[-1] == (f"/good/{NAME}", None)
    assert_complete(folder, f"{NAME}.first.json")


@pytest.mark.parametrize(
    "version",
    [
        {"validator": '"earlier"'},
        {"validator": None, "size": len(CONTENT) - 1},
        {"linked": "0" * 64},
    ],
)
def test_a_part_of_another_version_is_begun_anew(host, folder, version):
    url = f"{host.url}/{NAME}"
    host.behaviours[f"/{NAME}"] = Behaviour(
        etag='"now"' if version.get("validator") else None, headers={"X-Linked-ETag": SHA256}
    )
    begun(folder, url, MIDDLE, **version)
    (folder / f"{NAME}.part").write_bytes(bytes(MIDDLE))
    fetch(source(url), folder)
    assert_complete(folder)


def test_a_part_of_unknown_origin_is_begun_anew(host, folder):
    folder.mkdir()
    for notes in (None, "", "[]", "{}", '{"url": 1}'):
        (folder / f"{NAME}.part").write_bytes(CONTENT[:MIDDLE])
        if notes is not None:
            (folder / f"{NAME}.part.json").write_text(notes)
        fetch(source(f"{host.url}/{NAME}"), folder)
        assert asked(host)[-1] is None
        assert_complete(folder)
        (folder / NAME).unlink()


def test_a_server_without_ranges_sends_the_file_from_the_start(host, folder):
    (url,) = mirrors(host, plain=Behaviour(ranges=False))
    begun(folder, url, MIDDLE)
    fetch(source(url), folder)
    assert asked(host) == [f"bytes={MIDDLE}-"]
    assert_complete(folder)


def test_a_server_without_ranges_that_breaks_off_is_left(host, folder):
    urls = mirrors(host, plain=Behaviour(ranges=False, breaks_at=MIDDLE), good=Behaviour())
    fetch(source(*urls), folder)
    assert len(host.requests) <= transfer.ATTEMPTS + 2
    assert_complete(folder)


def test_a_complete_part_is_verified_without_the_network(folder):
    url = f"{refused_url()}/{NAME}"
    begun(folder, url, len(CONTENT))
    fetch(source(url), folder)
    assert_complete(folder)


def test_a_complete_part_of_unknown_size_is_recognised_by_the_server(host, folder):
    url = f"{host.url}/{NAME}"
    begun(folder, url, len(CONTENT), size=None)
    fetch(source(url, bytes=None), folder)
    assert asked(host) == [f"bytes={len(CONTENT)}-"]
    assert_complete(folder)


def test_a_part_longer_than_the_file_is_begun_anew(host, folder):
    url = f"{host.url}/{NAME}"
    begun(folder, url, len(CONTENT))
    with (folder / f"{NAME}.part").open("ab") as stream:
        stream.write(b"more")
    fetch(source(url), folder)
    assert_complete(folder)


def test_a_damaged_part_costs_one_more_download_and_no_address(host, folder):
    url = f"{host.url}/{NAME}"
    host.behaviours[f"/{NAME}"] = Behaviour(etag=None)
    begun(folder, url, MIDDLE)
    (folder / f"{NAME}.part").write_bytes(bytes(MIDDLE))
    fetch(source(url), folder)
    assert asked(host) == [f"bytes={MIDDLE}-", None]
    assert_complete(folder, f"{NAME}.refused")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_download_that_is_interrupted_twice_is_continued_twice(host, tmp_path, number):
    """The script itself is interrupted, as Snakemake and a terminal do it."""
    folder = tmp_path / "downloads"
    request = {"row": source(f"{host.url}/slow/{NAME}"), "folder": str(folder)}
    arrived = folder / f"{NAME}.part"
    for end in (100_000, 200_000):
        host.behaviours[f"/slow/{NAME}"] = Behaviour(NAME, breaks_at=end)
        job = _job(tmp_path, request, waiting=60)
        _until(lambda end=end: arrived.exists() and arrived.stat().st_size == end)
        job.send_signal(number)
        assert job.wait() == {signal.SIGINT: 130, signal.SIGTERM: 143}[number]
        assert arrived.read_bytes() == CONTENT[:end]
    host.behaviours[f"/slow/{NAME}"] = Behaviour(NAME)
    assert _job(tmp_path, request, waiting=0).wait() == 0
    assert asked(host)[-1] == "bytes=200000-"
    assert_complete(folder)


def _job(tmp_path, request, waiting):
    """The script in a process of its own, which waits so many seconds where a transfer breaks."""
    code = (
        "import sys, json; from types import SimpleNamespace\n"
        "from workflow_scripts.job.lifecycle import job\n"
        "from workflow_scripts.transfer import http\n"
        "from workflow_scripts.downloads.download import main\n"
        "http.BACKOFF, request = json.loads(sys.argv[1])\n"
        "with job(SimpleNamespace(log=['log'], rule='download', threads=1)): main(**request)"
    )
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])}
    arguments = [sys.executable, "-c", code, json.dumps([waiting, request])]
    return subprocess.Popen(arguments, cwd=tmp_path, env=environment, stderr=subprocess.DEVNULL)


def _until(condition):
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_two_processes_do_not_write_one_part(host, folder):
    url = f"{host.url}/{NAME}"
    with part.Part(folder / NAME).opened():
        assert "another process is downloading this file" in message(source(url), folder)
    fetch(source(url), folder)
    assert_complete(folder)


# Hosts that fail


def test_hosts_that_are_down_are_left_for_the_next(host, folder, caplog):
    urls = [
        f"{refused_url()}/{NAME}",
        *mirrors(host, busy=Behaviour(status=503), gone=Behaviour(file="none"), good=Behaviour()),
    ]
    fetch(source(*urls), folder)
    left = [each.getMessage() for each in caplog.records if each.levelname == "WARNING"]
    assert "Connection refused" in left[0] and "object at" not in left[0]
    assert left[1] == f"{urls[1]} is left: answered 503 Service Unavailable"
    assert left[2] == f"{urls[2]} is left: answered 404 Not Found"
    assert_complete(folder)


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_host_that_is_busy_is_asked_again(host, folder, status):
    (url,) = mirrors(host, busy=Behaviour(status=status, times=2))
    fetch(source(url), folder)
    assert len(host.requests) == 3
    assert_complete(folder)


def test_a_wrong_byte_is_refused_kept_aside_and_replaced(host, folder, caplog):
    urls = mirrors(host, wrong=Behaviour(wrong_byte=MIDDLE), good=Behaviour())
    fetch(source(*urls), folder)
    assert_complete(folder, f"{NAME}.refused")
    refused = (folder / f"{NAME}.refused").read_bytes()
    assert [a for a, b in enumerate(refused) if b != CONTENT[a]] == [MIDDLE]
    assert f"{urls[0]} is left: sent what was refused: found sha256 " in caplog.text
    assert asked(host) == [None, None]  # not continued


def test_a_wrong_byte_of_one_host_is_not_the_fault_of_the_next(host, folder):
    wrong = Behaviour(wrong_byte=10, breaks_at=MIDDLE)
    urls = mirrors(host, wrong=wrong, good=Behaviour())
    fetch(source(*urls), folder)
    assert host.requests[-2:] == [(f"/good/{NAME}", f"bytes={MIDDLE}-"), (f"/good/{NAME}", None)]
    assert_complete(folder, f"{NAME}.refused")


@pytest.mark.parametrize("digest", [f"sha256:{SHA256}", f"md5:{MD5}", SHA256[:8]])
def test_the_message_names_addresses_expected_and_found(host, folder, digest):
    urls = mirrors(host, one=Behaviour(wrong_byte=0), two=Behaviour(wrong_byte=1))
    text = message(source(*urls, digest=digest), folder)
    for name, at in zip(("one", "two"), (0, 1), strict=True):
        content = bytearray(CONTENT)
        content[at] ^= 1
        algorithm, digits = (digest.rpartition(":")[i] for i in (0, 2))
        found = hashlib.new(algorithm or "sha256", content).hexdigest()
        assert (
            f"/{name}/{NAME}: sent what was refused: found {algorithm or 'sha256'} {found}" in text
        )
        assert digits in text
    assert "(stated by its authors)" in text
    assert f"Put it at {folder / NAME}" in text
    assert not (folder / NAME).exists() and not (folder / f"{NAME}.part").exists()
    assert (folder / f"{NAME}.refused").exists()


def test_an_offer_of_another_size_is_left_before_a_byte_is_received(host, folder):
    text = message(source(f"{host.url}/{NAME}", bytes=5), folder)
    assert f"offers {len(CONTENT)} bytes, expected 5" in text
    assert not list(folder.iterdir())


@pytest.mark.parametrize("length", ["untold", "chunked"])
def test_a_size_that_shows_only_on_the_way_is_left(host, folder, length):
    (url,) = mirrors(host, good=Behaviour(length=length))
    assert "sends more bytes" in message(source(url, bytes=5), folder)
    text = message(source(url, bytes=300_001), folder)
    assert "found 300000 bytes, expected 300001" in text


def test_an_end_that_cannot_be_recognised_is_not_taken_for_one(host, folder):
    (url,) = mirrors(host, good=Behaviour(length="untold"))
    assert "its end cannot be recognised" in message(source(url, bytes=None, digest=None), folder)
    assert not list(folder.iterdir())


def test_a_web_page_is_no_archive(host, folder):
    (url,) = mirrors(host, login=Behaviour(headers={"Content-Type": "text/html; charset=utf-8"}))
    assert "sends a web page" in message(source(url, bytes=None, digest=None), folder)


def test_what_the_host_itself_states_is_compared(host, folder, caplog):
    caplog.set_level(logging.INFO)
    large = {"X-Linked-ETag": f'"{SHA256}"'}
    host.behaviours["/hub"] = Behaviour(redirect=f"/{NAME}", headers=large)
    fetch(source(f"{host.url}/hub", digest=None), folder)
    assert f"sha256 {SHA256} (stated by its host, in X-Linked-ETag)" in caplog.text
    assert_complete(folder, f"{NAME}.first.json")


def test_a_file_that_is_not_what_its_host_states_is_refused(host, folder):
    large = {"X-Linked-ETag": f'"{"0" * 64}"'}
    host.behaviours["/hub"] = Behaviour(redirect=f"/{NAME}", headers=large)
    text = message(source(f"{host.url}/hub", digest=None), folder)
    assert f"found sha256 {SHA256}, expected sha256 {'0' * 64}" in text
    host.requests.clear()
    text = message(source(f"{host.url}/hub"), folder)
    assert f"offers sha256 {'0' * 64} (X-Linked-ETag), expected sha256 {SHA256}" in text
    host.behaviours["/hub"].headers = {"X-Linked-ETag": f'"{"0" * 40}"'}  # a git blob's, no digest
    fetch(source(f"{host.url}/hub"), folder)


# Nothing published


def test_the_first_digest_is_recorded_and_compared_from_then_on(host, folder, caplog):
    url = f"{host.url}/{NAME}"
    row = source(url, bytes=None, digest=None, digest_origin=None)
    fetch(row, folder)
    assert "no digest is published; that of this first download is recorded" in caplog.text
    record = json.loads((folder / f"{NAME}.first.json").read_text())
    assert record == {"sha256": SHA256, "origin": url}
    for path in (folder / NAME, folder / f"{NAME}.sha256"):
        path.unlink()
    (host.folder / NAME).write_bytes(b"another version")
    text = message(row, folder)
    assert f"expected sha256 {SHA256} (stated by the first download" in text
    assert f"If the change is meant, remove {folder / NAME}.first.json" in text
    (host.folder / NAME).write_bytes(CONTENT)
    fetch(row, folder)
    (folder / f"{NAME}.sha256").unlink()
    (folder / NAME).write_bytes(b"replaced")
    assert "the first download" in message(row, folder)
    (folder / f"{NAME}.first.json").unlink()
    fetch(row, folder)
    assert verified_digest(folder / NAME) == hashlib.sha256(b"replaced").hexdigest()


def test_a_damaged_record_is_said_to_be_damaged(host, folder):
    folder.mkdir()
    for content in ("", "[]", "{}"):
        (folder / f"{NAME}.first.json").write_text(content)
        text = message(source(f"{host.url}/{NAME}", digest=None), folder)
        assert f"{NAME}.first.json: found no JSON object with the key sha256" in text


# Disk, places, schemes


def test_a_full_disk_is_found_before_a_byte_is_written(host, folder, monkeypatch):
    monkeypatch.setattr(transfer.shutil, "disk_usage", lambda _: SimpleNamespace(free=1000))
    url = f"{host.url}/{NAME}"
    for row in (source(url), source(url, bytes=None)):
        assert "found 1 kB free on its disk, expected 300 kB" in message(row, folder)
        assert not list(folder.glob("*.part"))
    begun(folder, url, len(CONTENT) - 999)
    host.behaviours[f"/{NAME}"] = Behaviour(etag=None)
    fetch(source(url), folder)
    assert_complete(folder)


def test_a_disk_that_fills_up_on_the_way_leaves_the_part(host, folder, monkeypatch):
    def write(part, blocks):
        part._stream.write(next(blocks))
        raise OSError(errno.ENOSPC, "No space left on device")

    url = f"{host.url}/{NAME}"
    with monkeypatch.context() as patch:
        patch.setattr(part.Part, "write", lambda *each: (_ for _ in [write(*each)]))
        assert f"no space left on the disk of {folder}" in message(source(url), folder)
    fetch(source(url), folder)
    assert asked(host)[-1] == f"bytes={transfer.BLOCK}-"
    assert_complete(folder)


@pytest.mark.parametrize("name", ["../set.tar", "/etc/passwd", "a/b", "..", ".", ""])
def test_names_that_leave_the_folder_are_refused(host, folder, name):
    assert "found a path, expected the name of a file" in message(
        source(f"{host.url}/{NAME}", file=name), folder
    )


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://127.0.0.1/a", "data:,a"])
def test_only_http_is_followed(host, folder, target):
    host.behaviours["/hop"] = Behaviour(redirect=target)
    row = source(f"{host.url}/hop", bytes=None, digest=None)
    assert "No connection adapters" in message(row, folder)
    assert "No connection adapters" in message(row | {"urls": target}, folder)


def test_a_redirect_from_https_to_http_is_not_trusted():
    hops = [SimpleNamespace(url=url) for url in ("https://a/b", "http://a/c", "https://a/d")]
    response = SimpleNamespace(status_code=200, history=hops[:2], url=hops[2].url, headers={})
    with pytest.raises(transfer.LeftError, match="from https to http"):
        transfer._check_offer(response, None, None, [])


def test_endless_redirects_end(host, folder):
    host.behaviours["/hop"] = Behaviour(redirect="/hop")
    assert "redirects" in message(source(f"{host.url}/hop"), folder)


# What a person put there


def test_a_file_that_is_there_is_verified_and_not_downloaded(folder):
    folder.mkdir()
    (folder / NAME).write_bytes(CONTENT)
    for row in (source(), source(refused_url())):
        fetch(row, folder)
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
    row = source(obtain="Register at the museum")
    with pytest.raises(InputError, match="Register at the museum. Put it at"):
        main(row, folder)
    assert "Register at the museum" in message(row, folder)


def test_offline_nothing_is_downloaded(host, folder):
    with pytest.raises(InputError, match="offline is true"):
        main(source(f"{host.url}/{NAME}"), folder, offline=True)
    assert not host.requests
    folder.mkdir()
    (folder / NAME).write_bytes(CONTENT)
    main(source(f"{host.url}/{NAME}"), folder, offline=True)
    assert_complete(folder)
