"""What WordNet says that classes are: the table hypernyms.tsv of a study, and its closure."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from workflow_scripts.job.errors import InputError
from workflow_scripts.job.reading import reading

COLUMNS = ["synset", "name", "hypernyms"]
REMEDY = "take the table from the repository again"


@dataclass(frozen=True)
class Synset:
    """A row of the table.

    name: for example "feline"
    hypernyms: ids of the synsets that it is a kind of, none for the root
    """

    name: str
    hypernyms: tuple[str, ...]


def read_hypernyms(path: Path | str) -> dict[str, Synset]:
    """The synsets by id.

    Raises
    ------
    InputError: the table cannot be read, a row is not as expected, or a hypernym has no row.
    """
    with reading(path, REMEDY), Path(path).open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file, delimiter="\t")
    if header != COLUMNS:
        raise InputError(f"{path}: found the columns {header}, expected {COLUMNS}; {REMEDY}")
    synsets: dict[str, Synset] = {}
    for number, row in enumerate(rows, start=2):
        if len(row) != len(COLUMNS) or row[0] in synsets:
            raise InputError(
                f"{path}, row {number}: found {row}, expected {len(COLUMNS)} cells and each synset "
                f"once; {REMEDY}"
            )
        synsets[row[0]] = Synset(row[1], tuple(filter(None, row[2].split(";"))))
    for synset, each in synsets.items():
        if lacking := set(each.hypernyms) - synsets.keys():
            raise InputError(
                f"{path}: synset {synset} is a kind of {min(lacking)}, which has no row; {REMEDY}"
            )
    return synsets


def ancestors(synsets: Mapping[str, Synset], synset: str) -> set[str]:
    """Ids of all that a synset is a kind of, directly or not; itself is not among them."""
    found: set[str] = set()
    waiting = list(synsets[synset].hypernyms)
    while waiting:
        each = waiting.pop()
        if each not in found:
            found.add(each)
            waiting += synsets[each].hypernyms
    return found


def classes_of(synsets: Mapping[str, Synset], wnids: Sequence[str]) -> dict[str, list[int]]:
    """Hypernyms that tell some classes from others: places in `wnids`, by the hypernym's id.

    Each is the hypernym of two classes at least, and not of all. They are in the order of their
    ids.

    Raises
    ------
    InputError: a class has no row.
    """
    of: dict[str, list[int]] = {}
    for label, wnid in enumerate(wnids):
        if wnid not in synsets:
            raise InputError(
                f"hypernyms.tsv: found no row of class {wnid} (classes.tsv), expected one each; "
                f"{REMEDY}"
            )
        for synset in ancestors(synsets, wnid):
            of.setdefault(synset, []).append(label)
    nearest: dict[tuple[int, ...], str] = {}
    for synset in sorted(of):
        labels = tuple(of[synset])
        # ASSUME: hypernyms of the very same classes (all chordates among ImageNet's classes are
        # vertebrates) are one concept, named by the nearest of them.
        rival = nearest.get(labels)
        if rival is None or rival in ancestors(synsets, synset):
            nearest[labels] = synset
    return {
        synset: of[synset]
        for synset in sorted(nearest.values())
        if 2 <= len(of[synset]) < len(wnids)
    }
