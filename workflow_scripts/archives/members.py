"""Image archives read in place: tar (also gzipped, also a tar of tars), zip, or a folder.

Nothing is ever extracted. Members that would leave a folder, links and devices are refused all the
same: an archive that has them is not the one that it is said to be.
"""

import stat
import tarfile
import zipfile
import zlib
from contextlib import contextmanager
from functools import partial
from pathlib import Path, PurePosixPath

from workflow_scripts.archives.zip_members import is_encrypted, obstacle, read_packed, unpack
from workflow_scripts.job.errors import InputError

_DAMAGE = (tarfile.TarError, zipfile.BadZipFile, EOFError, OSError, zlib.error)
_UNTRUSTED = "such an archive is not trusted, obtain it anew from its source"


def open_archive(path, nested=False, password=None):
    """The archive at `path`, by its ending.

    Parameters
    ----------
    nested : whether the members of a tar archive are tar archives, whose members are meant
    password : bytes, of a zip archive that is encrypted

    Raises
    ------
    InputError if there is none or its format is unknown.
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


class Archive:
    """Members of an archive; all methods follow the order of storage."""

    def __init__(self, path):
        self.path = path
        self._known = None

    def names(self):
        """The names of all regular members.

        Raises
        ------
        InputError if the archive is damaged, or holds a link, a device, a name twice, or one that
        leaves its folder.
        """
        if self._known is None:
            with self._explained():
                self._known = self._checked(self._names())
        return self._known

    def members(self, wanted):
        """Yield (name, load) of the members whose name is in the set `wanted`.

        `load()` gives the member's bytes; it may be called in any thread, and later.

        Raises
        ------
        InputError if the archive is damaged; so does `load`.
        """
        with self._explained():
            for name, load in self._members(wanted):
                yield name, partial(self._loaded, load)

    def stream(self, wanted):
        """Yield (name, bytes) of the members whose name is in the set `wanted`."""
        for name, load in self.members(wanted):
            yield name, load()

    def read(self, name):
        """The bytes of one member."""
        for _, content in self.stream({name}):
            return content
        raise InputError(f"{self.path}: no member {name!r}, which its layout requires")

    def _loaded(self, load):
        with self._explained():
            return load()

    def _checked(self, names):
        checked, seen = [], set()
        for name in names:
            path = PurePosixPath(name)
            if path.is_absolute() or ".." in path.parts:
                raise self._refused(name, "would leave its folder")
            if str(path) in seen:
                raise self._refused(name, "is in it twice")
            seen.add(str(path))
            checked.append(name)
        return checked

    def _refused(self, name, reason):
        return InputError(f"{self.path}: member {name!r} {reason}; {_UNTRUSTED}")

    @contextmanager
    def _explained(self):
        try:
            yield
        except _DAMAGE as error:
            reason = next(iter(str(error).splitlines()), "").rstrip(":")
            raise InputError(
                f"{self.path}: cannot be read ({type(error).__name__}: {reason}); the archive is "
                "damaged or incomplete, remove it and obtain it again"
            ) from error


class TarArchive(Archive):
    """A tar archive, plain or gzipped.

    If it is `nested`, its members NAME.tar are archives, and theirs are called NAME/MEMBER.
    """

    def __init__(self, path, nested=False):
        super().__init__(path)
        self.nested = nested

    def _names(self):
        return (name for name, _ in self._files())

    def _members(self, wanted):
        for name, file in self._files():
            if name in wanted:
                yield name, partial(bytes, file.read())  # later it would be out of order

    def _files(self):
        """Yield (name, file) of the regular members, nested ones in their place."""
        # The content may be gzipped or not, whatever the name says.
        with tarfile.open(self.path) as archive:
            for member in self._regular(archive):
                file = archive.extractfile(member)
                if self.nested:
                    yield from self._inner(member.name, file)
                else:
                    yield member.name, file

    def _inner(self, name, file):
        try:
            with tarfile.open(fileobj=file, mode="r:") as archive:
                for member in self._regular(archive):
                    path = PurePosixPath(name.removesuffix(".tar")) / member.name
                    yield str(path), archive.extractfile(member)
        except tarfile.TarError as error:
            raise tarfile.TarError(f"{name}: {error}") from error

    def _regular(self, archive):
        for member in archive:
            if member.isfile():
                yield member
            elif not member.isdir():
                raise self._refused(member.name, "is a link or a device")


class ZipArchive(Archive):
    """A zip archive, whose members may be encrypted with a password."""

    def __init__(self, path, password=None):
        super().__init__(path)
        self.password = password

    def _names(self):
        with zipfile.ZipFile(self.path) as archive:
            for info in archive.infolist():
                if stat.S_ISLNK(info.external_attr >> 16):
                    raise self._refused(info.filename, "is a link or a device")
                if not info.is_dir():
                    yield info.filename

    def _members(self, wanted):
        with zipfile.ZipFile(self.path) as archive, self.path.open("rb") as file:
            for info in archive.infolist():
                if info.filename in wanted:
                    self._check(info)
                    yield info.filename, partial(self._unpack, info, read_packed(file, info))

    def _check(self, info):
        if reason := obstacle(info):
            raise InputError(
                f"{self.path}: member {info.filename!r} has {reason}; pack the archive anew or use "
                "its folder"
            )
        if is_encrypted(info) and self.password is None:
            raise InputError(
                f"{self.path}: member {info.filename!r} is encrypted, and its layout "
                "(datasets.tsv) has no password; unpack the archive and use its folder"
            )

    def _unpack(self, info, packed):
        try:
            return unpack(info, packed, self.password)
        except (zipfile.BadZipFile, zlib.error) as error:
            if not is_encrypted(info):
                raise
            raise InputError(
                f"{self.path}: member {info.filename!r} cannot be decrypted with the password "
                f"{self.password.decode()!r} ({error}); the archive is damaged or has another "
                "password, obtain it again from its source"
            ) from error


class FolderArchive(Archive):
    """A folder with the layout of an archive."""

    def _names(self):
        files = (file for file in sorted(self.path.rglob("*")) if file.is_file())
        return [file.relative_to(self.path).as_posix() for file in files]

    def _members(self, wanted):
        for name in self.names():
            if name in wanted:
                yield name, (self.path / name).read_bytes
