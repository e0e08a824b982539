"""Images are decoded whole, or named; whatever Pillow raises for damage is known."""

import io
import random

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from tests.unit.inputs.image_inputs import encoded, picture
from workflow_scripts.files.images import decode, opened_image, warn_of_deep
from workflow_scripts.job.errors import InputError

FORMATS = ("JPEG", "PNG", "GIF", "BMP", "TIFF", "WEBP", "AVIF")


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_an_image_is_decoded_to_RGB(mode):
    content = encoded(picture(20, 10).convert(mode))
    expected = Image.open(io.BytesIO(content))
    with opened_image(content, "a") as image:
        assert image.mode == mode
        np.testing.assert_array_equal(image, expected)
    assert decode(content, "a").mode == "RGB"
    np.testing.assert_array_equal(decode(content, "a"), expected.convert("RGB"))


def test_a_program_is_no_image():
    """Pillow would give PostScript to Ghostscript, which runs it."""
    with pytest.raises(InputError, match="a: cannot be decoded .of none of the formats JPEG, "):
        decode(encoded(picture(20, 10), "EPS"), "a")


@pytest.mark.parametrize("content", [b"", b"GIF?", encoded(picture(20, 10))[:-100]])
def test_damage_is_named_with_its_remedy(content):
    with pytest.raises(InputError, match="^a: cannot be decoded .*truncated. Obtain the archive"):
        decode(content, "a")
    with (
        pytest.raises(InputError, match="^b: cannot be decoded .*truncated. Leave it out$"),
        opened_image(content, "b", "Leave it out"),
    ):
        pass


def test_what_fails_in_the_block_is_damage():
    with (
        pytest.raises(InputError, match="^a: cannot be decoded .*no such mode"),
        opened_image(encoded(picture(20, 10)), "a"),
    ):
        raise ValueError("no such mode")


def test_an_image_larger_than_is_safe(monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)
    with pytest.raises(InputError, match="^a: is beyond a limit .*200 pixels.* may be intact"):
        decode(encoded(picture(20, 10)), "a")


def test_long_texts_are_no_damage(monkeypatch):
    texts = PngImagePlugin.PngInfo()
    texts.add_text("prompt", "a" * 1000, zip=True)
    buffer = io.BytesIO()
    picture(20, 10).save(buffer, "PNG", pnginfo=texts)
    monkeypatch.setattr(PngImagePlugin, "MAX_TEXT_CHUNK", 100)
    with pytest.raises(InputError, match="^a: is beyond a limit .*MAX_TEXT.* may be intact"):
        decode(buffer.getvalue(), "a")


def shades(kind, dtype, top):
    """A greyscale image from 0 to `top`."""
    values = np.linspace(0, top, 64).reshape(8, 8).astype(dtype)
    return encoded(Image.fromarray(values), kind)


DEEP = {
    "sixteen bits": ("PNG", "u2", 65535),
    "sixteen bits, big-endian": ("TIFF", ">u2", 65535),
    "integers": ("TIFF", "i4", 65535),
    "floats": ("TIFF", "f4", 1),
}


@pytest.mark.parametrize("form", DEEP)
def test_shades_that_are_lost_are_warned_of_once(form, caplog):
    deep = []
    for name, content in (
        ("b", shades(*DEEP[form])),
        ("a", shades(*DEEP[form])),
        ("c", shades("PNG", "u1", 255)),
        ("d", encoded(picture(20, 10), "PNG")),
    ):
        found = np.unique(decode(content, name, deep))
        assert (len(found) < 4) == (name in "ab"), "white, black and little else"
    assert deep == ["b", "a"]
    warn_of_deep([])
    assert not caplog.records
    warn_of_deep(deep)
    assert "2 images are greyscale of more than eight bits, for one a. " in caplog.text


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", FORMATS)
def test_no_damage_ends_in_another_error(kind, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10**6)  # damaged sizes would take long
    intact, rng = encoded(picture(20, 10), kind), random.Random(kind)
    refused = 0
    for _ in range(150):
        content = bytearray(intact[: rng.choice([len(intact), rng.randrange(len(intact))])])
        for _ in range(rng.randrange(5)):
            if content:
                content[rng.randrange(min(len(content), 400))] = rng.randrange(256)
        try:
            decode(bytes(content), "a")
        except InputError:
            refused += 1
    assert refused > 0
