"""A study is read as its tables say, and every mistake in it is reported, in one line each."""

import copy
import shutil
import time
from pathlib import Path

import pytest
import yaml

from workflow_scripts.study import schemas, study

ROOT = Path(__file__).resolve().parents[3]
FIXTURE = ROOT / "tests" / "fixtures" / "small_study"
MODELS, DATASETS, CLASSES = "models.tsv", "datasets.tsv", "classes.tsv"
CONFIG = "config.yaml (or --config)"


class Workplace:
    """A repository with the study `small`, which tests damage."""

    def __init__(self, root: Path):
        self.root = root
        self.folder = root / "studies" / "small"
        shutil.copytree(FIXTURE, self.folder)
        self.config = yaml.safe_load((ROOT / "config.yaml").read_text())
        self.config["study"] = "small"

    def load(self):
        return study.load(self.root, self.config)

    def mistakes(self) -> list[str]:
        with pytest.raises(study.StudyError) as caught:
            self.load()
        return str(caught.value).splitlines()

    def replace(self, file: str, old: str, new: str) -> None:
        path = self.folder / file
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new, 1))

    def cell(self, file: str, name: str, column: str, value: str) -> None:
        """Put `value` into the cell of the first row called `name`."""
        path = self.folder / file
        rows = [line.split("\t") for line in path.read_text().splitlines()]
        row = next(row for row in rows if row[0] == name)
        row[rows[0].index(column)] = value
        path.write_text("\n".join("\t".join(row) for row in rows) + "\n")

    def add(self, file: str, line: str) -> None:
        with open(self.folder / file, "a") as stream:
            stream.write(line + "\n")

    def settings(self, **changes) -> None:
        path = self.folder / "study.yaml"
        path.write_text(yaml.safe_dump({**self.plain_settings(), **changes}, sort_keys=False))

    def recipe(self, name: str, **changes) -> None:
        recipes = self.plain_settings()["recipes"]
        recipes[name].update(changes)
        self.settings(recipes=recipes)

    def plain_settings(self) -> dict:
        return copy.deepcopy(study.load(ROOT, {**self.config, "study": str(FIXTURE)}).settings)


@pytest.fixture
def place(tmp_path):
    return Workplace(tmp_path)


# What is read


def test_a_study_is_read_as_it_is_written(place):
    small = place.load()
    assert small.name == "small" and small.folder == place.folder
    assert list(small.models)[:2] == ["rn_web-large", "rn_web-small"]
    assert small.models["rn_web-small"] == {
        "model": "rn_web-small", "family": "robust_zero_shot", "backbone": "RN-mini",
        "pretraining": "Web-small", "origin": "contrastive", "parent": None, "recipe": "clip",
        "train_dataset": "web-small", "text": "caption", "images": None, "epochs": 6, "seed": 1,
        # columns that the table does without
        "architecture": None, "source": None, "view": None, "normalisation": None,
        "missing": None, "note": None,
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
def test_the_path_of_a_study_can_be_given(place, path):
    place.config["study"] = str(path)
    small = study.load(ROOT, place.config)
    assert small.folder == FIXTURE
    assert small.name == "small_study"


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_line_ends_byte_order_mark_and_blank_lines_do_no_harm(place, ends):
    before = place.load()
    path = place.folder / MODELS
    text = "\ufeff" + path.read_text().replace("\n", ends) + ends
    path.write_bytes(text.encode())
    assert place.load().models == before.models


def test_reading_is_quick(place):
    place.load()
    schemas.schema.cache_clear()
    schemas._validator.cache_clear()
    start = time.perf_counter()
    place.load()
    assert time.perf_counter() - start < 0.15


@pytest.mark.parametrize("path", sorted((ROOT / "schemas").glob("*.yaml")), ids=lambda p: p.stem)
def test_schemas_are_valid_explain_each_key_and_refuse_others(path):
    content = yaml.safe_load(path.read_text())
    schemas._Validator.check_schema(content)

    def visit(part, rules=False):
        if isinstance(part, dict):
            if part.get("type") == "object" and "properties" in part:
                assert part.get("additionalProperties") is False, part
            for name, value in {} if rules else part.get("properties", {}).items():
                assert value.get("description"), f"{name} lacks a description"
            for key, value in part.items():
                visit(value, rules or key in ("if", "then", "else"))
        elif isinstance(part, list):
            for value in part:
                visit(value, rules)

    visit(content)


def test_the_shipped_configuration_is_valid_and_commented():
    text = (ROOT / "config.yaml").read_text()
    assert schemas.problems("config", yaml.safe_load(text)) == []
    for line in text.splitlines():
        if ":" in line and not line.startswith("#"):
            assert "#" in line, f"no comment on: {line}"


# config.yaml


def test_an_unknown_study(place):
    place.config["study"] = "smal"
    (place.root / "studies" / "tiny").mkdir()
    (place.root / "studies" / "tiny" / "study.yaml").write_text("")
    assert place.mistakes() == [
        f"{CONFIG}, key study: found 'smal', expected one of small, tiny; did you mean 'small'?"
    ]
    place.config["study"] = "Small"
    assert place.mistakes() == [
        f"{CONFIG}, key study: found 'Small', expected one of small, tiny; did you mean 'small'?"
    ]


def test_a_path_without_a_study(place):
    for path in ("studies/smal", "/nowhere/at_all"):
        place.config["study"] = path
        assert place.mistakes() == [
            f"{CONFIG}, key study: found '{path}', no folder with a study.yaml, expected the path "
            f"of a study's folder, relative to {place.root} or absolute"
        ]


def test_the_name_of_a_folder_must_do_for_paths(place):
    shutil.copytree(place.folder, place.root / "My Study")
    place.config["study"] = "./My Study"
    assert place.mistakes() == [
        f"{CONFIG}, key study: found './My Study', expected the name of a study, or the path of "
        "its folder, both in lower case at their end"
    ]


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        (
            {"wise_ft": {"alphas": [0, 1.5], "keep_activations": False}},
            "key wise_ft.alphas[1]: found 1.5, expected a number from 0 to 1",
        ),
        (
            {"wise_ft": {"alphas": [-0.1], "keep_activations": False}},
            "key wise_ft.alphas[0]: found -0.1, expected a number from 0 to 1",
        ),
        (
            {"wise_ft": {"alphas": [], "keep_activations": False}},
            "key wise_ft.alphas: found a list of 0, expected a list of different numbers, "
            "at least one",
        ),
        (
            {"devise": "cpu"},
            "key devise: found an unknown key, expected one of study, models, images, "
            "downloads, mirror, offline, device, bootstrap, concepts, wise_ft, pruning, cka; "
            "did you mean 'device'?",
        ),
        (
            {"device": "gpu"},
            "key device: found 'gpu', expected one of auto, cpu, cuda; did you mean 'cpu'?",
        ),
        (
            {"bootstrap": {"draws": "many", "confidence": 0.95, "seed": 0}},
            "key bootstrap.draws: found the text 'many', expected a whole number, 10 or more",
        ),
        (
            {"bootstrap": {"draws": 100.0, "confidence": 0.95, "seed": 0}},
            "key bootstrap.draws: found 100.0, expected a whole number, 10 or more",
        ),
        (
            {"bootstrap": {"draws": 100, "confidence": float("nan"), "seed": 0}},
            "key bootstrap.confidence: found nan, expected a number between 0 and 1, both excluded",
        ),
        (
            {"bootstrap": {"draws": 100, "seed": 0}},
            "key bootstrap.confidence: found no such key, expected a number between 0 and 1, "
            "both excluded",
        ),
        (
            {"bootstrap": {"draws": 100, "confidense": 0.9, "seed": 0}},
            "key bootstrap.confidense: found an unknown key, expected one of draws, confidence, "
            "seed; did you mean 'confidence'?",
        ),
        ({"bootstrap": 1000}, "key bootstrap: found 1000, expected keys and values"),
        (
            {"device": "gpu"},
            "key device: found 'gpu', expected one of auto, cpu, cuda; did you mean 'cpu'?",
        ),
    ],
)
def test_a_mistake_in_the_configuration(place, changes, line):
    place.config.update(changes)
    assert place.mistakes() == [f"{CONFIG}, {line}"]


