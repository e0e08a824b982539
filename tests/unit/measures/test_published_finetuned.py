"""Published finetuned models: their numbers, by another way to compute them; damaged tables."""

import numpy as np
import pandas as pd
import pytest
from scipy import special, stats

from tests.unit.measures.test_published import FOLDER, TABLES
from workflow_scripts.analysis.published_accuracies import read_accuracies
from workflow_scripts.job.errors import InputError
from workflow_scripts.measures.robustness import published, published_finetuned

NAMES = ("imagenet_testbed", "model_soups", "timm")
FILES = {name: FOLDER / f"{name}_accuracy.csv" for name in NAMES}
V2 = "v2_matched_frequency"
FOUR = [V2, "imagenet_r", "imagenet_sketch", "imagenet_a"]
BOOTSTRAP = {"resamples": 500, "confidence": 0.95, "seed": 0}


def measure(folder, checkpoints="published.csv", **files):
    """The tables models, lines and groups, by name."""
    paths = {name: folder / f"{name}.csv" for name in ("models", "lines", "groups")}
    inputs = [*(FILES | files).values(), folder / checkpoints]
    published_finetuned.main(*inputs, *paths.values(), bootstrap=BOOTSTRAP)
    return {name: pd.read_csv(path) for name, path in paths.items()}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with the zero-shot checkpoints."""
    path = tmp_path_factory.mktemp("finetuned")
    outputs = [path / name for name in ("l.csv", "b.csv", "published.csv")]
    published.main(*TABLES, *outputs)
    return path


@pytest.fixture(scope="module")
def results(folder):
    return measure(folder)


def line_of(shifts):
    """scipy's line through the testbed's baselines."""
    table = pd.read_csv(FILES["imagenet_testbed"])
    clip = table["model"].str.contains("clip", case=False)
    table = table[(table["training"] != "more_data") & ~clip].dropna()
    return stats.linregress(
        special.logit(table["imagenet"]), special.logit(table[shifts].mean(axis=1))
    )


def robustness_of(table, shifts):
    """Effective robustness by scipy's line."""
    line = line_of(shifts)
    predicted = special.expit(line.slope * special.logit(table["imagenet"]) + line.intercept)
    return table[shifts].mean(axis=1) - predicted


def test_lines(results):
    lines = results["lines"].set_index(["source", "shifts"])
    assert lines["used"].tolist() == [True, True, False]
    assert lines["models"].tolist() == [287, 287, 583]
    for number, shifts in ((5, [*FOUR, "objectnet"]), (4, FOUR)):
        expected = line_of(shifts)
        found = lines.loc[("testbed", number), ["slope", "intercept", "r"]].astype(float)
        assert found.tolist() == pytest.approx(
            [expected.slope, expected.intercept, expected.rvalue], rel=1e-8
        )
    rounded = lines[["slope", "intercept", "r"]].round(3).to_numpy().tolist()
    assert rounded[0] == [0.757, -1.571, 0.993] and rounded[1] == [0.753, -1.558, 0.995]
    assert rounded[2][:2] == [1.232, -2.159]


def test_models_that_timm_s_metadata_calls_in1k_alone_give_a_steeper_line_still():
    """What resources/published/README.md says of the models whose names tell of more data."""
    table = pd.read_csv(FILES["timm"])
    table = table[table["pretraining"] == "in1k"]
    line = stats.linregress(
        special.logit(table["imagenet"]), special.logit(table[FOUR].mean(axis=1))
    )
    assert (len(table), round(line.slope, 2), round(line.intercept, 2)) == (626, 1.35, -2.30)


def test_the_models_of_model_soups(results):
    models = results["models"].set_index("model")
    table = pd.read_csv(FILES["model_soups"])
    expected = robustness_of(table, [*FOUR, "objectnet"])
    found = models[models["source"] == "model_soups"]
    np.testing.assert_allclose(found["effective_robustness"], expected, atol=1e-9)
    assert (found["shifts"] == 5).all() and len(found) == 72
    assert found.index.tolist() == ("model_soups " + table["model"]).tolist()
    assert [round(f(expected), 3) for f in (np.mean, pd.Series.std, min, max)] == [
        0.116, 0.028, 0.030, 0.161,
    ]  # fmt: skip
    parent = models.loc[found["parent"].unique().item()]
    assert (parent["family"], parent["backbone"]) == ("robust_zero_shot", "ViT-B-32")
    assert (found["backbone"] == "ViT-B-32").all()
    assert parent["effective_robustness"] == pytest.approx(0.248, abs=5e-4)
    assert parent["effective_robustness"] > expected.max()


def test_the_variant_of_the_line_has_to_fit():
    """What docs/choices.md says of another variant's line."""
    line = line_of(["v2_threshold_0.7", *FOUR[1:], "objectnet"])
    table = pd.read_csv(FILES["model_soups"])
    predicted = special.expit(line.slope * special.logit(table["imagenet"]) + line.intercept)
    mean = (table[[*FOUR, "objectnet"]].mean(axis=1) - predicted).mean()
    assert mean == pytest.approx(0.096, abs=5e-4)


