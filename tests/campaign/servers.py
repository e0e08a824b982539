"""Servers that are broken or hostile."""

import gzip
import pickle
import socket
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

from tests.authentic.server import Behaviour
from tests.campaign.common import Harmful, offered
from tests.unit.inputs.download_inputs import CONTENT, MIDDLE, NAME, source
from workflow_scripts.job.errors import InputError
from workflow_scripts.transfer import http
from workflow_scripts.transfer.fetch import fetch


def _served(folder: Path, behaviour: Behaviour, content: bytes = CONTENT, **cells: object) -> None:
    with offered(folder, content) as host:
        host.behaviours[f"/{NAME}"] = behaviour
        fetch(source(f"{host.url}/{NAME}", **cells), folder / "downloads")


def _changed(folder: Path, etag: str | None) -> None:
    """A file that becomes another one while it is sent; only its first part is right."""
    with offered(folder, CONTENT) as host:
        url, (downloads, path) = f"{host.url}/{NAME}", (folder / "downloads", f"/{NAME}")
        host.behaviours[path] = Behaviour(breaks_at=MIDDLE, etag=etag)
        try:
            fetch(source(url), downloads)
        except InputError:
            (folder / "host" / NAME).write_bytes(CONTENT[:MIDDLE] + bytes(len(CONTENT) - MIDDLE))
            host.behaviours[path] = Behaviour(etag=etag)
            fetch(source(url), downloads)


def _sent(folder: Path, head: bytes, endless: bytes, pause: float = 0.0) -> None:
    """A server that says something, and then the same for ever."""
    ended = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            while not ended.is_set():
                try:
                    connection, _ = listening.accept()
                    connection.recv(1 << 16)
                    connection.sendall(head)
                    while not ended.wait(pause):
                        connection.sendall(endless)
                except OSError:
                    continue

        threading.Thread(target=serve, daemon=True).start()
        try:
            url = f"http://127.0.0.1:{listening.getsockname()[1]}/{NAME}"
            fetch(source(url), folder / "downloads")
        finally:
            ended.set()


def _drips(folder: Path) -> None:
    http.PATIENCE = 2
    _sent(folder, b"HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n", b"x", pause=0.1)


_PAGE = b"<!DOCTYPE html><html><body>Please log in</body></html>"
_UNKNOWN = {"bytes": None, "digest": None}
SERVERS: dict[str, Callable[[Path], object]] = {
    "redirects for ever": lambda folder: _served(folder, Behaviour(redirect=f"/{NAME}")),
    "redirects to a file": lambda folder: _served(folder, Behaviour(redirect="file:///etc/passwd")),
    "redirects to ftp": lambda folder: _served(folder, Behaviour(redirect="ftp://127.0.0.1/a")),
    "redirects to data": lambda folder: _served(folder, Behaviour(redirect="data:,a")),
    "sends a page": lambda folder: _served(
        folder, Behaviour(headers={"Content-Type": "text/html"}), _PAGE, **_UNKNOWN
    ),
    "sends a page as a file": lambda folder: _served(folder, Behaviour(), _PAGE, **_UNKNOWN),
    "sends a pickle as a tar": lambda folder: _served(
        folder, Behaviour(), pickle.dumps(Harmful()), **_UNKNOWN
    ),
    "changes the file and says so": partial(_changed, etag="content"),
    "changes the file and says nothing": partial(_changed, etag='"1"'),
    "names no version of a file that changes": partial(_changed, etag=None),
    "sends one wrong byte": lambda folder: _served(folder, Behaviour(wrong_byte=MIDDLE)),
    "compresses a bomb, unasked": lambda folder: _served(
        folder,
        Behaviour(headers={"Content-Encoding": "gzip"}),
        gzip.compress(bytes(1 << 28), 1),
        **_UNKNOWN,
    ),
    "says a file leaves its folder": lambda folder: _served(folder, Behaviour(), file="../set.tar"),
    "sends for ever": partial(_sent, head=b"HTTP/1.1 200 OK\r\n\r\n", endless=b"x" * 10**5),
    "sends headers for ever": partial(_sent, head=b"HTTP/1.1 200 OK\r\n", endless=b"A: b\r\n"),
    "sends a line for ever": partial(_sent, head=b"HTTP/1.1 200 OK\r\nA: ", endless=b"b" * 10**4),
    "drips": _drips,
}
