"""What is asked for, taken apart."""

from pathlib import Path

import pytest

from tests.unit.inputs.own_inputs import request
from workflow_scripts.job.errors import InputError
from workflow_scripts.own.request import Named, cell_of, slug, stem_of


def test_models_with_and_without_labels():
    found = request(model="a.pt, my best = /data/b c.pt,hf-hub:o/n", architecture="RN50,RN101,RN50")
    assert found.models == [Named("a.pt"), Named("/data/b c.pt", "my best"), Named("hf-hub:o/n")]
    assert [found.architecture_of(place) for place in range(3)] == ["RN50", "RN101", "RN50"]
    assert request(model=["a.pt", "b.pt"], architecture="RN50").architecture_of(1) == "RN50"
    assert request().architecture_of(0) is None


def test_the_results_are_named_by_the_images():
    assert request(images="/data/My Photos.v2.tar.gz").name == "my-photos-v2"
    assert request(name="holiday").name == "holiday"
    assert slug("??") == "own"
    assert (stem_of("/a/b.tgz"), stem_of("/a/b/")) == ("b", "b")


def test_a_path_is_known_by_its_slash():
    assert cell_of("a.pt") == "./a.pt"
    assert cell_of("~/a.pt") == str(Path.home() / "a.pt")


@pytest.mark.parametrize(
    ("given", "key", "expected"),
    [
        ({"model": None}, "model", "a model, since key images is given"),
        ({"images": None}, "images", "a folder or archive, since key model is given"),
        ({"architecture": "RN50,RN101"}, "architecture", "one for all models, or one for each"),
        ({"images": "a;b"}, "images", "a path without braces, semicolons and tabs"),
        ({"shifted": "s={a}"}, "shifted", "a path without braces, semicolons and tabs"),
    ],
)
def test_what_cannot_be_meant(given, key, expected):
    with pytest.raises(InputError, match=f"own, key {key} .*{expected}"):
        request(**given)
