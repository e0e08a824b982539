"""config.yaml is checked against its schema; what it chooses has to exist. Schemas explain keys."""

import re
import shutil

import pytest
import yaml

from tests.unit.inputs.study_inputs import CONFIG, ROOT
from workflow_scripts.study import schemas
from workflow_scripts.study.configuration import as_meant


@pytest.mark.parametrize("path", sorted((ROOT / "schemas").glob("*.yaml")), ids=lambda p: p.stem)
def test_schemas_are_valid_explain_each_key_and_refuse_others(path):
    name = path.name.removesuffix(".schema.yaml")
    schemas.validator(name).check_schema(schemas.schema(name))

    def visit(part, rules=False):
        if isinstance(part, dict):
            if part.get("type") == "object" and "properties" in part:
                assert part.get("additionalProperties") is False, part
            for key, value in {} if rules else part.get("properties", {}).items():
                assert value.get("description"), f"{key} lacks a description"
            for key, value in part.items():
                visit(value, rules or key in ("if", "then", "else"))
        elif isinstance(part, list):
            for value in part:
                visit(value, rules)

    visit(schemas.schema(name))


def test_the_shipped_configuration_is_valid_and_commented():
    text = (ROOT / "config.yaml").read_text()
    assert schemas.problems("config", yaml.safe_load(text)) == []
    for line in text.splitlines():
        if ":" in line and not line.startswith("#"):
            assert "#" in line, f"no comment on: {line}"


@pytest.mark.parametrize("name", ["smal", "Small"])
def test_an_unknown_study(workplace, name):
    workplace.config["study"] = name
    (workplace.root / "studies" / "tiny").mkdir()
    (workplace.root / "studies" / "tiny" / "study.yaml").write_text("")
    workplace.refuses(f"{CONFIG}, key study", "one of small, tiny", "small", found=name)


@pytest.mark.parametrize("path", ["studies/smal", "/nowhere/at_all"])
def test_a_path_without_a_study(workplace, path):
    workplace.config["study"] = path
    expected = f"the path of a study's folder, relative to {workplace.root} or absolute"
    workplace.refuses(f"{CONFIG}, key study", expected, found=f"'{path}', no folder")


def test_the_name_of_a_folder_must_do_for_paths(workplace):
    shutil.copytree(workplace.folder, workplace.root / "My Study")
    workplace.config["study"] = "./My Study"
    workplace.refuses(f"{CONFIG}, key study", "both in lower case at their end")


@pytest.mark.parametrize(
    ("section", "key", "value", "place", "expected", "suggestion"),
    [
        ("wise_ft", "alphas", [0, 1.5], "[1]", "a number from 0 to 1", None),
        ("wise_ft", "alphas", [-0.1], "[0]", "a number from 0 to 1", None),
        ("wise_ft", "alphas", [], "", "at least one", None),
        ("bootstrap", "resamples", "many", "", "a whole number, 10 or more", None),
        ("bootstrap", "resamples", 100.0, "", "a whole number, 10 or more", None),
        ("bootstrap", "confidence", float("nan"), "", "between 0 and 1, both excluded", None),
        ("bootstrap", "confidense", 0.9, "", "one of resamples, confidence, seed", "confidence"),
        ("concepts", "threshold", 1.5, "", "a number above 0, at most 1", None),
        ("concepts", "thresholds", [0.8, "high"], "[1]", "a number above 0, at most 1", None),
        ("concepts", "permutations", 1, "", "a whole number, 2 or more", None),
        ("concepts", "draws", 0, "", "a whole number, 1 or more", None),
        ("concepts", "minimum", 3, "", "one of threshold", "minimum_images"),
        (None, "devise", "cpu", "", "one of study, own, models", "device"),
        (None, "device", "gpu", "", "one of auto, cpu, cuda", "cpu"),
        (None, "bootstrap", 1000, "", "keys and values", None),
    ],
)
def test_a_mistake_in_the_configuration(
    workplace, section, key, value, place, expected, suggestion
):
    part = workplace.config[section] if section else workplace.config
    part[key] = value
    at = f"{section}.{key}{place}" if section else key
    workplace.refuses(f"{CONFIG}, key {at}", expected, suggestion)


