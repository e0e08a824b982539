"""The tiny study from end to end: everything is made, makes sense and is made alike again."""

import json
import re

import h5py
import numpy as np
import pandas as pd
import pytest
import torch

from tests.unit.inputs.html_pages import Page
from workflow_scripts.files.heads import load_head
from workflow_scripts.networks.classifier import load_bundle

# The figures whose captions name every shown model, and the others.
FIGURES = ["figure_01a", "figure_01b", "figure_02a", "figure_02b", "figure_03", "figure_06"]
# The tiny study has one pretraining set, one backbone of CLIPs, and so one page of each pair.
OTHERS = ["figure_privileged_direction", "figure_04", "figure_05",
          *(f"figure_{number:02d}" for number in (7, 9, 13, 14, 15, 17, 19, 21))]  # fmt: skip
ABSENT = (8, 10, 11, 12, 16, 18, 20, 22)
SHOWN = ["rn_web", "rn_web_finetuned", "rn_captions-td", "rn_supervised"]
CONTROLS = ["rn_untrained"]
BASELINES = ["baseline_rn_150x2", "baseline_rn_150x1", "baseline_rn_60x3", "baseline_vit_150x4"]
SHIFTS = ["imagenet-v2", "imagenet-a", "objectnet"]
EVALUATED = ["imagenet", *SHIFTS]
DATASETS = ["imagenet-train", *EVALUATED, "web", "broden"]


def table(finished, name):
    return pd.read_csv(finished.results / "measures" / f"{name}.csv")


def store(finished, dataset):
    return h5py.File(finished.results / "datasets" / dataset / "pixels32.h5")


# What is there


@pytest.mark.parametrize("figure", FIGURES + OTHERS)
def test_figures(finished, figure):
    folder = finished.results / "figures"
    assert (folder / f"{figure}.pdf").read_bytes().startswith(b"%PDF")
    assert (folder / f"{figure}.png").read_bytes().startswith(b"\x89PNG")
    assert "<svg" in (folder / f"{figure}.svg").read_text()
    caption = (folder / f"{figure}.md").read_text()
    assert "`tiny`" in caption
    assert figure in OTHERS or all(f"`{model}`" in caption for model in SHOWN)


def test_the_figure_of_published_accuracies_is_of_no_study(finished):
    figure = finished.results / "figures" / "figure_published_finetuning"
    assert figure.with_suffix(".pdf").read_bytes().startswith(b"%PDF")
    assert "of no study here" in figure.with_suffix(".md").read_text()


@pytest.mark.parametrize("name", ["table_1", "table_2"])
def test_tables(finished, name):
    values = pd.read_csv(finished.results / "tables" / f"{name}.csv")
    assert values["model"].tolist() == SHOWN
    assert values["percent"].between(0, 100).all()
    text = (finished.results / "tables" / f"{name}.md").read_text()
    assert "| RN-tiny | Web |" in text


@pytest.mark.parametrize("number", [*range(1, 8), "concept_counts"])
def test_every_table_is_there(finished, number):
    name = f"table_{number}"
    assert (finished.results / "tables" / f"{name}.csv").stat().st_size > 10
    assert "`tiny`" in (finished.results / "tables" / f"{name}.md").read_text()


def test_every_figure_and_table_is_a_target(finished):
    targets = [f"figure_{number}" for number in range(1, 23) if number not in ABSENT]
    targets += ["figure_1a", "figure_1b", "figure_2a", "figure_2b"]
    targets += [*(f"table_{number}" for number in range(1, 8)), "claims", "comparison", "sanity"]
    targets.append("published_robustness")
    assert "Nothing to be done" in finished.run("--nolock", *targets)


def test_a_page_without_models_is_refused_with_the_pages_that_have_them(finished):
    printed = finished.run("figure_8", fails=True)
    reason = "figure_8: no model of this study belongs on this page; see figure_7"
    assert reason in printed.splitlines()
    assert "File " not in printed
    assert not list(finished.results.glob("figures/figure_08*"))


def test_concepts_are_followed_through_finetuning(finished):
    course = table(finished, "concepts/concept_overlap/course")
    assert set(course["finetuned"]) == {"rn_web_finetuned"}
    assert set(course["supervised"]) == {"rn_supervised"}
    assert sorted(set(course["epoch"])) == [0, 1, 2]


