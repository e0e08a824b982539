"""Figures and tables come out whole, say what they show, and are the same each time."""

import importlib
import re
from typing import NamedTuple

import pandas as pd
import pytest

from tests.unit.inputs.figure_inputs import STUDY, model, pool, write_measures, write_published
from workflow_scripts.job.errors import InputError
from workflow_scripts.reporting import bars as model_bars
from workflow_scripts.reporting.families import FAMILIES
from workflow_scripts.reporting.pages import FigureFiles

LINE = {"line_through": "pool", "no_line": ""}
CONFIDENCE = {"confidence": 0.95}


class Job(NamedTuple):
    """A script, what it reads and makes, and its settings beside the study and its models."""

    inputs: tuple[str, ...]
    made: tuple[str, ...]
    settings: dict


FIGURES = {
    "figure_01": Job(
        ("robustness", "published", "finetuned"), ("figure_01a", "figure_01b"), CONFIDENCE | LINE
    ),
    "figure_02a": Job(
        ("kurtosis",), ("figure_02a",), CONFIDENCE | {"dataset": "imagenet", "letter": "a"}
    ),
    "figure_02b": Job(
        ("importance_ratio",), ("figure_02b",), CONFIDENCE | {"dataset": "imagenet", "letter": "b"}
    ),
    "figure_06": Job(
        ("robustness", "line", "published", "lines", "baselines"), ("figure_06",), LINE
    ),
}
TABLES = {
    f"table_{number}": Job(
        (measure,),
        (f"table_{number}",),
        CONFIDENCE | {"test": "imagenet", "shifts": ["imagenet-v2", "objectnet"], "number": number},
    )
    for number, measure in ((1, "accuracy"), (2, "robustness"))
}
JOBS = FIGURES | TABLES


@pytest.fixture
def folder(tmp_path):
    write_measures(tmp_path, pool())
    write_published(tmp_path)
    return tmp_path


def make(name, folder, models=None, out="out", **changes):
    """Run the script of a job; the files of each figure or table that it makes, by name."""
    job = JOBS[name]
    kind, endings = (
        ("figures", ("pdf", "png", "md")) if name in FIGURES else ("tables", ("csv", "md"))
    )
    module = "figure_02" if "letter" in job.settings else name
    module = "tables_1_and_2" if name in TABLES else module
    script = importlib.import_module(f"workflow_scripts.{kind}.{module}")
    inputs = [folder / f"{stem}.csv" for stem in job.inputs]
    made = {each: [folder / out / f"{each}.{end}" for end in endings] for each in job.made}
    outputs = [path for paths in made.values() for path in paths]
    settings = {"study": STUDY, "models": models or pool(), **job.settings, **changes}
    if module in ("figure_02", "tables_1_and_2"):
        script.main(*inputs, *outputs, **settings)
    elif name == "figure_06":
        script.main(script.Inputs(*inputs), FigureFiles(*outputs), **settings)
    else:
        script.main(*inputs, outputs, **settings)
    return made


def texts(name, folder, *arguments, **changes):
    """The figure captions, or the Markdown of the tables, that a job makes."""
    made = make(name, folder, *arguments, **changes)
    return {each: files[-1].read_text(encoding="utf-8") for each, files in made.items()}


def change(path, model, **cells):
    """Set cells of a model's row."""
    table = pd.read_csv(path)
    table.loc[table["model"] == model, list(cells)] = list(cells.values())
    table.to_csv(path, index=False)


@pytest.mark.parametrize("name", FIGURES)
def test_figure_comes_out_the_same_twice(name, folder):
    first, second = make(name, folder), make(name, folder, out="again")
    for figure, files in first.items():
        assert files[0].read_bytes().startswith(b"%PDF")
        assert files[1].read_bytes().startswith(b"\x89PNG")
        for one, other in zip(files, second[figure], strict=True):
            assert one.read_bytes() == other.read_bytes()
    names = sorted(path.name for files in first.values() for path in files)
    assert sorted(path.name for path in (folder / "out").iterdir()) == names


@pytest.mark.parametrize("name", JOBS)
def test_captions_name_study_and_models(name, folder):
    for made, text in texts(name, folder).items():
        number = re.sub(r"_0?", " ", made).capitalize()
        assert text.startswith(f"**{number}.")
        assert "Study `tiny`. Models: 14." in text
        for row in pool():
            assert (f"`{row['model']}`" in text) == (row["family"] in FAMILIES)


