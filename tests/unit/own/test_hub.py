"""Small files of the Hub."""

import pytest

from workflow_scripts.job.errors import InputError
from workflow_scripts.own.hub import fetch_from_hub
from workflow_scripts.transfer import fetch


def config(folder, **changed):
    return {"downloads": str(folder), "mirror": None, "offline": False} | changed


def test_a_file_is_fetched_once(tmp_path, monkeypatch):
    asked = []

    def fetched(source, folder, mirror):
        asked.extend(source.urls)
        (folder / source.file).write_text("{}")

    monkeypatch.setattr(fetch, "fetch", fetched)
    for _ in range(2):
        path = fetch_from_hub(config(tmp_path / "new"), "owner/name", "open_clip_config.json")
    assert path.name == "owner_name.open_clip_config.json" and path.read_text() == "{}"
    assert asked == ["https://huggingface.co/owner/name/resolve/main/open_clip_config.json"]


def test_nothing_is_fetched_offline(tmp_path):
    with pytest.raises(InputError, match=r"downloading is forbidden \(offline\).*put https://"):
        fetch_from_hub(config(tmp_path, offline=True), "owner/name", "open_clip_config.json")
