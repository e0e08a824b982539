"""Photo-like images: noise with the spectrum of natural images, the same for the same name."""

import hashlib
import io
from typing import Any

import numpy as np
from PIL import Image


def photo(name: str, width: int, height: int, mode: str = "RGB") -> Image.Image:
    """An image in the mode RGB, L or CMYK; `name` decides what it shows."""
    rng = np.random.default_rng(list(hashlib.sha256(name.encode()).digest()))
    y, x = np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None]
    frequency = np.hypot(x, y)
    frequency[0, 0] = np.inf  # no constant part
    shape = (4, *frequency.shape)
    spectrum = (rng.normal(size=shape) + 1j * rng.normal(size=shape)) / frequency
    waves = np.fft.irfft2(spectrum, s=(height, width))
    waves /= max(waves.std(), 1e-9)
    # Brightness is common to the channels, as it mostly is in photos.
    channels = 128 + 45 * (0.85 * waves[:1] + 0.5 * waves[1:])
    pixels = np.clip(np.moveaxis(channels, 0, 2), 0, 255).astype(np.uint8)
    return Image.fromarray(pixels).convert(mode)


def encoded(image: Image.Image, kind: str = "JPEG", **options: Any) -> bytes:
    """The bytes of an image file."""
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def jpeg(name: str, size: tuple[int, int], mode: str = "RGB") -> bytes:
    """The bytes of a photo as a JPEG of ImageNet's quality; `size` is width and height."""
    return encoded(photo(name, *size, mode), quality=90)
