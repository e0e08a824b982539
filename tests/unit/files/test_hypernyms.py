"""The tables of hypernyms: closures as WordNet has them, and what is refused."""

from functools import cache
from pathlib import Path

import pandas as pd
import pytest

from workflow_scripts.files.hypernyms import ancestors, classes_of, read_hypernyms
from workflow_scripts.job.errors import InputError

STUDIES = Path(__file__).resolve().parents[3] / "studies"
ANIMAL = "animal, organism, living thing, whole, object, physical entity, entity"
CHORDATE = f"vertebrate, chordate, {ANIMAL}"
MAMMAL = f"placental, mammal, {CHORDATE}"
ARTIFACT = "artifact, whole, object, physical entity, entity"
INSTRUMENTALITY = f"instrumentality, {ARTIFACT}"
# Looked up by hand in WordNet 3.0: all that a synset is a kind of, by any way.
CLOSURES = {
    "n02123045": f"domestic cat, cat, feline, carnivore, domestic animal, {MAMMAL}",  # tabby
    "n02085620": f"toy dog, dog, canine, carnivore, domestic animal, {MAMMAL}",  # Chihuahua
    "n01440764": f"cyprinid, cypriniform fish, soft-finned fish, teleost fish, bony fish, fish, "
    f"aquatic vertebrate, {CHORDATE}",  # tench
    "n01531178": f"finch, oscine, passerine, bird, {CHORDATE}",  # goldfinch
    "n02206856": f"hymenopterous insect, insect, arthropod, invertebrate, {ANIMAL}",  # bee
    "n02129604": f"big cat, feline, carnivore, {MAMMAL}",  # tiger
    "n02504458": f"elephant, proboscidean, pachyderm, {MAMMAL}",  # African elephant
    "n02701002": f"car, motor vehicle, self-propelled vehicle, wheeled vehicle, container, "
    f"vehicle, conveyance, {INSTRUMENTALITY}",  # ambulance
    "n03272010": f"guitar, stringed instrument, musical instrument, device, {INSTRUMENTALITY}",
    "n07753592": "edible fruit, fruit, produce, food, solid, matter, reproductive structure, "
    "plant organ, plant part, natural object, whole, object, physical entity, entity",  # banana
}
# A square whose corners are reached in two ways, and a chain above it.
ROWS = {
    "top": "", "middle": "top", "left": "middle", "right": "middle",
    "a": "left", "b": "left;right", "c": "right", "d": "top",
}  # fmt: skip


def write(path, rows):
    lines = ["synset\tname\thypernyms", *(f"{k}\tname of {k}\t{v}" for k, v in rows.items())]
    path.write_text("\n".join(lines) + "\n")
    return path


def wnids(study):
    return pd.read_csv(STUDIES / study / "classes.tsv", sep="\t")["wnid"].tolist()


@pytest.mark.parametrize("synset", CLOSURES)
def test_closures_are_those_of_wordnet(synset):
    synsets = read_hypernyms(STUDIES / "imagenet" / "hypernyms.tsv")
    found = {synsets[each].name for each in ancestors(synsets, synset)}
    assert found == set(CLOSURES[synset].split(", "))


@pytest.mark.parametrize("study", ["imagenet", "miniature"])
def test_each_table_has_its_classes_what_they_are_and_nothing_else(study):
    synsets, classes = read_hypernyms(STUDIES / study / "hypernyms.tsv"), wnids(study)
    above = set().union(*(ancestors(synsets, wnid) for wnid in classes))
    assert synsets.keys() == above | {*classes}
    assert [synset for synset, each in synsets.items() if not each.hypernyms] == ["n00001740"]


@pytest.mark.parametrize("study", ["imagenet", "miniature"])
def test_concepts_are_the_different_sets_of_classes_by_brute_force(study):
    synsets, classes = read_hypernyms(STUDIES / study / "hypernyms.tsv"), wnids(study)

    @cache
    def below(synset, wnid):
        return any(up == synset or below(synset, up) for up in synsets[wnid].hypernyms)

    every = {}
    for synset in synsets:
        labels = [label for label, wnid in enumerate(classes) if below(synset, wnid)]
        if 2 <= len(labels) < len(classes):
            every.setdefault(tuple(labels), set()).add(synset)
    found = classes_of(synsets, classes)
    assert {tuple(labels) for labels in found.values()} == every.keys()
    for synset, labels in found.items():
        rivals = every[tuple(labels)] - {synset}
        assert not any(below(synset, rival) for rival in rivals), "a nearer one is a concept"


def test_of_hypernyms_of_the_same_classes_the_nearest_is_a_concept(tmp_path):
    synsets = read_hypernyms(write(tmp_path / "hypernyms.tsv", ROWS))
    assert ancestors(synsets, "b") == {"left", "right", "middle", "top"}
    # "top" is of all classes
    expected = {"left": [0, 1], "middle": [0, 1, 2], "right": [1, 2]}
    assert classes_of(synsets, ["a", "b", "c", "d"]) == expected
    above = read_hypernyms(write(tmp_path / "more.tsv", ROWS | {"above": "top", "middle": "above"}))
    assert classes_of(above, ["a", "b", "c", "d"]) == expected


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("synset\tname\nx\ty\n", "found the columns"),
        ("synset\tname\thypernyms\nx\ty\n", "row 2: found"),
        ("synset\tname\thypernyms\nx\ty\t\nx\ty\t\n", "row 3: found"),
        ("synset\tname\thypernyms\nx\ty\tz\n", "synset x is a kind of z, which has no row"),
        ("", "hypernyms.tsv"),
    ],
)
def test_a_damaged_table_is_refused(tmp_path, content, message):
    path = tmp_path / "hypernyms.tsv"
    path.write_text(content)
    with pytest.raises(InputError, match=message):
        read_hypernyms(path)


def test_a_class_without_a_row_is_named(tmp_path):
    synsets = read_hypernyms(write(tmp_path / "hypernyms.tsv", ROWS))
    with pytest.raises(InputError, match="no row of class e"):
        classes_of(synsets, ["a", "e"])
