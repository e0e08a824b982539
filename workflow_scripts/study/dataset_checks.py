"""Checks of datasets.tsv as a whole and against its class lists."""

import os
from collections.abc import Mapping
from pathlib import Path

from workflow_scripts.study.mistakes import mistake
from workflow_scripts.study.pool import HYPERNYMS
from workflow_scripts.study.tables import Row, Table, read_lines

# Source of the ImageNet-V2 variant through whose accuracies the ImageNet testbed's line goes
TESTBED_SOURCE = "imagenet-v2-threshold0.7"
LABELLED = ("train", "test", "shift")  # roles


def check_datasets(datasets: Table, testbed: bool, hypernyms: Path) -> None:
    """Check what the data sets are taken for.

    Parameters
    ----------
    datasets: the table, in which mistakes are recorded
    testbed: whether the study has the line of the ImageNet testbed
    hypernyms: where the study's table of hypernyms would be
    """
    _check_test(datasets)
    _check_hypernyms(datasets, hypernyms)
    if testbed:
        _check_testbed_variant(datasets)


def read_class_lists(
    datasets: Table, folder: Path, files: Mapping[str, Path], classes: Table
) -> dict[str, list[str]]:
    """Check the class lists; return the wnids of each data set with labels, all without a list.

    Parameters
    ----------
    datasets: the table, in which mistakes are recorded
    folder: the study's own
    files: paths of the class lists, by name
    classes: the table with the wnids that there are
    """
    contents: dict[str, list[str]] = {}
    lists = {}
    for name, row in datasets.rows.items():
        file = row.value("class_list")
        if file is None and _has_all_classes(row):
            lists[name] = list(classes.rows)
            _check_length(datasets, row, "the number of classes in classes.tsv", len(classes.rows))
        if file is None:
            continue
        if file not in contents:
            contents[file] = _class_list(files[file], folder, datasets, classes)
        if contents[file]:
            lists[name] = contents[file]
            called = f"the number of wnids in class_lists/{file}"
            _check_length(datasets, row, called, len(contents[file]))
    return lists


def _has_all_classes(row: Row) -> bool:
    """Whether a data set has labels, and no list to say which."""
    labelled = row.value("role") in LABELLED and row.value("layout") not in (None, "unlabelled")
    return labelled and "class_list" not in row.bad


def _check_test(datasets: Table) -> None:
    """A study has one test set."""
    rows, expected = _of_role(datasets, "test"), "exactly one data set of role test"
    for row in rows[1:]:
        datasets.reject(row, "role", f"'test' as in row {rows[0].number}", expected)
    # A mistaken role may be the test set's, misspelt.
    roles_known = all("role" not in row.bad for row in datasets.rows.values())
    if not rows and datasets.rows and roles_known:
        datasets.mistakes.append(mistake(f"{datasets.label}, column role", "no test set", expected))


def _check_hypernyms(datasets: Table, table: Path) -> None:
    """Hypernyms need classes and their table, and come after images that the paper's figures show.

    Those are of the first concept set.
    """
    unlabelled = any(row.value("layout") == "unlabelled" for row in _of_role(datasets, "test"))
    for place, row in enumerate(_of_role(datasets, "concepts")):
        if row.value("layout") != HYPERNYMS:
            continue
        if place == 0:
            found = "'hypernyms' of the first data set of role concepts"
            expected = "one with images of its own there, which the paper's figures probe"
            datasets.reject(row, "layout", found, expected)
        elif unlabelled:
            found = "'hypernyms' of a test set without labels"
            datasets.reject(row, "layout", found, "a test set whose images have classes")
        elif not table.is_file():
            datasets.reject(row, "layout", "'hypernyms'", f"a file {table.name} in the study")


def _of_role(datasets: Table, role: str) -> list[Row]:
    return [row for row in datasets.rows.values() if row.value("role") == role]


def _check_testbed_variant(datasets: Table) -> None:
    """The testbed's line is that of one variant of ImageNet-V2, see `effective_robustness`."""
    row = datasets.rows.get("imagenet-v2")
    if row and row.value("role") == "shift" and row.value("source") not in (None, TESTBED_SOURCE):
        expected = f"{TESTBED_SOURCE}, the variant that the line of study.yaml's testbed has"
        datasets.reject(row, "source", f"'{row.value('source')}'", expected)


def _class_list(path: Path, folder: Path, datasets: Table, classes: Table) -> list[str]:
    """The wnids in a class list, mistaken ones among them."""
    inside = os.path.relpath(path, folder)
    label = os.path.normpath(Path(datasets.label).parent / inside)
    lines = read_lines(path, label, datasets.mistakes, "one wnid a line")
    first: dict[str, int] = {}
    for number, line in lines:
        wnid = line.strip()
        place = f"{label}, line {number}"
        if wnid in first:
            found = f"'{wnid}' as in line {first[wnid]}"
            datasets.mistakes.append(mistake(place, found, "each wnid once"))
        elif classes.rows and wnid not in classes.rows:
            line = mistake(
                place, f"'{wnid}'", "a wnid of classes.tsv", name=wnid, valid=classes.rows
            )
            datasets.mistakes.append(line)
        first.setdefault(wnid, number)
    return [line.strip() for _, line in lines]


def _check_length(datasets: Table, row: Row, called: str, length: int) -> None:
    # Several of ImageNet's classes may be one of ObjectNet's, so its list may be the longer one.
    at_most = row.value("layout") == "objectnet"
    count = row.value("classes")
    if count is not None and (count > length if at_most else count != length):
        limit = f"at most {length}" if at_most else str(length)
        datasets.reject(row, "classes", str(count), f"{limit}, {called}")
