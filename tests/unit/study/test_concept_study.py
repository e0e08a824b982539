"""What a study says about its concept data set, and what follows from it."""

import shutil
from pathlib import Path

import pytest
import yaml

from workflow_scripts.study.pool import Pool
from workflow_scripts.study.study import StudyError, load

ROOT = Path(__file__).resolve().parents[3]


def config(study):
    return yaml.safe_load((ROOT / "config.yaml").read_text()) | {"study": str(study)}


@pytest.fixture
def folder(tmp_path):
    shutil.copytree(ROOT / "studies" / "miniature", tmp_path / "miniature")
    return tmp_path / "miniature"


def edited(folder, file, old, new):
    """The messages about the study after a change of a file."""
    path = folder / file
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(StudyError) as caught:
        load(ROOT, config(folder))
    return str(caught.value)


def test_the_miniature_has_triples_for_figure_4():
    pool = Pool(load(ROOT, config("miniature")))
    assert pool.concepts == "broden"
    assert pool.concepts not in pool.evaluated
    triples = pool.triples()
    assert len(triples) == 4
    rows = {row["model"]: row for row in pool.rows()}
    for triple in triples:
        kinds = ("zero_shot", "finetuned", "supervised")
        assert {rows[triple[kind]]["backbone"] for kind in kinds} == {triple["backbone"]}
        families = [rows[triple[kind]]["family"] for kind in kinds]
        assert families == ["robust_zero_shot", "finetuned", "supervised"]


def test_a_study_may_have_no_concepts():
    study = load(ROOT, config(ROOT / "tests" / "fixtures" / "small_study"))
    assert Pool(study).concepts is None


def test_a_second_concept_data_set_is_refused(folder):
    row = (folder / "datasets.tsv").read_text().splitlines()[-1]
    text = edited(folder, "datasets.tsv", row, f"{row}\n{row.replace('broden', 'broden-2', 1)}")
    assert "expected at most one data set of role concepts" in text


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "\tconcepts\tbroden\t",
            "\tconcepts\twnid_folders\t",
            "broden or concept_folders, since role is concepts",
        ),
        ("\t1500\t143\t", "\t1500\t\t", "a whole number, the number of concepts"),
        ("\t143\t", "\t143\timagenet.txt", "nothing, since role is concepts"),
        (
            "\tshift\tobjectnet\t",
            "\tshift\tbroden\t",
            "found 'broden', expected one of wnid_folders",
        ),
    ],
)
def test_mistakes_in_its_row_are_named(folder, old, new, message):
    assert message in edited(folder, "datasets.tsv", old, new)
