"""Members of a zip archive: read as they are stored, then unpacked in any thread.

Unlike Python's own `zipfile`, whose decryption runs at some MB/s, this one keeps a core busy at the
speed of a disk, which ObjectNet with its 190 GB needs.
"""

import struct
import zipfile
import zlib
from typing import IO

_LOCAL_HEADER = struct.Struct("<4s22x2H")  # signature, ..., lengths of the name and the extra field
_SIGNATURE = b"PK\x03\x04"
_ENCRYPTED, _STRONGLY_ENCRYPTED = 0x1, 0x40  # bits of ZipInfo.flag_bits
_AES = 99  # in place of the compression
_SEED = 12  # bytes that precede what is encrypted


def is_encrypted(info: zipfile.ZipInfo) -> bool:
    """Whether a member needs a password."""
    return bool(info.flag_bits & _ENCRYPTED)


def unreadable_reason(info: zipfile.ZipInfo) -> str | None:
    """Why a member cannot be unpacked, whatever the password; None if it can."""
    if info.flag_bits & _STRONGLY_ENCRYPTED or info.compress_type == _AES:
        return "AES or another strong encryption, expected the traditional one of PKZIP or none"
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return f"compression method {info.compress_type}, expected deflated or stored members"
    return None


def read_packed(file: IO[bytes], info: zipfile.ZipInfo) -> bytes:
    """The bytes of a member as they lie in an open archive, still compressed and encrypted.

    Raises
    ------
    zipfile.BadZipFile: there is no header where the archive's directory says
    EOFError: the archive ends too early
    """
    file.seek(info.header_offset)
    header = file.read(_LOCAL_HEADER.size)
    if len(header) < _LOCAL_HEADER.size or not header.startswith(_SIGNATURE):
        raise zipfile.BadZipFile(f"no header of {info.filename}")
    _, name, extra = _LOCAL_HEADER.unpack(header)
    file.seek(name + extra, 1)
    packed = file.read(info.compress_size)
    if len(packed) < info.compress_size:
        raise EOFError(f"{info.filename} ends too early")
    return packed


def unpack(info: zipfile.ZipInfo, packed: bytes, password: bytes | None = None) -> bytes:
    """The content of a member, decrypted and decompressed; its length and CRC are checked.

    Raises
    ------
    zipfile.BadZipFile, zlib.error: the content is damaged, or the password wrong
    """
    if is_encrypted(info):
        if password is None:
            raise zipfile.BadZipFile(f"no password for {info.filename}")
        from workflow_scripts.archives.zip_cipher import decrypted  # numba, which few need

        packed = decrypted(packed, password)[_SEED:]
    content = packed
    if info.compress_type == zipfile.ZIP_DEFLATED:
        # One byte more than it should have, so that a wrong length is noticed and no more is made.
        content = zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, info.file_size + 1)
    if len(content) != info.file_size or zlib.crc32(content) != info.CRC:
        raise zipfile.BadZipFile(f"bad CRC-32 of {info.filename}")
    return content
