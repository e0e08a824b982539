"""Image archives read in place: tar (also gzipped, also a tar of tars), zip, or a folder.

Nothing is ever extracted. Members that would leave a folder, links and devices are refused all the
same: an archive that has them is not the one that it is said to be.
"""

import re
import stat
import tarfile
import zipfile
import zlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO

from workflow_scripts.archives.zip_members import (
    is_encrypted,
    read_packed,
    unpack,
    unreadable_reason,
)
from workflow_scripts.job.errors import InputError
from workflow_scripts.job.folders import files_in
from workflow_scripts.job.reading import reading

Load = Callable[[], bytes]  # gives the content of a member

# ASSUME: no image, label map or table in an archive is larger than this. What is, is a bomb, which
# takes little space in the archive and all memory outside it.
LARGEST = 1 << 28

_AGAIN = "the archive is damaged or incomplete, remove it and obtain it again"
_UNDECODED = re.compile("[\0\ud800-\udfff]")  # surrogates stand for bytes that are not UTF-8
_UNTRUSTED = "such an archive is not trusted, obtain it anew from its source"


def is_of_macos(name: str) -> bool:
    """Whether a member is one of those that macOS adds to archives beside each file."""
    return "/._" in f"/{name}" or "__MACOSX/" in name


def check_name(path: Path, name: str) -> None:
    """Refuse a member's name that no image store can hold or that leads elsewhere.

    Raises
    ------
    InputError: the name leaves its folder, is not UTF-8 or holds a zero byte
    """
    if name.startswith("/") or ".." in PurePosixPath(name).parts:
        raise InputError(f"{path}: member {name!r} would leave its folder; {_UNTRUSTED}")
    if _UNDECODED.search(name):
        raise InputError(
            f"{path}: member {name!r} has a name that is not UTF-8; unpack the archive, rename its "
            "files (convmv -t UTF-8) and pack it anew"
        )


def check_size(path: Path, name: str, size: int) -> None:
    """Refuse a member that would fill the memory.

    Raises
    ------
    InputError: it has more than `LARGEST` bytes
    """
    if size > LARGEST:
        raise InputError(
            f"{path}: member {name!r} has more than {LARGEST >> 20} MiB, expected an image, "
            f"a label map or a table, which have less; {_UNTRUSTED}"
        )


def open_archive(
    path: Path | str, nested: bool = False, password: bytes | None = None
) -> "Archive":
    """The archive at a path, by its ending.

    Parameters
    ----------
    path: a tar or zip archive, or a folder in its place
    nested: whether the members of a tar archive are tar archives, whose members are meant
    password: of a zip archive that is encrypted

    Raises
    ------
    InputError: there is none, or its format is unknown
    """
    path = Path(path)
    if not path.exists():
        raise InputError(
            f"{path}: no such archive; obtain it or mend the archive column of datasets.tsv"
        )
    if path.is_dir():
        return FolderArchive(path)
    if path.name.endswith((".tar", ".tar.gz", ".tgz")):
        return TarArchive(path, nested)
    if path.suffix == ".zip":
        return ZipArchive(path, password)
    raise InputError(
        f"{path}: found the ending {path.suffix!r}, expected .tar, .tar.gz, .zip or a folder"
    )


class Archive(ABC):
    """Members of an archive; all methods follow the order of storage."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._known: list[str] | None = None

    @abstractmethod
    def _names(self) -> Iterable[str]:
        """The names of all regular members, unchecked."""

    @abstractmethod
    def _members(self, wanted: Collection[str]) -> Iterator[tuple[str, Load]]:
        """See `members`; errors are those of the format's library."""

    def names(self) -> list[str]:
        """The names of all regular members, without those that macOS adds.

        Raises
        ------
        InputError: the archive is damaged, or holds a link, a device, a name twice, or one that
            leaves its folder or is not UTF-8
        """
        if self._known is None:
            with reading(self.path, _AGAIN):
                self._known = self._checked(self._names())
        return self._known

    def members(self, wanted: Collection[str]) -> Iterator[tuple[str, Load]]:
        """Yield (name, load) of the members whose name is in the set `wanted`.

        `load()` gives the member's bytes; it may be called in any thread, and later.

        Raises
        ------
        InputError: the archive is damaged; `load` raises it, too
        """
        with reading(self.path, _AGAIN):
            for name, load in self._members(wanted):
                yield name, partial(self._loaded, load)

    def stream(self, wanted: Collection[str]) -> Iterator[tuple[str, bytes]]:
        """Yield (name, bytes) of the members whose name is in the set `wanted`."""
        for name, load in self.members(wanted):
            yield name, load()

    def read(self, name: str) -> bytes:
        """The bytes of one member.

        Raises
        ------
        InputError: there is no such member, or the archive is damaged
        """
        for _, content in self.stream({name}):
            return content
        raise InputError(f"{self.path}: no member {name!r}, which its layout requires")

    def _loaded(self, load: Load) -> bytes:
        with reading(self.path, _AGAIN):
            return load()

    def _checked(self, names: Iterable[str]) -> list[str]:
        checked: list[str] = []
        seen: set[str] = set()
        for name in names:
            check_name(self.path, name)
            if is_of_macos(name):
                continue
            path = str(PurePosixPath(name))
            if path in seen:
                raise self._refused(name, "is in it twice")
            seen.add(path)
            checked.append(name)
        return checked

    def _refused(self, name: str, reason: str) -> InputError:
        return InputError(f"{self.path}: member {name!r} {reason}; {_UNTRUSTED}")


