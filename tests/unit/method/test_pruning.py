"""Pruned heads against heads rebuilt for each point, and the measure's table."""

import numpy as np
import pandas as pd
import pytest

from tests.unit.inputs.measure_inputs import BOOTSTRAP, singletons, write_activations, write_bundle
from tests.unit.inputs.variant_inputs import robustness_of
from workflow_scripts.analysis.accuracy import correct_images
from workflow_scripts.analysis.baselines import Robustness
from workflow_scripts.analysis.estimates import Estimate
from workflow_scripts.analysis.model_files import ModelFiles
from workflow_scripts.files.activations import open_activations
from workflow_scripts.measures.pruning.pruning import (
    Pruning,
    correct_when_pruned,
    main,
    quantities,
)
from workflow_scripts.method import pruning
from workflow_scripts.method.head import Head
from workflow_scripts.method.pruning import PrunedHead, kept_directions, orders

RNG = np.random.default_rng(0)
H = RNG.normal(size=(90, 12)).astype(np.float32)
WEIGHT = RNG.normal(size=(9, 12)).astype(np.float32)
BIAS = RNG.normal(size=9).astype(np.float32)
HEADS = {
    "CLIP": Head(WEIGHT, None, True),
    "bias": Head(WEIGHT, BIAS, False),
    "rank 4": Head(
        (RNG.normal(size=(9, 4)) @ RNG.normal(size=(4, 12))).astype(np.float32), BIAS, True
    ),
    "wide": Head(WEIGHT[:, :5], None, False),
}
PRUNING = Pruning(steps=4, random_orders=2, seed=1)


def rebuilt(head, order, count, classes):
    """The head with `count` directions of an order, as a matrix."""
    u, sigma, v = np.linalg.svd(np.float64(head.weight), full_matrices=False)
    kept = order[:count]
    weight = (u[:, kept] * sigma[kept]) @ v[kept]
    bias = None if head.bias is None else head.bias[classes]
    return Head(weight[classes].astype(np.float32), bias, head.normalise)


@pytest.mark.parametrize("name", HEADS)
@pytest.mark.parametrize("bytes_", [1, 2**20])
def test_a_sweep_equals_heads_rebuilt_for_each_point(name, bytes_, monkeypatch):
    monkeypatch.setattr(pruning, "LOGIT_BYTES", bytes_)
    head, classes = HEADS[name], np.array([3, 0, 7, 8, 2, 1])
    h = H[:, : head.width]
    pruned = PrunedHead.of(head, classes)
    order = np.concatenate(list(orders(pruned.rank, 3, 0).values()))
    kept = np.arange(pruned.rank + 1)
    found = pruned.sweep(h, order, kept)
    assert found.shape == (len(h), 5, pruned.rank + 1)
    for row, each in enumerate(order):
        for point, count in enumerate(kept):
            logits = rebuilt(head, each, count, classes).logits(h)
            top = np.sort(logits, axis=1)[:, -2:]
            clear = top[:, 1] - top[:, 0] > 1e-4  # elsewhere rounding decides
            clear |= count == 0  # the sum without any direction is the bias alone, exactly
            agree = found[:, row, point] == logits.argmax(axis=1)
            assert agree[clear].all() and clear.mean() > 0.97


def test_orders_and_points():
    order = orders(7, 4, seed=5)
    assert order["least_first"].tolist() == [[0, 1, 2, 3, 4, 5, 6]]
    assert order["most_first"].tolist() == [[6, 5, 4, 3, 2, 1, 0]]
    assert order["random"].shape == (4, 7)
    assert all(sorted(each) == list(range(7)) for each in order["random"])
    assert (orders(7, 4, seed=5)["random"] == order["random"]).all()
    assert kept_directions(40, 20).tolist() == list(range(0, 41, 2))
    assert kept_directions(3, 20)[[0, -1]].tolist() == [0, 3]


@pytest.mark.parametrize("name", ["CLIP", "bias"])
def test_the_unpruned_end_is_the_accuracy_measure(name, tmp_path):
    head, groups = HEADS[name], [[0, 1], [4], [8, 2]]
    h = np.vstack([H, np.zeros((2, 12), np.float32)])
    path = write_activations(tmp_path, h, RNG.choice([0, 1, 4, 8, 2], len(h)), groups)
    with open_activations(path, "m") as file:
        correct = correct_when_pruned(file, head, np.arange(9)[None], np.array([0, 9]))
        assert (correct[:, 0, 1] == correct_images(file, head)).all()
        targets = np.isin(file.labels, [0, 1])  # without directions, CLIP's logits are all equal
    if name == "CLIP":
        assert correct[:90, 0, 0].tolist() == targets[:90].tolist() and not correct[90:].any()


