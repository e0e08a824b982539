"""CKA against its definition on the whole set, its invariances, and both image towers."""

from dataclasses import replace

import h5py
import numpy as np
import pandas as pd
import pytest
import torch

from tests.unit.measures.test_wise_ft import PAIR, write_models, write_stores
from workflow_scripts.files.hdf5 import opened
from workflow_scripts.job.errors import InputError
from workflow_scripts.measures.cka.cka import Settings, compare, main
from workflow_scripts.method.cka import Comparison, centred_gram, hsic
from workflow_scripts.networks.classifier import load_bundle
from workflow_scripts.networks.layers import Watched, layers

GENERATOR = torch.Generator().manual_seed(0)


def normal(*shape):
    return torch.randn(*shape, generator=GENERATOR, dtype=torch.float64)


def song(x, y):
    """Unbiased HSIC of features as in equation 5 of Song et al. 2012."""
    k, m = x @ x.T, y @ y.T
    n = len(k)
    k.fill_diagonal_(0)
    m.fill_diagonal_(0)
    trace = torch.trace(k @ m)
    sums = k.sum() * m.sum() / ((n - 1) * (n - 2))
    return float((trace + sums - 2 / (n - 2) * (k.sum(0) @ m.sum(0))) / (n * (n - 3)))


def cka(x, y, batches=1):
    """CKA over batches of equal size, as the measure computes it."""
    comparison = Comparison()
    for a, b in zip(x.chunk(batches), y.chunk(batches), strict=True):
        comparison.add([centred_gram(a)], [centred_gram(b)])
    return float(comparison.cka()[0])


@pytest.mark.parametrize("n", [4, 5, 30])
def test_hsic_is_the_definition(n):
    x, y = normal(n, 7), normal(n, 3) + 5
    assert hsic(centred_gram(x), centred_gram(y)) == pytest.approx(song(x, y), rel=1e-9, abs=1e-9)


def test_hsic_is_unbiased():
    """Its mean over all small samples is the value of independent features, zero."""
    values = [hsic(centred_gram(normal(5, 4)), centred_gram(normal(5, 4))) for _ in range(4000)]
    assert abs(np.mean(values)) < 4 * np.std(values) / np.sqrt(len(values))


def test_a_layer_equals_itself():
    x = normal(20, 6)
    assert cka(x, x) == pytest.approx(1, abs=1e-12)
    assert cka(x, x, batches=4) == pytest.approx(1, abs=1e-12)


def test_rotation_scale_and_shift_do_not_matter():
    x, y = normal(24, 6), normal(24, 5)
    y[:, 0] += x[:, 0]
    rotation = torch.linalg.qr(normal(6, 6))[0]
    expected = cka(x, y, batches=2)
    assert cka(3.7 * x @ rotation + 100, y, batches=2) == pytest.approx(expected, rel=1e-9)
    assert cka(y, x, batches=2) == pytest.approx(expected, rel=1e-9)
    assert 0 < expected < 1


def test_independent_features_are_near_zero_even_in_small_batches():
    x, y = normal(4096, 64), normal(4096, 64)
    for batches in (1, 64, 512):  # batches of 8 images at the least, with 64 features
        assert abs(cka(x, y, batches)) < 0.05


def test_a_single_batch_is_the_whole_set():
    x, y = normal(40, 9), normal(40, 4)
    y[:, :2] += x[:, :2]
    direct = song(x, y) / np.sqrt(song(x, x) * song(y, y))
    assert cka(x, y) == pytest.approx(direct, rel=1e-9)


def test_batches_estimate_the_whole_set():
    x = normal(2000, 10)
    y = x @ normal(10, 10) + 2 * normal(2000, 10)
    assert cka(x, y, batches=50) == pytest.approx(cka(x, y), abs=0.03)


def test_features_of_any_shape_and_precision():
    x = normal(12, 3, 5, 4)
    torch.testing.assert_close(centred_gram(x), centred_gram(x.flatten(1)))
    far = (x + 1000).float()
    torch.testing.assert_close(centred_gram(far), centred_gram(far.double()), rtol=1e-3, atol=1e-3)
    assert centred_gram(x.float()).dtype == torch.float64


def test_many_features_are_multiplied_in_parts():
    x = normal(6, 40_000).float()
    torch.testing.assert_close(centred_gram(x), centred_gram(x.double()), rtol=1e-4, atol=1e-2)


def test_a_constant_layer_has_no_cka():
    comparison = Comparison()
    comparison.add([centred_gram(torch.ones(8, 3))], [centred_gram(normal(8, 3))])
    assert torch.isnan(comparison.cka()).all()


def test_all_pairs_hold_the_matching_ones():
    first, second = ([centred_gram(normal(9, 4)) for _ in range(3)] for _ in range(2))
    matching, full = Comparison(), Comparison(full=True)
    for comparison in (matching, full):
        comparison.add(first, second)
    assert full.cka().shape == (3, 3)
    torch.testing.assert_close(full.cka().diagonal(), matching.cka())
    other = Comparison()
    other.add(first[:1], second[2:])
    torch.testing.assert_close(full.cka()[:1, 2], other.cka())
    with pytest.raises(ValueError, match="3 and 2 layers"):
        Comparison().add(first, second[:2])


@pytest.fixture(scope="module")
def stores(tmp_path_factory):
    return write_stores(tmp_path_factory.mktemp("stores"), images=30)[:3]


