"""The comparison sets the paper's numbers beside what is comparable, and nothing else."""

import numpy as np
import pandas as pd
import pytest

from tests.unit.inputs.figure_inputs import model
from tests.unit.reporting.test_paper_numbers import FOLDER
from tests.unit.tables.cells import sections
from workflow_scripts.files.atomic import write_csv
from workflow_scripts.job.errors import InputError
from workflow_scripts.reporting.reproduced_numbers import MEASURES, plain_name
from workflow_scripts.tables import comparison
from workflow_scripts.tables.comparison import ABSENT, DIFFERS, NOT_AMONG, WITHIN

PAPER = [FOLDER / "tables.tsv", FOLDER / "text.tsv"]
MODELS = [
    model("rn50", "robust_zero_shot", "RN50", "OpenAI"),
    model("rn50-ft", "finetuned", "RN50", "OpenAI"),
    model("rn50-sup", "supervised", "RN50", None),
    model("yfcc", "robust_zero_shot", "RN50", "YFCC-15M"),
    model("yfcc-ft", "finetuned", "RN50", "YFCC-15M"),
    model("coca", "robust_zero_shot", "CoCa-ViT-B-32", "LAION-2B"),
    model("coca-ft", "finetuned", "CoCa-ViT-B-32", "LAION-2B"),
]
IDS = [row["model"] for row in MODELS]
TITLES = ("Quantity", "Paper's model", "Study's model", "Paper", "Reproduced", "Difference",
          "Verdict", "Interval covers it")  # fmt: skip
NOTHING = "Its models or data are not the paper's"


def with_interval(name, values, width, low="low", high="high", **columns):
    values = np.array(values)
    return pd.DataFrame(
        {"model": IDS, **columns, name: values, low: values - width, high: values + width}
    )


@pytest.fixture
def tables(tmp_path):
    """Made-up tables of every measure; the path of each."""
    accuracy = [0.5982, 0.7651, 0.705, 0.3238, 0.69, 0.6359, 0.756]
    accuracy = with_interval("accuracy", accuracy, 0.004, dataset="imagenet")
    shift = [0.4404, 0.433, 0.30, 0.18, 0.3, 0.5, 0.5]
    robustness = with_interval(
        "shift_accuracy", shift, 0.003, "shift_accuracy_low", "shift_accuracy_high"
    )
    robustness = robustness.merge(
        with_interval("effective_robustness", [0.2, 0.05, 0, 0, 0, 0.2449, 0.136], 0.01)
    )
    kurtosis = with_interval("kurtosis", [30, 4, 3, 9, 4, 12.04, 3.6], 0.02, dataset="imagenet")
    elsewhere = kurtosis.assign(dataset="imagenet-v2", kurtosis=99.0)
    line = {"slope": 0.7601, "intercept": -1.4951, "r": 0.99447}
    ends = [f"{name}_{end}" for name in line for end in ("low", "high")]
    line |= dict.fromkeys(ends) | {"r_low": 0.99, "r_high": 0.996}
    concepts = {"concepts": [500, 400, 300, 450, 390, 674, 531], "threshold": 0.9}
    concepts = pd.DataFrame({"model": IDS, "sign": "convention", **concepts})
    concepts = concepts.assign(draws_low=concepts["concepts"] - 3, draws_high=concepts["concepts"])
    other_sign = concepts.assign(sign="either", concepts=999)
    poly = concepts.drop(columns="concepts").assign(polysemanticity=[3.04, 1, 1, 6.46, 1, 9, 5])
    venn = {"backbone": "RN50", "pretraining": "OpenAI", "finetuned": "rn50-ft",
            "in_zero_shot": 105, "in_zero_shot&finetuned&supervised": 300}  # fmt: skip
    top = [
        ("rn50", "convention", "knitted", 0.953),
        ("rn50", "convention", "wheat_field-s", 0.88),
        ("rn50", "opposite", "chequered", 0.91),
        ("rn50-ft", "convention", "mountain_pass", 0.985),
    ]
    points = {"model": ["yfcc-ft"] * 3 + ["rn50-ft"] * 3, "alpha": [0, 0.4, 1] * 2}
    paths = pd.DataFrame({**points, "value": [0.1, 0.2, 0.1, 0.3, 0.2, 0.1]})
    paths = paths.assign(quantity="effective_robustness", dataset="shifts")
    accuracies = paths.assign(quantity="accuracy", value=1 - paths["value"])
    frames = {
        "accuracy": accuracy,
        "robustness": robustness,
        "kurtosis": pd.concat([elsewhere, kurtosis]),
        "line": pd.DataFrame([line]),
        "counts": pd.concat([other_sign, concepts, concepts.assign(threshold=0.8)]),
        "polysemanticity": poly,
        "venn": pd.DataFrame([venn]),
        "top": pd.DataFrame(top, columns=["model", "sign", "name", "average_precision"]),
        "wise_ft": pd.concat([accuracies, paths]),
    }
    for name, frame in frames.items():
        write_csv(tmp_path / f"{name}.csv", frame)
    names = {
        "models": "accuracy", "accuracy": "accuracy", "shift_accuracy": "robustness",
        "effective_robustness": "robustness", "line_slope": "line", "line_intercept": "line",
        "line_r": "line", "kurtosis": "kurtosis", "concepts": "counts", "concepts_in_all": "venn",
        "concepts_zero_shot_only": "venn", "polysemanticity": "polysemanticity",
        "top_concepts": "top", "robustness_peak": "wise_ft",
    }  # fmt: skip
    assert set(names) == set(MEASURES)
    return {name: str(tmp_path / f"{file}.csv") for name, file in names.items()}


