"""A run is held against a reference number by number: healthy ones pass, broken ones do not."""

import json
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from workflow_scripts.analysis.claims import FAILS, HOLDS, OPEN
from workflow_scripts.job import packages, records
from workflow_scripts.job.errors import InputError
from workflow_scripts.measures.replicates import numbers, reference
from workflow_scripts.report import verify
from workflow_scripts.tables import verification

MODELS = [f"model-{number:02d}" for number in range(16)]
DATASETS = ["test", "shift-a", "shift-b"]
STUDY = {"name": "s", "missing": [], "left_out": 0, "images": None}


class Experiment:
    """Draws of accuracies and kurtosis of sixteen models, which depend on one another."""

    def __init__(self, seed):
        self.generator = np.random.default_rng(seed)
        self.accuracy = self.generator.uniform(0.2, 0.9, (len(MODELS), len(DATASETS)))
        self.kurtosis = self.generator.choice([2.9, 3.6, 8.0], len(MODELS))

    def draw(self):
        generator = self.generator
        common = generator.normal(0, 0.01, (len(MODELS), 1))
        accuracy = self.accuracy + common + generator.normal(0, 0.01, self.accuracy.shape)
        kurtosis = self.kurtosis * np.exp(generator.normal(0, 0.1 * (self.kurtosis > 3)))
        rows = [(m, d, 100) for m in MODELS for d in DATASETS]
        table = pd.DataFrame(rows, columns=["model", "dataset", "images"])
        return {
            "accuracy": table.assign(accuracy=accuracy.ravel()),
            "kurtosis": pd.DataFrame({"model": MODELS, "kurtosis": kurtosis}),
        }


class Files:
    """A folder with a reference, which runs are held against."""

    def __init__(self, folder, monkeypatch):
        self.folder, self.experiment = folder, Experiment(0)
        monkeypatch.setattr(packages, "versions", lambda: {"torch": "2.0"})
        self.record("models/pretrain/a", "stamp")
        draws = [self.write(self.experiment.draw(), str(number)) for number in range(5)]
        tables = {name: [draw[name] for draw in draws] for name in draws[0]}
        numbers.main(tables, self / "numbers.csv", confidence=0.95)
        self.claims("reference_summary.csv", HOLDS, OPEN, HOLDS)
        (folder / "test.h5.sha256").write_text(f"{'a' * 64}  test.h5\n")
        names = ("numbers", "verdicts", "made_with")
        self.kept = {name: self / f"reference_{name}" for name in names}
        reference.main(
            self / "numbers.csv", self / "reference_summary.csv", [self / "test.h5.sha256"],
            self.kept, study="s", replicates=5, datasets=["test"], left_out=[],
            folder=self / "records",
        )  # fmt: skip

    def __truediv__(self, name):
        return str(self.folder / name)

    def record(self, name, stamp):
        path = self.folder / "records" / f"{name}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"finished": True, "stamp": stamp}))

    def write(self, tables, suffix):
        paths = {name: self / f"{name}_{suffix}.csv" for name in tables}
        for name, table in tables.items():
            table.to_csv(paths[name], index=False)
        return paths

    def claims(self, name, *verdicts):
        ids = [f"claim-{number}" for number in range(len(verdicts))]
        evidence = ["study", "study", "published"][: len(verdicts)]
        table = pd.DataFrame({"id": ids, "verdict": verdicts, "evidence": evidence})
        table.to_csv(self / name, index=False)

    def verify(self, tables):
        """The table of a run; what may be quoted of it, and the error if it is broken."""
        self.claims("summary.csv", FAILS, HOLDS, HOLDS)
        verification.main(
            self.write(tables, "run"), self / "summary.csv", {"test": self / "test.h5.sha256"},
            self.kept, self / "verification.csv", self / "verification.md",
            study=STUDY, folder=self / "records",
        )  # fmt: skip
        error = ""
        try:
            verify.main(self / "verification.csv", self / "verification.md")
        except InputError as found:
            error = str(found)
        text = (self.folder / "verification.md").read_text()
        return SimpleNamespace(
            table=pd.read_csv(self / "verification.csv"), text=text, error=error,
        )  # fmt: skip


@pytest.fixture
def files(tmp_path, monkeypatch):
    return Files(tmp_path, monkeypatch)


def test_healthy_runs_with_other_seeds_pass(files, capsys):
    alarms = [bool(files.verify(files.experiment.draw()).error) for _ in range(20)]
    assert sum(alarms) <= 1
    found = files.verify(files.experiment.draw())
    assert "The run is healthy." in found.text and "by the code and settings of this" in found.text
    line = "112 of 112 numbers and 3 of 3 groups of them within the reference's range, "
    assert line + "0 of 1 settled claims agree, 1 of 1 data sets are the same" in found.text
    assert line in capsys.readouterr().out
    assert "| claim |  | claim-0 |  | does not hold | holds |" in found.text


def kurtosis_in_excess(tables):
    tables["kurtosis"]["kurtosis"] -= 3


def swapped_sets(tables):
    names = {"shift-a": "shift-b", "shift-b": "shift-a"}
    table = tables["accuracy"].replace({"dataset": names})
    tables["accuracy"] = table.sort_values(["model", "dataset"])


def one_model_of_another_set(tables):
    table = tables["accuracy"]
    table.loc[table["model"] == MODELS[3], "accuracy"] *= 0.5


def outliers_gone(tables):
    table = tables["kurtosis"]
    table["kurtosis"] = table["kurtosis"].clip(upper=2.95)


def another_number_of_images(tables):
    tables["accuracy"]["images"] = 99


def a_model_missing(tables):
    tables["kurtosis"] = tables["kurtosis"][1:]


@pytest.mark.parametrize(
    "break_it",
    [kurtosis_in_excess, swapped_sets, one_model_of_another_set, outliers_gone,
     another_number_of_images, a_model_missing],
)  # fmt: skip
def test_broken_runs_are_caught(files, break_it):
    tables = files.experiment.draw()
    break_it(tables)
    found = files.verify(tables)
    assert "found a broken run" in found.error and "verification.md" in found.error
    assert "**The run is broken.**" in found.text and "| Found | Expected |" in found.text


def test_other_data_other_code_and_too_few_replicates(files):
    (files.folder / "test.h5.sha256").write_text(f"{'b' * 64}  test.h5\n")
    files.record("models/pretrain/a", "other")
    records.forget()
    found = files.verify(files.experiment.draw())
    assert "0 of 1 data sets are the same" in found.error
    assert "other code or settings than this run in: models/pretrain" in found.text
    made = json.loads((files.folder / "reference_made_with").read_text())
    (files.folder / "reference_made_with").write_text(json.dumps(made | {"replicates": 2}))
    with pytest.raises(InputError, match="found 2 replicates, expected 4 or more"):
        files.verify(files.experiment.draw())
