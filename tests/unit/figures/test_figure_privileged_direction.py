"""The figure of the most privileged direction: images at its ends, beside their concepts."""

import h5py
import numpy as np
import pandas as pd
import pytest

from tests.unit.inputs.figure_inputs import FILES, STUDY, pool, rows_of
from workflow_scripts.figures import figure_privileged_direction as script
from workflow_scripts.job.errors import InputError
from workflow_scripts.reporting.families import FAMILIES

MODELS = rows_of(pool(), "vit-supervised", "rn-web-large")
SIGNS = {"highest": "convention", "lowest": "opposite"}
TITLES = ["Highest projections", "Lowest projections"]
SHOWN, LISTED = 3, 5


@pytest.fixture
def make(saved, tmp_path):
    """Draws from a store of images of one colour each: the colour is the number of the image."""
    with h5py.File(tmp_path / "store.h5", "w") as file:
        numbers = np.random.default_rng(0).permutation(40)
        names = [f"{number}.jpg" for number in numbers]
        file.create_dataset("ids", data=names, dtype=h5py.string_dtype())
        file["pixels"] = np.tile(numbers.astype(np.uint8)[:, None, None, None], (1, 4, 4, 3))
        file.attrs["complete"] = True
    keys = [(model["model"], side, place)
            for model in reversed(MODELS) for side in SIGNS for place in (2, 3, 1)]  # fmt: skip
    images = pd.DataFrame(keys, columns=["model", "side", "place"])
    images["image"] = [f"{number}.jpg" for number in range(7, 7 + len(images))]
    keys = [(model["model"], sign, place)
            for model in reversed(MODELS) for sign in reversed(SIGNS.values())
            for place in range(1, LISTED + 2)]  # fmt: skip
    top = pd.DataFrame(keys, columns=["model", "sign", "place"])
    top["direction"] = top["model"].map({"vit-supervised": 11, "rn-web-large": 4})
    top["name"] = [f"thing {n}" if n % 5 else f"place {n}-s" for n in range(len(top))]
    top["average_precision"] = np.linspace(0.97, 0.31, len(top))
    images.to_csv(tmp_path / "images.csv", index=False)
    top.to_csv(tmp_path / "top.csv", index=False)
    paths = [tmp_path / name for name in ("store.h5", "top.csv", "images.csv")]

    def run(models=MODELS):
        settings = {"study": STUDY, "models": models, "dataset": "broden"}
        (only,) = saved(script, *paths, FILES, **settings)
        return only, images, top

    return run


@pytest.fixture
def draw(make):
    return make()


def lines(part):
    """The axes of each end of a direction: [2, images + 1]."""
    return np.reshape(part.axes, (2, SHOWN + 1))


def test_images_stand_by_their_place_the_most_extreme_first(draw):
    figure, images = draw[0].figure, draw[1]
    for part, model in zip(figure.subfigs, MODELS, strict=True):
        for row, side in zip(lines(part), SIGNS, strict=True):
            own = images[(images["model"] == model["model"]) & (images["side"] == side)]
            names = own.set_index("place").loc[[1, 2, 3], "image"]
            shown = [int(ax.images[0].get_array()[0, 0, 0]) for ax in row[:SHOWN]]
            assert [f"{number}.jpg" for number in shown] == names.tolist()


def test_concepts_stand_beside_the_images_of_their_end(draw):
    figure, top = draw[0].figure, draw[2]
    for part, model in zip(figure.subfigs, MODELS, strict=True):
        for row, sign in zip(lines(part), SIGNS.values(), strict=True):
            own = top[(top["model"] == model["model"]) & (top["sign"] == sign)].head(LISTED)
            expected = [
                f"{value:.2f}  {name.replace('-s', ' scene')}"
                for name, value in zip(own["name"], own["average_precision"], strict=True)
            ]
            assert row[-1].get_title(loc="left") == "Average precision"
            (text,) = row[-1].texts
            assert text.get_text().splitlines() == expected


def test_headings(draw):
    parts = draw[0].figure.subfigs
    for part, model, direction in zip(parts, MODELS, (11, 4), strict=True):
        built = ", ".join(filter(None, (model["backbone"], model["pretraining"])))
        name = f"{FAMILIES[model['family']].name}, {built}"
        assert part.get_suptitle() == f"{name}: direction {direction} by singular value"
        assert [row[0].get_title(loc="left") for row in lines(part)] == TITLES
        assert not any(ax.axison for ax in part.axes)


def test_each_model_has_its_part_of_the_figure(make):
    for count in (1, 2):
        figure = make(MODELS[:count])[0].figure
        assert len(figure.subfigs) == count
        assert figure.get_figheight() == pytest.approx(1.95 * count)


def test_a_store_without_images_is_refused(make, tmp_path):
    with h5py.File(tmp_path / "store.h5", "a") as file:
        del file["pixels"]
    with pytest.raises(InputError, match="store.h5: .*pixels"):
        make()


def test_caption(draw):
    caption = draw[0].caption
    assert caption.startswith("**The most privileged direction.**") and "`broden`" in caption
    assert "Study `tiny`. Models: `vit-supervised`, `rn-web-large`." in caption
    assert "Not a figure of the paper." in caption
