"""Activations of a bundle on image stores: what the measures read is what the encoder gives."""

import json

import h5py
import numpy as np
import pytest
import torch

from tests.unit.inputs.tiny_study import ARCHITECTURE, PREPROCESSING
from workflow_scripts.activations import encode_baselines, encode_epochs
from workflow_scripts.files.activations import open_activations
from workflow_scripts.files.bundles import new_card, read_card
from workflow_scripts.files.digests import digest_file
from workflow_scripts.job.errors import InputError
from workflow_scripts.models.supervise import new_classifier
from workflow_scripts.networks import encoding as encode
from workflow_scripts.networks.classifier import load_bundle, save_bundle

IMAGES = np.random.default_rng(0).integers(0, 256, (11, 32, 32, 3), np.uint8)


@pytest.fixture
def bundle_folder(tmp_path):
    settings = {
        "model": "m", "architecture": ARCHITECTURE["RN-tiny"], "preprocessing": PREPROCESSING,
        "recipe": {}, "seed": 0, "origin": {},
    }  # fmt: skip
    classifier = new_classifier(ARCHITECTURE["RN-tiny"], 3, seed=1)
    save_bundle(tmp_path / "m", classifier, new_card(settings))
    return tmp_path / "m"


def write_store(folder, dataset="imagenet", pixels=IMAGES):
    path = folder / f"{dataset}.store.h5"
    with h5py.File(path, "w") as store:
        store["pixels"] = pixels
        store["labels"] = np.arange(len(pixels)) % 3
        ids = [f"c/{row}.png" for row in range(len(pixels))]
        store.create_dataset("ids", data=ids, dtype=h5py.string_dtype())
        store.attrs.update(dataset=dataset, class_groups="[[0], [1, 2]]", digest="d", complete=True)
    return path


def run(folder, bundle_folder, stores, name="activations"):
    digests = encode.encode_stores(stores, bundle_folder, folder / name, 1, device="cpu")
    paths = [folder / name / f"{store.name.split('.')[0]}.h5" for store in stores]
    assert [recorded(path) for path in paths] == digests
    return paths, digests


def recorded(path):
    return digest_file(path).read_text().split()[0]


def test_activations_are_the_encoder_output_before_normalisation(tmp_path, bundle_folder):
    stores = [write_store(tmp_path), write_store(tmp_path, "imagenet-r", IMAGES[:4])]
    paths, _ = run(tmp_path, bundle_folder, stores)
    with torch.inference_mode():
        expected = load_bundle(bundle_folder).encode(torch.from_numpy(IMAGES)).numpy()
    for path, count in zip(paths, (11, 4), strict=True):
        with open_activations(path, "m", width=32) as file:
            np.testing.assert_allclose(file.h[:], expected[:count], rtol=1e-4, atol=1e-5)
            assert file.labels.tolist() == [row % 3 for row in range(count)]
            assert file.image(3) == "row 3 (image 'c/3.png')"
            assert json.loads(file.class_groups) == [[0], [1, 2]]
    assert not np.allclose(np.linalg.norm(expected, axis=1), 1)


def test_the_batch_size_hardly_matters(tmp_path, bundle_folder):
    bundle = load_bundle(bundle_folder)
    with h5py.File(write_store(tmp_path)) as store:
        whole, single = (encode.encode_store(bundle, store, batch) for batch in (11, 1))
    np.testing.assert_allclose(whole, single, rtol=1e-4, atol=1e-5)


def test_the_digest_tells_content_and_scoring_apart(tmp_path, bundle_folder):
    def digest(name, **changes):
        store = write_store(tmp_path)
        with h5py.File(store, "a") as file:
            for key, value in changes.items():
                if key in file:
                    file[key][...] = value
                else:
                    file.attrs[key] = value
        return run(tmp_path, bundle_folder, [store], name)[1][0]

    first = digest("a")
    assert digest("b") == first
    others = [digest("c", labels=1), digest("d", class_groups="[[0], [1], [2]]")]
    assert len({first, *others}) == 3


def test_an_edited_head_encodes_nothing_anew(tmp_path, bundle_folder):
    for name in ("head.json", "head.safetensors"):
        (bundle_folder / name).unlink()
    run(tmp_path, bundle_folder, [write_store(tmp_path)])


def test_baselines_are_encoded_by_the_names_of_their_folders(tmp_path, bundle_folder):
    other = bundle_folder.with_name("other")
    settings = read_card(bundle_folder / "card.json") | {"model": "other"}
    save_bundle(other, load_bundle(bundle_folder).classifier, settings)
    stores = [write_store(tmp_path), write_store(tmp_path, "imagenet-r", IMAGES[:4])]
    names = ("imagenet.h5", "imagenet-r.h5")
    wanted = [tmp_path / "out" / model / name for name in names for model in ("other", "m")]
    encode_baselines.main(stores, [bundle_folder, other], wanted, 1, device="cpu")
    for path in wanted:
        with open_activations(path, path.parent.name) as file:
            assert file.dataset == path.stem
        assert digest_file(path).exists()


def test_epochs_have_a_digest_beside_their_folder(tmp_path, bundle_folder):
    stores, digests = [write_store(tmp_path)], []
    for seed in (1, 1, 2):
        epochs = tmp_path / f"epochs-{len(digests)}"
        classifier = new_classifier(ARCHITECTURE["RN-tiny"], 3, seed)
        save_bundle(epochs / "epoch_01", classifier, read_card(bundle_folder / "card.json"))
        folder = tmp_path / f"activations-{len(digests)}" / "epochs"
        encode_epochs.main(stores, epochs, folder, 1, device="cpu")
        assert (folder / "epoch_01" / "imagenet.h5").exists()
        digests.append(recorded(folder))
    assert digests[0] == digests[1] != digests[2]


def test_batches_fit_into_memory():
    size = encode.batch_size(32 * 32 * 3, "cpu")
    assert 1 <= size <= 4096
    assert encode.batch_size(224 * 224 * 3, "cpu") < size
    assert encode.batch_size(10**9, "cpu") == 1


def test_what_is_not_finite_is_named():
    h = np.zeros((4, 2), np.float32)
    h[2, 1] = np.inf
    h[3, 0] = np.nan
    with pytest.raises(InputError, match="model m, data set d: .* image c and 1 others is not fin"):
        encode.check_finite(h, ["a", "b", "c", "d"], "m", "d")
    encode.check_finite(h[:2], ["a", "b"], "m", "d")


@pytest.mark.parametrize(
    ("h", "message"),
    [
        ([[1, 1], [3, 3]], "all components .* are equal, for each of the 2 images"),
        ([[1e-30, 2e-30], [3e-30, 0]], "the largest component of all .* is 3e-30, expected 1e-20"),
        ([[1, 2], [1, 2]], "the representations of all 2 images are equal"),
    ],
)
def test_representations_that_say_nothing(h, message):
    with pytest.raises(InputError, match=f"model m, data set d: {message}"):
        encode.check_varied(np.float32(h), "m", "d")
    encode.check_varied(np.float32([[1, 2], [0, 0]]), "m", "d")  # a measure leaves the second out


def test_nothing_is_left_when_a_store_is_damaged(tmp_path, bundle_folder):
    store = write_store(tmp_path)
    store.write_bytes(store.read_bytes()[:2000])
    with pytest.raises(InputError, match="imagenet.store.h5: cannot be read"):
        run(tmp_path, bundle_folder, [store])
    assert not (tmp_path / "activations").exists()
