"""The line and effective robustness against scipy, and accuracies of exactly 0 and 1."""

from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special, stats

from workflow_scripts.analysis.baselines import Robustness
from workflow_scripts.analysis.estimates import Bootstrap
from workflow_scripts.job.errors import InputError
from workflow_scripts.measures.robustness import published
from workflow_scripts.measures.robustness.effective_robustness import LINE_COLUMNS, main
from workflow_scripts.method.bootstrap import resampling_counts
from workflow_scripts.method.robustness import (
    effective_robustness,
    fit_line,
    inverse_logit,
    logit,
    percent_acc,
    predicted_accuracy,
)
from workflow_scripts.study.line import TESTBED, reason_without_line

RNG = np.random.default_rng(0)
BOOTSTRAP = Bootstrap(resamples=100, confidence=0.9, seed=1)
SHIFTS = ["v2", "sketch"]
IMAGES = {"test": 300, "v2": 200, "sketch": 250}
# probability of being correct on each data set
POOL = {
    "small": (0.5, 0.4, 0.2),
    "medium": (0.7, 0.6, 0.3),
    "large": (0.9, 0.8, 0.5),
    "clip": (0.8, 0.8, 0.8),
}
BASELINES = ["small", "medium", "large"]


def write_pool(folder, pool=POOL):
    """Correct images of each model; returns the paths and the arrays by model and data set."""
    paths, arrays = [], {}
    for model, chances in pool.items():
        paths.append(folder / f"{model}.h5")
        with h5py.File(paths[-1], "w") as file:
            file.attrs.update(model=model, complete=True)
            for (dataset, images), chance in zip(IMAGES.items(), chances, strict=True):
                right = (RNG.random(images) < chance).astype(np.uint8)
                file.create_dataset(dataset, data=right).attrs["ids"] = "digest"
                arrays[model, dataset] = right
    return paths, arrays


def tables(folder, paths, pool=POOL, files=(), **settings):
    """Measure a pool; both tables."""
    table, line, resamples = (folder / f"{name}.csv" for name in ("models", "line", "resamples"))
    settings = {"baseline_models": [], "test": "test", "shifts": SHIFTS} | settings
    robustness = Robustness(bootstrap=BOOTSTRAP, baselines=files, **settings)
    main(paths, table, line, resamples, pool=list(pool), robustness=robustness)
    return pd.read_csv(table).set_index("model"), pd.read_csv(line)


def run(folder, paths, pool=POOL, baselines=BASELINES):
    """Measure a pool with baselines of its own; the table and the row of the line."""
    files = [path for path in paths if path.stem in baselines]
    settings = {"line_through": "pool", "baseline_models": baselines}
    table, line = tables(folder, paths, pool, files, **settings)
    return table, line.iloc[0]


def test_logits_equal_scipy():
    p = np.array([0, 1e-300, 1e-9, 0.3, 0.5, 1 - 1e-12, 1])
    np.testing.assert_allclose(logit(p), special.logit(p), rtol=1e-12)
    x = np.array([-np.inf, -1e4, -700, -3, 0, 3, 700, 1e4, np.inf])
    np.testing.assert_allclose(inverse_logit(x), special.expit(x), rtol=1e-12)


@given(st.floats(1e-12, 1 - 1e-12))
def test_inverse_logit_inverts(p):
    assert inverse_logit(logit(p)) == pytest.approx(p, rel=1e-9)


@given(st.lists(st.tuples(*[st.floats(0.01, 0.99)] * 2), min_size=3, max_size=20))
def test_line_equals_scipy(points):
    x, y = np.array(points).T
    line = fit_line(x, y)
    if x.max() - x.min() < 1e-6 or y.max() - y.min() < 1e-6:
        return
    expected = stats.linregress(special.logit(x), special.logit(y))
    assert line.slope == pytest.approx(expected.slope, rel=1e-6, abs=1e-9)
    assert line.intercept == pytest.approx(expected.intercept, rel=1e-6, abs=1e-9)
    assert line.r == pytest.approx(expected.rvalue, rel=1e-6, abs=1e-9)