def test_a_chosen_model_that_there_is_not(place):
    place.config["models"] = ["rn_supervised", "rn_web-largo"]
    assert place.mistakes() == [
        f"{CONFIG}, key models: found 'rn_web-largo', expected the id of a row of models.tsv "
        "(rn_web-large, rn_web-small, rn_captions-tdt, vit_web-large, rn_web-small_finetuned, "
        "rn_web-large_finetuned, rn_supervised, rn_baseline-1000); did you mean 'rn_web-large'?"
    ]


def test_chosen_models_of_which_no_figure_shows_any(place):
    place.config["models"] = ["rn_baseline-1000"]
    assert place.mistakes() == [
        f"{CONFIG}, key models: found rn_baseline-1000, expected at least one that is not missing, "
        "no baseline and no adversary"
    ]


def test_a_configuration_that_is_empty(place):
    place.config = {}
    assert len(place.mistakes()) == 12
    place.config = None
    assert place.mistakes() == [f"{CONFIG}: found nothing, expected keys and values"]


# study.yaml


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        (
            {"view": "mini23"},
            "key view: found 'mini23', expected the name of a view (mini32); "
            "did you mean 'mini32'?",
        ),
        (
            {"views": {"mini32": {"size": 32, "interpolation": "cubic"}}},
            "key views.mini32.interpolation: found 'cubic', expected one of nearest, bilinear, "
            "bicubic; did you mean 'bicubic'?",
        ),
        (
            {"views": {"mini32": {"size": 32, "resize": 24, "interpolation": "bicubic"}}},
            "key views.mini32.resize: found 24, expected at least 32, the size of the crop",
        ),
        (
            {"templates": ["a {}", "a picture"]},
            "key templates[1]: found 'a picture', expected a sentence with {} once, in place of "
            "the class name",
        ),
        (
            {"normalisations": {"openai": {"mean": [0.5, 0.5], "std": [1, 1, 1]}}},
            "key normalisations.openai.mean: found a list of 2, expected three numbers",
        ),
        (
            {"normalisations": {"openai": {"mean": [0.5, 0.5, 0.5], "std": [1, 0, 1]}}},
            "key normalisations.openai.std[1]: found 0, expected a number above 0",
        ),
        (
            {"views": {"Mini 32": {"size": 32, "interpolation": "bicubic"}}, "view": "Mini 32"},
            "key views.Mini 32: found the name 'Mini 32', expected a name of lower-case letters, "
            'digits, ".", "_" and "-"',
        ),
    ],
)
def test_a_mistake_in_the_settings(place, changes, line):
    place.settings(**changes)
    assert place.mistakes() == [f"studies/small/study.yaml, {line}"]