@pytest.mark.parametrize("name", JOBS)
def test_captions_name_what_is_missing(name, folder):
    study = {
        "name": "tiny",
        "images": 100,
        "left_out": 3,
        "missing": [
            model("a", "non_robust_zero_shot", "RN50", "Captions-t") | {"reason": "private"},
            model("b", "non_robust_zero_shot", "RN50", "Captions-td") | {"reason": "private"},
            model("c", "finetuned", "RN50", "Captions-t") | {"reason": "its parent a is missing"},
            model("d", "supervised", "RN50", None) | {"reason": "lost"},
        ],
    }
    for text in texts(name, folder, study=study).values():
        assert "At most 100 images of each data set were measured." in text
        assert "Models of the study not chosen for this run: 3." in text
        assert (
            "Not in this study's figures: RN50 Captions-t, RN50 Captions-td (private); finetuned "
            "RN50 Captions-t (its parent a is missing); RN50 supervised (lost)."
        ) in text


@pytest.mark.parametrize("name", ["figure_01", "figure_06"])
def test_published_numbers_are_marked(name, folder):
    for text in texts(name, folder).values():
        assert "Published, not reproduced: 2 zero-shot checkpoints" in text


@pytest.mark.parametrize("name", JOBS)
def test_absent_families_are_said_in_words(name, folder):
    few = [row for row in pool() if row["family"] in ("robust_zero_shot", "baseline")]
    for text in texts(name, folder, few).values():
        assert "No model of: Finetuned CLIP, Supervised, Non-robust zero-shot CLIP." in text


def test_kurtosis_of_rectified_features_is_said_to_be_no_match(folder):
    """The family beyond the paper is named wherever it is shown, and missed nowhere."""
    said = "Kurtosis compares encoders of one kind: the features of `rn-rectified` are averages of"
    few = [row for row in pool() if row["family"] != "rectified"]
    for name, kurtosis in (("figure_02a", True), ("figure_02b", False)):
        (text,) = texts(name, folder).values()
        assert (said in text) == kurtosis
        assert "rectified (1, a kind that the paper does not have): `rn-rectified`." in text
        (text,) = texts(name, folder, few).values()
        assert "rectif" not in text and "No model of" not in text


@pytest.mark.parametrize("name", JOBS)
def test_study_of_baselines_only_still_gives_a_file(name, folder):
    baselines = [row for row in pool() if row["family"] == "baseline"]
    made = make(name, folder, baselines)
    assert all(path.stat().st_size for files in made.values() for path in files)


NO_LINE = "this study has no distribution shifts, so that effective robustness is not defined"


def test_a_study_without_shifts_says_so(folder):
    table = pd.read_csv(folder / "robustness.csv")
    table[[name for name in table if name not in ("model", "accuracy")]] = None
    table.to_csv(folder / "robustness.csv", index=False)
    undefined = {"line_through": "pool", "no_line": NO_LINE}
    for text in texts("figure_01", folder, **undefined).values():
        assert f"T{NO_LINE[1:]}." in text and "n/a" not in text
    made = make("table_2", folder)
    assert pd.read_csv(made["table_2"][0])["percent"].isna().all()
    assert "| undefined |" in made["table_2"][-1].read_text()


def test_a_study_without_shifts_needs_none_of_its_models_for_figure_1(folder):
    job, undefined = FIGURES["figure_01"], {"line_through": "pool", "no_line": NO_LINE}
    outputs = [folder / f"{page}.{end}" for page in job.made for end in ("pdf", "png", "md")]
    tables = [None, *(folder / f"{name}.csv" for name in job.inputs[1:])]
    script = importlib.import_module("workflow_scripts.figures.figure_01")
    script.main(*tables, outputs, study=STUDY, models=pool(), **(CONFIDENCE | undefined))
    assert all(f"T{NO_LINE[1:]}." in path.read_text() for path in outputs[2::3])


def test_a_line_that_is_not_the_study_s_is_said(folder):
    made = texts("figure_01", folder, line_through="testbed")
    sentence = "goes through the published accuracies of the ImageNet testbed"
    assert (sentence in made["figure_01a"], sentence in made["figure_01b"]) == (True, False)


@pytest.mark.parametrize("name", JOBS)
def test_model_without_a_row_is_named(name, folder):
    absent = model("rn-new", "supervised", "RN-mini", None)
    with pytest.raises(InputError, match=r"found 0 rows of model 'rn-new'.*expected exactly one"):
        make(name, folder, pool() + [absent])
    assert not (folder / "out").exists()


def test_missing_column_is_named(folder):
    pd.read_csv(folder / "kurtosis.csv").drop(columns="high").to_csv(folder / "kurtosis.csv")
    with pytest.raises(InputError, match=r"kurtosis\.csv: .*expected also high"):
        make("figure_02a", folder)


