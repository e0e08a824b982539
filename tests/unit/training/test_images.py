"""Training images from an archive: the same whoever decodes them, cropped as by torchvision."""

import io
import json
import os
import signal

import h5py
import numpy as np
import pytest
import torch
from PIL import Image

from tests.unit.inputs.archive_inputs import FORMS, WNIDS, contents, folder, plain_tar, tar_of_tars
from tests.unit.inputs.tiny_study import ARCHITECTURE, PREPROCESSING
from tests.unit.inputs.training_inputs import NORMALISE, RECIPE
from workflow_scripts.datasets.training_index import index_images
from workflow_scripts.job.errors import InputError
from workflow_scripts.models import finetune, supervise
from workflow_scripts.models.pretrain import load_pairs
from workflow_scripts.networks.classifier import load_bundle
from workflow_scripts.networks.torchvision_operators import ensure
from workflow_scripts.training import images as training_images
from workflow_scripts.training.batches import derived_seed
from workflow_scripts.training.images import TrainingFiles, load_images

ARCHIVE = {**RECIPE, "images": "archive", "batch_size": 4, "crop_scale": [0.3, 1.0], "flip": True}
VIEW = {"size": 32, "interpolation": "bicubic"}
LABELS = {wnid: label for label, wnid in enumerate(WNIDS)}


@pytest.fixture
def index(tmp_path):
    """An archive as ImageNet's and its index."""
    archive = tar_of_tars(tmp_path / "a.tar", contents())
    index_images(archive, LABELS).save(tmp_path / "index.h5")
    return tmp_path / "index.h5", archive


def images_of(index, threads=1, limit=None, **changes):
    return load_images(
        TrainingFiles(*index), "cpu", threads, preprocessing=PREPROCESSING, view=VIEW,
        recipe={**ARCHIVE, **changes}, images=limit, seed=5,
    )  # fmt: skip


def epochs(images, count=2):
    """Rows and images of all batches of some epochs."""
    batches = [batch for epoch in range(count) for batch in images.epoch(epoch)]
    return torch.cat([rows for rows, _ in batches]), torch.cat([each for _, each in batches])


def test_labels_and_ids_belong_to_the_images(index):
    images, labels, ids = images_of(index)
    assert labels.tolist() == [0] * 4 + [1] * 4 + [2] * 4
    assert ids.tolist() == [*contents()]
    few, labels, ids = images_of(index, limit=5)
    assert len(few) == len(labels) == len(ids) == 5
    assert [WNIDS[label] for label in labels] == [name[:9] for name in ids]