@pytest.mark.parametrize(
    ("recipe", "changes", "line"),
    [
        (
            "clip",
            {"epocs": 3},
            "epocs: found an unknown key, expected one of origin, epochs, batch_size, "
            "micro_batch_size, precision, learning_rate, matrix_learning_rate, "
            "projection_learning_rate, weight_decay, betas, warmup_steps, schedule, decay_epochs, "
            "decay_factor, gradient_clip, label_smoothing, images, crop_scale, shift_pixels, flip, "
            "logit_scale, logit_scale_learning_rate, caption_weight; did you mean 'epochs'?",
        ),
        (
            "clip",
            {"label_smoothing": 0.1},
            "label_smoothing: found 0.1, expected no such key in a recipe of origin contrastive",
        ),
        (
            "scratch",
            {"logit_scale": 100},
            "logit_scale: found 100, expected such a key only in a recipe of origin contrastive",
        ),
        (
            "scratch",
            {"learning_rate": "1e-3x"},
            "learning_rate: found the text '1e-3x', expected a number above 0",
        ),
        (
            "scratch",
            {"betas": [0.9, 1]},
            "betas[1]: found 1, expected a number from 0 to below 1",
        ),
        (
            "scratch",
            {"schedule": "cosin"},
            "schedule: found 'cosin', expected one of cosine, constant, steps; "
            "did you mean 'cosine'?",
        ),
        (
            "clip",
            {"decay_factor": 0.1},
            "decay_factor: found 0.1, expected such a key only with the schedule steps",
        ),
        (
            "clip",
            {"crop_scale": [0.9, 1]},
            "crop_scale: found a list of 2, expected such a key only with images from the archive",
        ),
        (
            "clip",
            {"images": "archive", "crop_scale": [0.9, 1]},
            "shift_pixels: found 2, expected no such key with images from the archive",
        ),
        (
            "clip",
            {"images": "archiv"},
            "images: found 'archiv', expected one of store, archive; did you mean 'archive'?",
        ),
        (
            "scratch",
            {"precision": "half"},
            "precision: found 'half', expected one of float32, bfloat16",
        ),
    ],
)
def test_a_mistake_in_a_recipe(place, recipe, changes, line):
    place.recipe(recipe, **changes)
    assert place.mistakes() == [f"studies/small/study.yaml, key recipes.{recipe}.{line}"]


@pytest.mark.parametrize(
    ("recipe", "key", "expected"),
    [
        ("clip", "logit_scale", "a number above 0"),
        ("scratch", "label_smoothing", "a number from 0 to below 1"),
        ("scratch", "epochs", "a whole number, 1 or more"),
        ("scratch", "decay_factor", "a number above 0 up to 1"),
        ("scratch", "shift_pixels", "a whole number, 0 or more"),
    ],
)
def test_a_key_that_a_recipe_needs(place, recipe, key, expected):
    recipes = place.plain_settings()["recipes"]
    del recipes[recipe][key]
    place.settings(recipes=recipes)
    assert place.mistakes() == [
        f"studies/small/study.yaml, key recipes.{recipe}.{key}: found no such key, "
        f"expected {expected}"
    ]


def test_yaml_with_a_fault_names_the_line(place):
    place.replace("study.yaml", "views:", "views: [")
    (line,) = place.mistakes()
    assert line.startswith("studies/small/study.yaml, line ")
    assert "a fault in the YAML" in line


def test_a_key_that_occurs_twice(place):
    place.replace("study.yaml", "view: mini32", "view: mini32\nview: mini32")
    assert place.mistakes() == [
        "studies/small/study.yaml, line 6, key view: found the key a second time, expected "
        "each key once"
    ]


# study.yaml: the drawing

STYLES = {"photo": 0.5, "sketch": 0.25, "neon": 0.25}
DRAWN = {"ties": 0.9, "styles": STYLES, "rotation": [[0.5, 0.1], [0.5, 1.2]], "displacement": 0.1}


@pytest.fixture
def drawn(place):
    """A study that draws its images, with an adversary for ImageNet-R; (place, its drawing)."""
    place.cell(MODELS, "rn_baseline-1000", "family", "adversary")
    names = place.load().datasets
    drawing = {
        "size": 32,
        "seed": 0,
        "extra_objects": ["moon"],
        "objectnet": {"Vehicle": ["car"], "Thing (any)": ["tree", "coffee mug"]},
        "datasets": {name: copy.deepcopy(DRAWN) for name in names},
    }
    drawing["datasets"]["web-large"] |= {"root": "", "described": 0.15}
    drawing["datasets"]["imagenet-train"] |= {"described": 0.3}
    drawing["datasets"]["imagenet"] |= {"described": 0.0}
    drawing["datasets"]["objectnet"] |= {"root": "objectnet-1.0", "images": 250}
    drawing["datasets"]["imagenet-r"] |= {"adversary": "rn_baseline-1000", "candidates": 900}
    return place, drawing


def test_a_drawing_is_read_as_it_is_written(drawn):
    place, drawing = drawn
    place.settings(drawing=drawing)
    assert place.load().settings["drawing"] == drawing