def test_undefined_value_is_said_and_not_plotted(folder):
    change(folder / "kurtosis.csv", "rn-supervised", kurtosis=None, low=None, high=None)
    text = texts("figure_02a", folder)["figure_02a"]
    assert "Undefined, marked n/a: `rn-supervised`." in text


def test_accuracy_of_one_is_said_and_not_plotted(folder):
    change(folder / "robustness.csv", "baseline-3", accuracy=1.0)
    text = texts("figure_06", folder)["figure_06"]
    assert "Not plotted, an accuracy of exactly 0 or 1: `baseline-3`." in text
    assert "7 baselines; slope 0.800" in text


def test_places_follow_the_paper():
    groups = model_bars.places(pool())
    assert [(place.backbone, place.label, len(place.models)) for place in groups] == [
        ("RN-mini", "Web-large", 2),
        ("RN-mini", "Web-small", 2),
        ("RN-mini", "ImageNet-Captions-t", 1),
        ("RN-mini", "ImageNet-Captions-td", 1),
        ("RN-mini", "ImageNet-Captions-tdt", 1),
        ("RN-mini", "Supervised", 1),
        ("RN-mini", "Supervised, rectified", 1),
        ("ViT-mini", "Web-large", 2),
        ("ViT-mini", "Web-small", 2),
        ("ViT-mini", "Supervised", 1),
    ]
    assert [m["family"] for m in groups[0].models] == ["robust_zero_shot", "finetuned"]


def paper_sized_pool():
    """More backbones and longer names than the paper's."""
    backbones = ("RN50", "RN101", "ViT-B-16", "ViT-B-32", "ViT-L-14", "CoCa-ViT-B-32",
                 "CoCa-ViT-L-14")  # fmt: skip
    labels = ("OpenAI", "YFCC-15M", "CC-12M", "LAION-400M", "LAION-2B", "DataComp")
    return [
        model(f"{backbone}_{label}_{family}".lower(), family, backbone, label)
        for backbone in backbones
        for label in labels
        for family in ("robust_zero_shot", "finetuned")
    ]


def test_many_models_take_several_lines_of_whole_backbones():
    models = paper_sized_pool()
    lines = model_bars.lines_of(models)
    assert [row for line in lines for row in line] == models
    assert [sorted({row["backbone"] for row in line}) for line in lines] == [
        ["RN101", "RN50"],
        ["ViT-B-16", "ViT-B-32", "ViT-L-14"],
        ["CoCa-ViT-B-32", "CoCa-ViT-L-14"],
    ]
    assert max(map(model_bars.width_of, lines)) < model_bars.MOST
    assert model_bars.lines_of(pool()) == [[row for row in pool() if row["family"] in FAMILIES]]
    assert model_bars.lines_of([]) == [[]]


def test_tables_have_the_papers_layout(folder):
    csv, md = make("table_1", folder)["table_1"]
    table = pd.read_csv(csv)
    assert list(table) == ["backbone", "pretraining", "column", "model", "percent", "low", "high"]
    assert len(table) == 14
    assert (table["percent"] > 1).all()
    lines = [line for line in md.read_text(encoding="utf-8").splitlines() if line.startswith("|")]
    assert lines[0] == (
        "| Backbone | Pretraining data | Zero-shot CLIP | Finetuned CLIP | ImageNet supervised | "
        "ImageNet supervised, rectified |"
    )
    cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines[2:]]
    assert [row[:2] for row in cells] == [
        ["RN-mini", "Web-large"],
        ["", "Web-small"],
        ["", "ImageNet-Captions-t"],
        ["", "ImageNet-Captions-td"],
        ["", "ImageNet-Captions-tdt"],
        ["ViT-mini", "Web-large"],
        ["", "Web-small"],
    ]
    first = table[table["model"] == "rn-web-large"].iloc[0]
    assert cells[0][2] == f"{first.percent:.1f} % ({first.low:.1f}–{first.high:.1f})"
    assert cells[2][3] == "N.A."
    assert cells[0][4].endswith(")")
    assert cells[1][4] == cells[1][5] == ""
    assert cells[0][5].endswith(")") and cells[5][5] == "N.A."


def test_table_says_where_a_backbone_has_no_supervised_model(folder):
    without = [row for row in pool() if row["model"] not in ("vit-supervised", "rn-rectified")]
    md = make("table_2", folder, without)["table_2"][-1]
    (line,) = [row for row in md.read_text().splitlines() if row.startswith("| ViT-mini")]
    assert line.endswith("| N.A. |")
