"""The path between two models: its ends are the models, and what lies between is interpolated."""

import h5py
import numpy as np
import pandas as pd
import pytest
import torch

from tests.unit.inputs.measure_inputs import BOOTSTRAP
from tests.unit.inputs.tiny_study import ARCHITECTURE, PREPROCESSING
from tests.unit.inputs.variant_inputs import robustness_of
from workflow_scripts.analysis import accuracy, kurtosis
from workflow_scripts.analysis.average_precision import (
    best_of_directions,
    oriented_directions,
    project,
)
from workflow_scripts.analysis.model_files import ModelFiles
from workflow_scripts.files.bundles import new_card
from workflow_scripts.files.concepts import read_draw, write_draw
from workflow_scripts.files.hdf5 import opened
from workflow_scripts.files.heads import load_head
from workflow_scripts.job.errors import InputError
from workflow_scripts.measures.wise_ft import wise_ft_tables as path_tables
from workflow_scripts.measures.wise_ft.wise_ft import Settings, check_pair, fill_bias, main
from workflow_scripts.method.interpolation import interpolated
from workflow_scripts.method.precision import sets_by_image
from workflow_scripts.models.supervise import new_classifier
from workflow_scripts.networks import encoding as encode
from workflow_scripts.networks.classifier import Classifier, load_bundle, save_bundle

SETS = ["imagenet", "imagenet-r", "objectnet", "broden"]
PAIR = ("zs", "ft")
ALPHAS = [0.0, 0.25, 1.0]
DRAWS = 3  # of the concept sets


def write_stores(folder, images=30):
    """Random images for each data set; the concept images have no labels of their own."""
    rng = np.random.default_rng(0)
    paths = []
    for name in SETS:
        paths.append(folder / f"{name}.store.h5")
        with h5py.File(paths[-1], "w") as store:
            store["pixels"] = rng.integers(0, 256, (images, 32, 32, 3), np.uint8)
            store["labels"] = rng.integers(0, 4, images)
            ids = [f"{row}.png" for row in range(images)]
            store.create_dataset("ids", data=ids, dtype=h5py.string_dtype())
            groups = "[[0], [1, 2], [3]]" if name == "objectnet" else "[[0], [1], [2], [3]]"
            store.attrs.update(dataset=name, class_groups=groups, digest="d", complete=True)
    return paths


def write_models(folder, backbone="RN-tiny"):
    """Two bundles of one shape; the second has other weights and running statistics.

    `backbone` is the name of an architecture, or one itself.
    """
    architecture = ARCHITECTURE[backbone] if isinstance(backbone, str) else backbone
    for seed, name in enumerate(PAIR):
        classifier = new_classifier(architecture, 4, seed=seed)
        classifier.train()
        with torch.no_grad():
            classifier(torch.randn(8, 3, 32, 32, generator=torch.Generator().manual_seed(seed)))
        classifier = Classifier(classifier.encoder, classifier.weight.data)
        settings = {
            "model": name, "architecture": architecture, "recipe": {}, "seed": seed,
            "preprocessing": PREPROCESSING, "origin": {},
        }  # fmt: skip
        save_bundle(folder / name, classifier, new_card(settings))


def write_sets(folder, images=30):
    rng = np.random.default_rng(1)
    path = folder / "sets.h5"
    with h5py.File(path, "w") as file:
        for number in range(DRAWS):
            halves = [np.array_split(rng.permutation(images)[:20], 2) for _ in range(5)]
            write_draw(file, number, 0, sets_by_image(*zip(*halves, strict=True), images))
        ids = [f"{row}.png" for row in range(images)]
        file.create_dataset("ids", data=ids, dtype=h5py.string_dtype())
        file.attrs.update(draws=DRAWS, complete=True)
    return path


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """Stores, bundles and activations of both ends."""
    folder = tmp_path_factory.mktemp("study")
    stores = write_stores(folder)
    write_models(folder)
    for name in PAIR:
        activations = folder / "activations" / name
        encode.encode_stores(stores, folder / name, activations, 1, device="cpu")
    return folder


def run(folder, out, alphas=ALPHAS, concepts=True, kept=None, sets=SETS):
    """Walk the path; its file."""
    sets = sets if concepts else SETS[:3]
    main(
        [folder / name / "card.json" for name in PAIR],
        [folder / f"{name}.store.h5" for name in sets],
        [[folder / "activations" / name / f"{each}.h5" for each in sets] for name in PAIR],
        write_sets(out) if concepts else None,
        out / "path.h5",
        kept,
        Settings(PAIR, alphas, "broden" if concepts else None, SETS[0], "cpu", threads=1),
    )
    return out / "path.h5"