@pytest.mark.parametrize(
    ("keys", "value", "line"),
    [
        (["size"], 0, "size: found 0, expected a whole number, 1 or more"),
        (["sise"], 32, "sise: found an unknown key, expected one of size, seed, extra_objects, "
         "objectnet, datasets; did you mean 'size'?"),
        (["datasets", "imagenet-q"], DRAWN,
         "datasets.imagenet-q: found 'imagenet-q', expected the id of a data set (imagenet-train, "
         "imagenet, imagenet-v2, imagenet-r, objectnet, web-large, web-small); "
         "did you mean 'imagenet-r'?"),
        (["datasets", "imagenet"], None,
         "datasets.imagenet: found no such key, expected the drawing of each data set"),
        (["datasets", "imagenet", "ties"], None,
         "datasets.imagenet.ties: found no such key, expected a number from 0 to 1"),
        (["datasets", "imagenet", "ties"], 1.1,
         "datasets.imagenet.ties: found 1.1, expected a number from 0 to 1"),
        (["datasets", "imagenet", "styles"], {"photo": 0.5, "foto": 0.5},
         "datasets.imagenet.styles.foto: found an unknown key, expected one of photo, sketch, "
         "cartoon, painting, silhouette, neon; did you mean 'photo'?"),
        (["datasets", "imagenet", "styles"], {"photo": 0.5, "sketch": 0.4},
         "datasets.imagenet.styles: found shares of 0.9 together, expected shares of 1 together"),
        (["datasets", "imagenet", "styles"], {},
         "datasets.imagenet.styles: found an empty mapping, expected at least one style with its "
         "share"),
        (["datasets", "imagenet", "rotation"], [[0.5, 1], [0.4, 2]],
         "datasets.imagenet.rotation: found shares of 0.9 together, expected shares of 1 together"),
        (["datasets", "imagenet", "rotation"], [[1, -0.1]],
         "datasets.imagenet.rotation[0][1]: found -0.1, expected a number, 0 or more"),
        (["datasets", "imagenet", "rotation"], [[1]],
         "datasets.imagenet.rotation[0]: found a list of 1, expected a share and an angle in "
         "radians"),
        (["datasets", "imagenet", "root"], "../up/",
         "datasets.imagenet.root: found '../up/', expected the name of a folder, or nothing in "
         "quotes"),
        (["datasets", "imagenet-r", "adversary"], "rn_supervised",
         "datasets.imagenet-r.adversary: found 'rn_supervised', expected a model of family "
         "adversary (rn_baseline-1000)"),
        (["datasets", "imagenet-r", "candidates"], 150,
         "datasets.imagenet-r.candidates: found 150, expected at least 200, the images of "
         "imagenet-r"),
        (["datasets", "imagenet-r", "candidates"], None,
         "datasets.imagenet-r.candidates: found no such key, expected a whole number, 1 or more"),
        (["datasets", "imagenet-v2", "candidates"], 500,
         "datasets.imagenet-v2.candidates: found 500, expected no such key without an adversary"),
        (["datasets", "web-small", "described"], 2,
         "datasets.web-small.described: found 2, expected a number from 0 to 1"),
        (["datasets", "imagenet", "described"], 0.5,
         "datasets.imagenet.described: found 0.5, expected nothing or 0 for a data set without "
         "captions"),
        (["extra_objects"], ["moon", "tree"],
         "extra_objects[1]: found 'tree', which is a class, expected an object of no class"),
        (["objectnet", "Vehicle"], ["car", "boat"],
         "objectnet.Vehicle[1]: found 'boat', expected a class in the class list of the layout "
         "objectnet (car, coffee mug, tree)"),
        (["objectnet", "Vehicle"], ["car", "tree"],
         "objectnet.Thing (any)[0]: found 'tree' as in Vehicle, expected each class in one of "
         "ObjectNet's"),
        (["objectnet", "Thing (any)"], ["tree"],
         "objectnet: found none with 'coffee mug', expected each class of the class list in one of "
         "ObjectNet's classes"),
        (["objectnet"], {"Thing": ["car", "tree", "coffee mug"]},
         "objectnet: found 1 classes, expected 2, the classes of objectnet in datasets.tsv"),
        (["objectnet", "Vehicle"], [],
         "objectnet.Vehicle: found a list of 0, expected a list of different class names, at least "
         "one"),
    ],
)  # fmt: skip
def test_a_mistake_in_the_drawing(drawn, keys, value, line):
    place, drawing = drawn
    part = drawing
    for key in keys[:-1]:
        part = part[key]
    if value is None:
        del part[keys[-1]]
    else:
        part[keys[-1]] = value
    place.settings(drawing=drawing)
    assert f"studies/small/study.yaml, key drawing.{line}" in place.mistakes()
    assert len(place.mistakes()) == (2 if value == [] else 1)


@pytest.mark.parametrize("dataset", ["imagenet", "objectnet"])
def test_an_adversary_filters_shifts_alone(drawn, dataset):
    place, drawing = drawn
    drawing["datasets"][dataset] |= {"adversary": "rn_baseline-1000", "candidates": 900}
    place.settings(drawing=drawing)
    (line,) = place.mistakes()
    assert f"datasets.{dataset}.adversary: found 'rn_baseline-1000' for a data set of role" in line


def test_two_classes_of_a_drawing_with_one_name(drawn):
    place, drawing = drawn
    place.settings(drawing=drawing)
    place.cell(CLASSES, "n00000004", "name", "car")
    assert place.mistakes() == [
        "studies/small/classes.tsv, row 5 (n00000004), column name: found 'car' as in row 2, "
        "expected a different name in each row, since images are drawn by name"
    ]


# The tables


