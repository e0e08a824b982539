"""What the report page of each study is made of."""

import json
from pathlib import Path

import pytest
import yaml

from workflow_scripts.plan import datasets
from workflow_scripts.plan.exhibits import beyond, beyond_page, catalogue, report_page
from workflow_scripts.plan.run import Run

ROOT = Path(__file__).resolve().parents[3]
STUDIES = (
    "miniature", "paper", "quick", "architectures", "packaged", "tests/studies/tiny"
)  # fmt: skip


def planned(study, **changed):
    """Run, inputs and settings of the page of a study."""
    config = yaml.safe_load((ROOT / "config.yaml").read_text())
    run = Run.load(ROOT, config | {"study": study} | changed)
    exhibits, sheets = catalogue.catalogue(run), datasets.sheets(run)
    return (
        run,
        report_page.inputs(run, exhibits, sheets),
        report_page.settings(run, exhibits, sheets, beyond.catalogue(run)),
    )


@pytest.mark.parametrize("study", STUDIES)
def test_settings_and_inputs_agree(study):
    run, inputs, settings = planned(study)
    json.dumps(settings)
    pages = [page for each in settings["exhibits"] for page in each["pages"]]
    assert {*pages} <= inputs.keys() and not {*pages} & {*settings["absent"]}
    assert [run.measure(name) for name in settings["measures"]] == inputs["measures"]
    assert len(inputs["sheets"]) == len(settings["sheets"])
    assert len(inputs["cards"]) == len(settings["models"])
    assert ("cases" in inputs) == ("claims" in pages)
    assert not [name for name in settings["measures"] if name.endswith(("resamples", "draws"))]
    assert (settings["compared"] != []) == (study == "paper" or study == "quick")


def test_claims_find_the_tables_that_they_are_computed_from():
    _, _, settings = planned("miniature")
    for name in ("indicators/kurtosis", "pruning/pruning", "claims/verdicts/cases",
                 "robustness/effective_robustness/models", "cka/cka"):  # fmt: skip
        assert name in settings["measures"]


@pytest.mark.parametrize("study", STUDIES)
def test_what_lies_beyond_the_paper_has_a_page_of_its_own(study):
    """The report page names it, and neither waits for it nor changes with it."""
    run, inputs, settings = planned(study)
    exhibits = beyond.catalogue(run)
    own, told = beyond_page.inputs(run, exhibits), beyond_page.settings(run, exhibits)
    json.dumps(told)
    pages = {page for each in told["exhibits"] for page in each["pages"]}
    assert pages and pages == own.keys() - {"measures"} and not pages & inputs.keys()
    assert [run.measure(name) for name in told["measures"]] == own["measures"]
    assert settings["beyond"] == [each["shows"] for each in told["exhibits"]]


def test_replicates_have_a_section_where_there_are_several():
    run, inputs, settings = planned("miniature", replicates=2)
    assert settings["further"] == {"Replicates": "replicates/numbers"}
    assert inputs["cases"] == run.measure("replicates/claims/verdicts/cases")
    assert planned("miniature", replicates=1)[2]["further"] == {}


def test_a_limit_of_images_makes_nothing_comparable():
    assert planned("paper", images=10)[2]["compared"] == []


def test_the_digest_tells_other_tables_apart():
    digests = {planned(study)[2]["digest"] for study in STUDIES}
    assert len(digests) == len(STUDIES)
    assert planned("miniature")[2]["digest"] == planned("miniature", images=10)[2]["digest"]


def test_places_of_ones_own_are_not_told():
    run, _, settings = planned("miniature")
    assert not {"own", "downloads", "mirror"} & report_page.configuration(run).keys()
    assert settings["choice"] == " --config study=miniature"
    assert planned("tests/studies/tiny")[2]["choice"] == ""


def test_every_template_is_there():
    templates = {*report_page.TEMPLATES, *report_page.OWN, *beyond_page.TEMPLATES}
    for file in (*templates, *report_page.RESOURCES.values()):
        assert (ROOT / file).is_file()
