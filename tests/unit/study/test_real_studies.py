"""The studies of real data as shipped: complete, and as open_clip, torchvision and timm have it."""

import csv
import json
import math
from collections import Counter
from pathlib import Path

import pytest
import yaml

from tests.unit.inputs.pretrained_inputs import open_clip, open_clip_config
from workflow_scripts.networks.timm_networks import check_described, described
from workflow_scripts.networks.torchvision_operators import ensure
from workflow_scripts.plan.claims import claim_settings
from workflow_scripts.plan.run import Run
from workflow_scripts.study.pool import Pool, is_coca_backbone
from workflow_scripts.study.study import load

ensure()

import torchvision  # noqa: E402
from open_clip.pretrained import get_pretrained_cfg  # noqa: E402

ROOT = Path(__file__).parents[3]
CONFIG = yaml.safe_load((ROOT / "config.yaml").read_text())
SOURCES = ROOT / "studies" / "imagenet" / "sources.tsv"
ARCHITECTURES = ROOT / "studies" / "imagenet" / "architectures"
# The tag of open_clip for every source of weights that has one, with the architecture that lists it
TAGS = {
    "rn50_openai": ("RN50", "openai"),
    "rn50_yfcc15m": ("RN50", "yfcc15m"),
    "rn50_cc12m": ("RN50", "cc12m"),
    "rn101_openai": ("RN101", "openai"),
    "rn101_yfcc15m": ("RN101", "yfcc15m"),
    "vit-b-16_openai": ("ViT-B-16", "openai"),
    "vit-b-16_laion400m": ("ViT-B-16", "laion400m_e32"),
    "vit-b-16_laion2b": ("ViT-B-16", "laion2b_s34b_b88k"),
    "vit-b-16_datacomp-l": ("ViT-B-16", "datacomp_l_s1b_b8k"),
    "vit-b-32_openai": ("ViT-B-32", "openai"),
    "vit-b-32_laion400m": ("ViT-B-32", "laion400m_e32"),
    "vit-b-32_laion2b": ("ViT-B-32", "laion2b_e16"),
    "vit-l-14_openai": ("ViT-L-14", "openai"),
    "vit-l-14_laion400m": ("ViT-L-14", "laion400m_e32"),
    "vit-l-14_laion2b": ("ViT-L-14", "laion2b_s32b_b82k"),
    "vit-l-14_datacomp-xl": ("ViT-L-14", "datacomp_xl_s13b_b90k"),
    "coca-vit-b-32_laion2b": ("coca_ViT-B-32", "laion2b_s13b_b90k"),
    "coca-vit-l-14_laion2b": ("coca_ViT-L-14", "laion2b_s13b_b90k"),
    "vit-b-16_siglip": ("ViT-B-16-SigLIP", "webli"),
}
# Trained with QuickGELU, run with plain GELU, since that gives the paper's accuracies
PLAIN_AS_IN_THE_PAPER = {"rn50_yfcc15m", "rn50_cc12m", "rn101_yfcc15m", "vit-b-32_laion400m"}


def rows_of(path):
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, delimiter="\t"))


@pytest.fixture(scope="module", params=["quick", "paper", "architectures"])
def study(request):
    return load(ROOT, CONFIG | {"study": request.param})


@pytest.fixture(scope="module")
def paper():
    return load(ROOT, CONFIG | {"study": "paper"})


def clips(study):
    """Rows of pretrained models that have a tag of open_clip."""
    return [
        row
        for row in study.models.values()
        if row["origin"] == "pretrained" and row["family"].endswith("zero_shot")
    ]


def architecture(study, row):
    path = study.file(f"architectures/{row['architecture'] or row['backbone']}.json")
    return json.loads(path.read_text())


