"""Figure 6 where the line is that of published accuracies, and where there is none."""

import pandas as pd

from tests.unit.inputs.figure_inputs import STUDY, pool, write_measures, write_published
from workflow_scripts.analysis.baselines import TESTBED_VARIANT
from workflow_scripts.figures import figure_06
from workflow_scripts.reporting.pages import FigureFiles

NO_SHIFTS = "this study has no distribution shifts"


def make(folder, line_through="pool", no_line=""):
    """Plot the figure of a pool; the figure's caption."""
    write_published(folder)
    names = ("robustness", "line", "published", "lines", "baselines")
    own = ("robustness", "line")
    inputs = [None if no_line and each in own else folder / f"{each}.csv" for each in names]
    other = pd.read_csv(inputs[-1])
    if line_through == "testbed":
        own = other.iloc[:12].assign(variant=TESTBED_VARIANT)
        pd.concat([other, own]).to_csv(inputs[-1], index=False)
    outputs = [folder / f"figure.{end}" for end in ("pdf", "png", "md")]
    said = {"line_through": line_through, "no_line": no_line}
    tables, files = figure_06.Inputs(*inputs), FigureFiles(*outputs)
    figure_06.main(tables, files, study=STUDY, models=pool(), **said)
    assert all(path.stat().st_size for path in outputs)
    return outputs[-1].read_text()


def test_the_points_of_the_testbed_take_the_place_of_the_pools(tmp_path):
    write_measures(tmp_path, pool())
    text = make(tmp_path, "testbed")
    assert "12 baselines; slope 0.800, intercept -1.000, r 0.980." in text
    assert "published accuracies of the ImageNet testbed and is the same in every resample" in text
    assert "8 baselines; slope 0.800" in make(tmp_path)


def test_without_a_line_the_figure_says_so_and_needs_no_table_of_the_study(tmp_path):
    text = make(tmp_path, no_line=NO_SHIFTS)
    assert f"T{NO_SHIFTS[1:]}." in text
    assert "20 baselines; slope 0.757" in text and "slope 0.800" not in text