@pytest.mark.parametrize(
    ("file", "name", "column", "value", "line"),
    [
        (
            MODELS, "rn_web-large_finetuned", "parent", "rn_web-lage",
            "row 7 (rn_web-large_finetuned), column parent: found 'rn_web-lage', expected the id "
            "of a model; did you mean 'rn_web-large'?",
        ),
        (
            MODELS, "rn_web-large_finetuned", "parent", "rn_supervised",
            "row 7 (rn_web-large_finetuned), column parent: found 'rn_supervised', a model of "
            "origin supervised, expected a model of origin contrastive or pretrained",
        ),
        (
            MODELS, "rn_web-large_finetuned", "parent", "",
            "row 7 (rn_web-large_finetuned), column parent: found nothing, expected the id of a "
            "zero-shot model, since origin is finetune",
        ),
        (
            MODELS, "rn_web-large_finetuned", "parent", "vit_web-large",
            "row 7 (rn_web-large_finetuned), column backbone: found 'RN-mini', expected "
            "'ViT-mini', that of its parent vit_web-large",
        ),
        (
            MODELS, "rn_web-large_finetuned", "pretraining", "Web-small",
            "row 7 (rn_web-large_finetuned), column pretraining: found 'Web-small', expected "
            "'Web-large', that of its parent rn_web-large",
        ),
        (
            MODELS, "rn_supervised", "parent", "rn_web-large",
            "row 8 (rn_supervised), column parent: found 'rn_web-large', expected nothing, since "
            "only a model of origin finetune has a parent",
        ),
        (
            MODELS, "rn_supervised", "train_dataset", "imagenet-trian",
            "row 8 (rn_supervised), column train_dataset: found 'imagenet-trian', expected the id "
            "of a data set (imagenet-train, imagenet, imagenet-v2, imagenet-r, objectnet, "
            "web-large, web-small); did you mean 'imagenet-train'?",
        ),
        (
            MODELS, "rn_supervised", "train_dataset", "imagenet",
            "row 8 (rn_supervised), column train_dataset: found 'imagenet', a data set of role "
            "test, expected a data set of role train, since origin is supervised",
        ),
        (
            MODELS, "rn_web-large_finetuned", "train_dataset", "web-large",
            "row 7 (rn_web-large_finetuned), column train_dataset: found 'web-large', a data set "
            "of role captions, expected a data set of role train, since origin is finetune",
        ),
        (
            MODELS, "vit_web-large", "train_dataset", "imagenet-train",
            "row 5 (vit_web-large), column train_dataset: found 'imagenet-train', a data set of "
            "role train, expected a data set of role captions, since text is caption",
        ),
        (
            MODELS, "rn_captions-tdt", "train_dataset", "web-small",
            "row 4 (rn_captions-tdt), column train_dataset: found 'web-small', a data set of role "
            "captions, expected a data set of role train, since text is tdt",
        ),
        (
            MODELS, "rn_baseline-1000", "images", "5001",
            "row 9 (rn_baseline-1000), column images: found 5001, expected at most 5000, the "
            "images of imagenet-train",
        ),
        (
            MODELS, "rn_supervised", "recipe", "scrach",
            "row 8 (rn_supervised), column recipe: found 'scrach', expected the name of a recipe "
            "in study.yaml (clip, finetuning, scratch); did you mean 'scratch'?",
        ),
        (
            MODELS, "rn_supervised", "recipe", "clip",
            "row 8 (rn_supervised), column recipe: found 'clip', a recipe of origin contrastive, "
            "expected a recipe of origin supervised, as the model's",
        ),
        (
            MODELS, "rn_supervised", "backbone", "RN-mimi",
            "row 8 (rn_supervised), column backbone: found 'RN-mimi', expected the name of a file "
            "in architectures/, without .json (RN-mini, ViT-mini); did you mean 'RN-mini'?",
        ),
        (
            MODELS, "rn_supervised", "text", "caption",
            "row 8 (rn_supervised), column text: found 'caption', expected nothing, since only a "
            "model of origin contrastive reads text",
        ),
        (
            MODELS, "rn_web-large", "text", "",
            "row 2 (rn_web-large), column text: found nothing, expected one of caption, t, td, "
            "tdt, since origin is contrastive",
        ),
        (
            MODELS, "rn_web-large", "text", "captions",
            "row 2 (rn_web-large), column text: found 'captions', expected one of caption, t, td, "
            "tdt, nothing; did you mean 'caption'?",
        ),
        (
            MODELS, "rn_web-large", "family", "finetuned",
            "row 2 (rn_web-large), column family: found 'finetuned', expected robust_zero_shot "
            "or non_robust_zero_shot, since origin is contrastive",
        ),
        (
            MODELS, "rn_supervised", "pretraining", "Web-large",
            "row 8 (rn_supervised), column pretraining: found 'Web-large', expected nothing, "
            "since origin is supervised",
        ),
        (
            MODELS, "rn_supervised", "origin", "supervized",
            "row 8 (rn_supervised), column origin: found 'supervized', expected one of "
            "contrastive, finetune, supervised, pretrained; did you mean 'supervised'?",
        ),
        (
            MODELS, "rn_supervised", "seed", "one",
            "row 8 (rn_supervised), column seed: found the text 'one', expected a whole number, "
            "0 or more",
        ),
        (
            MODELS, "rn_supervised", "seed", "",
            "row 8 (rn_supervised), column seed: found nothing, expected a whole number, "
            "0 or more",
        ),
        (
            MODELS, "rn_web-large", "family", "adversary",
            "row 2 (rn_web-large), column family: found 'adversary', expected robust_zero_shot or "
            "non_robust_zero_shot, since origin is contrastive",
        ),
        (
            MODELS, "rn_supervised", "epochs", "0",
            "row 8 (rn_supervised), column epochs: found 0, expected a whole number, 1 or more, "
            "or nothing",
        ),
        (
            MODELS, "rn_supervised", "model", "RN supervised",
            "row 8 (RN supervised), column model: found 'RN supervised', expected an id of "
            'lower-case letters, digits, ".", "_" and "-"',
        ),
        (
            DATASETS, "imagenet-train", "captions", "",
            MODELS + ", row 4 (rn_captions-tdt), column train_dataset: found 'imagenet-train', "
            "whose column captions is empty, expected a data set with captions, since text is tdt",
        ),
        (
            DATASETS, "imagenet-train", "captions", "captions.txt",
            "row 2 (imagenet-train), column captions: found 'captions.txt', expected the name of a "
            "JSON file without folders, or nothing",
        ),
        (
            DATASETS, "imagenet-r", "captions", "captions.json",
            "row 5 (imagenet-r), column captions: found 'captions.json', expected nothing, since "
            "role is not train",
        ),
        (
            DATASETS, "imagenet-r", "role", "train-shift",
            "row 5 (imagenet-r), column role: found 'train-shift', expected one of train, test, "
            "shift, captions, concepts; did you mean 'train'?",
        ),
        (
            DATASETS, "imagenet", "role", "shift",
            "column role: found no test set, expected exactly one data set of role test",
        ),
        (
            DATASETS, "imagenet-v2", "role", "test",
            "row 4 (imagenet-v2), column role: found 'test' as in row 3, expected exactly one "
            "data set of role test",
        ),
        (
            DATASETS, "imagenet-r", "class_list", "",
            "row 5 (imagenet-r), column class_list: found nothing, expected the name of a file "
            "in class_lists/, since the images have labels",
        ),
        (
            DATASETS, "imagenet-r", "class_list", "imagenet-q.txt",
            "row 5 (imagenet-r), column class_list: found 'imagenet-q.txt', expected a file in "
            "class_lists/ (imagenet-r.txt, imagenet.txt, objectnet.txt); "
            "did you mean 'imagenet-r.txt'?",
        ),
        (
            DATASETS, "imagenet-r", "classes", "3",
            "row 5 (imagenet-r), column classes: found 3, expected 2, the number of wnids in "
            "class_lists/imagenet-r.txt",
        ),
        (
            DATASETS, "objectnet", "classes", "4",
            "row 6 (objectnet), column classes: found 4, expected at most 3, the number of wnids "
            "in class_lists/objectnet.txt",
        ),
        (
            DATASETS, "web-large", "class_list", "imagenet.txt",
            "row 7 (web-large), column class_list: found 'imagenet.txt', expected nothing, since "
            "role is captions",
        ),
        (
            DATASETS, "imagenet-r", "layout", "webdataset",
            "row 5 (imagenet-r), column layout: found 'webdataset', expected one of wnid_folders, "
            "numbered_folders, imagenet_val, imagenet_train, objectnet, since the images have "
            "labels",
        ),
        (
            DATASETS, "imagenet-r", "archive", "data/r.tar",
            "row 5 (imagenet-r), column archive: found 'data/r.tar', expected the name of a file "
            "without folders, such as imagenet-r.tar",
        ),
        (
            CLASSES, "n00000003", "name", "",
            "row 4 (n00000003), column name: found nothing, expected the name of the class",
        ),
    ],
)  # fmt: skip
def test_a_mistaken_cell(place, file, name, column, value, line):
    place.cell(file, name, column, value)
    expected = line if line.startswith(MODELS) else f"{file}, {line}"
    assert place.mistakes() == [f"studies/small/{expected}"]