def test_a_key_that_is_missing_or_misspelt_is_one_mistake(workplace):
    confidence = workplace.config["bootstrap"].pop("confidence")
    expected = "a number between 0 and 1, both excluded"
    workplace.refuses(f"{CONFIG}, key bootstrap.confidence", expected, found="no such key")
    workplace.config["bootstrap"]["confidense"] = confidence
    workplace.refuses(f"{CONFIG}, key bootstrap.confidense", "one of resamples", "confidence")


def test_a_text_where_a_number_should_be_is_called_one(workplace):
    workplace.config["bootstrap"]["resamples"] = "many"
    assert workplace.mistake().found == "the text 'many'"


def test_a_chosen_model_that_does_not_exist(workplace):
    workplace.config["models"] = ["rn_supervised", "rn_web-largo"]
    expected = "the id of a row of models.tsv (rn_web-large, rn_web-small,"
    workplace.refuses(f"{CONFIG}, key models", expected, "rn_web-large")


def test_chosen_models_of_which_no_figure_shows_any(workplace):
    workplace.config["models"] = ["rn_baseline-1000"]
    expected = "at least one that is neither missing nor a baseline, an adversary or a control"
    workplace.refuses(f"{CONFIG}, key models", expected)


def test_a_configuration_that_is_empty(workplace):
    workplace.config = {}
    assert len(workplace.mistakes()) == 15
    workplace.config = None
    workplace.refuses(CONFIG, "keys and values", found="nothing")


@pytest.mark.parametrize("folder", ["/data/{user}", "a}b", "", "{"])
def test_a_folder_that_snakemake_would_take_for_a_pattern(workplace, folder):
    workplace.config["downloads"] = folder
    place = f"{CONFIG}, key downloads"
    workplace.refuses(place, "the path of a folder, without braces", found=f"'{folder}'")


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ({"bootstrap": {"resamples": "100"}}, {"bootstrap": {"resamples": 100}}),
        ({"bootstrap": {"confidence": "9e-1"}}, {"bootstrap": {"confidence": 0.9}}),
        ({"concepts": {"thresholds": ["0.8", "0.9"]}}, {"concepts": {"thresholds": [0.8, 0.9]}}),
        ({"wise_ft": {"keep_activations": "true"}}, {"wise_ft": {"keep_activations": True}}),
        ({"images": "null", "mirror": "null"}, {"images": None, "mirror": None}),
        # Texts stay where a text is expected, and where nothing else can be made of them.
        ({"study": "null", "downloads": "2026"}, {"study": "null", "downloads": "2026"}),
        ({"models": ["1", "null"]}, {"models": ["1", "null"]}),
        ({"bootstrap": {"resamples": "many"}}, {"bootstrap": {"resamples": "many"}}),
        ({"bootstrap": {"resamples": "[1"}}, {"bootstrap": {"resamples": "[1"}}),
        ({"devise": "1", "device": "cpu"}, {"devise": "1", "device": "cpu"}),
    ],
)
def test_values_inside_of_others_mean_on_the_command_line_what_they_mean_in_the_file(given, meant):
    """As Snakemake gives them: 'bootstrap={resamples: 100}' has a text in it."""
    assert as_meant(given) == meant


@pytest.mark.parametrize("key", ["bootstrap", "concepts", "wise_ft", "pruning", "cka"])
def test_a_section_that_is_no_section_is_told_how_to_be_given(workplace, key):
    workplace.config[key] = 100
    (line,) = workplace.lines()
    example = re.search(rf"on the command line as in '{key}=(.+)'$", line)[1]
    section = yaml.safe_load((ROOT / "config.yaml").read_text())[key]
    workplace.config[key] = section | yaml.safe_load(example)
    workplace.load()
