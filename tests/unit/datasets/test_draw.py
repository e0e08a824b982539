"""Drawing a data set: balanced, the same each time, with ImageNet-Captions beside it if wanted."""

import json
from collections import Counter
from pathlib import PurePosixPath

import numpy as np
import pytest
import torch

from workflow_scripts.archives.layouts import list_images
from workflow_scripts.archives.members import open_archive
from workflow_scripts.datasets import draw, draw_adversarial
from workflow_scripts.drawing import sets
from workflow_scripts.job.errors import InputError

NAMES = ["car", "cat", "cup", "fish"]
CLASSES = [{"wnid": f"n{number:08d}", "name": name} for number, name in enumerate(NAMES)]
WNIDS = [row["wnid"] for row in CLASSES]
SCENE = {"ties": 0.9, "styles": {"photo": 1.0}, "rotation": [[1.0, 0.2]], "displacement": 0.1}
SETTINGS = {
    "dataset": "imagenet", "layout": "wnid_folders", "root": "val", "images": 22,
    "objects": NAMES, "classes": CLASSES,
    "picture": {"seed": 0, "size": 16, "scene": SCENE},
}  # fmt: skip


def drawn(folder, captions=None, **changes):
    folder.mkdir(exist_ok=True)
    settings = {"described": 0.0, "options": {}, **SETTINGS, **changes}
    path = folder / "a.tar"
    draw.main(path, captions, **settings)
    return path


def test_objects_are_balanced_and_shuffled(tmp_path, monkeypatch):
    monkeypatch.setattr(sets, "BLOCK", 5)
    archive = open_archive(drawn(tmp_path))
    labels = list(list_images("wnid_folders", [archive], CLASSES, WNIDS).labels.values())
    assert Counter(labels) == {0: 6, 1: 6, 2: 5, 3: 5}
    assert labels[:4] != sorted(labels)[:4]


def test_the_same_seed_gives_the_same_bytes(tmp_path):
    first = drawn(tmp_path / "first").read_bytes()
    assert drawn(tmp_path / "again").read_bytes() == first
    other_seed = {**SETTINGS["picture"], "seed": 1}
    assert drawn(tmp_path / "seed", picture=other_seed).read_bytes() != first
    assert drawn(tmp_path / "name", dataset="imagenet-v2").read_bytes() != first


def test_captions_have_the_form_of_imagenet_captions(tmp_path):
    captions = tmp_path / "captions.json"
    archive = open_archive(drawn(tmp_path, captions, described=0.5))
    entries = json.loads(captions.read_text())
    names = [PurePosixPath(name) for name in archive.names()]
    assert [entry["filename"] for entry in entries] == [name.name for name in names]
    assert [entry["wnid"] for entry in entries] == [name.parent.name for name in names]
    for entry in entries:
        assert list(entry) == ["filename", "wnid", "title", "description", "tags"]
        name = NAMES[WNIDS.index(entry["wnid"])]
        assert entry["title"] == f"a {name}"
        assert name in entry["description"] or not entry["description"]
        assert entry["tags"] == [] or name in entry["tags"]
    assert sum(bool(entry["description"]) for entry in entries) == 11
    assert sum(bool(entry["tags"]) for entry in entries) == 11


def test_unknown_objects_are_named_all_at_once(tmp_path):
    with pytest.raises(InputError) as caught:
        drawn(tmp_path, objects=["car", "butterflies", "dog"])
    first, second, known = str(caught.value).splitlines()
    assert "found 'butterflies'" in first and first.endswith("did you mean 'butterfly'?")
    assert "found 'dog'" in second
    assert "objects can be drawn: " in known and "butterfly" in known
    assert list(tmp_path.iterdir()) == []


class Adversary:
    """Takes every image for class 0."""

    def encode(self, images):
        return torch.zeros(len(images), 2)

    def logits(self, h):
        return torch.tensor([1.0, 0, 0, 0]).expand(len(h), -1)


def adversarial(tmp_path, monkeypatch, candidates):
    monkeypatch.setattr(draw_adversarial, "load_bundle", lambda folder: Adversary())
    monkeypatch.setattr(sets, "BLOCK", 7)
    draw_adversarial.main(
        tmp_path / "a.tar", tmp_path, **{**SETTINGS, "images": 12}, candidates=candidates
    )
    return open_archive(tmp_path / "a.tar")


def test_images_are_kept_that_the_adversary_gets_wrong(tmp_path, monkeypatch):
    archive = adversarial(tmp_path, monkeypatch, candidates=40)
    labels = list_images("wnid_folders", [archive], CLASSES, WNIDS).labels
    assert len(labels) == 12
    assert 0 not in labels.values()


def test_too_few_candidates(tmp_path, monkeypatch):
    with pytest.raises(InputError, match="only 9 of 12 drawn images .* expected 12; raise"):
        adversarial(tmp_path, monkeypatch, candidates=12)
    assert list(tmp_path.iterdir()) == []


def test_wrong_rows():
    rows = draw_adversarial.wrong_rows(
        Adversary(), np.zeros((4, 8, 8, 3), np.uint8), np.array([0, 1, 0, 3])
    )
    assert rows.tolist() == [1, 3]
