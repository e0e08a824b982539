"""Image archives read in place: tar (also gzipped), zip, or a folder of the same layout.

Nothing is ever extracted. Names that would leave a folder are refused all the same, since they
end up as image ids and in error messages.
"""

import tarfile
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from workflow_scripts.lib.errors import InputError

_DAMAGE = (tarfile.TarError, zipfile.BadZipFile, EOFError, OSError, zlib.error)


def open_archive(path):
    """The archive at `path`, by its ending.

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
        return TarArchive(path)
    if path.suffix == ".zip":
        return ZipArchive(path)
    raise InputError(
        f"{path}: found the ending {path.suffix!r}, expected .tar, .tar.gz, .zip or a folder"
    )


class Archive:
    """Members of an archive; `names()` and `stream(wanted)` follow the order of storage."""

    def __init__(self, path):
        self.path = path

    def names(self):
        """The names of all regular members.

        Raises
        ------
        InputError if the archive is damaged or holds a name that leaves its folder.
        """
        try:
            names = self._names()
        except _DAMAGE as error:
            raise self._damaged(error) from error
        for name in names:
            parts = PurePosixPath(name).parts
            if name.startswith("/") or ".." in parts:
                raise InputError(
                    f"{self.path}: member {name!r} would leave its folder; such an archive is not "
                    "trusted, obtain it anew from its source"
                )
        return names

    def stream(self, wanted):
        """Yield (name, bytes) of the members whose name is in the set `wanted`.

        Raises
        ------
        InputError if the archive is damaged.
        """
        try:
            yield from self._stream(wanted)
        except _DAMAGE as error:
            raise self._damaged(error) from error

    def read(self, name):
        """The bytes of one member."""
        for _, content in self.stream({name}):
            return content
        raise InputError(f"{self.path}: no member {name!r}, which its layout requires")

    def _damaged(self, error):
        reason = next(iter(str(error).splitlines()), "").rstrip(":")
        return InputError(
            f"{self.path}: cannot be read ({type(error).__name__}: {reason}); the archive is "
            "damaged or incomplete, remove it and obtain it again"
        )


class TarArchive(Archive):
    """A tar archive, plain or gzipped."""

    def _names(self):
        with tarfile.open(self.path) as archive:
            return [member.name for member in archive if member.isfile()]

    def _stream(self, wanted):
        with tarfile.open(self.path) as archive:
            for member in archive:
                if member.isfile() and member.name in wanted:
                    yield member.name, archive.extractfile(member).read()


class ZipArchive(Archive):
    """A zip archive."""

    def _names(self):
        with zipfile.ZipFile(self.path) as archive:
            return [member.filename for member in archive.infolist() if not member.is_dir()]

    def _stream(self, wanted):
        with zipfile.ZipFile(self.path) as archive:
            for member in archive.infolist():
                if member.filename in wanted:
                    yield member.filename, archive.read(member)


class FolderArchive(Archive):
    """A folder with the layout of an archive."""

    def _names(self):
        files = (file for file in sorted(self.path.rglob("*")) if file.is_file())
        return [file.relative_to(self.path).as_posix() for file in files]

    def _stream(self, wanted):
        for name in self._names():
            if name in wanted:
                yield name, (self.path / name).read_bytes()