def test_an_id_twice(place):
    place.cell(MODELS, "rn_baseline-1000", "model", "rn_supervised")
    assert place.mistakes() == [
        "studies/small/models.tsv, row 9 (rn_supervised), column model: found 'rn_supervised' as "
        "in row 8, expected a different id in each row"
    ]


def test_a_cycle_of_parents_is_named_in_full(place):
    place.cell(MODELS, "rn_web-small_finetuned", "parent", "rn_web-large_finetuned")
    place.cell(MODELS, "rn_web-large_finetuned", "parent", "rn_web-small_finetuned")
    assert place.mistakes() == [
        "studies/small/models.tsv, row 6 (rn_web-small_finetuned), column parent: found a cycle, "
        "rn_web-small_finetuned -> rn_web-large_finetuned -> rn_web-small_finetuned, expected a "
        "chain that ends at a model without parent"
    ]


def test_a_model_that_is_its_own_parent(place):
    name = "rn_web-small_finetuned"
    place.cell(MODELS, name, "parent", name)
    (line,) = place.mistakes()
    assert f"found a cycle, {name} -> {name}, expected" in line


def test_a_parent_inside_a_cycle_elsewhere_ends(place):
    place.cell(MODELS, "rn_web-small_finetuned", "parent", "rn_web-large_finetuned")
    place.cell(MODELS, "rn_web-large_finetuned", "parent", "rn_web-large_finetuned")
    first, second = place.mistakes()
    assert "found a cycle, rn_web-large_finetuned -> rn_web-large_finetuned" in first
    assert "column parent: found 'rn_web-large_finetuned', a model of origin finetune" in second


def test_a_wrong_number_of_cells(place):
    place.replace(MODELS, "rn_supervised\tsupervised", "rn_supervised\tsuper\tvised")
    assert place.mistakes() == [
        "studies/small/models.tsv, row 8 (rn_supervised): found 13 cells, expected 12, separated "
        "by single tabs, with no tab inside a text"
    ]


def test_a_misspelt_column_is_one_mistake(place):
    place.replace(DATASETS, "class_list", "clas_list")
    assert place.mistakes() == [
        "studies/small/datasets.tsv, column clas_list: found an unknown column, expected one of "
        "dataset, title, role, layout, archive, captions, images, classes, class_list, source; "
        "did you mean 'class_list'?"
    ]


def test_a_missing_column_is_one_mistake(place):
    path = place.folder / MODELS
    rows = [line.split("\t")[:-1] for line in path.read_text().splitlines()]
    path.write_text("\n".join("\t".join(row) for row in rows) + "\n")
    assert place.mistakes() == [
        "studies/small/models.tsv, column seed: found no such column, expected a column for: "
        "Seed of the initial weights and of the order of images; empty for pretrained models."
    ]


