"""classes.tsv and the class lists: sorted, each class once, all of them known."""

import pytest

from tests.unit.inputs.study_inputs import CLASSES, DATASETS


def test_classes_out_of_order(workplace):
    header, *rows = workplace.rows(CLASSES)
    workplace.write(CLASSES, [header, *reversed(rows)])
    at = "studies/small/classes.tsv, row 3 (n00000003), column wnid"
    workplace.refuses(at, "rows sorted by wnid", found="'n00000003' after 'n00000004'")


def test_a_data_set_without_a_list_has_all_classes(workplace):
    workplace.cell(DATASETS, "imagenet", "class_list", "")
    assert workplace.load().class_lists["imagenet"] == [f"n0000000{n}" for n in (1, 2, 3, 4)]
    workplace.cell(DATASETS, "imagenet", "classes", "3")
    at = workplace.at(DATASETS, "imagenet", "classes")
    workplace.refuses(at, "4, the number of classes in classes.tsv", found="3")


@pytest.mark.parametrize("ids", ["9 10 cat dog", "Zebra|brown bear|n2|été"])
def test_classes_of_ones_own_have_any_ids_in_any_order(workplace, ids):
    """Labels are the positions of the rows."""
    own = ids.split("|" if "|" in ids else " ")
    for name in ("classes.tsv", "class_lists/imagenet.txt", "class_lists/imagenet-r.txt",
                 "class_lists/objectnet.txt"):  # fmt: skip
        for number, wnid in enumerate(own, start=1):
            path = workplace.folder / name
            path.write_text(path.read_text().replace(f"n0000000{number}", wnid))
    loaded = workplace.load()
    assert [row["wnid"] for row in loaded.classes] == own
    assert loaded.class_lists["imagenet"] == own


@pytest.mark.parametrize("wnid", ["a/b", ".hidden", "..", "a\\b"])
def test_an_id_that_is_no_folder(workplace, wnid):
    workplace.cell(CLASSES, "n00000004", "wnid", wnid)
    places = {mistake.place: mistake.expected for mistake in workplace.mistakes()}
    at = f"studies/small/classes.tsv, row 5 ({wnid}), column wnid"
    assert places[at] == "the name of a folder, without a slash or a dot in front"


def test_a_class_without_a_name(workplace):
    workplace.cell(CLASSES, "n00000003", "name", "")
    at = workplace.at(CLASSES, "n00000003", "name")
    workplace.refuses(at, "the name of the class", found="nothing")


def test_class_lists_with_strange_and_repeated_wnids(workplace):
    workplace.replace("class_lists/imagenet.txt", "n00000003", "m00000003")
    workplace.replace("class_lists/imagenet-r.txt", "n00000004", "n00000002")
    strange, repeated = workplace.mistakes()
    assert strange.place == "studies/small/class_lists/imagenet.txt, line 3"
    assert strange.suggestion == "n00000003"
    assert repeated.place == "studies/small/class_lists/imagenet-r.txt, line 2"
    assert repeated.found == "'n00000002' as in line 1"


@pytest.mark.parametrize(
    ("name", "column", "value", "expected", "suggestion"),
    [
        (
            "imagenet-r",
            "class_list",
            "imagenet-q.txt",
            "a file in class_lists/ (",
            "imagenet-r.txt",
        ),
        ("imagenet-r", "classes", "3", "2, the number of wnids in class_lists/imagenet-r", None),
        ("objectnet", "classes", "4", "at most 3, the number of wnids in class_lists/", None),
        ("web-large", "class_list", "imagenet.txt", "nothing, since role is captions", None),
    ],
)
def test_a_class_list_suits_its_data_set(workplace, name, column, value, expected, suggestion):
    workplace.cell(DATASETS, name, column, value)
    workplace.refuses(workplace.at(DATASETS, name, column), expected, suggestion)
