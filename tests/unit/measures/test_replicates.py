"""Numbers and verdicts over replicates, beside what numpy says of the same numbers."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from workflow_scripts.analysis.claims import FAILS, HOLDS, NOT_INFORMATIVE, OPEN
from workflow_scripts.job.errors import InputError
from workflow_scripts.measures.replicates.replicates import DIFFERS, main

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
        return table.assign(draws_low=1, draws_high=9, chance=0.5, chance_low=0, chance_high=1)

    def line(number):
        table = pd.DataFrame({"slope": [0.5 + number], "slope_low": 0.25, "slope_high": 0.75})
        return table.assign(source="pool", left_out_models="" if number else "a")

    tables = {"indicators/kurtosis": write("kurtosis", kurtosis), "curve": write("curve", curve),
              "counts": write("counts", counts), "line": write("line", line),
              "nothing": write("nothing", lambda number: pd.DataFrame({"model": []}))}  # fmt: skip
    return tables, {name: np.array(each) for name, each in values.items()}


def claims(folder, *verdicts):
    """The summary of each replicate's claims, by the verdicts on the same claims."""
    paths = []
    for number, each in enumerate(verdicts):
        ids = [f"claim-{place}" for place in range(len(each))]
        table = pd.DataFrame({"id": ids, "source": "S", "statement": "It is.", "verdict": each})
        paths.append(str(folder / f"claims_{number}.csv"))
        table.to_csv(paths[-1], index=False)
    return paths


def run(folder, tables, summaries):
    outputs = [str(folder / name) for name in ("numbers.csv", "verdicts.csv")]
    main(tables, summaries, *outputs, confidence=0.9)
    return [pd.read_csv(path) for path in outputs]


def test_numbers(written, tmp_path):
    tables, values = written
    found, _ = run(tmp_path, tables, claims(tmp_path, *4 * [[HOLDS]]))
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
    found, _ = run(tmp_path, written[0], claims(tmp_path, *4 * [[HOLDS]]))
    columns = found.groupby("table")["column"].agg(set)
    assert columns.to_dict() == {
        "indicators/kurtosis": {"images", "kurtosis"}, "curve": {"value"},
        "counts": {"concepts", "chance"}, "line": {"slope"},
    }  # fmt: skip
    images = found.groupby(["table", "column"])["images"].agg(list)
    assert images[("counts", "concepts")] == pytest.approx([4 / Z] * 3)
    assert images[("counts", "chance")] == pytest.approx([0.5 / Z] * 3)
    assert images[("line", "slope")] == pytest.approx([0.25 / Z])


def test_verdicts(tmp_path):
    tables = {"nothing": claims(tmp_path, [HOLDS])}
    summaries = claims(tmp_path, [HOLDS, HOLDS, OPEN, NOT_INFORMATIVE], [HOLDS, FAILS, OPEN, HOLDS])
    _, found = run(tmp_path, tables, summaries)
    assert found["verdict"].tolist() == [HOLDS, DIFFERS, OPEN, DIFFERS]
    counts = found[["holds", "fails", "not_informative", "open"]]
    assert counts.to_numpy().tolist() == [[2, 0, 0, 0], [1, 1, 0, 0], [0, 0, 0, 2], [1, 0, 1, 0]]
    assert found["verdicts"][1] == f"{HOLDS}; {FAILS}"


def test_rows_that_nothing_tells_apart_are_refused(tmp_path):
    path = tmp_path / "bins.csv"
    pd.DataFrame({"model": ["a", "a"], "bin": [1, 2], "images": [3, 4]}).to_csv(path, index=False)
    with pytest.raises(InputError, match="bins.csv: found two rows 'a', expected one"):
        run(tmp_path, {"bins": [str(path)]}, claims(tmp_path, [HOLDS]))


def test_other_claims_are_refused(tmp_path):
    nothing = tmp_path / "nothing.csv"
    pd.DataFrame({"model": []}).to_csv(nothing, index=False)
    summaries = claims(tmp_path, [HOLDS, HOLDS], [HOLDS])
    with pytest.raises(InputError, match="claims_1.csv: found other claims than in .*claims_0"):
        run(tmp_path, {"nothing": [str(nothing)]}, summaries)
