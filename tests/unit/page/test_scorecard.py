"""The scorecard has the numbers of the verdicts, and leads to where they come from."""

import pandas as pd
import pytest
import yaml

from tests.unit.inputs.page_inputs import ROOT, VERDICTS, cases, verdicts
from workflow_scripts.analysis.claim_measures import measures
from workflow_scripts.analysis.estimates import Bootstrap
from workflow_scripts.job.errors import InputError
from workflow_scripts.page.exhibits import Said, read_said
from workflow_scripts.page.scorecard import read_evidence, scorecard, tally
from workflow_scripts.plan.claims import claimed, claimed_beyond
from workflow_scripts.plan.exhibits import beyond, catalogue, report_page
from workflow_scripts.plan.run import Run

CLAIMS, EVIDENCE = str(ROOT / report_page.CLAIMS), str(ROOT / report_page.EVIDENCE)
SAID = {"figure_02a": Said("Figure 2a", "Section 4", "")}


@pytest.fixture
def made(tmp_path):
    verdicts().to_csv(tmp_path / "summary.csv", index=False)
    cases().to_csv(tmp_path / "cases.csv", index=False)

    def run(pages=("figure_02a",), tables=("indicators/kurtosis",), evidence=EVIDENCE):
        paths = (str(tmp_path / f"{name}.csv") for name in ("summary", "cases"))
        return scorecard(*paths, CLAIMS, evidence, SAID, pages, tables)

    return run


def test_every_claim_is_there_with_its_numbers(made):
    found = {claim.id: claim for claim in made()}
    assert list(found) == list(VERDICTS)
    first, second, open_, published = found.values()
    assert (first.verdict, first.sign, first.counts) == ("holds", "✓", "2 / 2")
    assert first.values == "0.11 to 0.12" and first.threshold == "> 0 units"
    assert first.weakest == "`zs` − `ft`: 0.13 (no interval)"
    assert second.weakest == "`zs` − `ft`: 3.77 (no interval)" and second.sign == "✗"
    assert (open_.reason, open_.counts, open_.weakest) == ("lacks <models>", "", "")
    assert [claim.published for claim in found.values()] == [False, False, False, True]
    assert published.statement.endswith("(all)")


def test_a_claim_leads_to_what_the_page_has(made):
    first, second, *_ = made()
    assert second.pages == [("figure_02a", "Figure 2a")] and second.table == "indicators/kurtosis"
    assert first.pages == [] and first.table == ""
    assert first.cases.lines == [
        ["zs", "", "1", "0.95", "", "for"], ["ft", "", "1.1", "1.05", "", "against"],
    ]  # fmt: skip


def test_the_tally_is_of_the_studys_own_claims(made):
    assert [(each.claims, each.words) for each in tally(made())] == [
        (1, "holds"), (1, "does not hold"), (0, "are not informative"),
        (1, "cannot be judged here"),
    ]  # fmt: skip


def test_a_measure_without_evidence_is_named(made, tmp_path):
    table = tmp_path / "evidence.tsv"
    table.write_text("measure\tpages\ttable\n")
    with pytest.raises(InputError, match="no row of the measure 'effective_robustness'"):
        made(evidence=str(table))
    table.write_text("measure\tpage\n")
    with pytest.raises(InputError, match="expected the columns measure, pages, table"):
        made(evidence=str(table))


def test_the_evidence_names_the_pages_and_the_very_tables_of_the_claims():
    config = yaml.safe_load((ROOT / "config.yaml").read_text())
    run = Run.load(ROOT, config | {"study": "paper"})
    miniature = Run.load(ROOT, config | {"study": "miniature"})
    evidence, said = read_evidence(EVIDENCE), read_said(str(ROOT / report_page.SAID))
    further = {page for each in beyond.catalogue(miniature) for page in each.pages}
    exhibits = catalogue.catalogue(run)
    pages = {page for each in exhibits for page in (*each.pages, *each.absent)}
    assert set(said) == pages - {"claims", "comparison"}
    known = measures("imagenet", 0.9, Bootstrap(10, 0.9, 0))
    assert evidence.keys() == known.keys()
    for name, (shown, table) in evidence.items():
        is_beyond = bool(known[name].beyond)
        assert shown and {*shown} <= (further if is_beyond else pages)
        files = claimed_beyond(miniature) if is_beyond else claimed(run)
        assert files[known[name].table].endswith(f"/measures/{table}.csv")
    used = set(pd.read_csv(CLAIMS, sep="\t")["measure"])
    assert used <= evidence.keys()
