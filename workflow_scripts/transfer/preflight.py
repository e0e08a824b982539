"""All that stands in the way of the downloads of a run, said before the run begins."""

import shutil
from pathlib import Path

from workflow_scripts.job.errors import InputError, unwritable_message
from workflow_scripts.transfer.sources import addresses, obtaining, part_of, path_of, size_text


def preflight(rows, folder, offline=False, mirror=None, gone=()):
    """Check that every source that a run needs is there or can be downloaded. No network is used.

    Parameters
    ----------
    rows: rows of sources.tsv whose files are not yet there or not yet verified
    folder: where downloads lie
    offline: whether downloading is forbidden
    mirror: base URL that serves all sources
    gone: rows whose files were verified, are needed again, and are not there any more

    Raises
    ------
    InputError naming all files that a person has to see to, each with its place and its source,
    and the disk if it is too full for what is downloaded.
    """
    folder = Path(folder)
    if rows and (message := unwritable_message(folder)):
        raise InputError(message)
    missing, downloads, lines = [], [], []
    for row in rows:
        file = path_of(row, folder)
        if file.exists():
            lines += _size_lines(row, file)
        elif offline or not addresses(row, mirror):
            missing.append(row)
        else:
            downloads.append(row)
    lines += _missing_lines(missing, folder, offline)
    lines += [_gone_line(path_of(row, folder)) for row in gone]
    lines += _space_lines(downloads, folder)
    if lines:
        raise InputError("\n".join([*lines, "Then run the same command again."]))


def _size_lines(row, file):
    size = file.stat().st_size
    if file.is_dir() or row["bytes"] in (None, size):
        return []
    return [f"{file}: found {size} bytes, expected {row['bytes']}. {obtaining(row, file)}."]


def _missing_lines(rows, folder, offline):
    if not rows:
        return []
    files = "1 file is" if len(rows) == 1 else f"{len(rows)} files are"
    why = "offline is true in config.yaml" if offline else "not to be had without a person's doing"
    lines = [f"{files} missing ({why}); what is put in place is verified:"]
    for row in rows:
        size = size_text(row["bytes"]) if row["bytes"] else "size unknown"
        lines.append(f"- {row['file']} ({size}): {obtaining(row, path_of(row, folder))}.")
    return lines


def _gone_line(file):
    # By itself, the download takes nothing along that was computed from the same file before.
    return (
        f"{file}: is needed again, but was removed after it was verified. Put it back, or obtain "
        f"it anew: rm {file}.sha256; snakemake --cores 1 {file}.sha256"
    )


def _space_lines(rows, folder):
    """A line if the sizes that are known exceed the free space."""
    parts = [part_of(path_of(row, folder)) for row in rows]
    there = sum(part.stat().st_size for part in parts if part.exists())
    needed = sum(row["bytes"] or 0 for row in rows) - there
    disk = next(each for each in (folder, *folder.absolute().parents) if each.exists())
    free = shutil.disk_usage(disk).free
    if needed <= free:
        return []
    return [
        f"{folder.absolute()}: found {size_text(free)} free on its disk, expected "
        f"{size_text(needed)} for {len(rows)} downloads. Make room, or choose another folder (key "
        "downloads in config.yaml)."
    ]
