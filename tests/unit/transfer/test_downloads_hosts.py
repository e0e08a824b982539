"""Hosts that are down, busy or send something else are given up for the next one."""

import hashlib
import logging
from contextlib import nullcontext
from types import SimpleNamespace

import pytest

from tests.authentic.server import Behaviour, refused_url
from tests.unit.inputs.download_inputs import (
    CONTENT,
    MD5,
    MIDDLE,
    NAME,
    SHA256,
    asked,
    assert_complete,
    message,
    mirrors,
    source,
)
from workflow_scripts.transfer import http
from workflow_scripts.transfer.fetch import fetch


def test_hosts_that_are_down_are_left_for_the_next(host, folder, caplog):
    urls = [
        f"{refused_url()}/{NAME}",
        *mirrors(host, busy=Behaviour(status=503), gone=Behaviour(file="none"), good=Behaviour()),
    ]
    fetch(source(*urls), folder)
    left = [each.getMessage() for each in caplog.records if each.levelname == "WARNING"]
    assert "Connection refused" in left[0] and "object at" not in left[0]
    assert left[1] == f"gave up on {urls[1]}: answered 503 Service Unavailable"
    assert left[2] == f"gave up on {urls[2]}: answered 404 Not Found"
    assert_complete(folder)


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_host_that_is_busy_is_asked_again(host, folder, status):
    (url,) = mirrors(host, busy=Behaviour(status=status, times=2))
    fetch(source(url), folder)
    assert len(host.requests) == 3
    assert_complete(folder)


def test_a_host_that_refuses_a_range_that_nobody_asked_for(host, folder):
    (url,) = mirrors(host, odd=Behaviour(status=416))
    text = message(source(url, bytes=None, digest=None), folder)
    assert "does not get beyond 0 bytes: the part that was there is of another version" in text


def test_a_wrong_byte_is_refused_kept_aside_and_replaced(host, folder, caplog):
    urls = mirrors(host, wrong=Behaviour(wrong_byte=MIDDLE), good=Behaviour())
    fetch(source(*urls), folder)
    assert_complete(folder, f"{NAME}.refused")
    refused = (folder / f"{NAME}.refused").read_bytes()
    assert [a for a, b in enumerate(refused) if b != CONTENT[a]] == [MIDDLE]
    assert f"gave up on {urls[0]}: sent what was refused: found sha256 " in caplog.text
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


# Redirects


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://127.0.0.1/a", "data:,a"])
def test_only_http_is_followed(host, folder, target):
    host.behaviours["/hop"] = Behaviour(redirect=target)
    for url in (f"{host.url}/hop", target):
        text = message(source(url, bytes=None, digest=None), folder)
        assert "No connection adapters" in text


def test_a_redirect_from_https_to_http_is_not_trusted(folder, monkeypatch):
    hops = [
        SimpleNamespace(url=url, headers={}) for url in ("https://a/b", "http://a/c", "https://a/d")
    ]
    response = SimpleNamespace(status_code=200, history=hops[:2], url=hops[2].url, headers={})
    monkeypatch.setattr(http.requests.Session, "get", lambda *_, **__: nullcontext(response))
    assert "redirects from https to http" in message(source("https://a/b"), folder)


def test_endless_redirects_end(host, folder):
    host.behaviours["/hop"] = Behaviour(redirect="/hop")
    assert "redirects" in message(source(f"{host.url}/hop"), folder)
