"""An RO-Crate is a whole graph: what the profile demands, and nothing that leads nowhere."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from workflow_scripts.reporting.ro_crate import METADATA, WORKFLOW, File, RunRecord, crate

BEGUN, ENDED = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), datetime(2026, 1, 2, 3, 30, tzinfo=UTC)
RUN = RunRecord(
    "tiny",
    [
        File("workflow/configuration.json", "The configuration", "configuration"),
        File("workflow/study/", "The study tiny", "study"),
        File("https://example.org/a.tar", "a.tar", "downloads", "aa"),
    ],
    [
        File("../figures/figure_1.png", "Robustness", "figures", "bb"),
        File("../figures/figure_1.md", "Robustness", "figures", "cc"),
        File("../tables/claims.csv", "Claims", "tables"),
    ],
    {"Python": "3.11.7", "snakemake": "9.27.1", "Jinja2": "3.1.6"},
    "abc123",
    datetime(2026, 1, 3, tzinfo=UTC),
    BEGUN,
    ENDED,
    {"figures": "the figures, and their captions"},
)


def graph(run=RUN):
    entities = crate(run)["@graph"]
    found = {each["@id"]: each for each in entities}
    assert len(found) == len(entities), "an id is there twice"
    return found


def references(value):
    """Ids that an entity refers to."""
    if isinstance(value, dict):
        return [value["@id"]] if value.keys() == {"@id"} else references([*value.values()])
    return [id for each in value for id in references(each)] if isinstance(value, list) else []


def ids(value):
    return [each["@id"] for each in value] if isinstance(value, list) else [value["@id"]]


def test_it_is_found_and_says_what_it_conforms_to():
    found = graph()
    assert found[METADATA]["about"] == {"@id": "./"}
    root = found["./"]
    assert ids(root["conformsTo"])[1] == "https://w3id.org/ro/wfrun/workflow/0.5"
    assert root["datePublished"] == "2026-01-02T03:30:00+00:00"
    assert root["license"] == {"@id": "https://spdx.org/licenses/MIT"}
    assert root["mainEntity"] == {"@id": WORKFLOW}
    files = [WORKFLOW, *(each.id for each in (*RUN.inputs, *RUN.outputs))]
    assert ids(root["hasPart"]) == files


def test_all_that_is_referred_to_is_there():
    found = graph()
    known = {"https://w3id.org/ro/crate/1.1", "https://snakemake.readthedocs.io"}
    for entity in found.values():
        for id in references(entity):
            assert id in found or id in known or "bioschemas.org/profiles" in id, id
        assert entity.get("name") or entity["@id"] == METADATA


def test_the_run():
    run = graph()["#run"]
    assert run["@type"] == "CreateAction" and "agent" not in run
    assert (run["startTime"], run["endTime"]) == (BEGUN.isoformat(), ENDED.isoformat())
    assert run["instrument"] == {"@id": WORKFLOW}
    assert ids(run["object"]) == [each.id for each in RUN.inputs]
    assert ids(run["result"]) == [each.id for each in RUN.outputs]


def test_the_workflow_with_its_software():
    found = graph()
    workflow = found[WORKFLOW]
    assert workflow["@type"] == ["File", "SoftwareSourceCode", "ComputationalWorkflow"]
    assert workflow["version"] == "abc123"
    needed = [found[id] for id in ids(workflow["softwareRequirements"])]
    assert {each["name"]: each["softwareVersion"] for each in needed} == RUN.versions
    assert [each["@id"] for each in needed] == [
        "pkg:generic/python@3.11.7", "pkg:pypi/snakemake@9.27.1", "pkg:pypi/jinja2@3.1.6",
    ]  # fmt: skip
    assert found[workflow["programmingLanguage"]["@id"]]["version"] == "9.27.1"


def test_parameters_and_their_values_know_one_another():
    found = graph()
    parameters = [each for each in found.values() if each["@type"] == "FormalParameter"]
    assert [(each["name"], each["additionalType"]) for each in parameters] == [
        ("configuration", "File"), ("study", "Dataset"), ("downloads", "File"),
        ("figures", "File"), ("tables", "File"),
    ]  # fmt: skip
    for parameter in parameters:
        for id in ids(parameter["workExample"]):
            assert found[id]["exampleOfWork"] == {"@id": parameter["@id"]}
    assert parameters[3]["description"] == "the figures, and their captions"
    workflow = found[WORKFLOW]
    assert len(workflow["input"]) == 3 and len(workflow["output"]) == 2


def test_files_have_digest_and_kind():
    found = graph()
    assert found["../figures/figure_1.png"]["sha256"] == "bb"
    assert found["../figures/figure_1.png"]["encodingFormat"] == "image/png"
    assert found["../figures/figure_1.md"]["encodingFormat"] == "text/markdown"
    assert "sha256" not in found["../tables/claims.csv"]
    assert "encodingFormat" not in found["workflow/study/"]


@pytest.mark.parametrize("key", ["startTime", "endTime"])
def test_what_is_not_known_is_not_said(key):
    found = graph(replace(RUN, begun=None, ended=None, commit=""))
    assert key not in found["#run"] and "version" not in found[WORKFLOW]
    assert found["./"]["datePublished"] == "2026-01-03T00:00:00+00:00"


def test_it_is_json():
    assert (
        json.loads(json.dumps(crate(RUN)))["@context"][0] == "https://w3id.org/ro/crate/1.1/context"
    )
