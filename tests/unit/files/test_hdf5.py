"""HDF5 files are opened whole, or it is said whether file or system is at fault."""

import errno
import fcntl

import h5py
import numpy as np
import pytest

from workflow_scripts.files import hdf5
from workflow_scripts.files.atomic import replacing
from workflow_scripts.files.hdf5 import opened
from workflow_scripts.job.errors import InputError

NO_LOCKS = "Unable to synchronously {} file (unable to lock file, errno = 37, error message = '')"


@pytest.fixture
def path(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_dataset("x", data=np.arange(1000), chunks=(100,), fletcher32=True)
        file.attrs["complete"] = True
    return tmp_path / "a.h5"


def test_a_complete_file(path):
    with opened(path, "x") as file:
        assert file["x"][5] == 5
    assert not file


def test_a_key_that_is_missing(path):
    message = "a.h5: found no y, z, expected a complete file; delete"
    with pytest.raises(InputError, match=message), opened(path, "x", "y", "z"):
        pass


def test_damage_that_shows_only_when_it_is_read(path):
    content = bytearray(path.read_bytes())
    place = content.index(np.arange(500, 520).tobytes())
    content[place] ^= 1
    path.write_bytes(content)
    message = "a.h5: cannot be read .*; delete it and run again"
    with pytest.raises(InputError, match=message), opened(path) as file:
        file["x"][:]


def test_an_error_of_the_block_is_none_of_the_file(path):
    for error in (ValueError("mine"), KeyError("mine"), OSError(errno.EPIPE, "mine")):
        with pytest.raises(type(error), match="mine"), opened(path):
            raise error


def test_a_file_that_is_being_written(path):
    with path.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(InputError, match="a.h5 is open in another process"), opened(path):
            pass


def test_a_file_system_without_locks_is_named_with_the_cure(path, monkeypatch):
    """Network file systems, whoever reads or writes there."""

    def without_locks(name, mode="r"):
        raise OSError(errno.ENOLCK, NO_LOCKS.format("create" if mode == "w" else "open"))

    monkeypatch.setattr(hdf5.h5py, "File", without_locks)
    cure = "no locks .*export HDF5_USE_FILE_LOCKING=FALSE"
    with pytest.raises(InputError, match=f"{path} has {cure}") as raised, opened(path):
        pass
    assert "delete" not in str(raised.value)
    with pytest.raises(InputError, match=f"{path.parent} has {cure}"), replacing(path) as temporary:
        h5py.File(temporary, "w")