def tables(path, out, shifts=SETS[1:3], threshold=0.6, concepts=()):
    """Make the tables of the path; both."""
    outputs = [out / "path.csv", out / "tracks.csv"]
    robustness = robustness_of(out, SETS[0], shifts, 30)
    path_tables.main(
        [path], concepts, *outputs, pairs=[PAIR], threshold=threshold, robustness=robustness
    )
    return [pd.read_csv(path) for path in outputs]


def test_concepts_in_a_job_of_their_own_give_the_same_tables(study, tmp_path):
    """As in studies of real data, where their images are a download that others need not."""
    folders = [tmp_path / name for name in ("together", "evaluated", "concepts")]
    for folder in folders:
        folder.mkdir()
    together, evaluated = run(study, folders[0]), run(study, folders[1], concepts=False)
    apart = run(study, folders[2], sets=[SETS[0], SETS[3]])
    expected, found = tables(together, folders[0]), tables(evaluated, folders[1], concepts=[apart])
    for one, other in zip(found, expected, strict=True):
        pd.testing.assert_frame_equal(one, other)
    without, _ = tables(evaluated, folders[1], threshold=None)
    assert set(expected[0]["quantity"]) - set(without["quantity"]) == {"concepts"}


def test_components_of_the_path_are_those_of_its_kurtosis(study, tmp_path):
    with h5py.File(run(study, tmp_path, concepts=False)) as file:
        found = {name: each[:] for name, each in file["components"].items()}
        kurtosis = file[f"kurtosis/{SETS[0]}"][:]
    np.testing.assert_allclose(found["kurtosis"].sum(axis=1), kurtosis.mean(axis=0))
    np.testing.assert_allclose(found["share"].sum(axis=1), 1)
    for row, name in ((0, PAIR[0]), (-1, PAIR[1])):
        with h5py.File(study / "activations" / name / f"{SETS[0]}.h5") as file:
            h = file["h"][:].astype(float)
        np.testing.assert_allclose(found["mean"][row], h.mean(axis=0))


@pytest.mark.parametrize("backbone", ["RN-tiny", "ViT-tiny"])
def test_interpolation(backbone, tmp_path):
    write_models(tmp_path, backbone)
    start, end = (load_bundle(tmp_path / name).classifier.state_dict() for name in PAIR)
    for alpha, expected in ((0, start), (1, end)):
        found = interpolated(start, end, alpha)
        assert all(torch.equal(found[key], expected[key]) for key in expected)
    between = interpolated(start, end, 0.25)
    floats = [key for key in start if start[key].is_floating_point()]
    for key in floats:
        torch.testing.assert_close(between[key], 0.75 * start[key] + 0.25 * end[key])
    whole = sorted(set(start) - set(floats))
    assert whole and all(torch.equal(between[key], start[key]) for key in whole)
    running = [key for key in start if key.endswith("running_mean")]
    assert running and any(not torch.equal(between[key], start[key]) for key in running)


def test_a_bias_that_prompts_do_not_give_counts_as_zero(tmp_path):
    """As with a model that others finetuned: its head has a bias, the zero-shot head has none."""
    write_models(tmp_path)
    zero_shot, finetuned = bundles = [load_bundle(tmp_path / name) for name in PAIR]
    bias = torch.arange(4.0)
    finetuned.classifier.bias = torch.nn.Parameter(bias)
    images = torch.randn(3, 3, 32, 32)
    with torch.inference_mode():
        before = [bundle.classifier(images) for bundle in bundles]
        fill_bias(*bundles)
        check_pair(*bundles)
        assert all(
            torch.equal(bundle.classifier(images), logits)
            for bundle, logits in zip(bundles, before, strict=True)
        )
    states = [bundle.classifier.state_dict() for bundle in bundles]
    torch.testing.assert_close(interpolated(*states, 0.25)["bias"], 0.25 * bias)
    assert zero_shot.classifier.bias.eq(0).all()


def test_the_inputs_are_not_changed(tmp_path):
    start, end = {"w": torch.ones(3)}, {"w": torch.zeros(3)}
    for alpha in (0, 0.5, 1):
        interpolated(start, end, alpha)["w"].fill_(7)
    assert start["w"].eq(1).all() and end["w"].eq(0).all()


def test_models_of_another_shape_are_named(tmp_path):
    with pytest.raises(InputError, match=r"weights w: found \(2,\) .* expected \(3,\)"):
        interpolated({"w": torch.ones(3)}, {"w": torch.ones(2)}, 0.5)
    with pytest.raises(InputError, match="weights v: found missing"):
        interpolated({"v": torch.ones(3)}, {}, 0.5)
    write_models(tmp_path)
    bundles = [load_bundle(tmp_path / name) for name in PAIR]
    bundles[1].card["normalise"] = False
    with pytest.raises(InputError, match="card of ft, key normalise: found False, expected True"):
        check_pair(*bundles)


