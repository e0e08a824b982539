"""A writer of zip archives with the traditional encryption, which Python can only read.

Plain Python after PKWARE's APPNOTE.TXT, and so an independent check of the compiled reader.
"""

import struct
import zlib
from collections.abc import Iterable
from pathlib import Path

ENCRYPTED, DEFLATED, VERSION = 1, 8, 20
NO_TIME = (0, 0x21)  # 1 January 1980


def write_encrypted(path: Path, members: Iterable[tuple[str, bytes]], password: bytes) -> None:
    """Write (name, content) pairs as an encrypted zip archive."""
    directory = []
    with open(path, "wb") as file:
        for name, content in members:
            compressor = zlib.compressobj(1, zlib.DEFLATED, -zlib.MAX_WBITS)
            packed = compressor.compress(content) + compressor.flush()
            checksum = zlib.crc32(content)
            seed = bytes(range(11)) + bytes([checksum >> 24])  # the last byte tells the password
            packed = encrypted(seed + packed, password)
            about = struct.pack(
                "<HHHHHIIIHH", *(VERSION, ENCRYPTED, DEFLATED, *NO_TIME),
                *(checksum, len(packed), len(content), len(name.encode()), 0),
            )  # fmt: skip
            directory.append(
                b"PK\x01\x02" + struct.pack("<H", VERSION) + about
                + struct.pack("<HHHII", 0, 0, 0, 0, file.tell()) + name.encode()
            )  # fmt: skip
            file.write(b"PK\x03\x04" + about + name.encode() + packed)
        start, entries = file.tell(), b"".join(directory)
        end = struct.pack("<HHHHIIH", 0, 0, len(directory), len(directory), len(entries), start, 0)
        file.write(entries + b"PK\x05\x06" + end)


def encrypted(plain: bytes, password: bytes) -> bytes:
    """The bytes of `plain` encrypted with a password."""
    keys = [0x12345678, 0x23456789, 0x34567890]
    for byte in password:
        _update(keys, byte)
    result = bytearray()
    for byte in plain:
        mixed = (keys[2] | 2) & 0xFFFF
        result.append(byte ^ (mixed * (mixed ^ 1) >> 8 & 0xFF))
        _update(keys, byte)
    return bytes(result)


def _update(keys: list[int], byte: int) -> None:
    keys[0] = _crc(keys[0], byte)
    keys[1] = ((keys[1] + (keys[0] & 0xFF)) * 134775813 + 1) & 0xFFFFFFFF
    keys[2] = _crc(keys[2], keys[1] >> 24)


def _crc(value: int, byte: int) -> int:
    """One step of CRC-32 without the inversions that zlib adds."""
    return zlib.crc32(bytes([byte]), value ^ 0xFFFFFFFF) ^ 0xFFFFFFFF
