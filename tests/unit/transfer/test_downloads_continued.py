"""Downloads that were interrupted go on where they stopped, unless the file is another version."""

import json
import logging
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.authentic.server import Behaviour, refused_url
from tests.unit.inputs.download_inputs import (
    CONTENT,
    MIDDLE,
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
from workflow_scripts.transfer import http, part
from workflow_scripts.transfer.fetch import fetch


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
    assert line.startswith(f"gave up on {urls[0]}: does not get beyond 200 kB: broke off")
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
    assert len(host.requests) <= http.ATTEMPTS + 2
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
    request = {"row": row_of(f"{host.url}/slow/{NAME}"), "folder": str(folder)}
    arrived = folder / f"{NAME}.part"
    for end in (100_000, 200_000):
        host.behaviours[f"/slow/{NAME}"] = Behaviour(NAME, breaks_at=end)
        job = running(tmp_path, request, waiting=120)
        until(lambda end=end: arrived.exists() and arrived.stat().st_size == end)
        job.send_signal(number)
        assert job.wait() == {signal.SIGINT: 130, signal.SIGTERM: 143}[number]
        assert arrived.read_bytes() == CONTENT[:end]
    host.behaviours[f"/slow/{NAME}"] = Behaviour(NAME)
    assert running(tmp_path, request, waiting=0).wait() == 0
    assert asked(host)[-1] == "bytes=200000-"
    assert_complete(folder)


def running(tmp_path, request, waiting):
    """A process that runs the script and waits so many seconds where a transfer breaks off."""
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


def until(condition):
    """Wait for a condition; a limit, so that a test that cannot succeed ends."""
    end = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < end, "the condition does not come true"
        time.sleep(0.01)


def test_two_processes_do_not_write_one_part(host, folder):
    url = f"{host.url}/{NAME}"
    with part.Part(folder / NAME).opened():
        assert "another process is downloading this file" in message(source(url), folder)
    fetch(source(url), folder)
    assert_complete(folder)
