"""What the sections of a card say: tables cell by cell, notes, pictures, checkpoints."""

import re

import pandas as pd
import pytest

from tests.unit.inputs.card_inputs import (
    HEADLESS,
    MODELS,
    TEST,
    THRESHOLD,
    frames,
    write_tables,
)
from workflow_scripts.cards import tables
from workflow_scripts.cards.indicators import WITHOUT_HEAD, read
from workflow_scripts.cards.sections import KINDS, sections
from workflow_scripts.cards.words import SECTIONS

REFERENCES = pd.DataFrame(
    [
        (
            "paper",
            "Robust CoCa",
            "kurtosis",
            "robust_zero_shot",
            2,
            12.0,
            15.5,
            "Table 4",
        ),
        ("paper", "An isotropic Gaussian", "kurtosis", "", 0, 3.0, 3.0, "Section 4"),
        ("paper", "Finetuned CoCa", "concepts", "finetuned", 2, 530.0, 629.0, "Table 5"),
        ("miniature", "Finetuned CLIP", "concepts", "finetuned", 4, 10.0, 26.0, ""),
    ],
    columns=["source", "group", "indicator", "family", "models", "low", "high", "place"],
)


def of(tmp_path, runs=None, changed=None, only=None, models=MODELS):
    """The sections of the made-up tables, by name."""
    paths = write_tables(tmp_path, only, changed)
    headless = HEADLESS if only is None else ()
    measured = read(paths, models, TEST, THRESHOLD if only is None else None, headless)
    return {each.name: each for each in sections(measured, models, REFERENCES, runs or {})}


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """The sections of the tables as they are."""
    return of(tmp_path_factory.mktemp("tables"))


def test_every_part_has_its_section_and_words(found, tmp_path):
    assert list(found) == list(KINDS) == list(SECTIONS)
    assert all(all(section.words) for section in found.values())
    only = of(tmp_path, only=WITHOUT_HEAD)
    assert list(only) == ["kurtosis", "components", "spectrum"]


@pytest.mark.parametrize(
    ("name", "titles", "lines"),
    [
        (
            "kurtosis",
            ["Model", "Activation kurtosis", "5 % of images below", "Median",
             "95 % of images below"],
            [["zs", "1.01 (1.04 to 1.07)", "2.90", "2.91", "2.92"],
             ["ft", "1.02 (1.05 to 1.08)", "2.93", "2.94", "2.95"],
             ["bare", "1.03 (1.06 to 1.09)", "2.96", "2.97", "2.98"]],
        ),
        (
            "spectrum",
            ["Model", "Share of the mean", "Share of the leading direction",
             "Participation ratio", "Width"],
            [["zs", "11.3 %", "11.6 %", "1.19", "256"], ["ft", "11.4 %", "11.7 %", "1.20", "257"],
             ["bare", "11.5 %", "11.8 %", "1.21", "258"]],
        ),
        (
            "importance",
            ["Model", "Importance ratio"],
            [["zs", "2.99 (3.01 to 3.03)"], ["ft", "3.00 (3.02 to 3.04)"], ["bare", "n/a"]],
        ),
        (
            "accuracy",
            ["Model", "Data set", "Accuracy", "Images", "Classes"],
            [["zs", "photos", "33.5 % (33.9 to 34.3 %)", "80", "12"],
             ["zs", "sketches", "33.6 % (34.0 to 34.4 %)", "70", "11"],
             ["ft", "photos", "33.7 % (34.1 to 34.5 %)", "80", "12"],
             ["ft", "sketches", "33.8 % (34.2 to 34.6 %)", "70", "11"]],
        ),
        (
            "concepts",
            ["Model", "Unique concepts", "By chance", "Of", "Directions"],
            [["zs", "509 (517 to 525)", "5.33", "143", "5"],
             ["ft", "513 (521 to 529)", "5.37", "143", "5"], ["bare", "n/a"] + ["n/a"] * 3],
        ),
        (
            "robustness",
            ["Model", "Effective robustness", "Accuracy", "Under shifts", "Line's prediction"],
            [["zs", "53.9 % (54.1 to 54.3 %)", "54.5 %", "54.7 %", "54.9 %"],
             ["ft", "54.0 % (54.2 to 54.4 %)", "54.6 %", "54.8 %", "55.0 %"],
             ["bare", "n/a"] + ["n/a"] * 3],
        ),
    ],
)  # fmt: skip
def test_cells(name, titles, lines, found):
    table = found[name].tables[0]
    assert table.titles == titles
    assert table.lines == lines


def test_the_leading_components_of_each_model(found):
    lines = found["components"].tables[0].lines
    assert [line[:2] for line in lines] == [
        [name, str(7 * place)] for name in ("zs", "ft", "bare") for place in range(1, 6)
    ]
    assert lines[0] == ["zs", "7", "2.18", "−1.22", "14.6 %", "24.2 %", "26.6 %", "19.4 %"]
    assert lines[5] == ["ft", "7", "2.26", "−1.30", "15.4 %", "25.0 %", "27.4 %", "20.2 %"]


