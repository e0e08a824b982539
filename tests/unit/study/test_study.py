"""A study is read as its files say, and all mistakes in it are reported, in one line each."""

import shutil

import pytest
import yaml

from tests.unit.inputs.study_inputs import (
    CLASSES,
    DATASETS,
    FIXTURE,
    MODELS,
    ROOT,
    SETTINGS,
)
from workflow_scripts.study import study


def test_a_study_is_read_as_it_is_written(workplace):
    small = workplace.load()
    assert small.name == "small" and small.folder == workplace.folder
    assert list(small.models)[:2] == ["rn_web-large", "rn_web-small"]
    assert small.models["rn_web-small"] == {
        "model": "rn_web-small", "family": "robust_zero_shot", "backbone": "RN-mini",
        "pretraining": "Web-small", "origin": "contrastive", "parent": None, "recipe": "clip",
        "train_dataset": "web-small", "text": "caption", "images": None, "epochs": 6, "seed": 1,
        # columns that the table does without
        "architecture": None, "source": None, "view": None, "normalisation": None,
        "head": None, "finetuning": None, "run": None, "step": None, "deviates": None,
        "published": None, "missing": None, "note": None, "arm": None,
    }  # fmt: skip
    assert small.models["rn_baseline-1000"]["pretraining"] is None
    assert small.models["rn_baseline-1000"]["images"] == 1000
    assert small.datasets["imagenet-r"]["classes"] == 2
    assert small.datasets["web-large"]["class_list"] is None
    assert small.classes[1] == {"wnid": "n00000002", "name": "coffee mug"}
    assert small.class_lists["imagenet-r"] == ["n00000002", "n00000004"]
    assert "web-large" not in small.class_lists
    assert small.settings["recipes"]["finetuning"]["learning_rate"] == 0.001  # written 1e-3


@pytest.mark.parametrize("path", [FIXTURE, FIXTURE.relative_to(ROOT), f"{FIXTURE}/"])
def test_the_path_of_a_study_can_be_given(workplace, path):
    workplace.config["study"] = str(path)
    small = study.load(ROOT, workplace.config)
    assert small.folder == FIXTURE
    assert small.name == "small_study"


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_line_ends_byte_order_mark_and_blank_lines_do_no_harm(workplace, ends):
    before = workplace.load()
    path = workplace.folder / MODELS
    text = "\ufeff" + path.read_text().replace("\n", ends) + ends
    path.write_bytes(text.encode())
    assert workplace.load().models == before.models


def test_files_that_a_study_lacks_come_from_the_folder_that_it_shares(workplace):
    shared = workplace.root / "studies" / "shared"
    shared.mkdir()
    for name in (CLASSES, "class_lists", "architectures"):
        shutil.move(workplace.folder / name, shared / name)
    assert len(workplace.mistakes()) > 3
    workplace.replace("study.yaml", "views:", "files_from: ../shared\nviews:")
    small = workplace.load()
    assert small.class_lists["imagenet-r"] == ["n00000002", "n00000004"]
    assert small.file("architectures/RN-mini.json").parent.parent == shared
    (workplace.folder / "class_lists").mkdir()
    (workplace.folder / "class_lists" / "imagenet-r.txt").write_text("n00000001\nn00000009\n")
    own = "studies/small/class_lists/imagenet-r.txt, line 2"
    workplace.refuses(own, "a wnid of classes.tsv", "n00000004")
    workplace.replace("study.yaml", "../shared", "../shred")
    workplace.refuses(f"{SETTINGS}, key files_from", "relative to the study's own", found="shred")


def test_a_finetuned_model_sees_images_and_is_built_as_its_parent(workplace):
    parent = "rn_web-large"
    workplace.columns(MODELS, view={parent: "mini64"}, architecture={parent: "ViT-64"})
    views = {name: {"size": int(name[4:]), "interpolation": "bicubic"}
             for name in ("mini32", "mini64")}  # fmt: skip
    workplace.settings(views=views)
    folder = workplace.folder / "architectures"
    config = (folder / "ViT-mini.json").read_text().replace("32", "64")
    (folder / "ViT-64.json").write_text(config)
    small = workplace.load()
    assert small.models["rn_web-large_finetuned"]["parent"] == parent
    for model in (parent, "rn_web-large_finetuned"):
        assert small.view_of(model) == "mini64"
        assert small.architecture_of(model).name == "ViT-64.json"
    assert small.view_of("rn_supervised") == "mini32"
    assert small.architecture_of("rn_supervised").name == "RN-mini.json"


# Tables


