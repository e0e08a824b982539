"""datasets.tsv: roles, layouts, captions, and where the archives come from."""

import pytest

from tests.unit.inputs.study_inputs import DATASETS, SOURCE_ROWS


@pytest.mark.parametrize(
    ("name", "column", "value", "expected", "suggestion"),
    [
        ("imagenet-train", "captions", "captions.txt", "the name of a JSON file", None),
        ("imagenet-r", "captions", "captions.json", "nothing, since role is not train", None),
        ("imagenet-r", "role", "train-shift", "one of train, test, shift", "train"),
        ("imagenet-v2", "role", "test", "exactly one data set of role test", None),
        ("imagenet-r", "layout", "webdataset", "since the images have labels", None),
        ("imagenet-r", "archive", "data/r.tar", "the name of a file without folders", None),
    ],
)
def test_a_mistaken_cell(workplace, name, column, value, expected, suggestion):
    workplace.cell(DATASETS, name, column, value)
    workplace.refuses(workplace.at(DATASETS, name, column), expected, suggestion)


def test_a_study_without_a_test_set(workplace):
    workplace.cell(DATASETS, "imagenet", "role", "shift")
    place = "studies/small/datasets.tsv, column role"
    workplace.refuses(place, "exactly one data set of role test", found="no test set")


def test_an_archive_is_drawn_or_comes_from_a_source(workplace):
    workplace.columns(DATASETS, source={"imagenet-r": "val"})
    workplace.sources()
    at = workplace.at(DATASETS, "imagenet-r", "archive")
    workplace.refuses(at, "nothing, since its source names the file", found="imagenet-r.tar")
    workplace.cell(DATASETS, "imagenet-r", "archive", "")
    workplace.load()
    workplace.cell(DATASETS, "imagenet-r", "source", "")
    workplace.refuses(at, "the archive that is drawn, or an entry in column source")


@pytest.mark.parametrize(
    ("column", "value", "suggestion"),
    [("source", "val;vall", "val"), ("source", "a/val", None), ("captions", "rn5", "rn50")],
)
def test_every_source_of_a_data_set_has_a_row(workplace, column, value, suggestion):
    workplace.columns(DATASETS, source={"imagenet-train": "val"})
    workplace.sources()
    workplace.cell(DATASETS, "imagenet-train", "archive", "")
    workplace.cell(DATASETS, "imagenet-train", "captions", "rn50")
    workplace.load()
    workplace.cell(DATASETS, "imagenet-train", column, value)
    at = workplace.at(DATASETS, "imagenet-train", column)
    workplace.refuses(at, "the id of a row of sources.tsv", suggestion)


def test_the_variant_of_imagenet_v2_is_that_of_the_testbeds_line(workplace):
    workplace.columns(DATASETS, source={"imagenet-v2": "imagenet-v2-top-images"})
    workplace.cell(DATASETS, "imagenet-v2", "archive", "")
    workplace.sources(SOURCE_ROWS.replace("rn50\trn50.pt", "imagenet-v2-top-images\tv2.tar.gz"))
    workplace.load()
    workplace.settings(baselines="testbed")
    at = workplace.at(DATASETS, "imagenet-v2", "source")
    workplace.refuses(at, "imagenet-v2-threshold0.7, the variant", found="imagenet-v2-top-images")


def test_images_of_ones_own_need_neither_labels_nor_a_number(workplace):
    workplace.columns(DATASETS, source={"imagenet": "photographs/"})
    cells = {"archive": "", "layout": "unlabelled", "images": "", "classes": "", "class_list": ""}
    for column, value in cells.items():
        workplace.cell(DATASETS, "imagenet", column, value)
    assert workplace.load().datasets["imagenet"]["images"] is None
    workplace.cell(DATASETS, "imagenet", "class_list", "imagenet.txt")
    at = workplace.at(DATASETS, "imagenet", "class_list")
    workplace.refuses(at, "nothing, since the images have no labels")
    workplace.cell(DATASETS, "imagenet", "class_list", "")
    workplace.cell(DATASETS, "imagenet", "layout", "wnid_folders")
    loaded = workplace.load()
    assert loaded.class_lists["imagenet"] == [row["wnid"] for row in loaded.classes]
    workplace.cell(DATASETS, "imagenet", "source", "")
    workplace.cell(DATASETS, "imagenet", "archive", "imagenet-val.tar")
    places = {mistake.place: mistake.expected for mistake in workplace.mistakes()}
    assert places[workplace.at(DATASETS, "imagenet", "images")] == "a whole number, 1 or more"
    assert workplace.at(DATASETS, "imagenet", "classes") in places


def test_only_a_test_set_may_be_without_labels(workplace):
    workplace.cell(DATASETS, "imagenet-r", "layout", "unlabelled")
    places = [mistake.place for mistake in workplace.mistakes()]
    assert workplace.at(DATASETS, "imagenet-r", "role") in places
