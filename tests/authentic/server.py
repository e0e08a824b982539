"""A host on the loopback interface that serves files as real ones do, faults included."""

import re
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote

_BLOCK = 1 << 16


@dataclass
class Behaviour:
    """How a path is served; by default faultlessly.

    Attributes
    ----------
    file: the file, below the server's folder; by default the one that the path names
    status: answer with this code alone, for example 503
    times: how many requests have the faults `status`, `breaks_at` and `wrong_byte` (None: all)
    breaks_at: the connection ends when this offset of the file is reached
    wrong_byte: the byte at this offset is another one
    ranges: whether requests for a range are answered with it, or with the whole file
    length: Content-Length and Content-Range as they are ("told"), no length and the connection
        closed at the end ("untold"), or chunks of a transfer without a length ("chunked")
    etag: the ETag, None for none; by default from the file's size and time
    headers: further headers
    redirect: answer with a redirect to this address
    """

    file: str | None = None
    status: int | None = None
    times: int | None = None
    breaks_at: int | None = None
    wrong_byte: int | None = None
    ranges: bool = True
    length: str = "told"
    etag: str | None = "content"
    headers: dict[str, str] = field(default_factory=dict)
    redirect: str | None = None


class Server:
    """What the tests see of a running host.

    `url` is its address without a slash at the end, `behaviours` maps paths ("/a.tar") to
    `Behaviour`s and may be changed at any time, `requests` lists (path, Range or None).
    """

    def __init__(
        self, folder: Path | str, behaviours: Mapping[str, Behaviour] | None = None
    ) -> None:
        self.folder = Path(folder)
        self.behaviours = dict(behaviours or {})
        self.requests: list[tuple[str, str | None]] = []
        self.seen: dict[str, int] = {}  # requests by path
        self._lock = threading.Lock()
        self._host = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (_Handler,), {"of": self}))
        self._host.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._host.server_port}"

    def note(self, path: str, asked: str | None) -> int:
        """Number of a request for a path, from 1."""
        with self._lock:
            self.requests.append((path, asked))
            self.seen[path] = self.seen.get(path, 0) + 1
            return self.seen[path]

    def run(self) -> None:
        """Serve until `stop`."""
        self._host.serve_forever(poll_interval=0.01)

    def stop(self) -> None:
        """End `run` and close the port."""
        self._host.shutdown()
        self._host.server_close()


@contextmanager
def serving(
    folder: Path | str, behaviours: Mapping[str, Behaviour] | None = None
) -> Iterator[Server]:
    """A `Server` of the files below a folder while the block runs.

    Mirrors are paths of one host: `{"/broken/a.tar": Behaviour("a.tar", breaks_at=1000)}`.
    """
    server = Server(folder, behaviours)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.stop()
        thread.join()


def refused_url() -> str:
    """An address on the loopback interface at which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{taken.getsockname()[1]}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    of: Server

    def log_message(self, *arguments: object) -> None:
        """Nothing: the tests read `Server.requests`."""

    def do_GET(self) -> None:
        path = unquote(self.path.partition("?")[0])
        how = self.of.behaviours.get(path, Behaviour())
        number = self.of.note(path, self.headers.get("Range"))
        faulty = how.times is None or number <= how.times
        file = self.of.folder / (how.file or path.lstrip("/"))
        if how.redirect:
            self._bare(302, {"Location": how.redirect, **how.headers})
        elif how.status and faulty:
            self._bare(how.status, how.headers)
        elif not file.is_file():
            self._bare(404, {})
        else:
            self._file(file, how, faulty)

    def _bare(self, status: int, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": "0", **headers}.items():
            self.send_header(name, value)
        self.end_headers()

    def _file(self, file: Path, how: Behaviour, faulty: bool) -> None:
        state = file.stat()
        size, tag = state.st_size, how.etag
        if tag == "content":
            tag = f'"{size:x}-{state.st_mtime_ns:x}"'
        start = self._start(how, tag)
        if start is not None and start >= size:
            return self._bare(416, {"Content-Range": f"bytes */{size}"})
        self.send_response(200 if start is None else 206)
        if start is not None:
            self.send_header("Content-Range", f"bytes {start}-{size - 1}/{size}")
        start = start or 0
        if how.length == "told":
            self.send_header("Content-Length", str(size - start))
        elif how.length == "chunked":
            self.send_header("Transfer-Encoding", "chunked")
        for name, value in {**({"ETag": tag} if tag else {}), **how.headers}.items():
            self.send_header(name, value)
        self.close_connection = True
        self.end_headers()
        end = how.breaks_at if faulty and how.breaks_at is not None else size
        wrong_byte = how.wrong_byte if faulty else None
        self._send(_blocks(file, start, end, wrong_byte), how.length == "chunked", end == size)

    def _start(self, how: Behaviour, tag: str | None) -> int | None:
        """First byte of the range that is asked for and granted, or None."""
        match = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        condition = self.headers.get("If-Range")
        validators = {tag, how.headers.get("Last-Modified")}
        if not match or not how.ranges or (condition and condition not in validators):
            return None
        return int(match[1])

    def _send(self, blocks: Iterator[bytes], chunked: bool, whole: bool) -> None:
        with suppress(ConnectionError):  # whoever asked may have been ended
            for block in blocks:
                self.wfile.write(b"%x\r\n%s\r\n" % (len(block), block) if chunked else block)
            if chunked and whole:
                self.wfile.write(b"0\r\n\r\n")


def _blocks(file: Path, start: int, end: int, wrong_byte: int | None) -> Iterator[bytes]:
    """The bytes of a file from `start` to `end`, the one at `wrong_byte` altered."""
    with file.open("rb") as stream:
        stream.seek(start)
        while start < end and (block := bytearray(stream.read(min(_BLOCK, end - start)))):
            if wrong_byte is not None and start <= wrong_byte < start + len(block):
                block[wrong_byte - start] ^= 1
            yield bytes(block)
            start += len(block)