def test_the_models_of_timm(results):
    models, table = results["models"], pd.read_csv(FILES["timm"])
    table["name"] = table["model"] + " " + table["image_size"].astype(str)
    table["expected"] = robustness_of(table, FOUR)
    found = models[models["source"] == "timm"].merge(table, left_on="model", right_on="name")
    assert (found["shifts"] == 4).all()
    assert found["family"].value_counts().to_dict() == {"supervised": 583, "finetuned": 35}
    np.testing.assert_allclose(found["effective_robustness"], found["expected"], atol=1e-9)
    clips = found[found["family"] == "finetuned"]
    small = clips[clips["model_x"].str.startswith("vit_base_patch32")]["effective_robustness"]
    assert len(small) == 6 and small.min().round(2) == 0.09 and small.max().round(2) == 0.14
    networks = found[found["model_x"].str.startswith("resnet50.")]["effective_robustness"]
    assert networks.between(-0.025, 0.01).all() and len(networks) > 20
    alone = found[found["family"] == "supervised"]["model_x"]
    assert not alone.str.contains("ig1b|jft|in21k|swag").any()


def test_groups_average_over_equally_many_shifts_alone(results):
    models, groups = results["models"], results["groups"].set_index("model")
    assert groups[["shifts", "models"]].to_numpy().tolist() == [[5, 72], [4, 35], [4, 583]]
    for _, group in groups.iterrows():
        own = models[(models["source"] == group["source"]) & (models["family"] == group["family"])]
        assert own["shifts"].unique().tolist() == [group["shifts"]]
        for column, low, high in (
            ("effective_robustness", "low", "high"),
            ("percent_acc", "percent_acc_low", "percent_acc_high"),
        ):
            expected = [own[column].mean(), own[column].min(), own[column].max()]
            assert group[[column, low, high]].tolist() == pytest.approx(expected)


def test_rank_correlation_with_the_learning_rate(results):
    models, group = results["models"], results["groups"].iloc[0]
    own = models.dropna(subset="learning_rate")
    own = own.drop_duplicates(["learning_rate", "effective_robustness"])
    expected = stats.spearmanr(own["learning_rate"], own["effective_robustness"]).statistic
    assert group["correlated"] == len(own) == 70
    assert group["spearman"] == pytest.approx(expected) and round(expected, 2) == -0.74
    # A bootstrap of another kind and with other resamples gives nearly the same interval.
    other = stats.bootstrap(
        (own["learning_rate"], own["effective_robustness"]),
        lambda x, y: stats.spearmanr(x, y).statistic,
        paired=True, vectorized=False, n_resamples=500, method="percentile", rng=1,
    ).confidence_interval  # fmt: skip
    found = group[["spearman_low", "spearman_high"]].tolist()
    assert found == pytest.approx([other.low, other.high], abs=0.03)


def test_without_learning_rates_there_is_no_correlation(folder, tmp_path):
    path = damaged(tmp_path, lambda table: table.assign(learning_rate=np.nan))
    group = measure(folder, model_soups=path)["groups"].iloc[0]
    assert group["correlated"] == 0 and np.isnan(group["spearman"])


def damaged(folder, change, name="model_soups"):
    """A published table after a change."""
    path = folder / f"{name}_accuracy.csv"
    change(pd.read_csv(FILES[name], dtype=str)).to_csv(path, index=False)
    return path


def with_cell(row, column, value):
    def change(table):
        table.loc[row, column] = value
        return table

    return change


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("model_soups", with_cell(1, "imagenet_r", "62.5"),
         "line 3, column imagenet_r: found 62.5, expected a fraction between 0 and 1"),
        ("model_soups", with_cell(0, "objectnet", "-0.1"),
         "line 2, column objectnet: found -0.1, expected a fraction"),
        ("model_soups", with_cell(0, "imagenet", ""),
         "line 2, column imagenet: found nothing, expected a fraction"),
        ("timm", with_cell(4, V2, "good"), "line 6, column v2_matched_frequency: found good, exp"),
        ("imagenet_testbed", with_cell(0, "imagenet", "1.2"),
         "line 2, column imagenet: found 1.2, expected a fraction"),
        ("timm", lambda table: table.drop(columns="imagenet_a"),
         "found the columns model, .*imagenet_sketch, expected also imagenet_a; restore it"),
        ("model_soups", lambda table: table.drop(columns="learning_rate"),
         ".*expected also learning_rate"),
        ("model_soups", with_cell(5, "model", "model_0"),
         "line 7, model: found model_0 a second time, expected each model once"),
        ("timm", lambda table: pd.concat([table, table[:1]]),
         "line 1557, model, image_size: found eva02_.* 448 a second time"),
    ],
)  # fmt: skip
def test_a_damaged_table_is_named(folder, tmp_path, name, change, message):
    path = damaged(tmp_path, change, name)
    with pytest.raises(InputError, match=f"{name}_accuracy.csv: {message}"):
        measure(folder, **{name: path})


def test_a_parent_that_is_not_there_is_named(folder, tmp_path):
    table = pd.read_csv(folder / "published.csv")
    table[table["model"] != published_finetuned.PARENT].to_csv(folder / "few.csv", index=False)
    with pytest.raises(InputError, match="found 0 checkpoints ViT-B-32 openai, expected one"):
        measure(folder, "few.csv")


def test_gaps_are_allowed_where_they_are_known(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("model,imagenet,imagenet_r\na,0.5,\nb,0.5,0.2\n")
    assert len(read_accuracies(path, ["model"], ["imagenet_r"], gaps=True)) == 2
    with pytest.raises(InputError, match="a.csv: line 2, column imagenet_r: found nothing"):
        read_accuracies(path, ["model"], ["imagenet_r"])