@pytest.fixture
def run(tmp_path, tables):
    """Makes the comparison; gives the CSV and the Markdown."""
    claims = pd.DataFrame(
        {
            "source": ["Take-away 1", "Section 5", "Appendix D", "Take-away 1"],
            "statement": ["One.", "Two.", "Three.", "Published."],
            "verdict": ["holds", "does not hold", "holds", "holds"],
            "evidence": ["study", "study", "study", "published"],
        }
    )
    write_csv(tmp_path / "claims.csv", claims)

    def make(compared, models=MODELS, threshold=0.9, images=None):
        out = tmp_path / "out.csv", tmp_path / "out.md"
        own = {name: tables[name] for name in compared if name in tables}
        study = {"name": "s", "missing": [], "left_out": 0, "images": images}
        settings = {"study": study, "models": models, "test": "imagenet", "threshold": threshold}
        paths = (PAPER, own, tmp_path / "claims.csv", *out)
        comparison.main(*paths, **settings, compared=compared)
        words = ["family", "backbone", "pretraining", "concept", "model", "paper"]
        table = pd.read_csv(out[0], dtype=dict.fromkeys(words, str), keep_default_na=False,
                            na_values=[""])  # fmt: skip
        return table.fillna(dict.fromkeys(words[:-1], "")), out[1].read_text(encoding="utf-8")

    return make


def row(table, place, model, **columns):
    """The row of a model in a place."""
    own = table[(table["place"] == place) & (table["model"] == model)]
    for column, value in columns.items():
        own = own[own[column] == value]
    assert len(own) == 1
    return own.iloc[0]


# Studies that are not the paper's


def test_directions_alone(run):
    table, text = run([])
    assert table["kind"].tolist() == ["direction"] * 3
    assert table["verdict"].tolist() == ["holds", "does not hold", "holds"]
    assert table[["paper", "reproduced", "difference"]].isna().all(axis=None)
    assert NOTHING in text and "| Section 5 | Two. | does not hold |" in text
    assert "Of 3 claims, holds: 2, does not hold: 1." in text
    assert "Published." not in text
    assert "Table 1" not in text and "Paper |" not in text and "left out" not in text


def test_a_limit_of_the_images_is_named(run):
    _, text = run([], images=500)
    assert "At most 500 images" in text and "Not all images were measured" in text
    assert NOTHING not in text


# Numbers