@pytest.mark.parametrize("dataset", DATASETS)
def test_contact_sheets(finished, dataset):
    sheet = finished.results / "datasets" / dataset / "contact_sheet.png"
    assert sheet.stat().st_size > 20_000


def test_every_job_left_a_log_and_its_cost(finished):
    logs = sorted(path.with_suffix("") for path in finished.logs.rglob("*.log"))
    costs = sorted(path.with_suffix("").with_suffix("") for path in finished.logs.rglob("*.tsv"))
    assert logs == costs
    assert len(logs) > 50
    assert all(
        "is done" in path.with_suffix(".log").read_text() for path in finished.logs.rglob("*.log")
    )


def test_nothing_temporary_is_left(finished):
    assert finished.unfinished() == []


# What it says


def test_accuracies(finished):
    accuracy = table(finished, "indicators/accuracy")
    assert list(zip(accuracy["model"], accuracy["dataset"], strict=True)) == [
        (model, dataset) for model in SHOWN for dataset in EVALUATED
    ]
    assert (accuracy["images"] == 48).all()
    assert (accuracy["correct"] / 48 - accuracy["accuracy"]).abs().max() < 1e-9
    in_order = accuracy[["low", "accuracy", "high"]].to_numpy()
    assert (np.diff(in_order, axis=1) >= 0).all()
    assert accuracy["low"].min() >= 0 and accuracy["high"].max() <= 1
    assert accuracy["classes"].tolist() == [6, 6, 4, 3] * len(SHOWN)


def test_the_control_is_measured_like_any_model_and_shown_in_no_figure(finished):
    for name in (
        "indicators/kurtosis",
        "indicators/importance_ratio",
        "pruning/importance_rank",
        "concepts/concept_counts/counts",
    ):
        assert list(dict.fromkeys(table(finished, name)["model"])) == SHOWN
        assert list(dict.fromkeys(table(finished, f"controls/{name}")["model"])) == CONTROLS
    texts = [
        path for kind in ("figures", "tables") for path in (finished.results / kind).glob("*.md")
    ]
    named = [path.stem for path in texts if "rn_untrained" in path.read_text()]
    assert set(named) <= {"claims"} and len(texts) > 30
    claims = pd.read_csv(finished.results / "tables" / "claims.csv")
    beaten = claims[claims["null"] == "untrained"].dropna(subset="control_lowest")
    assert {"zero-shot-kurtosis", "zero-shot-privileged", "polysemantic"} <= {*beaten["id"]}
    accuracy = table(finished, "controls/indicators/accuracy").set_index(["model", "dataset"])
    assert accuracy.loc[("rn_untrained", "imagenet"), "low"] <= 1 / 6


def test_nothing_holds_without_an_interval(finished):
    claims = pd.read_csv(finished.results / "tables" / "claims.csv")
    held = claims[claims["verdict"] != "cannot be judged here"]
    assert held[["weakest_low", "weakest_high"]].notna().all(axis=None)


def test_other_measures_are_finite_and_in_range(finished):
    kurtosis, ratio = (
        table(finished, "indicators/kurtosis"),
        table(finished, "indicators/importance_ratio"),
    )
    assert (kurtosis["undefined"] == 0).all()
    assert kurtosis["kurtosis"].between(1, 32).all()
    assert ratio["importance_ratio"].between(1, 6).all()
    assert (ratio["rank"] <= 6).all()
    for values in (kurtosis, ratio):
        assert np.isfinite(values[["low", "high"]]).all(axis=None)
    robustness = table(finished, "robustness/effective_robustness/models")
    assert robustness["model"].tolist() == SHOWN + BASELINES
    assert robustness["effective_robustness"].between(-1, 1).all()
    assert robustness["percent_acc"].gt(0).all()
    line = table(finished, "robustness/effective_robustness/line")
    assert np.isfinite(line[["slope", "intercept"]]).all(axis=None)
    assert line["baselines"].item() + line["left_out"].item() == 4


