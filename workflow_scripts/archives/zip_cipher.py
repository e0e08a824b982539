"""The traditional encryption of zip archives (PKWARE's APPNOTE.TXT, section 6.1), compiled.

It protects nothing; ObjectNet's authors use it to make people read the terms.
"""

import zlib

import numpy as np

from workflow_scripts.method.compiled import compiled

_CRC_TABLE = np.array(
    [zlib.crc32(bytes([byte]), 0xFFFFFFFF) ^ 0xFFFFFFFF for byte in range(256)], dtype=np.int64
)


@compiled
def _decrypted(data: np.ndarray, password: np.ndarray, table: np.ndarray) -> np.ndarray:
    key0, key1, key2 = 0x12345678, 0x23456789, 0x34567890
    plain = np.empty(len(data), dtype=np.uint8)
    for place in range(-len(password), len(data)):
        if place < 0:  # the keys take in the password first
            byte = int(password[place + len(password)])
        else:
            mixed = (key2 | 2) & 0xFFFF
            byte = int(data[place]) ^ ((mixed * (mixed ^ 1)) >> 8 & 0xFF)
            plain[place] = byte
        key0 = (key0 >> 8) ^ table[(key0 ^ byte) & 0xFF]
        key1 = ((key1 + (key0 & 0xFF)) * 134775813 + 1) & 0xFFFFFFFF
        key2 = (key2 >> 8) ^ table[(key2 ^ (key1 >> 24)) & 0xFF]
    return plain


def decrypted(data: bytes, password: bytes) -> bytes:
    """The plain bytes of encrypted ones; the first twelve are a random seed.

    A wrong password gives other bytes, which the caller has to notice. Other threads go on
    meanwhile.
    """
    arrays = (np.frombuffer(each, dtype=np.uint8) for each in (data, password))
    return _decrypted(*arrays, _CRC_TABLE).tobytes()
