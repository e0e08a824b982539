"""The list of figures and tables: complete, without empty pages, and each made by its script."""

import json
import shutil
from pathlib import Path

import pytest

from tests.unit.inputs.plan_inputs import run_of
from workflow_scripts.job import packages, records
from workflow_scripts.plan.exhibits import beyond, catalogue, pages
from workflow_scripts.plan.exhibits import exhibits as listed
from workflow_scripts.reporting import texts

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module", params=["miniature", "paper", "quick", "packaged", "architectures"])
def run(request):
    return run_of(request.param)


@pytest.fixture
def exhibits(run):
    return catalogue.catalogue(run)


def test_each_exhibit_has_a_script_of_its_name(run, exhibits):
    exhibits = [*exhibits, *beyond.catalogue(run)]
    for exhibit in exhibits:
        assert (ROOT / "workflow_scripts" / f"{exhibit.step['name']}.py").is_file()
        assert exhibit.shows and exhibit.paper
    scripts = {
        path.relative_to(ROOT / "workflow_scripts").with_suffix("").as_posix()
        for stage in ("figures", "tables")
        for path in (ROOT / "workflow_scripts" / stage).rglob("[a-z]*.py")
    }
    # The card has a rule of its own.
    assert {exhibit.step["name"] for exhibit in exhibits} == scripts - {"tables/card"}


def test_every_number_of_the_paper_is_a_target_or_says_why_not(run, exhibits):
    rules = {exhibit.name for exhibit in exhibits if exhibit.pages}
    targets = listed.targets(run, exhibits).keys() | rules
    absent = listed.absent_targets(exhibits)
    wanted = {f"figure_{number}" for number in range(1, 23)} | {"figure_1a", "figure_2b"}
    wanted |= {f"table_{number}" for number in range(1, 8)}
    assert wanted <= targets | absent.keys()
    assert not targets & absent.keys()


def test_parts_and_the_whole_figure(exhibits):
    assert listed.targets_of("figure_01a") == ["figure_1", "figure_1a"]
    assert listed.targets_of("figure_14") == ["figure_14"]
    assert listed.targets_of("table_wise_ft") == ["table_wise_ft"]


def test_no_page_without_models(exhibits):
    for exhibit in exhibits:
        numbered = exhibit.settings().get("pages")
        if numbered is not None:
            assert all(numbered.values())
            assert [f"figure_{int(number):02d}" for number in numbered] == exhibit.pages


def test_an_empty_page_says_where_its_content_is():
    absent = listed.absent_targets(catalogue.catalogue(run_of("miniature")))
    assert absent == {
        "figure_11": "figure_11: no model of this study belongs on this page; see figure_12"
    }


def test_a_study_without_shifts_of_the_testbed_still_has_its_pages():
    exhibits = catalogue.catalogue(run_of("quick"))
    absent = listed.absent_targets(exhibits)
    # What is finetuned there has the pretraining set of the first page, and no epochs.
    assert absent.keys() == {
        "figure_5", "figure_8", "figure_16", "figure_17", "figure_18", "figure_20", "figure_22",
        "figure_11", "table_2", "table_3", "table_wise_ft", "verification",
    }  # fmt: skip
    for target in ("figure_17", "table_3", "table_wise_ft"):
        assert "is not one of imagenet and its shifts imagenet-v2, imagenet-r" in absent[target]


def test_chosen_models_alone_are_on_the_pages():
    run = run_of("miniature", models=["rn_web-large", "rn_supervised"])
    rows = pages.pruning_pages(run)
    assert {number: [row["model"] for row in page] for number, page in rows.items()} == {
        "13": ["rn_web-large"],
        "14": ["rn_web-large", "rn_supervised"],
    }


def test_outputs_of_one_page_and_of_several(exhibits, run):
    for exhibit in exhibits:
        files = exhibit.outputs(run)
        if len(exhibit.pages) == 1:
            assert list(files) == list(listed.KINDS[exhibit.stage])
        else:
            assert list(files) == exhibit.pages


def test_captions_are_told_of_packages_from_elsewhere(monkeypatch, tmp_path):
    """Of now, and of jobs that have finished."""
    monkeypatch.chdir(tmp_path)
    record = tmp_path / "results" / "miniature" / "records" / "datasets" / "draw" / "web.json"
    record.parent.mkdir(parents=True)
    cases = (([], [], None), (["b 1 (/x)"], ["a (/y)"], ["a (/y)", "b 1 (/x)"]))
    for foreign, now, expected in cases:
        record.write_text(json.dumps({"finished": True, "foreign": foreign}))
        records.forget()
        monkeypatch.setattr(packages, "foreign", lambda now=now: now)
        for exhibit in catalogue.catalogue(run_of("miniature")):
            if study := exhibit.settings().get("study"):
                assert study.get("foreign") == expected
                said = "not the environment's own: a (/y), b 1 (/x)." in texts.study_sentence(study)
                assert said == bool(expected)


@pytest.mark.parametrize(
    "asked",
    ["figure_3", "figure_03", "table_6", "results/without/figures/figure_03.pdf",
     "results/without/tables/table_6.csv", "table_concept_counts"],
)  # fmt: skip
def test_without_concepts_their_figures_are_refused_however_they_are_called(tmp_path, asked):
    without = tmp_path / "without"
    shutil.copytree(ROOT / "studies" / "quick", without)
    table, settings = without / "datasets.tsv", without / "study.yaml"
    rows = table.read_text().splitlines(keepends=True)
    table.write_text("".join(row for row in rows if "\tconcepts\t" not in row))
    settings.write_text(settings.read_text().replace("../imagenet", str(ROOT / "studies/imagenet")))
    run = run_of(str(without))
    exhibits = catalogue.catalogue(run)
    for words in ([asked], ["--cores", "2", "figure_2", asked]):
        found = listed.refusal(run, exhibits, words)
        assert found == f"{asked}: this study has no data set of role concepts"


def test_what_a_study_has_is_not_refused(run, exhibits):
    targets = listed.targets(run, exhibits)
    rules = [exhibit.name for exhibit in exhibits if exhibit.pages]
    others = [
        "all_figures",
        "-n",
        "kurtosis",
        *(file for files in targets.values() for file in files),
    ]
    assert listed.refusal(run, exhibits, [*targets, *rules, *others]) == ""


def test_a_figure_that_no_study_has(run, exhibits):
    found = listed.refusal(run, exhibits, ["figure_2z"])
    assert found.startswith("the command line: found 'figure_2z', expected a figure or table of")
    assert "did you mean 'figure_2" in found
