"""All that stands in the way of the downloads of a run, said before the run begins.

It is imported while the workflow is parsed, and so by itself imports nothing slow.
"""

import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from workflow_scripts.job.errors import InputError, unwritable_message
from workflow_scripts.transfer.sources import Source, part_of, size_text


def preflight(
    rows: Sequence[Mapping[str, Any]],
    folder: Path | str,
    offline: bool = False,
    mirror: str | None = None,
    gone: Iterable[Mapping[str, Any]] = (),
) -> None:
    """Check that every source that a run needs is there or can be downloaded. No network is used.

    Parameters
    ----------
    rows: rows of sources.tsv whose files are not yet there or not yet verified
    folder: where downloads lie
    offline: whether downloading is forbidden
    mirror: base URL that serves all sources
    gone: rows whose files were verified, are needed again, and are no longer there

    Raises
    ------
    InputError: files that a person has to see to, all of them, each with its place and its source;
        the disk, if it is too full for what is downloaded
    """
    folder = Path(folder)
    if rows and (message := unwritable_message(folder)):
        raise InputError(message)
    missing, downloads, lines = [], [], []
    for source in map(Source.from_row, rows):
        file = source.path(folder)
        if file.exists():
            lines += _size_lines(source, file)
        elif offline or not source.addresses(mirror):
            missing.append(source)
        else:
            downloads.append(source)
    lines += _missing_lines(missing, folder, offline)
    lines += [_gone_line(Source.from_row(row).path(folder)) for row in gone]
    lines += _space_lines(downloads, folder)
    if lines:
        raise InputError("\n".join([*lines, "Then run the same command again."]))


def _size_lines(source: Source, file: Path) -> list[str]:
    size = file.stat().st_size
    if file.is_dir() or source.size in (None, size):
        return []
    return [f"{file}: found {size} bytes, expected {source.size}. {source.instructions(file)}."]


def _missing_lines(sources: list[Source], folder: Path, offline: bool) -> list[str]:
    if not sources:
        return []
    files = "1 file is" if len(sources) == 1 else f"{len(sources)} files are"
    why = "offline is true in config.yaml" if offline else "to be obtained by hand"
    lines = [f"{files} missing ({why}); what is put in place is verified:"]
    for source in sources:
        size = size_text(source.size) if source.size else "size unknown"
        lines.append(f"- {source.file} ({size}): {source.instructions(source.path(folder))}.")
    return lines


def _gone_line(file: Path) -> str:
    # Asked for alone, the download does not have what was computed from it run again.
    return (
        f"{file}: is needed again, but was removed after it was verified. Put it back, or obtain "
        f"it anew: rm {file}.sha256; snakemake --cores 1 {file}.sha256"
    )


def _space_lines(sources: list[Source], folder: Path) -> list[str]:
    """A line if the sizes that are known exceed the free space."""
    parts = [part_of(source.path(folder)) for source in sources]
    there = sum(part.stat().st_size for part in parts if part.exists())
    needed = sum(source.size or 0 for source in sources) - there
    disk = next(each for each in (folder, *folder.absolute().parents) if each.exists())
    free = shutil.disk_usage(disk).free
    if needed <= free:
        return []
    return [
        f"{folder.absolute()}: found {size_text(free)} free on its disk, expected "
        f"{size_text(needed)} for {len(sources)} downloads. Make room, or choose another folder "
        "(key downloads in config.yaml)."
    ]
