"""The images at both ends of a model's most privileged direction, as the page shows them."""

import base64
import io

import numpy as np
from PIL import Image

from tests.unit.inputs import page_inputs
from tests.unit.inputs.card_inputs import MODELS
from workflow_scripts.page import extremes


def test_strips_have_the_images_in_their_order(tmp_path):
    files = page_inputs.write(tmp_path)
    found = extremes.strips(MODELS, files["images"], files["store"])
    assert [len(found[model["model"]]) for model in MODELS] == [2, 2, 0]  # bare has no head
    shades = []
    for model in ("zs", "ft"):
        for (title, address), side in zip(found[model], extremes.SIDES.values(), strict=True):
            kind, content = address.split(",", 1)
            image = Image.open(io.BytesIO(base64.b64decode(content)))
            assert title == side and kind == "data:image/jpeg;base64" and image.size == (32, 16)
            shades += np.asarray(image)[8, [8, 24], 0].tolist()
    np.testing.assert_allclose(shades, 30 * np.arange(8), atol=3)