def test_shares_are_compared_in_percent(run):
    table, _ = run(["accuracy", "shift_accuracy", "effective_robustness"])
    found = row(table, "Table 1", "rn50")
    assert found["paper"] == "60" and found["unit"] == "%" and found["verdict"] == WITHIN
    numbers = found[["reproduced", "low", "high", "difference"]].astype(float)
    assert numbers.tolist() == pytest.approx([59.82, 59.42, 60.22, -0.18])
    assert row(table, "Table 1", "rn50-ft")["verdict"] == DIFFERS  # 76.51 % beside 76 %
    assert row(table, "Table 1", "rn50-sup")["verdict"] == WITHIN  # 70.5 % may be printed as 70 %
    assert row(table, "Table 2", "rn50-ft")["difference"] == pytest.approx(0.3)
    assert row(table, "Table 3", "coca", unit="%", paper="24")["verdict"] == WITHIN
    assert row(table, "Table 3", "coca-ft", paper="76")["reproduced"] == pytest.approx(75.6)


def test_intervals(run):
    table, _ = run(["accuracy", "kurtosis", "line_slope", "line_r"])
    assert row(table, "Table 1", "rn50-ft")["interval_covers"] in (True, "True")
    assert row(table, "Table 4", "coca")["interval_covers"] in (True, "True")
    line = table[table["place"] == "Appendix A"].set_index("quantity")
    assert line["verdict"].tolist() == [WITHIN, WITHIN]
    assert pd.isna(line["interval_covers"].iloc[0])  # no interval of the slope


def test_line_is_the_studys(run):
    table, _ = run(["line_slope", "line_intercept", "line_r"])
    own = table[table["place"] == "Appendix A"]
    assert own["reproduced"].tolist() == pytest.approx([0.7601, -1.4951, 0.99447])
    assert own["verdict"].tolist() == [WITHIN, DIFFERS, WITHIN]


def test_a_study_without_shifts_has_neither_line_nor_peak(run, tables):
    write_csv(tables["line_slope"], pd.read_csv(tables["line_slope"]).iloc[:0])
    paths = pd.read_csv(tables["robustness_peak"])
    robustness = paths["quantity"] == "effective_robustness"
    write_csv(tables["robustness_peak"], paths.assign(value=paths["value"].mask(robustness)))
    table, _ = run(["line_slope", "line_r", "robustness_peak"])
    numbers = table[table["kind"] == "number"]
    assert len(numbers) == 5 and (numbers["verdict"] == ABSENT).all()


def test_test_set_sign_and_threshold_are_the_papers(run):
    table, _ = run(["kurtosis", "concepts"])
    assert row(table, "Table 4", "coca")["reproduced"] == pytest.approx(12.04)
    found = row(table, "Table 5", "coca-ft")
    assert (found["reproduced"], found["difference"], found["verdict"]) == (531, 1, DIFFERS)


def test_missing_models_are_listed(run):
    table, text = run(["accuracy"])
    numbers = table[table["kind"] == "number"]
    assert set(numbers["place"]) == {"Table 1", "Table 3"}
    assert len(numbers) == 39 + 4
    assert (numbers["verdict"] == ABSENT).sum() == 43 - 7
    absent = numbers[numbers["verdict"] == ABSENT]
    assert absent["reproduced"].isna().all() and (absent["model"] == "").all()
    assert "not measured in this study: 36" in text


def test_measures_that_the_study_lacks(run, tables):
    tables.pop("polysemanticity")
    table, _ = run(["polysemanticity"])
    assert (table.loc[table["kind"] == "number", "verdict"] == ABSENT).all()


def test_doubtful_numbers_are_left_out(run):
    table, text = run(["kurtosis"])
    own = table[table["place"] == "Table 4"]
    assert own["family"].tolist() == ["robust_zero_shot"] * 2
    assert "2 numbers that are not legible" in text
    table, _ = run(["top_concepts"])
    assert (table["place"] == "Table 6").sum() == 93 - 13


def test_models_of_the_same_labels_stand_side_by_side(run, tables):
    extra = pd.read_csv(tables["accuracy"])
    again = extra[extra["model"] == "rn50"].assign(model="rn50-other", accuracy=0.55)
    write_csv(tables["accuracy"], pd.concat([extra, again]))
    models = [*MODELS, model("rn50-other", "robust_zero_shot", "RN50", "OpenAI")]
    table, _ = run(["accuracy"], models)
    verdicts = [row(table, "Table 1", each)["verdict"] for each in ("rn50", "rn50-other")]
    assert verdicts == [WITHIN, DIFFERS]