def test_many_lines_at_once_leave_out_zero_and_one():
    x = RNG.uniform(0.1, 0.9, size=(6, 8))
    y = RNG.uniform(0.1, 0.9, size=(6, 8))
    x[1, 2], x[2, 5], y[3, 0], y[3, 7] = 0, 1, 0, 1
    lines = fit_line(x, y)
    for row in range(6):
        use = (x[row] > 0) & (x[row] < 1) & (y[row] > 0) & (y[row] < 1)
        expected = stats.linregress(special.logit(x[row, use]), special.logit(y[row, use]))
        assert lines.slope[row] == pytest.approx(expected.slope)
        assert lines.intercept[row] == pytest.approx(expected.intercept)
        assert lines.r[row] == pytest.approx(expected.rvalue)


def test_no_line_is_nan(recwarn):
    assert np.isnan(fit_line(np.array([0.1, 0.2, 0.0]), np.array([0.1, 0.2, 0.3])).slope)
    assert np.isnan(fit_line(np.full(5, 0.7), np.linspace(0.1, 0.5, 5)).slope)
    assert np.isnan(fit_line(np.zeros((2, 0)), np.zeros((2, 0))).slope).all()
    flat = fit_line(np.linspace(0.1, 0.5, 5), np.full(5, 0.7))
    assert flat.slope == pytest.approx(0, abs=1e-12) and np.isnan(flat.r)
    assert not recwarn


def test_equation_5():
    expected = 0.44 - special.expit(0.76 * special.logit(0.6) - 1.49)
    assert effective_robustness(0.44, 0.6, 0.76, -1.49) == pytest.approx(expected)
    assert percent_acc(np.array([0.44, 0.1]), np.array([0.88, 0])).tolist() == [
        0.5,
        pytest.approx(np.nan, nan_ok=True),
    ]


def test_prediction_at_zero_and_one_is_the_limit(recwarn):
    ends = np.array([0.0, 1.0])
    assert predicted_accuracy(ends, 0.76, -1.5).tolist() == [0, 1]
    assert predicted_accuracy(ends, -0.76, -1.5).tolist() == [1, 0]
    assert predicted_accuracy(ends, 0.0, 0.0).tolist() == [0.5, 0.5]
    assert not recwarn


def test_main_equals_scipy(tmp_path):
    paths, correct = write_pool(tmp_path)
    table, line = run(tmp_path, paths)
    accuracy = {m: correct[m, "test"].mean() for m in POOL}
    shift = {m: np.mean([correct[m, s].mean() for s in SHIFTS]) for m in POOL}
    expected = stats.linregress(
        special.logit([accuracy[m] for m in BASELINES]),
        special.logit([shift[m] for m in BASELINES]),
    )
    found = line[["slope", "intercept", "r", "r_squared", "baselines", "left_out"]].tolist()
    wanted = [expected.slope, expected.intercept, expected.rvalue, expected.rvalue**2, 3, 0]
    assert found == pytest.approx(wanted)
    for model in POOL:
        predicted = special.expit(
            expected.slope * special.logit(accuracy[model]) + expected.intercept
        )
        row = table.loc[model]
        assert row["accuracy"] == pytest.approx(accuracy[model])
        assert row["shift_accuracy"] == pytest.approx(shift[model])
        assert row["percent_acc"] == pytest.approx(shift[model] / accuracy[model])
        assert row["predicted_shift_accuracy"] == pytest.approx(predicted)
        assert row["effective_robustness"] == pytest.approx(shift[model] - predicted)
        assert row["in_line"] == (model in BASELINES)
    assert (table["low"] <= table["effective_robustness"]).all()
    assert (table["effective_robustness"] <= table["high"]).all()