def test_the_pool_of_the_paper(paper):
    groups = Counter(
        ("CoCa " if is_coca_backbone(row["backbone"]) else "") + row["family"]
        for row in paper.models.values()
    )
    assert groups == {
        "robust_zero_shot": 16,
        "finetuned": 16,
        "non_robust_zero_shot": 3,
        "supervised": 4,
        "CoCa robust_zero_shot": 2,
        "CoCa finetuned": 2,
        "control": 7,
        "CoCa control": 2,
    }
    pool = Pool(paper)
    assert [row["model"] for row in pool.missing()] == [
        "rn50_captions-t", "rn50_captions-td", "rn50_captions-tdt"
    ]  # fmt: skip
    assert len(pool.shown) == 39 - 3 + 4 and len(pool.pairs()) == 18
    assert len(pool.triples()) == 12  # all but ViT-L-14's, which has no supervised model
    assert list(pool.pretraining_pages()) == [
        ["OpenAI", "LAION-400M", "LAION-2B", "DataComp"], ["YFCC-15M", "CC-12M"]
    ]  # fmt: skip


def test_the_models_are_those_of_the_papers_tables(paper):
    stated = {
        (row["family"], row["backbone"], row["pretraining"])
        for row in rows_of(ROOT / "resources" / "paper" / "tables.tsv")
        if row["measure"] == "accuracy"
    }
    ours = {
        (row["family"], row["backbone"], row["pretraining"] or "")
        for row in paper.models.values()
        if row["family"] != "control"
    }
    assert ours == stated


def test_quick_needs_no_registration_and_no_training():
    quick = load(ROOT, CONFIG | {"study": "quick"})
    families = Counter(row["family"] for row in quick.models.values())
    assert families == {"robust_zero_shot": 3, "finetuned": 3, "supervised": 1, "control": 3}
    cells = [row["source"] for row in (*quick.models.values(), *quick.datasets.values())]
    assert all(quick.sources[name]["urls"] for cell in cells if cell for name in cell.split(";"))
    assert {row["origin"] for row in quick.models.values()} == {"pretrained", "untrained"}


def test_quick_is_part_of_the_paper_study_but_for_what_others_finetuned(paper):
    quick = load(ROOT, CONFIG | {"study": "quick"})
    for name, row in quick.models.items():
        if row["family"] == "finetuned":
            continue
        own = {key: value for key, value in row.items() if value is not None}
        assert own.items() <= paper.models[name].items()
        assert {key for key, each in paper.models[name].items() if each is not None} == set(own)
    for name in quick.datasets:
        assert quick.datasets[name] | {"role": None} == paper.datasets[name] | {"role": None}
    for key in ("views", "normalisations"):
        assert quick.settings[key].items() <= paper.settings[key].items()
    assert quick.settings["templates"] == paper.settings["templates"] == "open_clip"


def test_finetuned_models_of_quick_span_the_learning_rates_of_model_soups():
    quick = load(ROOT, CONFIG | {"study": "quick"})
    published = rows_of_csv(ROOT / "resources" / "published" / "model_soups_accuracy.csv")
    rates = {row["model"]: float(row["learning_rate"] or "nan") for row in published}
    stated = [rate for rate in rates.values() if rate == rate]
    middle = math.sqrt(min(stated) * max(stated))
    wanted = [min(stated), min(stated, key=lambda rate: abs(math.log(rate / middle))), max(stated)]
    rows = [row for row in quick.models.values() if row["family"] == "finetuned"]
    for row, rate in zip(rows, wanted, strict=True):
        (name,) = (each for each in rates if rates[each] == rate)
        source = quick.sources[row["source"]]
        assert source["urls"].endswith(
            f"/mlfoundations/model-soups/releases/download/v0.0.2/{name}.pt"
        )
        accuracy = next(each["imagenet"] for each in published if each["model"] == name)
        assert f"({name})" in row["note"] and f"{100 * float(accuracy):.2f} %" in row["note"]
        assert row["finetuning"] == f"lr {rate:.0e}".replace("e-0", "e-")
        assert row["head"] == "normalised" and source["activation"] == "quickgelu"


def test_sizes_of_the_data_sets(paper):
    sizes = {name: (row["images"], row["classes"]) for name, row in paper.datasets.items()}
    assert sizes == {
        "imagenet-train": (1_281_167, 1000), "imagenet": (50_000, 1000),
        "imagenet-v2": (10_000, 1000), "imagenet-r": (30_000, 200),
        "imagenet-sketch": (50_889, 1000), "imagenet-a": (7_500, 200),
        "objectnet": (18_574, 113), "broden": (63_305, 1197),
        "hypernyms": (None, 395),  # of the test set's own images
    }  # fmt: skip


