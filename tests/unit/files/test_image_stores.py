"""Training sets from image stores: rows, and what is refused."""

import h5py
import numpy as np
import pytest

from workflow_scripts.files import image_stores as stores
from workflow_scripts.job.errors import InputError

COUNT = 30


@pytest.fixture
def path(tmp_path):
    """A store in which everything tells its row."""
    path = tmp_path / "store.h5"
    with h5py.File(path, "w") as store:
        rows = np.arange(COUNT)
        store["pixels"] = np.broadcast_to(rows[:, None, None, None], (COUNT, 4, 4, 3)).astype("u1")
        store["labels"] = rows * 10
        text = h5py.string_dtype()
        store.create_dataset("ids", data=[f"n1/{row}.JPEG" for row in rows], dtype=text)
        store.attrs["complete"] = True
    return path


@pytest.mark.parametrize("limit", [None, COUNT, 7])
def test_pixels_labels_and_ids_belong_together(path, limit):
    pixels, labels, ids = stores.load_training_set(path, limit, seed=3)
    rows = pixels[:, 0, 0, 0].numpy()
    assert len(rows) == (limit or COUNT)
    assert sorted(set(rows)) == list(rows)
    assert labels.tolist() == (rows * 10.0).tolist()
    assert ids.tolist() == [f"n1/{row}.JPEG" for row in rows]


def test_smaller_samples_are_parts_of_larger_ones():
    small, large = (set(stores.select_rows(100, limit, seed=1)) for limit in (10, 50))
    assert len(small) == 10 and small < large
    assert small != set(stores.select_rows(100, 10, seed=2))


def test_more_images_than_there_are():
    with pytest.raises(InputError, match="column images: found 31, expected at most 30"):
        stores.select_rows(30, 31, seed=0)


def test_a_store_that_was_never_completed(path):
    with h5py.File(path, "a") as store:
        del store.attrs["complete"]
    with pytest.raises(InputError, match="store.h5: was never completed; delete it"):
        stores.load_training_set(path, None, 0)


@pytest.mark.parametrize("content", [None, b"", b"HDF" * 50])
def test_a_store_that_cannot_be_read(tmp_path, content):
    path = tmp_path / "store.h5"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match="store.h5: cannot be read"):
        stores.load_training_set(path, None, 0)
