"""Captions of Snakemake's own report say what the Markdown beside each page says."""

import os
import zipfile
from types import SimpleNamespace

import pytest
from docutils.core import publish_parts
from jinja2 import Environment
from snakemake.io import get_flag_value, is_flagged

from workflow_scripts.plan.exhibits import snakemake_report
from workflow_scripts.plan.exhibits.exhibits import Exhibit


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return SimpleNamespace(
        study=SimpleNamespace(name="tiny"),
        page=lambda stage, name, ending: f"results/tiny/{stage}/{name}.{ending}",
    )


def exhibit(stage, name, *pages):
    return Exhibit(stage, name, "What is shown", "Section 3", {}, dict, list(pages))


def rendered(markdown):
    text = Environment().from_string(snakemake_report.restructured(markdown)).render()
    return publish_parts(text, writer_name="html", settings_overrides={"report_level": 1})["body"]


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ("**Figure 1a.** Study `tiny`.", "<strong>Figure 1a.</strong> Study <tt"),
        ("(1 - alpha) theta_0 + theta_ and a_b", "(1 - alpha) theta_0 + theta_ and a_b"),
        ("|h| * 2 \\ {{ x }} {% y %}", "|h| * 2 \\ {{ x }} {% y %}"),
        ("two\nlines, 95 %", "two lines, 95 %"),
    ],
)
def test_captions_are_as_in_markdown(markdown, html):
    found = rendered(markdown)
    assert html in found and "system-message" not in found


def test_one_file_of_each_page_is_shown(run):
    several = snakemake_report.marked(run, exhibit("figures", "figures", "figure_15", "figure_16"))
    shown = [file for files in several.values() for file in files if is_flagged(file, "report")]
    assert shown == [f"results/tiny/figures/figure_{number}.png" for number in (15, 16)]
    single = snakemake_report.marked(run, exhibit("tables", "claims", "claims"))
    assert not is_flagged(single["markdown"], "report")
    shown = get_flag_value(single["csv"], "report")
    assert shown.category == "Claims"
    assert shown.labels == {"page": "claims", "shows": "What is shown", "in the paper": "Section 3"}


def test_captions_are_written_of_pages_that_are_there(run, tmp_path):
    page = tmp_path / run.page("tables", "table_1", "md")
    page.parent.mkdir(parents=True)
    page.write_text("**Table 1.**\n\n| a | b |\n")
    snakemake_report.prepare(run, [exhibit("tables", "tables", "table_1", "table_2")])
    (caption,) = (tmp_path / snakemake_report.CAPTIONS).rglob("*.rst")
    assert caption.read_text() == "{% raw %}**Table 1.**{% endraw %}\n"
    shown = snakemake_report.marked(run, exhibit("tables", "table_1", "table_1"))["csv"]
    assert get_flag_value(shown, "report").caption == str(caption)


def test_whether_a_report_is_asked_for():
    assert snakemake_report.is_asked(["snakemake", "--report", "report.zip"])
    assert snakemake_report.is_asked(["--report=report.html"])
    assert not snakemake_report.is_asked(["snakemake", "--report-stylesheet", "x.css"])


def test_files_of_1970_are_given_a_time_that_an_archive_can_hold(run, tmp_path):
    pages = [tmp_path / run.page("tables", name, "csv") for name in ("table_1", "table_2")]
    pages[0].parent.mkdir(parents=True)
    for page, time in zip(pages, (86_400, 1_700_000_000), strict=True):
        page.touch()
        os.utime(page, (time, time))
    snakemake_report.prepare(run, [exhibit("tables", "tables", "table_1", "table_2", "table_3")])
    with zipfile.ZipFile(tmp_path / "report.zip", "w") as archive:
        archive.write(pages[0])
    assert pages[1].stat().st_mtime == 1_700_000_000