def test_concepts_are_found_wherever_they_rank(run):
    table, text = run(["top_concepts"])
    found = row(table, "Table 6", "rn50", concept="knitted")
    assert found["verdict"] == WITHIN and found["reproduced"] == pytest.approx(0.953)
    assert row(table, "Table 6", "rn50", concept="wheat field s")["verdict"] == DIFFERS
    assert row(table, "Table 6", "rn50-ft", concept="mountain pass")["verdict"] == WITHIN
    chequered = table[table["concept"] == "chequered"].iloc[0]
    assert chequered["verdict"] == NOT_AMONG  # it is the opposite direction's
    others = table[(table["place"] == "Table 6") & (table["backbone"] == "ViT-B-16")]
    assert (others["verdict"] == ABSENT).all()
    assert ": knitted |" in text
    names = pd.Series(["flight_of_stairs-natural-s", "polka-dotted"])
    assert plain_name(names).tolist() == ["flight of stairs natural s", "polka dotted"]


def test_parts_of_the_venn_diagrams(run):
    table, _ = run(["concepts_in_all", "concepts_zero_shot_only"])
    found = row(table, "Section 5", "rn50-ft")
    assert (found["paper"], found["reproduced"], found["verdict"]) == ("105", 105, WITHIN)
    own = table[table["place"] == "Section 5"]
    assert (own["verdict"] == ABSENT).sum() == 3


def test_another_threshold_is_not_the_papers(run):
    for measure in ("concepts", "concepts_in_all", "polysemanticity"):
        table, _ = run([measure], threshold=0.85)
        assert (table.loc[table["kind"] == "number", "verdict"] == ABSENT).all()


def test_polysemanticity(run):
    table, _ = run(["polysemanticity"])
    assert row(table, "Table 7", "rn50")["verdict"] == WITHIN
    assert row(table, "Table 7", "yfcc")["verdict"] == DIFFERS  # 6.46 beside 6.4
    assert row(table, "Section 5", "rn50")["verdict"] == WITHIN


def test_peak_along_the_path(run):
    table, _ = run(["robustness_peak"])
    found = row(table, "Appendix I", "yfcc-ft")
    assert (found["reproduced"], found["verdict"]) == (0.4, WITHIN)


def test_pool_sizes_are_of_the_papers_kinds_without_cocas(run):
    rectified = model("rn50-sup", "rectified", "RN50", None)  # an id that is measured
    table, _ = run(["models"], [*MODELS, rectified])
    sizes = table[table["kind"] == "number"].set_index("paper")["reproduced"]
    assert sizes.to_dict() == {"16": 2, "39": 5}


# For readers


def test_markdown(run, tmp_path):
    _, text = run(list(MEASURES))
    assert text.startswith("**The paper and this study.** Study `s`.")
    assert (
        "| top-1 accuracy on the ImageNet test set | RN50, OpenAI, Robust zero-shot CLIP | `rn50` "
        "| 60 % | 59.8 (59.4 to 60.2) | −0.2 | within rounding | yes |"
    ) in text
    assert "| 105 | 105 | 0 | within rounding |  |" in text
    assert "| −1.49 | −1.495 | −0.005 | differs |  |" in text
    assert "| 530 | 531 (528 to 531) | +1 | differs | yes |" in text
    assert "nan" not in text.lower() and "None" not in text and "left out" in text
    *numbers, claims = sections(tmp_path / "out.md")
    assert len(numbers) == 13 and {tuple(table[0]) for table in numbers} == {TITLES}
    assert "**Directions.** Of 3 claims," in text
    absent = [line for table in numbers for line in table if line[6] == ABSENT]
    assert absent and {tuple(line[i] for i in (2, 4, 5, 7)) for line in absent} == {("",) * 4}
    assert claims[0] == ["Source", "Claim", "Verdict"] and len(claims) == 4


def test_a_table_without_a_model_is_refused(run, tables):
    broken = pd.read_csv(tables["kurtosis"])
    write_csv(tables["kurtosis"], broken[broken["model"] != "coca"])
    with pytest.raises(InputError, match="kurtosis.csv: found 0 rows of model 'coca'"):
        run(["kurtosis"])


def test_claims_without_a_verdict_are_refused(run, tmp_path):
    pd.DataFrame({"source": ["a"], "statement": ["b"]}).to_csv(tmp_path / "claims.csv", index=False)
    with pytest.raises(InputError, match="claims.csv: .*expected also verdict"):
        run([])