def test_a_column_too_many(place):
    path = place.folder / CLASSES
    path.write_text("\n".join(f"{line}\tx" for line in path.read_text().splitlines()))
    assert place.mistakes() == [
        "studies/small/classes.tsv, column x: found an unknown column, expected one of wnid, name"
    ]


def test_commas_instead_of_tabs(place):
    path = place.folder / CLASSES
    path.write_text(path.read_text().replace("\t", ","))
    assert place.mistakes() == [
        "studies/small/classes.tsv: found a header without tabs, expected the columns wnid, name, "
        "separated by tabs"
    ]


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (None, "no such file"),
        (b"", "an empty file"),
        (b"wnid\tname\n\xff\tcar\n", "no UTF-8 text at byte 10"),
        (b"wnid\tname\n", "no rows"),
    ],
)
def test_a_table_that_cannot_be_read(place, content, found):
    path = place.folder / CLASSES
    path.unlink() if content is None else path.write_bytes(content)
    (line,) = place.mistakes()
    assert line.startswith(f"studies/small/classes.tsv: found {found}, expected ")


def test_classes_out_of_order(place):
    path = place.folder / CLASSES
    header, *rows = path.read_text().splitlines()
    path.write_text("\n".join([header, *reversed(rows)]))
    assert place.mistakes() == [
        "studies/small/classes.tsv, row 3 (n00000003), column wnid: found 'n00000003' after "
        "'n00000004', expected rows sorted by wnid"
    ]


def test_class_lists_with_strange_and_repeated_wnids(place):
    place.replace("class_lists/imagenet.txt", "n00000003", "m00000003")
    place.replace("class_lists/imagenet-r.txt", "n00000004", "n00000002")
    assert place.mistakes() == [
        "studies/small/class_lists/imagenet.txt, line 3: found 'm00000003', expected a wnid of "
        "classes.tsv; did you mean 'n00000003'?",
        "studies/small/class_lists/imagenet-r.txt, line 2: found 'n00000002' as in line 1, "
        "expected each wnid once",
    ]


def test_an_architecture_that_is_no_json(place):
    (place.folder / "architectures" / "ViT-mini.json").write_text("{")
    (line,) = place.mistakes()
    assert "row 5 (vit_web-large), column backbone: found 'ViT-mini', whose file is no JSON" in line


def test_a_missing_study_file(place):
    (place.folder / MODELS).unlink()
    (line,) = place.mistakes()
    assert line.startswith("studies/small/models.tsv: found no such file")


def test_twenty_mistakes_give_twenty_lines(place):
    settings = place.plain_settings()
    place.config["device"] = "gpu"
    place.config["wise_ft"] = {"alphas": [0, 2, -1], "keep_activations": False}
    place.config["extra"] = 1
    settings["titel"] = settings.pop("title")
    settings["view"] = "mini23"
    settings["recipes"]["clip"]["flip"] = "no"
    settings["recipes"]["scratch"]["batch_size"] = 1
    (place.folder / "study.yaml").write_text(yaml.safe_dump(settings))
    place.cell(MODELS, "rn_web-large", "text", "")
    place.cell(MODELS, "rn_web-small", "backbone", "RN")
    place.cell(MODELS, "vit_web-large", "seed", "x")
    place.cell(MODELS, "rn_web-small_finetuned", "parent", "rn_web-smal")
    place.cell(MODELS, "rn_web-large_finetuned", "recipe", "finetune")
    place.cell(MODELS, "rn_supervised", "train_dataset", "web-small")
    place.cell(MODELS, "rn_baseline-1000", "model", "rn_supervised")
    place.add(MODELS, "short\trow")
    place.cell(DATASETS, "imagenet-r", "classes", "7")
    place.cell(DATASETS, "imagenet-v2", "layout", "folders")
    place.cell(DATASETS, "web-large", "images", "0")
    place.replace("class_lists/objectnet.txt", "n00000003", "n00000009")
    lines = place.mistakes()
    assert len(lines) == 20, "\n".join(lines)
    assert all(", expected " in line and ": found " in line for line in lines)


# Weights and archives of others


def with_columns(place, file, **cells):
    """Add columns to a table, empty but for the cells {column: {id: value}}."""
    path = place.folder / file
    rows = [line.split("\t") for line in path.read_text().splitlines()]
    for column, values in cells.items():
        rows[0].append(column)
        for row in rows[1:]:
            row.append(values.get(row[0], ""))
    path.write_text("\n".join("\t".join(row) for row in rows) + "\n")


SOURCES = (
    "source\tfile\turls\tbytes\tdigest\tdigest_origin\tterms\tobtain\n"
    "rn50\trn50.pt\thttps://example.org/rn50.pt\t\t\t\tMIT\t\n"
    "val\tval.tar\t\t\t\t\tfor research\tAsk for it.\n"
)
PRETRAINED = "clip\trobust_zero_shot\tRN-mini\tWeb\tpretrained\t\t\t\t\t\t\t"


@pytest.mark.parametrize("of_parent", ["", "RN-mini"])
def test_a_finetuned_model_has_the_architecture_of_its_parent(place, of_parent):
    name, parent = "rn_web-large_finetuned", "rn_web-large"
    with_columns(place, MODELS, architecture={parent: of_parent, name: "RN-mini"})
    place.load()
    place.cell(MODELS, name, "architecture", "ViT-mini")
    assert place.mistakes() == [
        f"studies/small/models.tsv, row 7 ({name}), column architecture: found 'ViT-mini', "
        f"expected 'RN-mini', that of its parent {parent}"
    ]


