"""The table of the claims holds the measure's summary, and says it in words."""

import pandas as pd
import pytest

from tests.unit.inputs.figure_inputs import STUDY
from tests.unit.tables.cells import sections
from workflow_scripts.files.atomic import write_csv
from workflow_scripts.job.errors import InputError
from workflow_scripts.tables import claims

SETTINGS = {"study": STUDY, "confidence": 0.95, "line_through": "pool", "no_line": ""}
ROW = {
    "id": "a", "source": "S", "statement": "Kurtosis is high.", "verdict": "holds", "reason": "",
    "quantifier": "all", "comparison": "above", "threshold": 4.5, "unit": "kurtosis", "cases": 9,
    "for": 7, "against": 0, "open": 2, "lowest": 7.5, "highest": 9.25, "reference_lowest": None,
    "reference_highest": None, "weakest_case": "zs", "weakest_value": 3.0, "weakest_low": 2.0,
    "weakest_high": 5.0, "null": "untrained", "control_lowest": 2.75, "control_highest": 3.0,
    "interval": "bootstrap over the images", "evidence": "study",
}  # fmt: skip
WITHOUT_INTERVAL = ROW | {"weakest_low": None, "weakest_high": None, "verdict": "not informative",
                          "reason": "untrained, too: c"}  # fmt: skip
BELOW = ROW | {"comparison": "below", "verdict": "does not hold", "highest": 7.5,
               "control_lowest": None, "control_highest": None}  # fmt: skip
AT_CHANCE = BELOW | {"null": "chance"}
COMPARED = ROW | {
    "comparison": "parent_above", "threshold": 0.0, "unit": "concepts", "null": "compared",
    "reference_lowest": -4.0, "reference_highest": -2.0, "weakest_case": "zs - ft",
    "weakest_value": -1 / 3, "weakest_low": -1.5, "weakest_high": 0.25, "control_lowest": None,
    "control_highest": None,
}  # fmt: skip
OPEN = ROW | {
    "verdict": "cannot be judged here", "reason": "the study lacks the models", "cases": 0,
    "for": 0, "lowest": None, "highest": None, "weakest_case": "", "weakest_value": None,
    "weakest_low": None, "weakest_high": None, "control_lowest": None, "control_highest": None,
    "threshold": 0.1,
}  # fmt: skip


def make(folder, *rows, **changes):
    """The Markdown of a summary; its CSV has the same bytes as the summary."""
    summary, csv, md = (folder / name for name in ("summary.csv", "claims.csv", "claims.md"))
    write_csv(summary, pd.DataFrame(rows))
    claims.main(summary, csv, md, **SETTINGS | changes)
    assert csv.read_bytes() == summary.read_bytes()
    assert sum(len(lines) - 1 for lines in sections(md)) == len(rows)
    return md.read_text(encoding="utf-8")


def test_every_claim_has_a_line(tmp_path):
    text = make(tmp_path, ROW, WITHOUT_INTERVAL, BELOW, AT_CHANCE, COMPARED, OPEN)
    counts = "2 hold, 2 do not hold, 1 are not informative, 1 cannot be judged here."
    assert f"Study `tiny`. {counts}" in text
    start, above = "| S | Kurtosis is high. (all) |", "7.5 to 9.25 | > 4.5 kurtosis |"
    lines = [line for line in text.splitlines() if line.startswith(start)]
    assert [line.removeprefix(start) for line in lines] == [
        f" **holds** | 7 / 9 | {above} `zs`: 7.5 (6.5 to 9.5) | 2.75 to 3 |",
        f" **not informative**: untrained, too: c | 7 / 9 | {above} `zs`: 7.5 (no interval) | "
        "2.75 to 3 |",
        " **does not hold** | 7 / 9 | 7.5 | < 4.5 kurtosis | `zs`: 1.5 (−0.5 to 2.5) | none |",
        " **does not hold** | 7 / 9 | 7.5 | < 4.5 kurtosis | `zs`: 1.5 (−0.5 to 2.5) |  |",
        " **holds** | 7 / 9 | 7.5 to 9.25 against −4 to −2 | difference > 0 concepts | "
        "`zs` − `ft`: −0.333 (−1.5 to 0.25) |  |",
        " **cannot be judged here**: the study lacks the models |  |  | > 0.1 kurtosis |  | none |",
    ]
    assert "nan" not in text


def test_published_evidence_is_counted_apart(tmp_path):
    published = ROW | {"evidence": "published", "statement": "Others found it.", "null": "chance"}
    text = make(tmp_path, ROW, published, OPEN)
    own, apart = text.split("**On published accuracies.**")
    assert "1 hold, 0 do not hold, 0 are not informative, 1 cannot be judged here." in own
    assert "1 hold, 0 do not hold, 0 are not informative, 0 cannot be judged here." in apart
    assert "Others found it." not in own and "| S | Others found it. (all) | **holds** |" in apart
    assert "Untrained control" in own and "Untrained control" not in apart
    assert "Judged on what others have published, not on this study" in apart
    assert "published" not in make(tmp_path, ROW, OPEN)


@pytest.mark.parametrize("row", [ROW, OPEN])
def test_columns_without_any_cell_are_empty(tmp_path, row):
    assert "nan" not in make(tmp_path, row)


def test_a_study_without_a_line_says_so(tmp_path):
    assert "This study has no shifts." in make(tmp_path, OPEN, no_line="this study has no shifts")


def test_a_summary_of_other_columns_is_refused(tmp_path):
    with pytest.raises(InputError, match="summary.csv: .*expected also verdict"):
        make(tmp_path, {key: ROW[key] for key in ROW if key != "verdict"})