def test_crops_are_torchvisions(index):
    """The reference are the transforms that ImageFolder trainings use."""
    ensure()
    from torchvision import transforms

    rows, pixels = epochs(images_of(index)[0])
    reference = transforms.Compose([
        transforms.RandomResizedCrop(
            32, scale=(0.3, 1.0), interpolation=transforms.InterpolationMode.BICUBIC
        ),
        transforms.RandomHorizontalFlip(),
    ])  # fmt: skip
    encoded = [*contents().values()]
    for position, (row, image) in enumerate(zip(rows.tolist(), pixels, strict=True)):
        torch.manual_seed(derived_seed(5, position // 12, row))
        expected = np.array(reference(Image.open(io.BytesIO(encoded[row])).convert("RGB")))
        assert torch.equal(image, NORMALISE(torch.from_numpy(expected)[None])[0])


def test_each_epoch_has_every_image_anew(index):
    rows, pixels = epochs(images_of(index)[0])
    first, second = rows.view(2, 12)
    assert sorted(first.tolist()) == sorted(second.tolist()) == [*range(12)]
    assert not torch.equal(first, second)
    one, two = pixels.view(2, 12, 3, 32, 32)
    assert not torch.equal(one[first.argsort()], two[second.argsort()])


@pytest.mark.parametrize("threads", [2, 3])
def test_who_decodes_does_not_matter(index, threads, monkeypatch):
    expected = epochs(images_of(index)[0])
    monkeypatch.setattr(training_images, "CHUNK", 3)
    found = epochs(images_of(index, threads)[0])
    assert found[0].equal(expected[0]) and found[1].equal(expected[1])


def test_processes_share_the_batches_of_one(index, monkeypatch):
    whole = list(images_of(index)[0].epoch(1))
    monkeypatch.setattr("workflow_scripts.networks.distributed.size", lambda: 2)
    parts = []
    for rank in (0, 1):
        monkeypatch.setattr("workflow_scripts.networks.distributed.rank", lambda rank=rank: rank)
        parts.append(list(images_of(index)[0].epoch(1)))
    for (rows, pixels), *others in zip(whole, *parts, strict=True):
        assert torch.cat([each[0] for each in others]).equal(rows)
        assert torch.cat([each[1] for each in others]).equal(pixels)


@pytest.mark.parametrize("form", FORMS)
def test_the_form_of_the_archive_does_not_matter(tmp_path, index, form):
    path = FORMS[form](tmp_path / "other", contents())
    index_images(path, LABELS).save(tmp_path / "other.h5")
    found = epochs(images_of((tmp_path / "other.h5", path))[0])
    assert found[1].equal(epochs(images_of(index)[0])[1])


def test_other_random_numbers_are_left_alone(index):
    torch.manual_seed(0)
    expected = torch.rand(3)
    torch.manual_seed(0)
    epochs(images_of(index)[0], 1)
    assert torch.rand(3).equal(expected)


def test_without_chance_an_image_is_resized_alone(tmp_path):
    image = Image.new("RGB", (32, 32), (10, 200, 30))
    image.putpixel((3, 5), (255, 0, 0))
    path = folder(tmp_path / "images", {f"{WNIDS[0]}/0.png": b""})
    image.save(path / WNIDS[0] / "0.png")
    index_images(path, LABELS).save(tmp_path / "index.h5")
    images, _, _ = images_of((tmp_path / "index.h5", path), crop_scale=[1.0, 1.0], flip=False)
    _, pixels = epochs(images, 1)
    assert pixels.equal(NORMALISE(torch.from_numpy(np.array(image))[None]))


@pytest.mark.parametrize("threads", [1, 3])
def test_sixteen_bit_images_are_warned_of_once(tmp_path, threads, caplog):
    deep = io.BytesIO()
    Image.fromarray(np.full((40, 40), 40_000, "u2")).save(deep, "PNG")
    names = [f"{WNIDS[1]}/{WNIDS[1]}_{number}.JPEG" for number in (2, 1)]
    path = folder(tmp_path / "images", contents() | dict.fromkeys(names, deep.getvalue()))
    index_images(path, LABELS).save(tmp_path / "index.h5")
    epochs(images_of((tmp_path / "index.h5", path), threads)[0])
    (warning,) = [each.getMessage() for each in caplog.records if each.levelname == "WARNING"]
    assert warning.startswith("2 images are greyscale of more than eight bits, for one ")
    assert f"images, image {names[1]}." in warning


# What goes wrong


def test_an_image_larger_than_is_safe(index, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    with pytest.raises(InputError, match="image n0.*JPEG: is beyond a limit of the decoder"):
        epochs(images_of(index, 2)[0])


@pytest.mark.parametrize("threads", [1, 3])
def test_an_image_that_is_no_image(tmp_path, threads):
    content = contents() | {f"{WNIDS[1]}/{WNIDS[1]}_2.JPEG": b"no image at all"}
    archive = plain_tar(tmp_path / "a.tar", content)
    index_images(archive, LABELS).save(tmp_path / "index.h5")
    images, _, _ = images_of((tmp_path / "index.h5", archive), threads)
    message = "^.*a.tar, image n01443537/n01443537_2.JPEG: cannot be decoded .*corrupt or truncated"
    with pytest.raises(InputError, match=message):
        epochs(images)


def test_an_image_that_was_cut(tmp_path):
    name, content = next(iter(contents().items()))
    path = folder(tmp_path / "images", contents() | {name: content[:-300]})
    index_images(path, LABELS).save(tmp_path / "index.h5")
    with pytest.raises(InputError, match=f"image {name}: cannot be decoded .*truncated"):
        epochs(images_of((tmp_path / "index.h5", path))[0])


def test_an_archive_that_was_changed_since(tmp_path, index):
    content = index[1].read_bytes()
    index[1].write_bytes(content[: len(content) // 2])
    with pytest.raises(InputError, match="found .* bytes, expected .*; the archive was changed or"):
        epochs(images_of(index, 2)[0])


def test_an_image_that_is_gone(tmp_path):
    path = folder(tmp_path / "images", contents())
    index_images(path, LABELS).save(tmp_path / "index.h5")
    (path / WNIDS[0] / f"{WNIDS[0]}_0.JPEG").unlink()
    with pytest.raises(InputError, match="n01440764_0.JPEG: cannot be read .No such file"):
        epochs(images_of((tmp_path / "index.h5", path))[0])


def test_a_decoding_process_that_is_killed(index, monkeypatch):
    images, _, _ = images_of(index, threads=2)
    monkeypatch.setattr(
        training_images, "decode", lambda *arguments: os.kill(os.getpid(), signal.SIGKILL)
    )
    with pytest.raises(InputError, match="a.tar: a process that decodes training images was k"):
        epochs(images)


# Trainings from an archive


class Interrupted(Exception):
    """The training is killed."""


def supervised(index, folder):
    files = dict(zip(("store", "archive"), index, strict=True))
    supervise.main(
        "cpu", 1, "cause", folder, files, classes=3, model="supervised", seed=5, origin={},
        architecture=ARCHITECTURE["RN-tiny"], preprocessing=PREPROCESSING, view=VIEW, images=None,
        recipe=ARCHIVE,
    )  # fmt: skip
    return load_bundle(folder).classifier.state_dict()


def test_a_training_that_was_killed_goes_on(tmp_path, index, monkeypatch):
    expected = supervised(index, tmp_path / "whole")
    epoch = training_images.ArchivedImages.epoch

    def interrupted(images, number):
        if number == 1:
            raise Interrupted
        return epoch(images, number)

    monkeypatch.setattr(training_images.ArchivedImages, "epoch", interrupted)
    with pytest.raises(Interrupted):
        supervised(index, tmp_path / "part")
    assert (tmp_path / "part" / ".unfinished-cause" / "training.pt").exists()
    monkeypatch.setattr(training_images.ArchivedImages, "epoch", epoch)
    found = supervised(index, tmp_path / "part")
    assert all(found[name].equal(expected[name]) for name in expected)


def test_finetuning_reads_the_view_of_the_parent(tmp_path, index):
    supervised(index, tmp_path / "parent")
    files = dict(zip(("store", "archive"), index, strict=True))
    finetune.main(
        "cpu", 1, "cause", tmp_path / "model", files, parent_folder=tmp_path / "parent",
        epochs_folder=tmp_path / "epochs", parent="parent", model="finetuned", seed=5, origin={},
        view=VIEW, images=8, recipe=ARCHIVE,
    )  # fmt: skip
    card = load_bundle(tmp_path / "model").card
    assert (card["mean"], card["training"]["images"]) == (PREPROCESSING["mean"], 8)
    assert len(list((tmp_path / "epochs").iterdir())) == ARCHIVE["epochs"]


def test_captions_belong_to_the_images(tmp_path, index):
    rest = {"wnid": "", "description": "", "tags": []}
    names = [f"{WNIDS[2]}_3.JPEG", f"{WNIDS[0]}_1.JPEG"]
    entries = [{"filename": name, "title": f"about {name}", **rest} for name in names]
    (tmp_path / "captions.json").write_text(json.dumps(entries))
    images, texts = load_pairs(
        TrainingFiles(*index, tmp_path / "captions.json"), "t", "cpu", 1, view=VIEW,
        preprocessing=PREPROCESSING, recipe=ARCHIVE, images=None, seed=5,
    )  # fmt: skip
    assert texts == [f"about {name}" for name in reversed(names)]
    kept = [each.decode() for each in images.archive.index.ids]
    assert kept == [f"{WNIDS[0]}/{names[1]}", f"{WNIDS[2]}/{names[0]}"]
    assert len(epochs(images, 1)[0]) == 2


def test_an_index_has_no_captions_of_its_own(index):
    with pytest.raises(InputError, match="index.h5: holds no captions"):
        load_pairs(
            TrainingFiles(*index), "caption", "cpu", 1, preprocessing=PREPROCESSING, view=VIEW,
            recipe=ARCHIVE, images=None, seed=5,
        )  # fmt: skip


def test_an_index_that_was_not_finished(tmp_path, index):
    with h5py.File(index[0], "r+") as file:
        file.attrs["complete"] = False
    with pytest.raises(InputError, match="index.h5: was never completed"):
        images_of(index)