class TarArchive(Archive):
    """A tar archive, plain or gzipped.

    If it is `nested`, its members NAME.tar are archives, whose members are called NAME/MEMBER.
    """

    def __init__(self, path: Path, nested: bool = False) -> None:
        super().__init__(path)
        self.nested = nested

    def _names(self) -> Iterator[str]:
        return (name for name, _ in self._files())

    def _members(self, wanted: Collection[str]) -> Iterator[tuple[str, Load]]:
        for name, file in self._files():
            if name in wanted:
                # Read now: a gzipped stream has passed on by the time that `load` is called.
                content = file.read(LARGEST + 1)
                check_size(self.path, name, len(content))
                yield name, partial(bytes, content)

    def _files(self) -> Iterator[tuple[str, IO[bytes]]]:
        """Yield (name, file) of the regular members, nested ones in their place."""
        # The content may be gzipped or not, whatever the name says.
        with tarfile.open(self.path) as archive:
            for member in self._regular(archive):
                if is_of_macos(member.name):
                    continue
                file = self._file(archive, member)
                if self.nested and member.name.endswith(".tar"):
                    yield from self._inner(member.name, file)
                else:
                    yield member.name, file

    def _inner(self, name: str, file: IO[bytes]) -> Iterator[tuple[str, IO[bytes]]]:
        try:
            with tarfile.open(fileobj=file, mode="r:") as archive:
                for member in self._regular(archive):
                    path = PurePosixPath(name.removesuffix(".tar")) / member.name
                    yield str(path), self._file(archive, member)
        except tarfile.TarError as error:
            raise tarfile.TarError(f"{name}: {error}") from error

    def _regular(self, archive: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
        for member in archive:
            if member.isfile():
                yield member
            elif not member.isdir():
                raise self._refused(member.name, "is a link or a device")

    @staticmethod
    def _file(archive: tarfile.TarFile, member: tarfile.TarInfo) -> IO[bytes]:
        file = archive.extractfile(member)
        assert file is not None, "a regular member has content"
        return file


class ZipArchive(Archive):
    """A zip archive, whose members may be encrypted with a password."""

    def __init__(self, path: Path, password: bytes | None = None) -> None:
        super().__init__(path)
        self.password = password

    def _names(self) -> Iterator[str]:
        with zipfile.ZipFile(self.path) as archive:
            for info in archive.infolist():
                if stat.S_ISLNK(info.external_attr >> 16):
                    raise self._refused(info.filename, "is a link or a device")
                if not info.is_dir():
                    yield info.filename

    def _members(self, wanted: Collection[str]) -> Iterator[tuple[str, Load]]:
        with zipfile.ZipFile(self.path) as archive, self.path.open("rb") as file:
            for info in archive.infolist():
                if info.filename in wanted:
                    self._check(info)
                    yield info.filename, partial(self._unpack, info, read_packed(file, info))

    def _check(self, info: zipfile.ZipInfo) -> None:
        check_size(self.path, info.filename, max(info.file_size, info.compress_size))
        if reason := unreadable_reason(info):
            raise InputError(
                f"{self.path}: member {info.filename!r} has {reason}; pack the archive anew or use "
                "its folder"
            )
        if is_encrypted(info) and self.password is None:
            raise InputError(
                f"{self.path}: member {info.filename!r} is encrypted, and its layout "
                "(datasets.tsv) has no password; unpack the archive and use its folder"
            )

    def _unpack(self, info: zipfile.ZipInfo, packed: bytes) -> bytes:
        try:
            return unpack(info, packed, self.password)
        except (zipfile.BadZipFile, zlib.error) as error:
            if self.password is None or not is_encrypted(info):
                raise
            raise InputError(
                f"{self.path}: member {info.filename!r} cannot be decrypted with the password "
                f"{self.password.decode()!r} ({error}); the archive is damaged or has another "
                "password, obtain it again from its source"
            ) from error


class FolderArchive(Archive):
    """A folder with the layout of an archive."""

    def _names(self) -> list[str]:
        return [file.relative_to(self.path).as_posix() for file in files_in(self.path)]

    def _members(self, wanted: Collection[str]) -> Iterator[tuple[str, Load]]:
        for name in self.names():
            if name in wanted:
                check_size(self.path, name, (self.path / name).stat().st_size)
                yield name, (self.path / name).read_bytes