@pytest.mark.parametrize(
    "path", sorted(ROOT.glob("studies/[!mp]*/architectures/*.json")), ids=lambda path: path.stem
)
def test_architectures_are_open_clips_or_timms(path):
    config = json.loads(path.read_text())
    if "timm" in config:
        assert config == described(path.stem)
        return
    if "torchvision" not in config:
        assert isinstance(config["quick_gelu"], bool)  # said even where it is open_clip's default
        assert config == {"quick_gelu": False} | open_clip_config(path.stem)
        return
    if "resne" in config["torchvision"]:  # its width is checked where it is built
        assert config == {"torchvision": config["torchvision"], "embed_dim": 2048}
        return
    vit = torchvision.models.get_model(config["torchvision"], weights=None)
    assert config == {"torchvision": config["torchvision"], "embed_dim": vit.hidden_dim}
    assert path.stem == "torchvision_ViT-B-" + config["torchvision"].removeprefix("vit_b_")


def test_weights_are_those_of_open_clips_tags(study):
    for row in clips(study):
        tag, urls = get_pretrained_cfg(*TAGS[row["source"]]), study.sources[row["source"]]["urls"]
        if repository := tag["hf_hub"] if not tag["url"] else None:
            assert urls.startswith(f"https://huggingface.co/{repository}resolve/")
            assert urls.split("/")[-1] in ("open_clip_model.safetensors",
                                           "open_clip_pytorch_model.bin")  # fmt: skip
        else:
            assert urls == tag["url"]


def test_activation_and_normalisation_are_open_clips_but_where_the_note_says_so(study):
    for row in clips(study):
        tag = get_pretrained_cfg(*TAGS[row["source"]])
        trained, built = tag.get("quick_gelu", False), architecture(study, row)["quick_gelu"]
        source = study.sources[row["source"]]
        assert source["activation"] == ("quickgelu" if trained else "gelu")
        stated = study.settings["normalisations"].get(source["normalisation"], {"mean": [0.5] * 3})
        assert stated["mean"] == list(tag["mean"])
        assert row["deviates"] == ("activation" if trained != built else None)
        if row["model"] in PLAIN_AS_IN_THE_PAPER:
            assert trained and not built
            assert "which is right: architecture" in row["note"]
            right = row["note"].split("which is right: architecture ")[1].split()[0]
            assert json.loads((ARCHITECTURES / f"{right}.json").read_text())["quick_gelu"]
        else:
            assert trained == built
        chosen = row["normalisation"] or study.settings["normalisation"]
        normalisation = study.settings["normalisations"][chosen]
        assert (*normalisation["mean"], *normalisation["std"]) == (*tag["mean"], *tag["std"])
        view = study.settings["views"][row["view"] or study.settings["view"]]
        squash = {"squash": True} if tag["resize_mode"] == "squash" else {}
        assert view == {"size": 224, "interpolation": tag["interpolation"]} | squash
        assert squash or tag["resize_mode"] == "shortest"
        assert source["view"] == (row["view"] or study.settings["view"])


def test_what_labels_alone_supervised_is_torchvisions(study):
    rows = [row for row in study.models.values()
            if row["family"] in ("supervised", "rectified") and row["origin"] == "pretrained"
            and "torchvision" in architecture(study, row) and not row["pretraining"]]  # fmt: skip
    assert len(rows) == (3 if study.name == "architectures" else len(rows)) > 0
    for row in rows:
        name = architecture(study, row)["torchvision"]
        weights = torchvision.models.get_model_weights(name).IMAGENET1K_V1
        assert study.sources[row["source"]]["urls"] == weights.url
        assert weights.url.endswith(f"-{study.sources[row['source']]['digest']}.pth")
        assert f"{weights.meta['_metrics']['ImageNet-1K']['acc@1']:.2f} %" in row["note"]
        transforms, view = weights.transforms(), study.settings["views"][row["view"]]
        assert [view["size"], view["resize"]] == [*transforms.crop_size, *transforms.resize_size]
        assert view["interpolation"] == transforms.interpolation.value
        for key in ("normalisation", "view"):
            assert study.sources[row["source"]][key] == row[key]
        normalisation = study.settings["normalisations"][row["normalisation"]]
        assert normalisation == {"mean": transforms.mean, "std": transforms.std}