def test_the_report_card_has_the_numbers_of_the_tables(finished):
    card = json.loads((finished.results / "card.json").read_text())
    assert [model["model"] for model in card["models"]] == SHOWN
    assert card["not_computed"] == []
    for name in ("kurtosis", "importance_ratio"):
        values = [model["values"][name]["value"] for model in card["models"]]
        tidy = table(finished, f"indicators/{name}").set_index("model")[name]
        assert values == tidy[SHOWN].tolist()
    components = table(finished, "indicators/components")
    parts = components.groupby("model")["kurtosis"].sum()[SHOWN]
    whole = table(finished, "indicators/kurtosis").set_index("model")["kurtosis"]
    assert (parts - whole).abs().max() < 1e-6
    page = (finished.results / "card.html").read_text()
    assert all(f">{model}<" in page for model in SHOWN) and "<svg" in page


def test_the_report_page_shows_everything(finished):
    path = finished.results / "report" / "index.html"
    text = path.read_text()
    assert len(text) < 15e6
    page = Page(text)
    assert page.open == [] and all(each["alt"] for each in page.all("img"))
    ids, links = page.ids(), [each["href"] for each in page.all("a")]
    assert len(ids) == len(set(ids))
    assert {each[1:] for each in links if each.startswith("#")} <= {*ids}
    assert {*FIGURES, *OTHERS, *(f"table_{number}" for number in range(1, 8))} <= {*ids}
    assert all(each["src"].startswith("data:") for each in page.all("img"))
    assert "Made by tiny, not the paper's data" in " ".join(page.words_of("aside"))
    # Beside places within the page, and within pictures that stand in it as text (%23 is #)
    elsewhere = r"""(?:src|href|action)=["'](?!#|%23|data:|beyond\.html"|https://arxiv.org)"""
    assert not re.search(elsewhere, text)


def test_the_scorecard_has_the_verdicts_numbers(finished):
    page = Page((finished.results / "report" / "index.html").read_text())
    claims = pd.read_csv(finished.results / "tables" / "claims.csv").fillna({"for": 0, "cases": 0})
    own = claims["evidence"] == "study"
    claims = pd.concat([claims[own], claims[~own]])
    assert [each["id"] for each in page.all("tr") if "id" in each] == [
        f"claim-{id}" for id in claims["id"]
    ]
    shown = page.words_of("td", **{"data-label": "Verdict"})
    for words, verdict in zip(shown, claims["verdict"], strict=True):
        assert words[2:].startswith(verdict)
    counts = page.words_of("td", **{"data-label": "For / cases"})
    assert counts == [
        f"{agree:.0f} / {cases:.0f}" if cases else ""
        for agree, cases in zip(claims["for"], claims["cases"], strict=True)
    ]
    values = page.words_of("td", **{"data-label": "Values"})
    for words, low, high in zip(values, claims["lowest"], claims["highest"], strict=True):
        ends = [f"{each:.3g}".replace("-", "−") for each in (low, high) if each == each]
        assert words.startswith(" to ".join(dict.fromkeys(ends)))


def test_the_line_of_the_paper_is_part_of_every_study(finished):
    lines = table(finished, "robustness/published/lines").set_index("variant")
    assert lines.loc["threshold-0.7", "slope"] == pytest.approx(0.760, abs=5e-4)
    assert lines.loc["threshold-0.7", "intercept"] == pytest.approx(-1.489, abs=5e-4)


@pytest.mark.parametrize("model", SHOWN + CONTROLS)
def test_accuracy_follows_from_activations_and_head(finished, model):
    bundle = finished.results / "models" / model
    head = load_head(bundle / "head.safetensors", bundle / "card.json")
    accuracy = table(finished, f"indicators/accuracy/{model}").set_index("dataset")
    for dataset in EVALUATED:
        with h5py.File(finished.results / "activations" / model / f"{dataset}.h5") as file:
            logits, labels = head.logits(file["h"][:]), file["labels"][:]
            groups = json.loads(file.attrs["class_groups"])
        best = np.stack([logits[:, group].max(axis=1) for group in groups], axis=1).argmax(axis=1)
        correct = [label in groups[group] for label, group in zip(labels, best, strict=True)]
        assert np.mean(correct) == pytest.approx(accuracy.loc[dataset, "accuracy"], abs=1e-9)


# What the stages hand on


