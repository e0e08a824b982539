"""Decoding images, in the one place that knows what Pillow raises for damaged ones."""

import io
import struct
from collections.abc import Iterator
from contextlib import contextmanager

from PIL import Image

from workflow_scripts.job.errors import InputError

# What Pillow's decoders raise for images that are corrupt, truncated or larger than it deems safe.
# It documents none of it: EOFError comes from WebP, RuntimeError from AVIF, SyntaxError and
# struct.error from PNG and TIFF.
UNDECODABLE = (
    OSError,
    EOFError,
    SyntaxError,
    ValueError,
    RuntimeError,
    struct.error,
    Image.DecompressionBombError,
)


@contextmanager
def opened_image(
    content: bytes, name: str, remedy: str = "Obtain the archive again"
) -> Iterator[Image.Image]:
    """Yield an encoded image decoded, in the mode that it is stored in.

    The same errors count as damage within the block, where an image is converted or resized.

    Parameters
    ----------
    content: bytes of the image file, of any format.
    name: what messages call the image.
    remedy: how the user can mend it.

    Raises
    ------
    InputError: the image is corrupt, truncated or suspiciously large.
    """
    try:
        with Image.open(io.BytesIO(content)) as image:
            image.load()
            yield image
    except UNDECODABLE as error:
        raise InputError(
            f"{name}: cannot be decoded ({error}); the image is corrupt or truncated. {remedy}"
        ) from error


def decode(content: bytes, name: str) -> Image.Image:
    """Decode an image to RGB; otherwise as `opened_image`."""
    with opened_image(content, name) as image:
        return image if image.mode == "RGB" else image.convert("RGB")
