"""Counts, overlaps and privileged directions from average precision."""

import h5py
import numpy as np
import pandas as pd
import pytest

from tests.unit.inputs.figure_inputs import model, pool
from workflow_scripts.files.atomic import write_csv
from workflow_scripts.files.concepts import AveragePrecision
from workflow_scripts.job.errors import InputError
from workflow_scripts.measures.concepts import concept_counts, concept_overlap
from workflow_scripts.measures.concepts import privileged_direction as privileged
from workflow_scripts.reporting.families import without_baselines

CONCEPTS, DIRECTIONS, IMAGES = 30, 6, 40


def made_up(name, seed, level):
    rng = np.random.default_rng(seed)
    matrices = np.clip(rng.normal(level, 0.1, (2, CONCEPTS, DIRECTIONS)), 0, 1).astype(np.float32)
    best = matrices.max(axis=2)
    draws = np.clip(best + rng.normal(0, 0.02, (5, 2, CONCEPTS)), 0, 1).astype(np.float32)
    draws[0] = best
    null = rng.uniform(0.4, 0.92, (20, 2, CONCEPTS)).astype(np.float32)
    frame = pd.DataFrame(
        {
            "number": np.arange(1, CONCEPTS + 1),
            "name": [f"thing {n}" if n % 3 else f"place {n}-s" for n in range(CONCEPTS)],
            "category": "object",
        }
    )
    rows = rng.integers(0, IMAGES, (2, DIRECTIONS, 8)).astype(np.int32)
    projections = rng.standard_normal((2, DIRECTIONS, 8)).astype(np.float32)
    return AveragePrecision(name, 16, frame, matrices, draws, null, rows, projections)


def write_average_precision(path, measured):
    with h5py.File(path, "w") as file:
        for key in ("draws", "null", "images", "projections"):
            file[key] = getattr(measured, key)
        file["average_precision"], file["number"] = measured.matrices, measured.concepts["number"]
        for column in ("name", "category"):
            file.create_dataset(
                column, data=measured.concepts[column].tolist(), dtype=h5py.string_dtype()
            )
        file.attrs.update(model=measured.model, width=measured.width, complete=True)


LEVEL = {
    "robust_zero_shot": 0.8,
    "finetuned": 0.75,
    "supervised": 0.65,
    "rectified": 0.83,
    "non_robust_zero_shot": 0.7,
}
CHOICE = {"threshold": 0.9, "thresholds": [0.8, 0.85, 0.9, 0.95], "confidence": 0.95}