def test_intervals_pair_models_and_refit_the_line(tmp_path):
    paths, correct = write_pool(tmp_path)
    table, line = run(tmp_path, paths)
    counts = {d: resampling_counts(n, d, 100, 1) for d, n in IMAGES.items()}
    robustness, slopes = [], []
    for draw in range(100):

        def mean(model, dataset, draw=draw):
            return np.repeat(correct[model, dataset], counts[dataset][draw]).mean()

        accuracy = {m: mean(m, "test") for m in POOL}
        shift = {m: np.mean([mean(m, s) for s in SHIFTS]) for m in POOL}
        fit = stats.linregress(
            special.logit([accuracy[m] for m in BASELINES]),
            special.logit([shift[m] for m in BASELINES]),
        )
        slopes.append(fit.slope)
        predicted = special.expit(fit.slope * special.logit(accuracy["clip"]) + fit.intercept)
        robustness.append(shift["clip"] - predicted)
    low, high = np.quantile(robustness, [0.05, 0.95])
    assert table.loc["clip", ["low", "high"]].tolist() == pytest.approx([low, high])
    resamples = pd.read_csv(tmp_path / "resamples.csv").set_index("model")
    assert resamples.loc["clip", "effective_robustness"].tolist() == pytest.approx(robustness)
    assert resamples.loc["clip", "resample"].tolist() == [*range(1, 101)]
    ends = np.quantile(resamples.loc["clip", "percent_acc"], [0.05, 0.95]).tolist()
    assert table.loc["clip", ["percent_acc_low", "percent_acc_high"]].tolist() == (
        pytest.approx(ends)
    )
    expected = np.quantile(slopes, [0.05, 0.95])
    assert line[["slope_low", "slope_high"]].tolist() == pytest.approx(expected)


def test_accuracies_of_zero_and_one_are_reported(tmp_path):
    pool = POOL | {"dead": (0, 0, 0), "perfect": (1, 0.5, 0.5), "blind": (0.3, 0, 0)}
    paths, _ = write_pool(tmp_path, pool)
    table, line = run(tmp_path, paths, pool, [*BASELINES, "dead", "blind"])
    assert line["baselines"] == 3 and line["left_out"] == 2
    assert line["left_out_models"] == "dead blind"
    assert not table.loc[["dead", "blind"], "in_line"].any()
    assert np.isnan(table.loc["dead", "percent_acc"])
    assert table.loc["dead", "effective_robustness"] == 0
    assert table.loc["perfect", "predicted_shift_accuracy"] == 1
    without = run(tmp_path, paths[:4])[1]
    assert line["slope"] == without["slope"]


def test_too_few_baselines(tmp_path):
    paths, _ = write_pool(tmp_path)
    with pytest.raises(InputError, match="found 2 model.* expected at least 3"):
        run(tmp_path, paths, baselines=BASELINES[:2])


def test_without_shifts_there_are_accuracies_only(tmp_path, recwarn):
    paths, correct = write_pool(tmp_path)
    table, line = tables(tmp_path, paths, shifts=[], line_through=None)
    for model in POOL:
        assert table.loc[model, "accuracy"] == pytest.approx(correct[model, "test"].mean())
    empty = table.drop(columns=["accuracy", "in_line"])
    assert len(empty.columns) == 10 and empty.isna().all(axis=None) and not table["in_line"].any()
    assert line.empty and list(line) == LINE_COLUMNS
    assert not recwarn


def test_without_a_line_the_shift_accuracies_remain(tmp_path):
    paths, _ = write_pool(tmp_path)
    table, line = tables(tmp_path, paths, line_through=None)
    with_line = run(tmp_path, paths)[0]
    same = [name for name in table if name.startswith(("accuracy", "shift", "percent"))]
    pd.testing.assert_frame_equal(table[same], with_line[same])
    lacking = ["effective_robustness", "low", "high", "predicted_shift_accuracy"]
    assert table[lacking].isna().all(axis=None) and line.empty


def write_testbed(folder, count=30):
    """Published baselines on and about a known line; another variant lies elsewhere."""
    rng = np.random.default_rng(2)
    accuracy = rng.uniform(0.2, 0.9, count)
    noise = rng.normal(0, 0.05, count)
    table = pd.DataFrame(
        {
            "variant": "threshold-0.7",
            "model": [f"net{number}" for number in range(count)],
            "accuracy": accuracy,
            "shift_accuracy": special.expit(0.8 * special.logit(accuracy) - 1.2 + noise),
        }
    )
    other = table.assign(variant="top-images", shift_accuracy=0.5 * table["shift_accuracy"])
    pd.concat([other, table]).to_csv(folder / "baselines.csv", index=False)
    return [folder / "baselines.csv"], table


