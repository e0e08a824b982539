"""Figures and tables come out whole, say what they show, and are the same each time."""

import importlib
import re

import pandas as pd
import pytest

from tests.unit.figure_inputs import model, pool, write_measures, write_published
from workflow_scripts.lib import model_bars
from workflow_scripts.lib.errors import InputError
from workflow_scripts.lib.families import FAMILIES

FIGURES = {
    "figure_01a": ("robustness", "published"),
    "figure_01b": ("robustness", "published"),
    "figure_02a": ("kurtosis",),
    "figure_02b": ("importance_ratio",),
    "figure_06": ("robustness", "line", "published", "lines", "baselines"),
}
TABLES = {"table_1": ("accuracy",), "table_2": ("robustness",)}
SETTINGS = {
    "figure_01a": ("confidence",),
    "figure_01b": ("confidence",),
    "figure_02a": ("dataset", "confidence"),
    "figure_02b": ("dataset", "confidence"),
    "figure_06": (),
    "table_1": ("dataset", "confidence"),
    "table_2": ("datasets", "confidence"),
}
VALUES = {"dataset": "imagenet", "datasets": ["imagenet-v2", "objectnet"], "confidence": 0.95}


@pytest.fixture
def folder(tmp_path):
    write_measures(tmp_path, pool())
    write_published(tmp_path)
    return tmp_path


def make(name, folder, models=None, out="out"):
    """Run the script of a figure or table; its output files."""
    kind, endings = (
        ("tables", ("csv", "md")) if name in TABLES else ("figures", ("pdf", "png", "md"))
    )
    script = importlib.import_module(f"workflow_scripts.{kind}.{name}")
    inputs = [folder / f"{stem}.csv" for stem in (FIGURES | TABLES)[name]]
    outputs = [folder / out / f"{name}.{ending}" for ending in endings]
    settings = {key: VALUES[key] for key in SETTINGS[name]}
    script.main(*inputs, *outputs, study="tiny", models=models or pool(), **settings)
    return outputs


def change(path, model, **cells):
    """Set cells of a model's row."""
    table = pd.read_csv(path)
    table.loc[table["model"] == model, list(cells)] = list(cells.values())
    table.to_csv(path, index=False)


@pytest.mark.parametrize("name", FIGURES)
def test_figure_comes_out_the_same_twice(name, folder):
    first, second = make(name, folder), make(name, folder, out="again")
    assert first[0].read_bytes().startswith(b"%PDF")
    assert first[1].read_bytes().startswith(b"\x89PNG")
    for one, other in zip(first, second, strict=True):
        assert one.read_bytes() == other.read_bytes()
    assert sorted(p.name for p in first[0].parent.iterdir()) == sorted(p.name for p in first)


@pytest.mark.parametrize("name", FIGURES | TABLES)
def test_caption_names_study_and_models(name, folder):
    text = make(name, folder)[-1].read_text(encoding="utf-8")
    number = re.sub(r"_0?", " ", name).capitalize()
    assert text.startswith(f"**{number}.")
    assert "Study `tiny`, 13 models" in text
    for row in pool():
        assert (f"`{row['model']}`" in text) == (row["family"] in FAMILIES)


@pytest.mark.parametrize("name", ["figure_01a", "figure_01b", "figure_06"])
def test_published_numbers_are_marked(name, folder):
    text = make(name, folder)[-1].read_text(encoding="utf-8")
    assert "Published, not reproduced: 2 zero-shot checkpoints" in text


@pytest.mark.parametrize("name", FIGURES | TABLES)
def test_absent_families_are_said_in_words(name, folder):
    few = [row for row in pool() if row["family"] in ("robust_zero_shot", "baseline")]
    text = make(name, folder, few)[-1].read_text(encoding="utf-8")
    assert "no model of: Finetuned CLIP, Supervised, Non-robust zero-shot CLIP." in text


@pytest.mark.parametrize("name", FIGURES | TABLES)
def test_study_of_baselines_only_still_gives_a_file(name, folder):
    baselines = [row for row in pool() if row["family"] == "baseline"]
    assert all(path.stat().st_size for path in make(name, folder, baselines))


@pytest.mark.parametrize("name", FIGURES | TABLES)
def test_model_without_a_row_is_named(name, folder):
    absent = model("rn-new", "supervised", "RN-mini", None)
    with pytest.raises(InputError, match=r"found 0 rows of model 'rn-new'.*expected exactly one"):
        make(name, folder, pool() + [absent])
    assert not (folder / "out").exists()


def test_missing_column_is_named(folder):
    pd.read_csv(folder / "kurtosis.csv").drop(columns="high").to_csv(folder / "kurtosis.csv")
    with pytest.raises(InputError, match=r"kurtosis\.csv: .*expected also high"):
        make("figure_02a", folder)


def test_undefined_value_is_said_and_not_drawn(folder):
    change(folder / "kurtosis.csv", "rn-supervised", kurtosis=None, low=None, high=None)
    text = make("figure_02a", folder)[-1].read_text(encoding="utf-8")
    assert "Undefined, marked n/a: `rn-supervised`." in text


def test_accuracy_of_one_is_said_and_not_drawn(folder):
    change(folder / "robustness.csv", "baseline-3", accuracy=1.0)
    text = make("figure_06", folder)[-1].read_text(encoding="utf-8")
    assert "Not drawn, an accuracy of exactly 0 or 1: `baseline-3`." in text
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
        ("ViT-mini", "Web-large", 2),
        ("ViT-mini", "Web-small", 2),
        ("ViT-mini", "Supervised", 1),
    ]
    assert [m["family"] for m in groups[0].models] == ["robust_zero_shot", "finetuned"]


def test_tables_have_the_papers_layout(folder):
    csv, md = make("table_1", folder)
    table = pd.read_csv(csv)
    assert list(table) == ["backbone", "pretraining", "column", "model", "percent", "low", "high"]
    assert len(table) == 13
    assert (table["percent"] > 1).all()
    lines = [line for line in md.read_text(encoding="utf-8").splitlines() if line.startswith("|")]
    assert lines[0] == (
        "| Backbone | Pretraining data | Zero-shot CLIP | Finetuned CLIP | ImageNet supervised |"
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
    assert cells[1][4] == ""


def test_table_says_where_a_backbone_has_no_supervised_model(folder):
    without = [row for row in pool() if row["model"] != "vit-supervised"]
    _, md = make("table_2", folder, without)
    (line,) = [row for row in md.read_text().splitlines() if row.startswith("| ViT-mini")]
    assert line.endswith("| N.A. |")
