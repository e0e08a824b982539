"""At the end of a run stands where everything is, and how many claims hold."""

from types import SimpleNamespace

import pytest

from workflow_scripts.plan import closing

HEADER = "id,verdict,evidence\n"


@pytest.fixture
def run(tmp_path):
    tables = tmp_path / "results" / "tiny" / "tables"
    tables.mkdir(parents=True)
    text = "a,holds,study\nb,does not hold,study\nc,holds,published\nd,holds,study\n"
    (tables / "claims.csv").write_text(HEADER + text)
    return SimpleNamespace(
        results="results/tiny", measure=lambda name: f"results/tiny/measures/{name}.csv"
    )


def test_figures_tables_and_claims(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    lines = [
        "Figures: results/tiny/figures    Tables: results/tiny/tables",
        "2 of 3 claims of the paper hold here: results/tiny/tables/claims.md",
    ]
    assert list(closing.of_figures(run, tmp_path)) == lines
    page = tmp_path / "results" / "tiny" / closing.PAGE
    page.parent.mkdir()
    page.touch()
    last = "All of it on one page: results/tiny/report/index.html"
    assert list(closing.of_figures(run, tmp_path)) == [*lines, last]


def test_a_study_without_claims_says_nothing_of_them(run, tmp_path):
    (tmp_path / "results" / "tiny" / "tables" / "claims.csv").unlink()
    assert len(list(closing.of_figures(run, tmp_path))) == 1


def test_beyond(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    line = "Beyond the paper, on one page: results/tiny/report/beyond.html"
    assert list(closing.of_beyond(run, tmp_path)) == [line]


def test_replicates(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    summary = tmp_path / run.measure(closing.SUMMARY)
    summary.parent.mkdir(parents=True)
    summary.write_text(f"{HEADER}a,holds,study\n")
    assert list(closing.of_replicates(run, tmp_path)) == [
        "Numbers over all replicates: results/tiny/measures/replicates/numbers.csv",
        f"1 of 1 claims of the paper hold here: {run.measure(closing.SUMMARY)}",
    ]


@pytest.mark.parametrize(("waiting", "dryrun", "said"), [([], False, True), ([1], False, False),
                                                         ([], True, False)])  # fmt: skip
def test_it_is_said_after_all_jobs_only(waiting, dryrun, said, capsys):
    dag = SimpleNamespace(needrun_jobs=lambda: waiting)
    closing.announce(SimpleNamespace(dag=dag, dryrun=dryrun), iter(["where it is"]))
    assert capsys.readouterr().out == "where it is\n" * said
