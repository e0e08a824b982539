"""Several concept sets: the paper's keeps its paths and jobs, the others have their own."""

import pytest

from tests.unit.inputs.plan_inputs import run_of
from workflow_scripts.plan import concept_sets, datasets, measures
from workflow_scripts.plan.exhibits import beyond


@pytest.fixture(scope="module")
def miniature():
    return run_of("miniature")


def test_the_papers_set_keeps_its_paths_and_models(miniature):
    first = concept_sets.probed(miniature)[""]
    assert (first.dataset, first.images) == ("broden", "broden")
    assert first.table(miniature, "concept_counts/counts") == miniature.measure(
        "concepts/concept_counts/counts"
    )
    assert first.average_precision(miniature, "a") == miniature.measure(
        "concepts/average_precision", "a", "h5"
    )
    assert first.models == [*miniature.pool.headed, *miniature.pool.controls]
    folders = {label: folder for label, (folder, *_) in concept_sets.counted(miniature).items()}
    assert folders[""] == "concepts" and folders["controls"] == "controls/concepts"


def test_the_other_sets_lie_apart_and_are_probed_with_the_shown_models(miniature):
    for name, images in (("hypernyms", "imagenet"), ("scenes", "scenes")):
        own = concept_sets.probed(miniature)[name]
        assert (own.dataset, own.images, own.folder) == (name, images, f"concept_sets/{name}")
        assert own.models == miniature.pool.headed


def test_figures_of_the_paper_wait_for_no_other_set(miniature):
    others = {*miniature.pool.further_concepts}
    assert not others & {*measures.encoded(miniature), *datasets.sheets(miniature)}
    assert concept_sets.encoded_beyond(miniature) == {}
    job = ("concept_sets", miniature.pool.headed, ["scenes"])
    assert concept_sets.encoded_at_once(miniature) == [job]


def test_each_layout_has_its_reader_and_the_papers_has_no_label(miniature):
    readers = [
        datasets.concept_reader(miniature, each) for each in miniature.pool.with_role("concepts")
    ]
    assert [(each["name"], each["label"]) for each in readers] == [
        ("datasets/concept_membership", ""),
        ("datasets/hypernym_membership", "hypernyms"),
        ("datasets/labelled_membership", "scenes"),
    ]


@pytest.mark.parametrize(
    ("study", "sets", "reasons"),
    [
        ("miniature", 3, []),
        ("paper", 2, []),
        ("quick", 2, ["effective robustness is not defined"]),
        ("architectures", 2, ["effective robustness is not defined"]),
        ("packaged", 0, ["no data set of role concepts"] * 2),
    ],
)
def test_what_a_study_lacks_is_left_out_with_a_reason(study, sets, reasons):
    run = run_of(study)
    assert len(concept_sets.probed(run)) == sets
    pages = {
        page: each.absent.get(page, "")
        for each in beyond.catalogue(run)
        for page in [*each.pages, *each.absent]
        if "concept" in page
    }
    assert len(pages) == 2
    found = [reason for reason in pages.values() if reason]
    assert len(found) == len(reasons)
    assert all(part in reason for part, reason in zip(reasons, found, strict=True))
