"""Numbers and means over replicates, beside what numpy says of the same numbers."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from workflow_scripts.job.errors import InputError
from workflow_scripts.measures.replicates import means
from workflow_scripts.measures.replicates.numbers import main

MODELS = ["a", "b", "c"]
Z = stats.norm.ppf(0.95)


@pytest.fixture
def written(tmp_path):
    """Tables of four replicates, and their values [replicates, rows]."""
    generator, values = np.random.default_rng(0), {}

    def write(name, columns):
        paths = []
        for number in range(4):
            table = columns(number)
            paths.append(str(tmp_path / f"{name}_{number}.csv"))
            table.to_csv(paths[-1], index=False)
        return paths

    def kurtosis(number):
        drawn = generator.gamma(3, 1, 3)
        values.setdefault("kurtosis", []).append(drawn)
        table = pd.DataFrame({"model": MODELS, "dataset": "i", "images": 9, "kurtosis": drawn})
        return table.assign(low=drawn - 0.1 * (number + 1), high=drawn + 0.2)

    def curve(number):
        rows = [(model, alpha) for model in MODELS[:2] for alpha in (0.0, 0.5, 1.0)]
        table = pd.DataFrame(rows, columns=["model", "alpha"])
        drawn = generator.normal(size=6)
        values.setdefault("value", []).append(drawn)
        return table.assign(quantity="accuracy", value=drawn, low=np.nan, high=np.nan)

    def counts(number):
        table = pd.DataFrame({"model": MODELS, "threshold": 0.9, "concepts": [3 + number, 5, 7]})
        return table.assign(
            draws=5, draws_low=1, draws_high=9, chance=0.5, chance_low=0, chance_high=1
        )

    def line(number):
        table = pd.DataFrame({"slope": [0.5 + number], "slope_low": 0.25, "slope_high": 0.75})
        return table.assign(source="pool", left_out_models="" if number else "a")

    tables = {"indicators/kurtosis": write("kurtosis", kurtosis), "curve": write("curve", curve),
              "counts": write("counts", counts), "line": write("line", line),
              "nothing": write("nothing", lambda number: pd.DataFrame({"model": []}))}  # fmt: skip
    return tables, {name: np.array(each) for name, each in values.items()}


def run(folder, tables):
    main(tables, str(folder / "numbers.csv"), confidence=0.9)
    return pd.read_csv(folder / "numbers.csv")


def test_numbers(written, tmp_path):
    tables, values = written
    found = run(tmp_path, tables)
    for table, column, rows in (
        ("indicators/kurtosis", "kurtosis", [f"{model}; i" for model in MODELS]),
        ("curve", "value", [f"{m}; {alpha}; accuracy" for m in "ab" for alpha in (0.0, 0.5, 1.0)]),
    ):
        own = found[(found["table"] == table) & (found["column"] == column)]
        assert own["row"].tolist() == rows and (own["replicates"] == 4).all()
        drawn = values[column]
        np.testing.assert_allclose(own["mean"], drawn.mean(axis=0))
        np.testing.assert_allclose(own["standard_deviation"], drawn.std(axis=0, ddof=1))
        np.testing.assert_allclose(own["lowest"], drawn.min(axis=0))
        np.testing.assert_allclose(own["highest"], drawn.max(axis=0))
        # Half-widths of .15, .2, .25 and .3, of intervals at 90 %
        images = own["images"].to_numpy()
        assert np.isnan(images).all() if table == "curve" else np.allclose(images, 0.225 / Z)


def test_intervals_are_no_numbers_but_belong_to_some(written, tmp_path):
    found = run(tmp_path, written[0])
    columns = found.groupby("table")["column"].agg(set)
    assert columns.to_dict() == {
        "indicators/kurtosis": {"images", "kurtosis"}, "curve": {"value"},
        "counts": {"concepts", "chance", "draws"}, "line": {"slope"},
    }  # fmt: skip
    images = found.groupby(["table", "column"])["images"].agg(list)
    assert images[("counts", "concepts")] == pytest.approx([4 / Z] * 3)
    assert images[("counts", "chance")] == pytest.approx([0.5 / Z] * 3)
    assert images[("line", "slope")] == pytest.approx([0.25 / Z])


def mean_of(folder, paths):
    means.main(paths, str(folder / "means.csv"), confidence=0.9)
    return pd.read_csv(folder / "means.csv")


def test_means_have_the_form_of_one_table(written, tmp_path):
    tables, values = written
    found = mean_of(tmp_path, tables["indicators/kurtosis"])
    assert [*found] == ["model", "dataset", "images", "kurtosis", "low", "high",
                        "kurtosis_replicates"]  # fmt: skip
    assert found["model"].tolist() == MODELS and (found["images"] == 9).all()
    drawn = values["kurtosis"]
    np.testing.assert_allclose(found["kurtosis"], drawn.mean(axis=0))
    by_seeds = stats.t.ppf(0.95, 3) * stats.sem(drawn, axis=0)
    np.testing.assert_allclose(found["kurtosis"] - found["low"], np.hypot(by_seeds, 0.25))
    np.testing.assert_allclose(found["high"] - found["kurtosis"], np.hypot(by_seeds, 0.2))
    single = [list(map(float, text.split())) for text in found["kurtosis_replicates"]]
    np.testing.assert_allclose(single, drawn.T)


def test_means_of_ranges_words_and_what_has_no_interval(written, tmp_path):
    counts = mean_of(tmp_path, written[0]["counts"])
    assert counts["concepts"].tolist() == [4.5, 5, 7] and counts["chance"].tolist() == [0.5] * 3
    # The ends belong to the count, not to the number of draws.
    assert (counts["draws"] == 5).all() and [*counts["draws_high"]][1:] == [9, 9]
    assert counts["concepts_replicates"].tolist() == ["3 4 5 6", "5 5 5 5", "7 7 7 7"]
    assert (counts["threshold"] == 0.9).all()
    line = mean_of(tmp_path, written[0]["line"])
    assert line["slope"].tolist() == [2.0] and line["left_out_models"].tolist() == ["a"]
    curve = mean_of(tmp_path, written[0]["curve"])
    assert curve[["low", "high"]].isna().all(axis=None) and curve["value"].notna().all()
    assert len(mean_of(tmp_path, written[0]["nothing"])) == 0


def test_replicates_with_other_rows_are_refused(tmp_path):
    paths = [tmp_path / "a.csv", tmp_path / "b.csv"]
    for path, models in zip(paths, (["a", "b"], ["a", "c"]), strict=True):
        pd.DataFrame({"model": models, "value": 1.0}).to_csv(path, index=False)
    with pytest.raises(InputError, match=r"b.csv: found other rows than in .*a.csv, such as 'b'"):
        mean_of(tmp_path, [*map(str, paths)])


def test_rows_that_nothing_tells_apart_are_refused(tmp_path):
    path = tmp_path / "bins.csv"
    pd.DataFrame({"model": ["a", "a"], "bin": [1, 2], "images": [3, 4]}).to_csv(path, index=False)
    with pytest.raises(InputError, match="bins.csv: found two rows 'a', expected one"):
        run(tmp_path, {"bins": [str(path)]})
