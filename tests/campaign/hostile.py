"""Hostile inputs: refused with a message that names them; nothing runs, fills memory or hangs."""

import gzip
import io
import os
import pickle
import resource
import signal
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import torch

from tests.authentic.weights import write_openai
from tests.campaign.common import RAN, Case, Deviation, Harmful, Place
from tests.campaign.servers import SERVERS
from tests.unit.inputs.download_inputs import NAME
from tests.unit.inputs.image_inputs import encoded, picture
from tests.unit.inputs.pretrained_inputs import SMALL
from tests.unit.inputs.study_inputs import Workplace
from workflow_scripts.archives.members import open_archive
from workflow_scripts.files.images import decode
from workflow_scripts.job.errors import InputError
from workflow_scripts.networks.checkpoints import read_checkpoint
from workflow_scripts.training import loop

SECONDS = 60
MEMORY = 1 << 30  # bytes that reading may take
BOMB = 3 << 29  # bytes that a bomb would take
NAMES = ("/case/", NAME, "study.yaml", "RN-mini")  # what messages have to name


def cases(rounds: int) -> list[Case]:
    """Each kind of hostile input."""
    kinds = (WEIGHTS, ARCHIVES, IMAGES, TEXTS, SERVERS)
    names = ("weights", "archive", "image", "text", "server")
    return [
        Case(f"{kind}: {name}", partial(_tried, attempt))
        for kind, attempts in zip(names, kinds, strict=True)
        for name, attempt in attempts.items()
    ]


def _tried(attempt: Callable[[Path], object], place: Place) -> str:
    """What an attempt within limits is refused with."""
    with _limits(), _inside(place.folder):
        try:
            attempt(place.folder)
        except InputError as error:
            lines = [
                each for each in str(error).splitlines() if any(name in each for name in NAMES)
            ]
            if not lines:
                raise Deviation(f"the message names no file: {error}") from error
            outcome = f"refused: {lines[min(1, len(lines) - 1)]}"  # after a heading
        except Exception as error:
            raise Deviation(f"{type(error).__name__}: {error}") from error
        else:
            raise Deviation("it is taken for good")
        if RAN.exists():
            raise Deviation("its code has run")
    return outcome