def test_a_pretrained_model_has_a_source_and_no_training(place):
    with_columns(place, MODELS, source={}, architecture={})
    place.add(MODELS, f"{PRETRAINED}\trn50\tRN-mini")
    (place.folder / "sources.tsv").write_text(SOURCES)
    small = place.load()
    assert small.models["clip"]["source"] == "rn50" and small.models["clip"]["seed"] is None
    assert small.sources["rn50"]["urls"] == "https://example.org/rn50.pt"

    place.replace(MODELS, "\trn50\t", "\trn500\t")
    row = f"studies/small/models.tsv, row {len(small.models) + 1} (clip), column"
    assert place.mistakes() == [
        f"{row} source: found 'rn500', expected the id of a row of sources.tsv, or a path "
        "(rn50, val); did you mean 'rn50'?"
    ]
    place.replace(MODELS, "\trn500\t", "\tmine/rn50.pt\t")
    place.load()
    place.replace(MODELS, "\tmine/rn50.pt\t", "\t\t")
    place.cell(MODELS, "clip", "recipe", "clip")
    assert place.mistakes() == [
        f"{row} recipe: found 'clip', expected nothing, since a model of origin pretrained is not "
        "trained here",
        f"{row} source: found nothing, expected the id of a source, or the path of a file, since "
        "origin is pretrained",
    ]


def test_a_model_without_weights_needs_no_source(place):
    with_columns(place, MODELS, source={}, missing={})
    place.add(MODELS, f"{PRETRAINED}\t\tnever published")
    assert place.load().models["clip"]["missing"] == "never published"


def test_a_model_that_is_trained_has_no_source(place):
    with_columns(place, MODELS, source={"rn_supervised": "rn50"})
    (place.folder / "sources.tsv").write_text(SOURCES)
    assert place.mistakes() == [
        "studies/small/models.tsv, row 8 (rn_supervised), column source: found 'rn50', expected "
        "nothing, since only a model of origin pretrained has a source"
    ]


@pytest.mark.parametrize("column", ["view", "normalisation"])
def test_views_and_normalisations_of_models_are_named_in_the_settings(place, column):
    with_columns(place, MODELS, **{column: {"rn_supervised": "half"}})
    named = list(place.plain_settings()[f"{column}s"])
    assert place.mistakes() == [
        f"studies/small/models.tsv, row 8 (rn_supervised), column {column}: found 'half', expected "
        f"the name of a {column} in study.yaml ({', '.join(named)})"
    ]


def test_an_archive_is_drawn_or_comes_from_a_source(place):
    with_columns(place, DATASETS, source={"imagenet-r": "val"})
    (place.folder / "sources.tsv").write_text(SOURCES)
    row = "studies/small/datasets.tsv, row 5 (imagenet-r), column archive:"
    assert place.mistakes() == [
        f"{row} found 'imagenet-r.tar', expected nothing, since its source val names the file"
    ]
    place.cell(DATASETS, "imagenet-r", "archive", "")
    place.load()
    place.cell(DATASETS, "imagenet-r", "source", "")
    assert place.mistakes() == [
        f"{row} found nothing, expected the name of the archive that is drawn, or an entry in "
        "column source"
    ]


def test_files_that_a_study_lacks_come_from_the_folder_that_it_shares(place):
    shared = place.root / "studies" / "shared"
    shared.mkdir()
    for name in (CLASSES, "class_lists", "architectures"):
        shutil.move(place.folder / name, shared / name)
    assert len(place.mistakes()) > 3
    place.replace("study.yaml", "views:", "files_from: ../shared\nviews:")
    small = place.load()
    assert small.class_lists["imagenet-r"] == ["n00000002", "n00000004"]
    assert small.file("architectures/RN-mini.json").parent.parent == shared
    (place.folder / "class_lists").mkdir()
    (place.folder / "class_lists" / "imagenet-r.txt").write_text("n00000001\nn00000009\n")
    assert place.mistakes() == [
        "studies/small/class_lists/imagenet-r.txt, line 2: found 'n00000009', expected a wnid of "
        "classes.tsv; did you mean 'n00000004'?"
    ]
    place.replace("study.yaml", "../shared", "../shred")
    assert place.mistakes() == [
        "studies/small/study.yaml, key files_from: found '../shred', expected a folder, relative "
        "to the study's own"
    ]


def test_the_variant_of_imagenet_v2_is_that_of_the_testbeds_line(place):
    with_columns(place, DATASETS, source={"imagenet-v2": "imagenet-v2-top-images"})
    place.cell(DATASETS, "imagenet-v2", "archive", "")
    (place.folder / "sources.tsv").write_text(
        SOURCES.replace("rn50\trn50.pt", "imagenet-v2-top-images\tv2.tar.gz")
    )
    place.load()
    place.settings(baselines="testbed")
    assert place.mistakes() == [
        "studies/small/datasets.tsv, row 4 (imagenet-v2), column source: found "
        "'imagenet-v2-top-images', expected imagenet-v2-threshold0.7, the variant that the line of "
        "study.yaml's testbed has"
    ]


def test_a_finetuned_model_sees_images_and_is_built_as_its_parent(place):
    with_columns(
        place,
        MODELS,
        view={"rn_web-large": "mini64"},
        architecture={"rn_web-large": "ViT-mini"},
    )
    place.settings(views={name: {"size": int(name[4:]), "interpolation": "bicubic"}
                          for name in ("mini32", "mini64")})  # fmt: skip
    small = place.load()
    assert small.models["rn_web-large_finetuned"]["parent"] == "rn_web-large"
    for model in ("rn_web-large", "rn_web-large_finetuned"):
        assert small.view_of(model) == "mini64"
        assert small.architecture_of(model).name == "ViT-mini.json"
    assert small.view_of("rn_supervised") == "mini32"
    assert small.architecture_of("rn_supervised").name == "RN-mini.json"