@pytest.mark.parametrize(
    ("backbone", "expected"),
    [
        ("RN-tiny", ["layer1.0", "layer2.0", "layer3.0", "layer4.0", "output"]),
        ("ViT-tiny", None),
    ],
)
def test_towers(backbone, expected, tmp_path):
    write_models(tmp_path, backbone)
    bundle = load_bundle(tmp_path / "zs")
    encoder = bundle.classifier.encoder
    names = list(layers(encoder))
    assert names[-1] == "output"
    assert names == expected or names[0] == "block 1"
    images = torch.randint(0, 256, (9, 32, 32, 3), dtype=torch.uint8)
    with torch.inference_mode(), Watched(encoder) as watched:
        h = bundle.encode(images)
        assert len(watched.grams) == len(names)
        torch.testing.assert_close(watched.grams[-1], centred_gram(h))
    assert not any(module._forward_hooks for module in encoder.modules())


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("test_vit", [*(f"blocks.{number}" for number in range(6)), "output"]),
        ("test_convnext", [*(f"stages.{number}" for number in range(4)), "output"]),
        ("test_resnet", ["act1", *(f"layer{number}" for number in range(1, 5)), "output"]),
        ("test_efficientnet", None),
        ("test_byobnet", None),
    ],
)
def test_a_tower_of_timm(name, expected, stores, tmp_path):
    vision = {"timm_model_name": name, "timm_pool": "avg", "timm_proj": "linear", "image_size": 32}
    write_models(tmp_path, {"embed_dim": 16, "vision_cfg": vision, "text_cfg": {}})
    names = list(layers(load_bundle(tmp_path / "zs").classifier.encoder))
    assert names == expected or (expected is None and len(names) > 3 and names[-1] == "output")
    cards = [tmp_path / name / "card.json" for name in PAIR]
    settings = Settings(PAIR, ["imagenet-r", "objectnet"], 10, False, "cpu", threads=1)
    main(cards, stores, tmp_path / "cka.csv", settings)
    table = pd.read_csv(tmp_path / "cka.csv")
    assert len(table) == (3 + 1) * len(names) and table["cka"].notna().all()


@pytest.mark.parametrize("batch", [8, 9, 14, 29, 30, 100])
def test_every_image_counts_whatever_the_batch(batch, stores, tmp_path):
    write_models(tmp_path)
    bundles = [load_bundle(tmp_path / name) for name in PAIR]
    with opened(stores[0]) as store:
        found = compare(bundles, store, batch)
    assert found.images == 30 and found.cka().isfinite().all()


def test_three_images_have_no_unbiased_estimate():
    with pytest.raises(ValueError, match="3 images"):
        centred_gram(normal(3, 5))


def test_table(stores, tmp_path):
    write_models(tmp_path)
    cards = [tmp_path / name / "card.json" for name in PAIR]
    matching = Settings(PAIR, ["imagenet-r", "objectnet"], 10, False, "cpu", threads=1)
    main(cards, stores, tmp_path / "cka.csv", matching)
    table = pd.read_csv(tmp_path / "cka.csv")
    assert len(table) == (3 + 1) * 5
    own = table.pivot(index="number", columns="dataset", values="cka")
    mean = own[["imagenet-r", "objectnet"]].mean(axis=1)
    np.testing.assert_allclose(own["shifts"], mean, rtol=1e-8)
    spread = own[["imagenet-r", "objectnet"]].std(axis=1, ddof=0)
    found = table[table["dataset"] == "shifts"].set_index("number")["std"]
    np.testing.assert_allclose(found, spread, rtol=1e-6, atol=1e-9)
    main(cards, stores, tmp_path / "full.csv", replace(matching, all_pairs=True))
    full = pd.read_csv(tmp_path / "full.csv")
    assert len(full) == (3 + 1) * 25
    diagonal = full[full["number"] == full["other_number"]]
    np.testing.assert_allclose(diagonal["cka"], table["cka"], rtol=1e-7)


def test_the_same_model_twice_is_one_everywhere(stores, tmp_path):
    write_models(tmp_path)
    bundles = [load_bundle(tmp_path / "zs") for _ in range(2)]
    with opened(stores[0]) as store:
        torch.testing.assert_close(
            compare(bundles, store, 8).cka(), torch.ones(5, dtype=torch.float64)
        )


def test_models_of_other_layers_are_named(stores, tmp_path):
    for backbone in ("RN-tiny", "ViT-tiny"):
        (tmp_path / backbone).mkdir()
        write_models(tmp_path / backbone, backbone)
    cards = [tmp_path / "RN-tiny/zs/card.json", tmp_path / "ViT-tiny/ft/card.json"]
    settings = Settings(PAIR, ["imagenet-r"], 10, False, "cpu", threads=1)
    with pytest.raises(InputError, match="models zs and ft: found 5 and . layers, expected the sa"):
        main(cards, stores, tmp_path / "cka.csv", settings)


def test_too_few_images_are_named(tmp_path):
    write_models(tmp_path)
    path = write_stores(tmp_path, images=3)[0]
    bundles = [load_bundle(tmp_path / name) for name in PAIR]
    with h5py.File(path) as store, pytest.raises(InputError, match="imagenet: found 3 images"):
        compare(bundles, store, 8)