@contextmanager
def _limits() -> Iterator[None]:
    """Little memory beside what the process has, and little time."""
    size = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (size + MEMORY, before[1]))

    def late(number: int, frame: object) -> None:
        raise Deviation(f"it takes more than {SECONDS} seconds")

    signal.signal(signal.SIGALRM, late)
    signal.alarm(SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        resource.setrlimit(resource.RLIMIT_AS, before)


@contextmanager
def _inside(folder: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


# Weights


def _torch(folder: Path, name: str = "a.pt", new: bool = True) -> None:
    path = folder / name
    state = {"state_dict": {"a": torch.zeros(1)}, "args": Harmful()}
    torch.save(state, path, _use_new_zipfile_serialization=new)
    read_checkpoint(path)


def _bare(folder: Path, name: str) -> None:
    (folder / name).write_bytes(pickle.dumps({"a": Harmful()}))
    read_checkpoint(folder / name)


def _script(folder: Path, digest: str | None) -> None:
    write_openai(folder / "a.pt", SMALL["ViT"], 0)
    if digest:
        (folder / "a.pt.sha256").write_text(f"{digest}  a.pt\n")
    read_checkpoint(folder / "a.pt")


def _state(folder: Path) -> None:
    torch.save({"epoch": 1, "model": Harmful()}, folder / "training.pt")
    loop._resume(torch.nn.Linear(1, 1), None, folder / "training.pt")  # type: ignore[arg-type]


def _safetensors(folder: Path, header: bytes, length: int | None = None) -> None:
    path = folder / "a.safetensors"
    path.write_bytes(struct.pack("<Q", len(header) if length is None else length) + header)
    read_checkpoint(path)


def _torch_bomb(folder: Path) -> None:
    _zip_of_zeros(folder / "a.pt", "a/data.pkl")
    with zipfile.ZipFile(folder / "a.pt", "a") as archive:
        archive.writestr("a/version", "3\n")
    read_checkpoint(folder / "a.pt")


def _zip_of_zeros(path: Path, name: str) -> None:
    archive = zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1)
    with archive, archive.open(name, "w") as member:
        _write_zeros(member)


def _write_zeros(stream: io.IOBase) -> None:
    block = bytes(1 << 24)
    for _ in range(BOMB // len(block)):
        stream.write(block)


WEIGHTS: dict[str, Callable[[Path], object]] = {
    "pickle of torch with code": _torch,
    "old pickle of torch with code": partial(_torch, new=False),
    "the same, called safetensors": partial(_torch, name="a.safetensors"),
    "bare pickle with code": partial(_bare, name="a.pt"),
    "bare pickle, called safetensors": partial(_bare, name="a.safetensors"),
    "TorchScript of which no digest is known": partial(_script, digest=None),
    "TorchScript of another digest": partial(_script, digest="0" * 64),
    "training state with code": _state,
    "header of 8 EiB": partial(_safetensors, header=b'{"a":{}}', length=2**63 - 1),
    "tensor beyond the file": partial(
        _safetensors, header=b'{"a":{"dtype":"F32","shape":[99],"data_offsets":[0,396]}}'
    ),
    "header of a million brackets": partial(_safetensors, header=b'{"a":' + b"[" * 10**6),
    "bomb in a file of torch": _torch_bomb,
}

# Archives


def _read_all(path: Path, **how: bool) -> None:
    archive = open_archive(path, **how)
    for _ in archive.stream(set(archive.names())):
        pass


def _tar(folder: Path, name: str = "n1/a.JPEG", kind: bytes = tarfile.REGTYPE) -> None:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, "/etc/passwd"
    with tarfile.open(folder / "a.tar", "w") as archive:
        archive.addfile(member)
    _read_all(folder / "a.tar")


def _inner(folder: Path) -> None:
    inner = io.BytesIO()
    with tarfile.open(fileobj=inner, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("../../a.JPEG"))
    outer = tarfile.TarInfo("n1.tar")
    outer.size = len(inner.getvalue())
    with tarfile.open(folder / "a.tar", "w") as archive:
        archive.addfile(outer, io.BytesIO(inner.getvalue()))
    _read_all(folder / "a.tar", nested=True)


def _twice(folder: Path) -> None:
    with tarfile.open(folder / "a.tar", "w") as archive:
        for name in ("n1/a.JPEG", "n1/./a.JPEG"):
            archive.addfile(tarfile.TarInfo(name))
    _read_all(folder / "a.tar")


def _tar_bomb(folder: Path) -> None:
    member = tarfile.TarInfo("n1/a.JPEG")
    member.size = BOMB
    with gzip.open(folder / "a.tar.gz", "wb", compresslevel=1) as stream:
        stream.write(member.tobuf())
        _write_zeros(stream)
        stream.write(bytes(tarfile.RECORDSIZE))
    _read_all(folder / "a.tar.gz")


def _sparse(folder: Path) -> None:
    """A member of a tebibyte that takes no space (GNU's format of 1997)."""
    header = bytearray(tarfile.TarInfo("n1/a.JPEG").tobuf(tarfile.GNU_FORMAT))
    header[156:157] = tarfile.GNUTYPE_SPARSE
    header[483:495] = b"%011o\0" % 2**32  # its real size
    header[148:156] = b"        "
    header[148:156] = b"%06o\0 " % sum(header[:512])
    (folder / "a.tar").write_bytes(bytes(header) + bytes(2 * tarfile.BLOCKSIZE))
    _read_all(folder / "a.tar")


def _zip(folder: Path, name: str, mode: int = 0) -> None:
    member = zipfile.ZipInfo(name)
    member.external_attr = mode << 16
    with zipfile.ZipFile(folder / "a.zip", "w") as archive:
        archive.writestr(member, "/etc/passwd")
    _read_all(folder / "a.zip")


def _zip_bomb(folder: Path, told: int | None = None) -> None:
    path = folder / "a.zip"
    _zip_of_zeros(path, "n1/a.JPEG")
    if told is not None:
        path.write_bytes(
            path.read_bytes().replace(struct.pack("<L", BOMB), struct.pack("<L", told))
        )
    _read_all(path)


ARCHIVES: dict[str, Callable[[Path], object]] = {
    "absolute path in a tar": partial(_tar, name="/etc/a.JPEG"),
    "path that leaves a tar": partial(_tar, name="n1/../../a.JPEG"),
    "path that leaves a tar in a tar": _inner,
    "symbolic link in a tar": partial(_tar, kind=tarfile.SYMTYPE),
    "hard link in a tar": partial(_tar, kind=tarfile.LNKTYPE),
    "device in a tar": partial(_tar, kind=tarfile.BLKTYPE),
    "pipe in a tar": partial(_tar, kind=tarfile.FIFOTYPE),
    "two members of one path": _twice,
    "bomb in a gzipped tar": _tar_bomb,
    "sparse member of 4 GiB": _sparse,
    "absolute path in a zip": partial(_zip, name="/etc/a.JPEG"),
    "path that leaves a zip": partial(_zip, name="../a.JPEG"),
    "symbolic link in a zip": partial(_zip, name="n1/a.JPEG", mode=stat.S_IFLNK | 0o777),
    "bomb in a zip": _zip_bomb,
    "bomb in a zip that says it is small": partial(_zip_bomb, told=1000),
}

# Images


def _png(width: int, height: int, *chunks: tuple[bytes, bytes]) -> bytes:
    header = (b"IHDR", struct.pack(">2L5B", width, height, 8, 2, 0, 0, 0))
    pixels = (b"IDAT", zlib.compress(bytes(1000)))
    framed = [
        struct.pack(">L", len(data)) + kind + data + struct.pack(">L", zlib.crc32(kind + data))
        for kind, data in (header, *chunks, pixels, (b"IEND", b""))
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(framed)


def _decoded(folder: Path, content: bytes) -> None:
    decode(content, f"{folder}/a.tar, image n1/a.JPEG")


def _postscript(folder: Path) -> None:
    """Which Pillow gives to Ghostscript, a program that runs it."""
    program = folder / "gs"
    program.write_text(f"#!/bin/sh\ntouch {RAN.absolute()}\n")
    program.chmod(0o755)
    before = os.environ["PATH"]
    os.environ["PATH"] = f"{folder}:{before}"
    try:
        _decoded(folder, encoded(picture(8, 8), "EPS"))
    finally:
        os.environ["PATH"] = before


IMAGES: dict[str, Callable[[Path], object]] = {
    "60,000 pixels a side": lambda folder: _decoded(folder, _png(60_000, 60_000)),
    "two billion pixels a side": lambda folder: _decoded(folder, _png(2**31 - 1, 2**31 - 1)),
    "text of 3 GiB in a png": lambda folder: _decoded(
        folder, _png(8, 8, (b"zTXt", b"a\0\0" + _compressed_zeros()))
    ),
    "page of a script": lambda folder: _decoded(folder, b"<svg onload='alert(1)'/>"),
    "PostScript": _postscript,
    "truncated png": lambda folder: _decoded(folder, encoded(picture(64, 64), "PNG")[:300]),
}


def _compressed_zeros() -> bytes:
    packer, block = zlib.compressobj(1), bytes(1 << 24)
    packed = [packer.compress(block) for _ in range(BOMB // len(block))]
    return b"".join([*packed, packer.flush()])


# Texts


def _study(folder: Path, file: str, text: str) -> None:
    workplace = Workplace(folder / "workplace")
    (workplace.folder / file).write_text(text)
    workplace.load()


_yaml = partial(_study, file="study.yaml")
_LAUGHS = "a0: &a0 [lol, lol]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12)
)
TEXTS: dict[str, Callable[[Path], object]] = {
    "YAML that calls a function": partial(_yaml, text=f"a: !!python/object/apply:open [{RAN}, w]"),
    "YAML that makes an object": partial(_yaml, text="a: !!python/object:pathlib.Path {}"),
    "YAML that names a function": partial(_yaml, text="a: !!python/name:os.system"),
    "YAML of aliases of aliases": partial(_yaml, text=_LAUGHS),
    "YAML that contains itself": partial(_yaml, text="a: &a [*a]"),
    "YAML of 100,000 brackets": partial(_yaml, text="a: " + "[" * 10**5),
    "JSON of 100,000 brackets": partial(
        _study, file="architectures/RN-mini.json", text='{"a": ' + "[" * 10**5
    ),
}