def triples(models):
    found = []
    for row in models:
        if row["family"] == "finetuned":
            supervised = f"{row['model'].split('-')[0]}-supervised"
            names = {"zero_shot": row["model"].removesuffix("-ft"), "finetuned": row["model"]}
            found.append(
                {"backbone": row["backbone"], "pretraining": row["pretraining"], **names}
                | {"supervised": supervised}
            )
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The measures of a made-up pool."""
    folder = tmp_path_factory.mktemp("concepts")
    models = without_baselines(pool())
    importance = []
    for seed, row in enumerate(models):
        name = row["model"]
        measured = made_up(name, seed, LEVEL[row["family"]])
        write_average_precision(folder / f"{name}.h5", measured)
        values = np.random.default_rng(seed).random(DIRECTIONS)
        numbers = range(1, DIRECTIONS + 1)
        importance += [
            {"model": name, "direction": number, "importance": value}
            for number, value in zip(numbers, values, strict=True)
        ]
    write_csv(folder / "importance.csv", pd.DataFrame(importance))
    paths = [folder / f"{row['model']}.h5" for row in models]
    names = ("counts", "draws", "polysemanticity", "directions", "encoded", "order")
    concept_counts.main(
        paths, {name: folder / f"{name}.csv" for name in names}, models=models, **CHOICE
    )
    epochs = []
    for triple in triples(models):
        path = folder / f"{triple['finetuned']}_epochs.h5"
        with h5py.File(path, "w") as file:
            file["epoch"] = [1, 2, 3]
            file["best"] = np.random.default_rng(0).uniform(0.7, 1, (3, 2, CONCEPTS))
            file.attrs.update(model=triple["finetuned"], complete=True)
        epochs.append(path)
    ids = [row["model"] for row in models]
    concept_overlap.main(
        paths, epochs, folder / "venn.csv", folder / "course.csv",
        models=ids, triples=triples(models), threshold=0.9,
        followed=[triple["finetuned"] for triple in triples(models)],
    )  # fmt: skip
    with h5py.File(folder / "sets.h5", "w") as file:
        text = h5py.string_dtype()
        file.create_dataset("ids", data=[f"{n}.jpg" for n in range(IMAGES)], dtype=text)
        file.attrs["complete"] = True
    with h5py.File(folder / "store.h5", "w") as file:
        file["pixels"] = np.random.default_rng(0).integers(0, 255, (IMAGES, 8, 8, 3), np.uint8)
        file.create_dataset("ids", data=[f"{n}.jpg" for n in range(IMAGES)][::-1], dtype=text)
        file.attrs["complete"] = True
    privileged.main(
        paths, folder / "importance.csv", folder / "sets.h5", folder / "top.csv",
        folder / "images.csv", models=ids,
    )  # fmt: skip
    return folder


# Counts


def test_counts_are_those_of_equation_4(folder):
    table = pd.read_csv(folder / "counts.csv")
    assert len(table) == 14 * 4 * 3
    for seed, row in enumerate(without_baselines(pool())):
        draws = made_up(row["model"], seed, LEVEL[row["family"]]).draws
        own = table[(table["model"] == row["model"]) & (table["threshold"] == 0.85)]
        own = own.set_index("sign")["concepts"]
        counts = [[(best >= 0.85).sum() for best in (*draw, draw.max(axis=0))] for draw in draws]
        assert own[["convention", "opposite", "either"]].tolist() == [
            sorted(each)[2] for each in zip(*counts, strict=True)
        ]


def test_counts_fall_with_the_threshold(folder):
    table = pd.read_csv(folder / "counts.csv")
    for _, part in table.groupby(["model", "sign"]):
        assert part.sort_values("threshold")["concepts"].is_monotonic_decreasing
    # Of the first draw, which may count more than the median one
    assert (table["beyond_null"] <= table["draws_high"]).all()
    assert (table["draws_low"] <= table["draws_high"]).all()
    own = table[(table["threshold"] == 0.9) & (table["sign"] == "convention")].set_index("model")
    draws = pd.read_csv(folder / "draws.csv").groupby("model")["concepts"]
    for column, ends in (("draws_low", draws.min()), ("draws_high", draws.max())):
        assert own[column].to_dict() == ends.to_dict()
    assert own["draws"].to_dict() == draws.size().to_dict()
    np.testing.assert_allclose(table["above_chance"], table["concepts"] - table["chance"])


def test_chance_interval_covers_another_draw():
    rng = np.random.default_rng(0)
    inside = []
    for _ in range(2000):
        counts = rng.poisson(30, 21)
        _, low, high = concept_counts.chance_interval(counts[:20], 0.95)
        inside.append(low <= counts[20] <= high)
    assert np.mean(inside) == pytest.approx(0.95, abs=0.02)
    assert np.isnan(concept_counts.chance_interval(np.array([]), 0.95)).all()
    assert np.isnan(concept_counts.chance_interval(np.array([3]), 0.95)[1:]).all()


def test_order_of_the_families(folder):
    order = pd.read_csv(folder / "order.csv")
    assert len(order) == 2 * 2 * 4
    assert order.loc[order["threshold"] == 0.9, "holds"].all()
    assert order["order"].str.startswith("robust_zero_shot").any()


def test_order_that_does_not_hold():
    families = {"a": "finetuned", "b": "supervised", "c": "rectified"}  # the last not the paper's
    models = [model(name, family, "RN", None) for name, family in families.items()]
    rows = [("a", 0.8, 5), ("b", 0.8, 4), ("a", 0.9, 1), ("b", 0.9, 2)]
    rows += [("c", 0.8, 9), ("c", 0.9, 0)]
    counts = pd.DataFrame(rows, columns=["model", "threshold", "concepts"])
    order = concept_counts.family_order(counts.assign(above_chance=counts["concepts"]), models, 0.9)
    assert order["holds"].tolist() == [False, True] * 2
    assert order["order"][1] == "supervised 2.0 > finetuned 1.0"


def probed(name):
    """What a model of the pool was made up of."""
    models = [row["model"] for row in without_baselines(pool())]
    family = next(row["family"] for row in pool() if row["model"] == name)
    return made_up(name, models.index(name), LEVEL[family])


def test_polysemanticity_of_each_sign(folder):
    table = pd.read_csv(folder / "polysemanticity.csv")
    own = table[(table["model"] == "vit-web-small") & (table["threshold"] == 0.85)]
    matrices = probed("vit-web-small").matrices
    for sign, matrix in (("convention", matrices[0]), ("opposite", matrices[1]),
                         ("either", matrices.max(axis=0))):  # fmt: skip
        pairs = (matrix >= 0.85).sum()
        expected = {
            "model": "vit-web-small", "threshold": 0.85, "sign": sign, "directions": DIRECTIONS,
            "width": 16, "pairs": pairs, "polysemanticity": pairs / DIRECTIONS,
            "per_component": pairs / 16,
        }  # fmt: skip
        (found,) = own[own["sign"] == sign].to_dict("records")
        assert found == pytest.approx(expected)


def test_every_concept_has_its_best_direction(folder):
    table = pd.read_csv(folder / "encoded.csv")
    own = table[table["model"] == "rn-rectified"]
    measured = probed("rn-rectified")
    best, null = measured.matrices[0].max(axis=1), measured.null[:, 0].max(axis=0)
    assert own["name"].tolist() == measured.concepts["name"].tolist()
    np.testing.assert_allclose(own["average_precision"], best, rtol=1e-6)
    assert own["direction"].tolist() == (measured.matrices[0].argmax(axis=1) + 1).tolist()
    assert own["encoded"].tolist() == (best >= 0.9).tolist()
    assert own["beyond_null"].tolist() == ((best >= 0.9) & (best > null)).tolist()


def test_directions_sum_to_the_pairs(folder):
    pairs = pd.read_csv(folder / "polysemanticity.csv")
    pairs = pairs[(pairs["threshold"] == 0.9) & (pairs["sign"] == "convention")]
    sums = pd.read_csv(folder / "directions.csv").groupby("model", sort=False)["concepts"].sum()
    assert pairs.set_index("model")["pairs"].to_dict() == sums.to_dict()


# Overlaps


def test_parts_of_three_sets():
    sets = {
        "zero_shot": np.array([1, 1, 1, 1, 0, 0, 0, 0], dtype=bool),
        "finetuned": np.array([1, 1, 0, 0, 1, 1, 0, 0], dtype=bool),
        "supervised": np.array([1, 0, 1, 0, 1, 0, 1, 0], dtype=bool),
    }
    assert set(concept_overlap.regions(sets).values()) == {1}
    assert len(concept_overlap.regions(sets)) == 7
    shares = concept_overlap.shares(
        *(sets[kind] for kind in ("finetuned", "zero_shot", "supervised"))
    )
    assert [row["share"] for row in shares] == [0.25] * 4
    nothing = np.zeros(8, dtype=bool)
    assert all(
        np.isnan(row["share"]) for row in concept_overlap.shares(nothing, *[sets["zero_shot"]] * 2)
    )


def test_venn_parts_sum_to_the_counts_of_the_first_draw(folder):
    draws = pd.read_csv(folder / "draws.csv")
    counts = draws[draws["resample"] == 1].set_index("model")["concepts"]
    venn = pd.read_csv(folder / "venn.csv")
    assert venn["finetuned"].tolist() == [each["finetuned"] for each in triples(pool())]
    for _, row in venn.iterrows():
        for kind in concept_overlap.KINDS:
            parts = [name for name in row.index if name.startswith("in_")]
            inside = [name for name in parts if kind in name.removeprefix("in_").split("&")]
            assert row[inside].sum() == counts[row[kind]]


def test_course_begins_with_the_zero_shot_model(folder):
    course = pd.read_csv(folder / "course.csv")
    assert sorted(course["epoch"].unique()) == [0, 1, 2, 3]
    first = course[course["epoch"] == 0].set_index("part")
    assert (first.loc[["finetuned_only", "with_supervised"], "concepts"] == 0).all()
    sums = course.groupby(["finetuned", "epoch"])["share"].sum()
    np.testing.assert_allclose(sums, 1)


def test_a_triple_without_epochs_has_a_venn_diagram_and_no_course(folder, tmp_path):
    models = without_baselines(pool())
    ids, found = [row["model"] for row in models], triples(models)
    followed = [triple["finetuned"] for triple in found[1:]]
    concept_overlap.main(
        [folder / f"{model}.h5" for model in ids],
        [folder / f"{model}_epochs.h5" for model in followed],
        tmp_path / "venn.csv", tmp_path / "course.csv",
        models=ids, triples=found, followed=followed, threshold=0.9,
    )  # fmt: skip
    assert (tmp_path / "venn.csv").read_text() == (folder / "venn.csv").read_text()
    course = pd.read_csv(folder / "course.csv")
    kept = pd.read_csv(tmp_path / "course.csv")
    assert len(kept) < len(course)
    pd.testing.assert_frame_equal(
        kept, course[course["finetuned"].isin(followed)].reset_index(drop=True)
    )


def test_epochs_of_another_model_are_refused(folder):
    path = next(folder.glob("*_epochs.h5"))
    with pytest.raises(InputError, match="expected 'other' with 30"):
        concept_overlap.read_epochs(path, "other", CONCEPTS)


# The most privileged direction


def test_most_important_direction_is_taken(folder):
    importance = pd.read_csv(folder / "importance.csv")
    expected = importance.loc[importance.groupby("model")["importance"].idxmax()]
    top = pd.read_csv(folder / "top.csv").drop_duplicates("model")
    assert (
        top.set_index("model")["direction"].to_dict()
        == expected.set_index("model")["direction"].to_dict()
    )
    images = pd.read_csv(folder / "images.csv")
    assert set(images["side"]) == {"highest", "lowest"}
    assert images.groupby(["model", "side"]).size().eq(8).all()
    own = images[images["model"] == "vit-supervised"]
    measured, row = probed("vit-supervised"), own["direction"].iloc[0] - 1
    for number, side in enumerate(("highest", "lowest")):
        part = own[own["side"] == side]
        np.testing.assert_allclose(part["projection"], measured.projections[number, row], rtol=1e-6)
        assert part["image"].tolist() == [f"{n}.jpg" for n in measured.images[number, row]]
        assert part["place"].tolist() == list(range(1, 9))


def test_top_concepts_descend(folder):
    for _, part in pd.read_csv(folder / "top.csv").groupby(["model", "sign"]):
        assert part["average_precision"].is_monotonic_decreasing
        assert part["place"].tolist() == list(range(1, 11))


def test_missing_importances_are_named():
    table = pd.DataFrame({"model": ["m"], "direction": [1], "importance": [1.0]})
    with pytest.raises(InputError, match="found 1 directions of model 'm', expected 6"):
        privileged.most_privileged(table, "m", 6)
