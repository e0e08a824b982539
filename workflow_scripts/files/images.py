"""Decoding images: damage, limits and shades that are lost are told, whoever reads the image."""

import io
import logging
from collections.abc import Collection, Iterator
from contextlib import contextmanager

from PIL import Image, UnidentifiedImageError

from workflow_scripts.job.errors import InputError
from workflow_scripts.job.reading import DAMAGE


class BrokenImageError(InputError):
    """An image that cannot be decoded, of which other images say nothing."""


UNDECODABLE: tuple[type[Exception], ...] = (*DAMAGE, Image.DecompressionBombError)
# What photographs come in. Of Pillow's other formats one, PostScript, is a program, which it gives
# to Ghostscript.
FORMATS = ("JPEG", "JPEG2000", "PNG", "WEBP", "AVIF", "TIFF", "GIF", "BMP", "PPM")
log = logging.getLogger(__name__)


@contextmanager
def opened_image(
    content: bytes,
    name: str,
    remedy: str = "Obtain the archive again",
    deep: list[str] | None = None,
) -> Iterator[Image.Image]:
    """Yield an encoded image decoded, in the mode that it is stored in.

    The same errors count as damage within the block, where an image is converted or resized.

    Parameters
    ----------
    content: bytes of the image file, of one of `FORMATS`.
    name: what messages call the image.
    remedy: how the user can mend it.
    deep: gets the name of an image that loses its shades, see `warn_of_deep`.

    Raises
    ------
    BrokenImageError: the image is corrupt or truncated, or larger than Pillow deems safe.
    """
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as image:
            image.load()
            # Sixteen bits or floats: to eight bits, Pillow cuts values at 0 and 255.
            if deep is not None and image.mode.startswith(("I", "F")):
                deep.append(name)
            yield image
    except UNDECODABLE as error:
        # Pillow's limits are told by an exception of their own, or by the name of a constant.
        if isinstance(error, Image.DecompressionBombError) or "MAX_TEXT" in str(error):
            raise BrokenImageError(
                f"{name}: is beyond a limit of the decoder ({error}), and may be intact. Store it "
                f"with fewer pixels and without long texts. If it is corrupt: {remedy}"
            ) from error
        unknown = isinstance(error, UnidentifiedImageError)
        reason = f"of none of the formats {', '.join(FORMATS)}" if unknown else str(error)
        raise BrokenImageError(
            f"{name}: cannot be decoded ({reason}); the image is corrupt or truncated. {remedy}"
        ) from error


def decode(content: bytes, name: str, deep: list[str] | None = None) -> Image.Image:
    """Decode an image to RGB; otherwise as `opened_image`."""
    with opened_image(content, name, deep=deep) as image:
        return image if image.mode == "RGB" else image.convert("RGB")


def warn_of_deep(deep: Collection[str]) -> None:
    """Warn once of a set's greyscale images of more than eight bits, if there are any."""
    if deep:
        log.warning(
            "%d images are greyscale of more than eight bits, for one %s. As in open_clip, values "
            "above 255 become white, and those between 0 and 1 black; if that is not meant, store "
            "them with eight bits",
            len(deep),
            min(deep),
        )
