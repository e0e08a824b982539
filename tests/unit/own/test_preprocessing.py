"""View and normalisation by what a checkpoint states."""

import pytest

from tests.unit.inputs.own_inputs import CLIP
from workflow_scripts.job.errors import InputError
from workflow_scripts.own.preprocessing import of_library, of_open_clip


def test_what_is_not_stated_is_open_clips_default():
    images = of_open_clip(CLIP, {}, "nobody")
    assert images.view == {"size": 32, "interpolation": "bicubic"}
    assert (images.view_name, images.normalisation_name) == ("32-bicubic", "openai")
    assert str(images).startswith("32 pixels (bicubic, shorter side to 32, centre), mean [0.48")


def test_siglip_squashes():
    stated = {"resize_mode": "squash", "mean": [0.5] * 3, "std": [0.5] * 3, "size": [3, 32, 32]}
    images = of_open_clip(CLIP, stated, "its configuration")
    assert images.view == {"size": 32, "interpolation": "bicubic", "squash": True}
    assert (images.view_name, images.normalisation_name) == ("32-squash-bicubic", "half")
    assert "squashed" in str(images)


def test_a_library_states_the_resize_and_other_numbers_name_themselves():
    stated = {"size": 224, "resize": 235, "interpolation": "bilinear",
              "mean": [0.1, 0.2, 0.3], "std": [1, 1, 1]}  # fmt: skip
    images = of_library(stated, "timm")
    assert images.view_name == "224-of-235-bilinear"
    assert images.normalisation_name == "0.1-0.2-0.3-1-1-1"


@pytest.mark.parametrize(
    ("stated", "message"),
    [
        ({"size": 64}, "found images of 64 pixels .* for a network that takes 32"),
        ({"size": [32, 48]}, "found images of 32 x 48, expected a square"),
        ({"resize_mode": "longest"}, "found resize_mode longest, expected shortest or squash"),
        ({"interpolation": "random"}, "found interpolation random, expected nearest"),
    ],
)
def test_what_contradicts_itself(stated, message):
    with pytest.raises(InputError, match=f"config: {message}"):
        of_open_clip(CLIP, stated, "config")
