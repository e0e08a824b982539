"""A host with one file, and an empty folder for downloads."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.authentic.server import Server, serving
from tests.unit.inputs.download_inputs import CONTENT, NAME
from workflow_scripts.transfer import http


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """No waiting between attempts, and no proxy."""
    monkeypatch.setattr(http, "BACKOFF", 0)
    monkeypatch.setenv("no_proxy", "127.0.0.1")


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Server]:
    folder = tmp_path / "host"
    folder.mkdir()
    (folder / NAME).write_bytes(CONTENT)
    with serving(folder) as server:
        yield server


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "downloads"