def test_pruning_takes_the_last_point_that_prunes_no_more(found):
    table = found["pruning"].tables[0]
    assert table.titles == ["Model", "0 % pruned", "20 % pruned", "40 % pruned", "60 % pruned",
                            "80 % pruned", "90 % pruned"]  # fmt: skip
    shares = [cell.split(" %")[0] for cell in table.lines[0][1:]]
    assert shares == ["34.7", "34.7", "34.9", "35.1", "35.3", "35.3"]
    assert [line[0] for line in table.lines] == ["zs", "ft"]


def test_references_stand_beside_their_indicator(found):
    assert found["kurtosis"].tables[1].lines == [
        ["Activation kurtosis", "The paper", "Robust CoCa", "12.00 to 15.50", "2",
         "Table 4"],
        ["Activation kurtosis", "The paper", "An isotropic Gaussian", "3.00", "", "Section 4"],
    ]  # fmt: skip
    assert len(found["accuracy"].tables) == 1
    picture = found["kurtosis"].pictures[0]
    assert "Robust CoCa" in picture.svg and "The paper" in picture.svg
    assert "zs 1.01 (1.04 to 1.07); ft 1.02" in picture.alt


def test_counts_of_a_larger_set_are_in_the_table_and_not_in_the_picture(found):
    section = found["concepts"]
    assert [line[3] for line in section.tables[1].lines] == ["530 to 629", "10 to 26"]
    assert "Finetuned CLIP" in section.pictures[0].svg
    assert "Finetuned CoCa" not in section.pictures[0].svg


def test_a_panel_for_each_model_that_has_what_is_shown(found):
    of_all = [found[name].pictures[-1].svg for name in ("kurtosis", "components")]
    assert all(f">{name}<" in svg for svg in of_all for name in ("zs", "ft", "bare"))
    for name in ("importance", "pruning"):
        svg = found[name].pictures[-1].svg
        assert ">zs<" in svg and ">ft<" in svg and ">bare<" not in svg


def test_pictures_take_the_colours_of_the_page_and_share_no_id(found):
    svgs = [picture.svg for section in found.values() for picture in section.pictures]
    assert len(svgs) == 13
    ids = [name for svg in svgs for name in set(re.findall(r'\bid="([^"]+)"', svg))]
    assert len(ids) == len(set(ids)) > 0
    for svg in svgs:
        assert svg.startswith("<svg viewBox=") and svg.endswith("</svg>")
        assert "currentColor" in svg and "#000000" not in svg and "metadata" not in svg
        assert set(re.findall(r"url\(#([^)]+)\)", svg)) <= set(ids)


def test_notes_say_what_is_special_of_these_models(found, tmp_path):
    notes = found["kurtosis"].notes
    assert len(notes) == 2
    assert "of 40 images" in notes[0]
    assert notes[1].startswith("`bare`: 3 of 80 images have constant activations")
    changed = frames()
    changed["representation"].loc[1, "negative"] = 0
    changed["kurtosis"][["images", "undefined"]] = [80, 0]
    (note,) = of(tmp_path, changed=changed, only=WITHOUT_HEAD)["kurtosis"].notes
    assert note.startswith("No activation of `ft` is ever negative")


def test_a_model_whose_kurtosis_is_undefined_is_said_to_have_none(tmp_path):
    changed = frames()
    for name, columns in (
        ("kurtosis", ["kurtosis", "low", "high"]),
        ("components", ["kurtosis"]),
        ("kurtosis_histogram", ["low", "high"]),
        ("kurtosis_quantiles", ["kurtosis"]),
    ):
        changed[name][columns] = float("nan")
    found = of(tmp_path, changed=changed, only=WITHOUT_HEAD)
    assert found["kurtosis"].tables[0].lines[0] == ["zs", *["n/a"] * 4]
    assert found["components"].tables[0].lines[0][:3] == ["zs", "7", "n/a"]
    assert found["kurtosis"].pictures[0].svg.count(">n/a<") == 3


def test_checkpoints_of_a_run_are_followed_in_their_order(tmp_path):
    runs = {"alone": {"bare": 1}, "my run": {"ft": 20, "zs": 5}}
    followed = of(tmp_path, runs)
    assert "run-1" not in followed  # a single checkpoint makes no curve
    section = followed["run-0"]
    assert section.words.title == "Over the training: my run"
    (table,) = section.tables
    assert [line[:3] for line in table.lines] == [
        ["5", "zs", "1.01 (1.04 to 1.07)"], ["20", "ft", "1.02 (1.05 to 1.08)"]
    ]  # fmt: skip
    svg = section.pictures[0].svg
    assert all(f">{name}" in svg for name in ("Activation kurtosis", "Accuracy [%]"))


def test_the_summary_has_every_indicator_of_every_model(tmp_path):
    measured = read(write_tables(tmp_path), MODELS, TEST, THRESHOLD, HEADLESS)
    table = tables.summary(measured, MODELS)
    assert table.titles[:3] == ["Model", "Activation kurtosis", "Outlier components"]
    assert table.lines[0] == [
        "zs", "1.01 (1.04 to 1.07)", "4", "11.3 %", "11.6 %", "1.19", "2.99 (3.01 to 3.03)",
        "33.5 % (33.9 to 34.3 %)", "509 (517 to 525)", "53.9 % (54.1 to 54.3 %)",
    ]  # fmt: skip
    assert table.lines[2][1:6] == ["1.03 (1.06 to 1.09)", "2", "11.5 %", "11.8 %", "1.21"]
    assert table.lines[2][6:] == ["n/a"] * 4
