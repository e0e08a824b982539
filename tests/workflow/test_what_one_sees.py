"""What one sees of a run: on the terminal, in Snakemake's own report, and as an RO-Crate."""

import hashlib
import json
import subprocess
import zipfile

from tests import warm
from tests.workflow.runs import environment


def seen(project, *arguments):
    """Exit code and lines of a run as `make` starts it."""
    plugin = project.root / "workflow_scripts" / "console" / "plugin"
    command = project.command(*arguments, "--logger", "console", python=warm.python())
    paths = {"PYTHONPATH": f"{project.root}:{plugin}"}
    done = subprocess.run(command, env=environment() | paths, capture_output=True, text=True)
    return done.returncode, (done.stderr + done.stdout).splitlines()


def test_jobs_time_and_what_holds_are_told(project):
    for page in ("figure_02a.pdf", "figure_03.pdf"):
        (project.results / "figures" / page).unlink()
    code, lines = seen(project, "all_figures")
    assert code == 0, lines
    start = next(n for n, line in enumerate(lines) if " jobs and about " in line)
    (log,) = (project.work / ".snakemake" / "log").glob(lines[start].rpartition("/")[2])
    assert "Select jobs to execute" in log.read_text()
    told, end = lines[start + 1 : -5], lines[-5:]
    assert [line.partition("]")[0].partition(",")[0] for line in told] == [
        "[1 of 4", "[2 of 4", "[3 of 4", "[4 of 4",
    ]  # fmt: skip
    assert all(" left] " in line for line in told)
    assert "figure_02a: Activation kurtosis of every model (outlier features)" in "".join(told)
    assert end[0] == f"Complete log(s): {log}" and end[1].startswith("Elapsed time: ")
    assert any(line.endswith("results/tiny/tables") for line in end)
    assert any(line.endswith("results/tiny/report/index.html") for line in end)
    assert any(" of 40 claims of the paper hold here: " in line for line in end)


def test_an_error_is_told_once_with_its_log(project):
    table = project.results / "measures" / "indicators" / "kurtosis.csv"
    table.write_text(table.read_text().replace("rn_web,", "rn_wed,"))
    code, lines = seen(project, "figure_2a")
    assert code != 0
    (message,) = (line for line in lines if "kurtosis.csv: found SHA-256" in line)
    name = "figure_02a: Activation kurtosis of every model (outlier features)"
    log = "logs/tiny/figures/figure_02/figure_02a.log"
    assert f"Failed: {name}; its log: {log}" in lines
    assert message in (project.work / log).read_text()
    assert not [line for line in lines if "Traceback" in line or "returned non-zero" in line]
    assert not [line for line in lines if "claims of the paper" in line]


def test_the_report_of_snakemake(finished, tmp_path):
    finished.run("--nolock", "--report", str(tmp_path / "report.zip"))
    with zipfile.ZipFile(tmp_path / "report.zip") as report:
        names = {name.rpartition("/")[2] for name in report.namelist()}
        page = report.read("report/report.html").decode()
    figures = {path.name for path in finished.results.glob("figures/*.png")}
    tables = {path.name for path in finished.results.glob("tables/*.csv")}
    assert names == {"report.html", *figures, *tables}
    assert "<strong>Figure 2a. Activation kurtosis.</strong>" in page
    assert "system-message" not in page
    for category in ("Figures", "Tables", "Claims"):
        assert f'"{category}": {{' in page


def test_the_crate_names_every_figure_and_table_with_its_digest(finished):
    folder = finished.results / "report"
    entities = json.loads((folder / "ro-crate-metadata.json").read_text())["@graph"]
    files = {each["@id"]: each["sha256"] for each in entities if "sha256" in each}
    pages = [
        path for kind in ("figures", "tables") for path in finished.results.glob(f"{kind}/*.*")
    ]
    assert files == {
        f"../{path.parent.name}/{path.name}": hashlib.sha256(path.read_bytes()).hexdigest()
        for path in pages
    }
    (run,) = (each for each in entities if each["@type"] == "CreateAction")
    assert run["startTime"] < run["endTime"]
    assert {each["@id"] for each in run["result"]} == files.keys()