@pytest.mark.parametrize("end", [0, 1])
def test_an_end_encoded_anew_has_the_stored_activations_bit_for_bit(study, end):
    bundles = [load_bundle(study / name) for name in PAIR]
    states = [bundle.classifier.state_dict() for bundle in bundles]
    states = [{key: value.clone() for key, value in state.items()} for state in states]
    bundles[0].classifier.load_state_dict(interpolated(*states, end))
    with (
        opened(study / "imagenet.store.h5") as store,
        h5py.File(study / "activations" / PAIR[end] / "imagenet.h5") as stored,
    ):
        size = encode.batch_size(store["pixels"][0].size, "cpu")
        h = encode.encode_store(bundles[0], store, size)
        assert (h == stored["h"][:]).all()


def test_the_ends_have_the_numbers_of_the_pool(study, tmp_path):
    path, _ = tables(run(study, tmp_path), tmp_path)
    assert path["alpha"].unique().tolist() == ALPHAS
    for alpha, name in ((0, "zs"), (1, "ft")):
        paths = [study / "activations" / name / f"{each}.h5" for each in SETS[:3]]
        bundle = [study / name / each for each in ("head.safetensors", "card.json")]
        out = [tmp_path / "accuracy.csv", tmp_path / "accuracy.h5"]
        accuracy.main(ModelFiles(name, *bundle), paths, *out, bootstrap=BOOTSTRAP)
        both = [tmp_path / f"kurtosis{part}.csv" for part in ("", "_resamples")]
        kurtosis.main(paths, *both, model=name, bootstrap=BOOTSTRAP)
        for quantity in ("accuracy", "kurtosis"):
            table = pd.read_csv(tmp_path / f"{quantity}.csv").set_index("dataset")
            own = path[(path["alpha"] == alpha) & (path["quantity"] == quantity)]
            own = own.set_index("dataset")
            for dataset in SETS[:3]:
                found = own.loc[dataset, ["value", "low", "high"]].tolist()
                assert found == pytest.approx(
                    table.loc[dataset, [quantity, "low", "high"]].tolist()
                )
            mean = table.loc[SETS[1:3], quantity].mean()
            assert own.loc["shifts", "value"] == pytest.approx(mean)


def test_what_is_stored(study, tmp_path):
    with h5py.File(run(study, tmp_path)) as file:
        assert file["alphas"][:].tolist() == ALPHAS and file.attrs["model"] == "ft"
        for dataset in SETS[:3]:
            assert file[f"correct/{dataset}"].shape == (30, 3)
            assert file[f"kurtosis/{dataset}"].dtype == np.float64
        stored = file["average_precision"]
        assert stored.shape == (3, DRAWS, 5) and stored.dtype == np.float32


def test_the_average_precisions_are_those_of_the_pool(study, tmp_path):
    path = run(study, tmp_path)
    with h5py.File(path) as file, opened(tmp_path / "sets.h5", "ids") as sets:
        for end, name in ((0, "zs"), (2, "ft")):
            folder = study / "activations" / name
            head = load_head(study / name / "head.safetensors", study / name / "card.json")
            v = oriented_directions(head.weight, folder / "imagenet.h5", name)
            projections = project(folder / "broden.h5", name, v, sets["ids"].asstr()[:])
            for number in range(DRAWS):
                best = best_of_directions(projections, read_draw(sets, number))[0]
                assert (file["average_precision"][end, number] == best).all()


def test_counts_follow_the_threshold(study, tmp_path):
    path = run(study, tmp_path)
    with h5py.File(path) as file:
        best = file["average_precision"][:]
    for threshold in (0.5, 0.6, 0.9):
        table = tables(path, tmp_path, threshold=threshold)[0]
        found = table[table["quantity"] == "concepts"].set_index("alpha").loc[ALPHAS]
        counts = (best >= threshold).sum(axis=2)
        assert found["value"].tolist() == np.median(counts, axis=1).tolist()
        assert found["low"].tolist() == counts.min(axis=1).tolist()
        assert found["high"].tolist() == counts.max(axis=1).tolist()


def test_without_concepts_and_with_activations_kept(study, tmp_path):
    path = run(study, tmp_path, alphas=[0.5], concepts=False, kept=tmp_path / "kept")
    table, tracks = tables(path, tmp_path, threshold=None)
    assert "concepts" not in set(table["quantity"]) | set(tracks["quantity"])
    assert "shift_gain" not in set(table["quantity"])  # which compares with the ends
    files = {str(file.relative_to(tmp_path / "kept")) for file in (tmp_path / "kept").rglob("*.h5")}
    assert files == {f"alpha_0.5/{name}.h5" for name in SETS[:3]}
    assert tracks["spearman"].isna().all()  # a single point has no order


def test_torch_keeps_its_threads(study, tmp_path):
    before = torch.get_num_threads()
    run(study, tmp_path)
    assert torch.get_num_threads() == 1
    torch.set_num_threads(before)