def test_a_line_says_where_what_and_how_to_mend_it(workplace):
    workplace.cell(MODELS, "rn_supervised", "recipe", "scrach")
    assert workplace.lines() == [
        "studies/small/models.tsv, row 8 (rn_supervised), column recipe: found 'scrach', expected "
        "the name of a recipe in study.yaml (clip, finetuning, scratch); did you mean 'scratch'?"
    ]


def test_an_id_twice(workplace):
    workplace.cell(MODELS, "rn_baseline-1000", "model", "rn_supervised")
    place = "studies/small/models.tsv, row 9 (rn_supervised), column model"
    workplace.refuses(place, "a different id in each row", found="as in row 8")


def test_a_wrong_number_of_cells(workplace):
    workplace.replace(MODELS, "rn_supervised\tsupervised", "rn_supervised\tsuper\tvised")
    place = "studies/small/models.tsv, row 8 (rn_supervised)"
    workplace.refuses(place, "12, separated by single tabs", found="13 cells")


def test_a_misspelt_column_is_one_mistake(workplace):
    workplace.replace(DATASETS, "class_list", "clas_list")
    place = "studies/small/datasets.tsv, column clas_list"
    workplace.refuses(place, "one of dataset, title", "class_list", found="an unknown column")


def test_a_missing_column_is_one_mistake(workplace):
    workplace.write(MODELS, [row[:-1] for row in workplace.rows(MODELS)])
    place = "studies/small/models.tsv, column seed"
    workplace.refuses(place, "a column for: Seed of the initial weights", found="no such column")


@pytest.mark.parametrize(
    ("header", "column", "found", "expected"),
    [
        ("wnid\tname\tx", "x", "an unknown column", "one of wnid, name"),
        ("wnid\tname\tname", "name", "it twice", "different columns"),
    ],
)
def test_a_column_too_many(workplace, header, column, found, expected):
    _, *rows = workplace.rows(CLASSES)
    workplace.write(CLASSES, [header.split("\t"), *([*row, row[1]] for row in rows)])
    workplace.refuses(f"studies/small/classes.tsv, column {column}", expected, found=found)


def test_commas_instead_of_tabs(workplace):
    path = workplace.folder / CLASSES
    path.write_text(path.read_text().replace("\t", ","))
    expected = "the columns wnid, name, separated by tabs"
    workplace.refuses("studies/small/classes.tsv", expected, found="a header without tabs")


@pytest.mark.parametrize("file", [MODELS, CLASSES])
@pytest.mark.parametrize(
    ("content", "found"),
    [
        (None, "no such file"),
        (b"", "an empty file"),
        (b"wnid\tname\n\xff\tcar\n", "text that is not UTF-8 at byte 10"),
    ],
)
def test_a_table_that_cannot_be_read(workplace, file, content, found):
    path = workplace.folder / file
    path.unlink() if content is None else path.write_bytes(content)
    workplace.refuses(f"studies/small/{file}", "", found=found)


def test_a_table_without_rows(workplace):
    workplace.write(CLASSES, workplace.rows(CLASSES)[:1])
    workplace.refuses("studies/small/classes.tsv", "at least one below the header", found="no rows")


def test_twenty_mistakes_give_twenty_lines(workplace):
    settings = workplace.plain_settings()
    workplace.config["device"] = "gpu"
    workplace.config["wise_ft"] = {"alphas": [0, 2, -1], "keep_activations": False}
    workplace.config["extra"] = 1
    settings["titel"] = settings.pop("title")
    settings["view"] = "mini23"
    settings["recipes"]["clip"]["flip"] = "no"
    settings["recipes"]["scratch"]["batch_size"] = 1
    (workplace.folder / "study.yaml").write_text(yaml.safe_dump(settings))
    for file, name, column, value in (
        (MODELS, "rn_web-large", "text", ""),
        (MODELS, "rn_web-small", "backbone", "RN"),
        (MODELS, "vit_web-large", "seed", "x"),
        (MODELS, "rn_web-small_finetuned", "parent", "rn_web-smal"),
        (MODELS, "rn_web-large_finetuned", "recipe", "finetune"),
        (MODELS, "rn_supervised", "train_dataset", "web-small"),
        (MODELS, "rn_baseline-1000", "model", "rn_supervised"),
        (DATASETS, "imagenet-r", "classes", "7"),
        (DATASETS, "imagenet-v2", "layout", "folders"),
        (DATASETS, "web-large", "images", "0"),
    ):
        workplace.cell(file, name, column, value)
    workplace.add(MODELS, "short\trow")
    workplace.replace("class_lists/objectnet.txt", "n00000003", "n00000009")
    assert len(workplace.mistakes()) == 20