@pytest.mark.parametrize("dataset", EVALUATED)
def test_all_models_saw_the_same_images(finished, dataset):
    with store(finished, dataset) as file:
        labels, ids = file["labels"][:], file["ids"][:]
        groups = json.loads(file.attrs["class_groups"])
    assert set(labels) <= {label for group in groups for label in group}
    assert len(set(ids)) == 48
    for model in SHOWN + BASELINES + CONTROLS:
        with h5py.File(finished.results / "activations" / model / f"{dataset}.h5") as file:
            np.testing.assert_array_equal(file["labels"][:], labels)
            np.testing.assert_array_equal(file["ids"][:], ids)
            assert file["h"].shape == (48, 32) and file["h"].dtype == np.float32
            assert np.isfinite(file["h"][:]).all()


def test_layouts_were_read_as_they_were_drawn(finished):
    with store(finished, "objectnet") as file:
        assert json.loads(file.attrs["class_groups"]) == [[0], [1, 3], [2]]
        assert file.attrs["left_out"] == 24
        assert np.bincount(file["labels"][:]).tolist() == [12, 24, 12]
    with store(finished, "imagenet-v2") as file:
        folders = [int(name.split("/")[-2]) for name in file["ids"].asstr()[:]]
        assert folders == file["labels"][:].tolist()
    with store(finished, "imagenet-a") as file:
        assert set(file["labels"][:]) <= {0, 1, 3, 5}
    with store(finished, "web") as file:
        captions = file["caption"].asstr()[:]
        assert len(captions) == 200
        assert sum(len(caption.split()) > 2 for caption in captions) == 60  # described


def test_the_adversary_gets_natural_adversarial_images_wrong(finished):
    adversary = load_bundle(finished.results / "models" / "rn_adversary")
    with store(finished, "imagenet-a") as file, torch.inference_mode():
        # From the store: JPEG, which comes after the selection, hardly changes a pixel.
        logits = adversary.logits(adversary.encode(torch.from_numpy(file["pixels"][:])))
        assert (logits.argmax(1).numpy() == file["labels"][:]).mean() < 0.1


def test_bundles(finished):
    models = finished.results / "models"
    cards = {path.parent.name: json.loads(path.read_text()) for path in models.glob("*/card.json")}
    assert cards.keys() == {*SHOWN, *BASELINES, *CONTROLS, "rn_adversary"}
    parents = {model: card["parent"] for model, card in cards.items()}
    assert parents.pop("rn_web_finetuned") == "rn_web"
    assert set(parents.values()) == {None}
    assert cards["baseline_rn_60x3"]["training"]["images"] == 60
    assert cards["baseline_rn_60x3"]["training"]["recipe"]["epochs"] == 3
    for model in ("rn_web", "rn_captions-td", "rn_untrained"):
        head = load_head(models / model / "head.safetensors", models / model / "card.json")
        assert head.normalise
        norms = np.linalg.norm(head.weight, axis=1)
        scale = cards[model]["training"].get("logit_scale", 1 / 0.07)  # of an untrained one
        np.testing.assert_allclose(norms, scale, rtol=1e-4)


def test_finetuning_keeps_its_epochs(finished):
    folder = finished.results / "models" / "rn_web_finetuned"
    assert sorted(path.name for path in (folder / "epochs").glob("e*")) == ["epoch_01", "epoch_02"]
    final, first, last = (
        load_bundle(path).card["sha256"]
        for path in (folder, folder / "epochs" / "epoch_01", folder / "epochs" / "epoch_02")
    )
    assert last == final != first


# A second run


def test_a_second_run_has_nothing_to_do(finished):
    assert "Nothing to be done" in finished.run("--nolock", "all_figures")


def test_the_same_seed_gives_the_same_bytes(finished, project):
    model = "rn_captions-td"
    made = [
        path.relative_to(project.results)
        for path in project.results.rglob("*")
        if path.is_file()
        and "records" not in path.parts
        and (model in path.as_posix() or path.parts[-3] == "measures")
    ]
    assert len(made) > 15
    for path in made:
        (project.results / path).unlink()
    project.run(*(f"results/tiny/{path}" for path in made), cores=1)
    for path in made:
        assert (project.results / path).read_bytes() == (finished.results / path).read_bytes(), path
