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
    return messages(folder)


def rows(folder):
    return (folder / "datasets.tsv").read_text().splitlines()


def messages(folder):
    """What is said about the study."""
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


def test_of_several_concept_sets_the_first_is_the_papers():
    pool = Pool(load(ROOT, config("miniature")))
    assert pool.further_concepts == ["hypernyms", "scenes"]
    assert not {*pool.further_concepts} & {*pool.evaluated}
    assert [pool.images_of(each) for each in pool.further_concepts] == ["imagenet", "scenes"]
    assert Pool(load(ROOT, config("packaged"))).further_concepts == []


def test_hypernyms_are_not_the_first_concept_set(folder):
    (row,) = (each for each in rows(folder) if each.startswith("broden"))
    text = edited(folder, "datasets.tsv", f"{row}\n", "")
    assert "found 'hypernyms' of the first data set of role concepts" in text


def test_hypernyms_need_a_table(folder):
    (folder / "hypernyms.tsv").unlink()
    assert "expected a file hypernyms.tsv in the study" in messages(folder)


def test_hypernyms_need_a_test_set_with_labels(folder):
    text = edited(folder, "datasets.tsv", "test\twnid_folders", "test\tunlabelled")
    assert "found 'hypernyms' of a test set without labels" in text


def test_hypernyms_have_no_images_of_their_own(folder):
    text = edited(folder, "datasets.tsv", "hypernyms\t\t\t\t21", "hypernyms\ta.zip\t\t100\t21")
    assert text.count("expected nothing, since hypernyms have no images of their own") == 2


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "\tconcepts\tbroden\t",
            "\tconcepts\twnid_folders\t",
            "one of broden, concept_folders, labelled, hypernyms",
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
