"""Which image shows which hypernym of its class, against a loop over images and synsets."""

import h5py
import numpy as np
import pandas as pd
import pytest

from workflow_scripts.datasets import hypernym_membership
from workflow_scripts.files.concepts import read_membership
from workflow_scripts.files.hypernyms import ancestors, read_hypernyms
from workflow_scripts.job.errors import InputError

WNIDS = ["n01", "n02", "n03", "n04"]
TABLE = """synset\tname\thypernyms
n10\tentity\t
n11\tliving thing\tn10
n12\tanimal\tn11
n01\tcat\tn12
n02\tdog\tn12
n03\ttree\tn11
n04\tcar\tn10
"""
LABELS = np.array([3, 0, 2, 1, 1, 0, 3])


@pytest.fixture
def read(tmp_path):
    def run(concepts=2, wnids=WNIDS):
        (tmp_path / "hypernyms.tsv").write_text(TABLE)
        with h5py.File(tmp_path / "store.h5", "w") as store:
            store["labels"] = LABELS
            ids = [f"{row}.jpg" for row in range(len(LABELS))]
            store.create_dataset("ids", data=ids, dtype=h5py.string_dtype())
            store.attrs["complete"] = True
        names = ("store.h5", "hypernyms.tsv", "concepts.h5", "concepts.csv")
        paths = [tmp_path / name for name in names]
        hypernym_membership.main(*paths, dataset="hypernyms", concepts=concepts, wnids=wnids)
        return read_membership(paths[2]), pd.read_csv(paths[3])

    return run


def test_each_image_shows_all_that_its_class_is(read, tmp_path):
    membership, table = read()
    assert membership.concepts["name"].tolist() == ["living thing", "animal"]
    assert membership.concepts["number"].tolist() == [11, 12]
    synsets = read_hypernyms(tmp_path / "hypernyms.tsv")
    for row, label in enumerate(LABELS):
        own = membership.members[membership.starts[row] : membership.starts[row + 1]]
        names = {membership.concepts["name"][place] for place in own}
        above = {synsets[each].name for each in ancestors(synsets, WNIDS[label])}
        assert names == above - {"entity"}
    assert table["classes"].tolist() == [3, 2]
    assert table["images"].tolist() == [5, 4]
    assert membership.ids.tolist() == [f"{row}.jpg" for row in range(len(LABELS))]


def test_another_number_of_concepts_is_refused(read):
    with pytest.raises(InputError, match=r"found 2 concepts, expected 3 .*column classes"):
        read(concepts=3)


def test_a_class_without_a_row_is_refused(read):
    with pytest.raises(InputError, match="no row of class n05"):
        read(wnids=[*WNIDS, "n05"])