def test_the_line_of_the_testbed(tmp_path):
    paths, correct = write_pool(tmp_path, POOL | {"net3": (0.5, 0.5, 0.5)})
    files, baselines = write_testbed(tmp_path)
    pool = [*POOL, "net3"]
    table, line = tables(tmp_path, paths, pool, files, line_through="testbed")
    line = line.iloc[0]
    expected = stats.linregress(
        special.logit(baselines["accuracy"]), special.logit(baselines["shift_accuracy"])
    )
    found = line[["slope", "intercept", "r"]].tolist()
    assert found == pytest.approx([expected.slope, expected.intercept, expected.rvalue])
    assert line["baselines"] == 30 and line["source"] == "testbed"
    assert line[["slope_low", "slope_high", "r_low", "intercept_high"]].isna().all()
    # a model of the study by the name of a published one has not entered the fit
    assert not table["in_line"].any()
    # the same line in every resample of the images
    counts = {d: resampling_counts(n, d, 100, 1) for d, n in IMAGES.items()}
    accuracy, *shifts = (
        counts[name] @ correct["clip", name].astype(float) / IMAGES[name] for name in IMAGES
    )
    predicted = special.expit(expected.slope * special.logit(accuracy) + expected.intercept)
    low, high = np.quantile(np.mean(shifts, axis=0) - predicted, [0.05, 0.95])
    assert table.loc["clip", ["low", "high"]].tolist() == pytest.approx([low, high])


def test_the_published_baselines_give_the_papers_line(tmp_path):
    resources = Path(__file__).resolve().parents[3] / "resources" / "published"
    names = ("imagenet_testbed_accuracy.csv", "open_clip_accuracy.csv", "paper_checkpoints.tsv")
    made = [tmp_path / f"{name}.csv" for name in ("lines", "baselines", "checkpoints")]
    published.main(*(resources / name for name in names), *made)
    paths, _ = write_pool(tmp_path)
    _, line = tables(tmp_path, paths, files=[made[1]], line_through="testbed")
    assert line[["slope", "intercept", "r"]].iloc[0].round(2).tolist() == [0.76, -1.49, 0.99]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (("pool", ["a", "b", "c"], "i", ["v2"]), ""),
        (("pool", ["a", "b"], "i", ["v2"]), "this study has fewer than 3 baselines"),
        (("pool", ["a", "b", "c"], "i", []), "this study has no distribution shifts"),
        (("testbed", [], TESTBED[0], list(TESTBED[:0:-1])), ""),
        (("testbed", [], TESTBED[0], []), "is not one of imagenet and its shifts"),
        (("testbed", [], TESTBED[0], list(TESTBED[1:-1])), "is not one of imagenet and its shifts"),
        (
            ("testbed", [], TESTBED[1], [TESTBED[0], *TESTBED[2:]]),
            "is not one of imagenet and its shifts",
        ),
    ],
)
def test_why_there_is_no_line(settings, words):
    assert words in reason_without_line(*settings)
    assert bool(words) == bool(reason_without_line(*settings))


def test_equal_baselines(tmp_path):
    pool = {name: (0, 0.5, 0.5) for name in ("a", "b", "c")}
    paths, _ = write_pool(tmp_path, pool)
    for path in paths:
        with h5py.File(path, "a") as file:
            file["test"][:120] = 1
    with pytest.raises(InputError, match="3 baselines of the same accuracy"):
        run(tmp_path, paths, pool, list(pool))


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (
            lambda f: f["v2"].attrs.update(ids="other"),
            r"clip.h5: 'v2': found 200 images \(ids other",
        ),
        (
            lambda f: f.__delitem__("sketch"),
            "clip.h5: found model 'clip' with the data sets test, v2",
        ),
        (lambda f: f.attrs.update(model="klip"), "found model 'klip' .*, expected 'clip'"),
        (lambda f: f.attrs.update(complete=False), "clip.h5: was never completed"),
    ],
)
def test_damaged_files_are_named(tmp_path, damage, message):
    paths, _ = write_pool(tmp_path)
    with h5py.File(paths[-1], "a") as file:
        damage(file)
    with pytest.raises(InputError, match=message):
        run(tmp_path, paths)


def test_unreadable_file_is_named(tmp_path):
    paths, _ = write_pool(tmp_path)
    paths[-1].write_bytes(b"")
    with pytest.raises(InputError, match="clip.h5: cannot be read"):
        run(tmp_path, paths)