def run(folder, shifts=("imagenet-r", "objectnet"), line="pool"):
    """Run the measure on small files; its two tables."""
    sets = ["imagenet", *shifts]
    paths = [
        write_activations(folder, H, RNG.integers(0, 9, 90), singletons(9), dataset=name)
        for name in sets
    ]
    files = ModelFiles("m", *write_bundle(folder, WEIGHT, normalise=True))
    importance = pd.DataFrame(
        {"singular_value": np.arange(9, 0, -1), "importance": np.arange(9) ** 2}
    )
    importance.to_csv(folder / "importance.csv", index=False)
    names = ("importance.csv", "pruning.csv", "ranks.csv")
    robustness = robustness_of(folder, sets[0], shifts, 90, line)
    main(files, paths, *(folder / name for name in names), pruning=PRUNING, robustness=robustness)
    return pd.read_csv(folder / "pruning.csv"), pd.read_csv(folder / "ranks.csv").iloc[0]


def test_a_model_that_is_always_wrong_has_no_share_to_keep(recwarn):
    nothing = Estimate(np.zeros(5), np.zeros((4, 5)))
    choice = Robustness(None, [], "imagenet", [], BOOTSTRAP, [])
    found = quantities({"imagenet": nothing}, None, choice)["accuracy_kept", "imagenet"]
    assert np.isnan(found.value).all() and np.isnan(found.resampled).all()
    assert not recwarn.list


def test_table(tmp_path, caplog):
    caplog.set_level("INFO")
    table, ranks = run(tmp_path)
    assert "rank 9, Spearman correlation of singular value and importance -1.000" in caplog.text
    assert ranks["spearman"] == pytest.approx(-1) and ranks["directions"] == 9
    # accuracy on three sets, on average over the shifts and as a share, and robustness; 3 orders
    # of 5 points
    assert len(table) == 6 * 3 * 5
    assert table.drop(columns=["lowest", "highest"]).notna().all(axis=None)
    assert (
        table["pruned"].between(0, 1).all() and table.loc[table["kept"] == 9, "pruned"].eq(0).all()
    )
    unpruned = table[table["kept"] == 9]
    assert unpruned[["change", "change_low", "change_high"]].eq(0).all(axis=None)
    # all orders begin and end alike
    for kept in (0, 9):
        ends = table[table["kept"] == kept].groupby(["quantity", "dataset"])["value"]
        assert (ends.max() - ends.min()).max() < 1e-12
    accuracy = table[table["quantity"] == "accuracy"]
    assert ((accuracy["low"] <= accuracy["value"]) & (accuracy["value"] <= accuracy["high"])).all()
    keys = ["order", "kept"]
    by_set = accuracy.pivot_table(index=keys, columns="dataset", values="value")
    mean = by_set[["imagenet-r", "objectnet"]].mean(axis=1)
    np.testing.assert_allclose(by_set["shifts"], mean, rtol=1e-8)
    own = table[table["quantity"] == "accuracy_kept"].set_index(keys)
    whole = by_set["imagenet"].xs(9, level="kept").iloc[0]
    np.testing.assert_allclose(own["value"], by_set["imagenet"].loc[own.index] / whole, rtol=1e-8)
    assert own.xs(9, level="kept")[["value", "low", "high"]].eq(1).all(axis=None)


def test_random_orders_have_a_range(tmp_path):
    table = run(tmp_path)[0]
    random = table["order"] == "random"
    assert table.loc[~random, ["lowest", "highest"]].isna().all(axis=None)
    own = table[random]
    assert ((own["lowest"] <= own["value"]) & (own["value"] <= own["highest"])).all()
    assert (own["lowest"] < own["highest"]).any()
    # with two orders their mean is the middle of the range
    np.testing.assert_allclose((own["lowest"] + own["highest"]) / 2, own["value"], atol=1e-9)


def test_without_shifts_or_line_their_rows_are_absent(tmp_path):
    table = run(tmp_path, shifts=(), line=None)[0]
    assert set(table["quantity"]) == {"accuracy", "accuracy_kept"}
    assert set(table["dataset"]) == {"imagenet"}
    table = run(tmp_path, line=None)[0]
    assert set(table["quantity"]) == {"accuracy", "accuracy_kept"}
    assert "shifts" in set(table["dataset"])


@pytest.mark.gpu
def test_the_gpu_agrees():
    torch = pytest.importorskip("torch")
    if not torch.cuda.is_available():
        pytest.skip("no CUDA device")
    h, weight = RNG.normal(size=(4000, 64)), RNG.normal(size=(100, 64))
    head = Head(weight.astype(np.float32), None, True)
    pruned = PrunedHead.of(head, np.arange(100))
    arguments = h.astype(np.float32), orders(64, 1, 0)["least_first"], kept_directions(64, 20)
    assert (pruned.sweep(*arguments) == pruned.sweep_on_gpu(*arguments)).mean() > 0.9999
