"""The pixels of a view are, bit for bit, those of open_clip's and torchvision's own transforms."""

import io

import numpy as np
import pytest
from PIL import Image

from tests.authentic.photos import encoded, jpeg, photo
from workflow_scripts.datasets import image_store as store
from workflow_scripts.job.errors import InputError
from workflow_scripts.networks.torchvision_operators import ensure

CLIP = {"size": 224, "interpolation": "bicubic"}
TORCHVISION = {"size": 224, "resize": 256, "interpolation": "bilinear"}
# Sizes that ImageNet and its shifts have, and some that nobody expects.
SIZES = [(500, 375), (375, 500), (333, 500), (224, 224), (225, 224), (223, 300), (97, 61),
         (1600, 1067), (500, 91), (60, 700), (448, 449), (1, 1), (1, 40), (30, 1)]  # fmt: skip


def open_clip_pixels(content):
    """Pixels that open_clip feeds its models with, before it normalises them."""
    ensure()
    from open_clip import image_transform

    transform = image_transform(224, is_train=False, mean=(0, 0, 0), std=(1, 1, 1))
    return (transform(Image.open(io.BytesIO(content))) * 255).round().byte().numpy()


def torchvision_pixels(content):
    """Pixels that torchvision's supervised ViTs are evaluated on, before it normalises them."""
    ensure()
    from torchvision.models import ViT_B_32_Weights

    transform = ViT_B_32_Weights.IMAGENET1K_V1.transforms(mean=(0, 0, 0), std=(1, 1, 1))
    image = Image.open(io.BytesIO(content)).convert("RGB")
    return (transform(image) * 255).round().byte().numpy()


def check(content, view=CLIP, reference=open_clip_pixels):
    pixels = store.decode_view(content, "image", view, border=0)
    np.testing.assert_array_equal(pixels.transpose(2, 0, 1), reference(content))


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_jpegs_of_all_sizes(size, mode):
    check(jpeg(f"{mode} {size}", size, mode))


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_the_view_of_torchvision(size, mode):
    check(jpeg(f"torchvision {size}", size, mode), TORCHVISION, torchvision_pixels)


def deep(image):
    """An image of 16 bits a channel."""
    return Image.fromarray(np.asarray(image.convert("L")).astype(np.uint16) * 257)


def with_key(image):
    """A palette image with a transparent colour."""
    image = image.quantize(64)
    image.info["transparency"] = 3
    return image


PNGS = {
    "RGB": lambda image: image,
    "RGBA": lambda image: Image.merge("RGBA", (*image.split(), image.split()[0])),
    "L": lambda image: image.convert("L"),
    "LA": lambda image: Image.merge("LA", image.split()[:2]),
    "palette": lambda image: image.quantize(64),
    "palette with transparency": with_key,
    "two colours": lambda image: image.convert("1"),
    "16 bits": deep,
}


@pytest.mark.parametrize("kind", PNGS)
@pytest.mark.parametrize("size", [(500, 375), (210, 333), (224, 224)], ids=str)
def test_pngs_whatever_they_are_called(kind, size):
    """One of ImageNet's JPEGs is a PNG, and ObjectNet's images all are."""
    check(encoded(PNGS[kind](photo(kind, *size)), "PNG"))


@pytest.mark.parametrize("kind", ["GIF", "BMP", "WEBP"])
def test_other_formats_that_the_web_has(kind):
    check(encoded(photo(kind, 300, 260), kind))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_images_lie_as_they_are_stored(orientation):
    """Neither open_clip nor the view turns an image as its EXIF data asks for."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    check(encoded(photo("exif", 320, 240), exif=exif))


@pytest.mark.parametrize("options", [
    {"progressive": True}, {"subsampling": 0}, {"subsampling": 2}, {"quality": 30},
    {"restart_marker_rows": 1}, {"comment": b"x" * 60_000},
], ids=str)  # fmt: skip
def test_jpegs_of_all_kinds(options):
    check(encoded(photo("jpeg", 500, 333), **options))


def test_a_cmyk_image_of_adobe_is_inverted():
    """Photoshop stores CMYK inverted and says so in a marker; ImageNet has some."""
    content = jpeg("adobe", (400, 300), "CMYK")
    assert b"Adobe" in content[:200]
    check(content)


def test_more_pixels_than_one_would_believe(monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)
    with pytest.raises(InputError, match="set, image a: is beyond a limit .*Image size"):
        store.decode_view(jpeg("bomb", (100, 100)), "set, image a", CLIP, 0)