def test_notes_state_published_accuracies(paper):
    published = {
        (row["architecture"], row["tag"]): float(row["imagenet"])
        for row in rows_of_csv(ROOT / "resources" / "published" / "open_clip_accuracy.csv")
    }
    for row in clips(paper):
        name, tag = TAGS[row["source"]]
        accuracies = {f"{100 * published[name, tag]:.2f} %"}
        if (quick := published.get((f"{name}-quickgelu", tag))) is not None:
            accuracies.add(f"{100 * quick:.2f} %")
        if "published" in (row["note"] or ""):
            assert any(each in row["note"] for each in accuracies), row["note"]
        if row["model"] in PLAIN_AS_IN_THE_PAPER:
            assert all(each in row["note"] for each in accuracies)


def rows_of_csv(path):
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_checkpoints_are_those_whose_published_accuracies_are_plotted(paper):
    """resources/published names the same 18 checkpoints."""
    rows = rows_of(ROOT / "resources" / "published" / "paper_checkpoints.tsv")
    named = {(row["architecture"], row["tag"]) for row in rows if row["source"] == "open_clip"}
    assert {TAGS[row["source"]] for row in clips(paper)} == named


def test_digests_agree_with_the_names_of_the_files():
    for row in rows_of(SOURCES):
        digest = row["digest"].removeprefix("sha256:")
        for url in row["urls"].split():
            if "openaipublic" in url:
                assert url.split("/")[-2] == digest
            if "/mlfoundations/open_clip/releases/" in url:
                assert Path(url).stem.rsplit("-", 1)[1] == digest[:8]
        if not row["urls"]:
            assert row["obtain"]


def test_digests_of_imagenet_are_torchvisions():
    from torchvision.datasets import imagenet

    known = dict([*imagenet.ARCHIVE_META.values()])
    rows = [row for row in rows_of(SOURCES) if row["file"].startswith("ILSVRC2012")]
    assert len(rows) == 3
    assert all(row["digest"] == f"md5:{known[row['file']]}" for row in rows)


def test_recipes_are_those_of_appendix_h(paper):
    recipes = paper.settings["recipes"]
    stated = {
        "finetune": {
            "epochs": 10, "batch_size": 256, "learning_rate": 3e-5, "schedule": "cosine",
            "warmup_steps": 500, "weight_decay": 0.1,
        },
        "supervised": {
            "epochs": 90, "batch_size": 1024, "learning_rate": 1e-3, "schedule": "steps",
            "decay_epochs": [30, 60], "decay_factor": 0.1, "warmup_steps": 5000,
            "weight_decay": 1e-2, "flip": True,
        },
    }  # fmt: skip
    for name, values in stated.items():
        assert values.items() <= recipes[name].items()
    assert recipes["supervised"]["label_smoothing"] > 0


def test_the_normalisation_openai_is_that_constant(study):
    assert study.settings["normalisations"]["openai"] == {
        "mean": list(open_clip.OPENAI_DATASET_MEAN),
        "std": list(open_clip.OPENAI_DATASET_STD),
    }


@pytest.mark.parametrize("name", ["miniature", "quick", "paper", "packaged", "architectures"])
def test_every_architecture_has_an_untrained_control(name):
    settings = claim_settings(Run.load(ROOT, CONFIG | {"study": name, "retrain": "always"}))
    built = {control: set() for control in (True, False)}
    for row in settings["models"]:
        built[row["family"] == "control"].add(row["architecture"])
    assert built[True] == built[False]


def test_packaged_networks_are_what_timm_and_their_files_say():
    """Digests begin as the files' names end, and architectures repeat what timm states."""
    packaged = load(ROOT, CONFIG | {"study": "packaged"})
    assert {row["family"] for row in packaged.models.values()} == {"rectified", "control"}
    for model, row in packaged.models.items():
        if row["family"] == "control":
            continue
        source = packaged.sources[row["source"]]
        digits = source["file"].removesuffix(".pth").split("-")[-1]
        assert source["digest"].startswith(f"sha256:{digits}") and source["urls"] is None
        check_described(json.loads(packaged.architecture_of(model).read_text()))
