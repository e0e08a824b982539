"""The studies of real data, from HTTP to figures, on archives and weights of the authentic formats.

Weights are random and images made up, so that no number is looked at, but what it was computed of.
"""

import zipfile

import h5py
import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from tests.authentic import archives
from tests.authentic.server import serving
from tests.workflow.rehearsal import (
    CLASSES,
    Rehearsal,
    read_table,
    rows_of,
    write_table,
    write_timm,
    write_weights,
)
from workflow_scripts.archives.members import open_archive

SIZE = (240, 230)
MEAN, STD = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]  # of ImageNet's pixels
# Of others' layouts each once, but for open_clip's releases, which unit tests read.
QUICK = ["rn50_openai", "vit-b-32_openai", "vit-b-32_openai_lr-1e-6", "vit-b-32_supervised"]
OTHERS = ["resnet50_dino", "vit-b-16_siglip"]  # of the study architectures
WEIGHTS = ["rn50_openai", "vit-b-32_openai", "model-soups_23", "vit-b-32_torchvision", *OTHERS]
SLICE = [
    "rn50_openai", "rn50_openai_finetuned", "rn50_supervised", "rn50_captions-t",
    "rn50_captions-td",
]  # fmt: skip


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """The folder that is served: all weights and archives, in the files that sources name."""
    folder = tmp_path_factory.mktemp("files")
    models = {source: write_weights(folder, source, i) for i, source in enumerate(WEIGHTS)}
    options = {"classes": CLASSES, "size": SIZE}
    made = {
        "imagenet-train": archives.imagenet_train(folder, **options),
        "imagenet": archives.imagenet_val(folder, **options),
        "imagenet-v2": archives.imagenet_v2(folder, **options),
        "imagenet-r": archives.imagenet_r(folder, per_class=1, **options),
        "imagenet-a": archives.imagenet_a(folder, per_class=1, **options),
        "imagenet-sketch": archives.imagenet_sketch(folder, per_class=1, **options),
        "objectnet": archives.objectnet(folder, **options),
        "broden": archives.broden(folder, images=20),
    }
    captions = archives.imagenet_captions(folder, made["imagenet-train"], share=1)
    with zipfile.ZipFile(folder / "imagenet_captions.zip", "w") as archive:
        archive.write(captions, captions.name)
    return folder, models, made


@pytest.fixture(scope="module")
def server(files):
    with serving(files[0]) as server:
        yield server


@pytest.fixture(scope="module")
def quick(files, server, tmp_path_factory):
    """The quick study, planned without data and then run to its end, past addresses that fail.

    It has more models: one of timm, and of the study architectures those whose files are like none
    of its own.
    """
    folder, _, made = files
    added = [write_timm(tmp_path_factory.mktemp("own")), *rows_of("architectures", *OTHERS)]
    rehearsal = Rehearsal(
        tmp_path_factory.mktemp("quick"), "quick", QUICK, made, folder, server.url, added=added
    )
    rehearsal.run("-n", "all_figures")
    assert server.requests == []
    for file, kind in {
        "imagenetv2-threshold0.7.tar.gz": "breaks off",
        "broden1_224.zip": "wrong byte",
        "model-soups_model_23.pt": "elsewhere",
        "ViT-B-32.pt": "gone",
    }.items():
        server.behaviours |= rehearsal.failures(file, kind)
    rehearsal.printed = rehearsal.run("all_figures")
    return rehearsal


def numbers(rehearsal):
    """Numbers of the paper's figures that a rehearsal has made."""
    names = (path.stem for path in (rehearsal.results / "figures").glob("figure_[0-9]*.pdf"))
    return {int(name.split("_")[1].rstrip("ab")) for name in names}


def test_the_quick_study_runs_from_http_to_figures(quick):
    # One pair on one page; it has no epochs, which Figure 5 would show.
    assert numbers(quick) == {1, 2, 3, 4, 6, 7, 9, 10, 13, 14, 15, 19, 21}
    assert "figure_17: this study is not one of imagenet" in quick.run("figure_17", fails=True)
    assert "figure_5: no finetuned model here has its epochs" in quick.run("figure_5", fails=True)
    for page in (quick.results / "figures").glob("*.png"):
        Image.open(page).verify()
    for table in (1, 4, 5, 6, 7):
        assert (quick.results / "tables" / f"table_{table}.md").stat().st_size > 100
    assert not list(quick.downloads.glob("*.part"))
    assert len(list(quick.downloads.glob("*.sha256"))) == 9
    published = (quick.results / "tables" / "published_robustness.md").read_text()
    assert "open_clip ViT-B-16-SigLIP webli" in published  # has no head, but robustness


def test_a_rehearsal_cannot_be_mistaken_for_the_study(quick):
    for caption in (quick.results / "figures").glob("*.md"):
        if caption.stem != "figure_published_finetuning":  # of no study
            assert "rehearsal-quick" in caption.read_text(), caption.name


def test_a_finished_study_is_left_alone(quick):
    assert "Nothing to be done" in quick.run("all_figures")
    # Nor do other addresses or another mirror make anything stale.
    assert "Nothing to be done" in quick.run("all_figures", "--config", f"mirror={quick.url}")


def test_activations_are_those_of_open_clip(quick, files):
    _, models, made = files
    import open_clip  # weights.py has made it importable

    clip = models["rn50_openai"]
    preprocess = open_clip.image_transform(224, is_train=False)
    with h5py.File(quick.results / "activations" / "rn50_openai" / "imagenet-v2.h5") as file:
        h, ids, labels = file["h"][:], file["ids"][:].astype(str), file["labels"][:]
    archive = open_archive(made["imagenet-v2"].path)
    images = {}
    for name, load in archive.members(set(ids)):
        path = quick.work / "image"
        path.write_bytes(load())
        images[name] = preprocess(Image.open(path))
    with torch.inference_mode():
        expected = clip.encode_image(torch.stack([images[name] for name in ids])).numpy()
    np.testing.assert_allclose(h, expected, rtol=1e-3, atol=1e-3 * np.abs(expected).max())
    assert labels.tolist() == [int(name.split("/")[-2]) for name in ids]


def test_an_own_checkpoint_that_is_not_there(files, server, tmp_path):
    folder, _, made = files
    own = Rehearsal(tmp_path, "quick", QUICK, made, folder, server.url)
    rows = read_table(own.study / "models.tsv")
    rows[0]["source"] = "mine/clip.pt"
    write_table(own.study / "models.tsv", rows)
    printed = own.run("-n", "figure_2", fails=True)
    assert "row rn50_openai, column source: found 'mine/clip.pt', no such file" in printed
    assert "Exception" not in printed and "Traceback" not in printed


def test_a_head_that_is_published_apart_is_the_encoders(quick, files):
    _, models, _ = files
    with h5py.File(quick.results / "activations" / "resnet50_dino" / "imagenet-v2.h5") as file:
        h = torch.from_numpy(file["h"][:])
    with h5py.File(quick.results / "datasets" / "imagenet-v2" / "bicubic256.h5") as file:
        pixels = torch.from_numpy(file["pixels"][:]).permute(0, 3, 1, 2) / 255
    mean, std = (torch.tensor(each)[:, None, None] for each in (MEAN, STD))
    encoder, _, linear = models["resnet50_dino"]
    with torch.inference_mode():
        torch.testing.assert_close(encoder((pixels - mean) / std), h, rtol=1e-4, atol=1e-4)
    head = load_file(quick.results / "models" / "resnet50_dino" / "head.safetensors")
    assert torch.equal(head["weight"], linear.weight) and torch.equal(head["bias"], linear.bias)


@pytest.fixture(scope="module")
def paper(files, server, tmp_path_factory):
    """A slice of the paper study, before anything is run."""
    folder, _, made = files
    where = tmp_path_factory.mktemp("paper")
    trained = ["rn50_captions-t"]
    return Rehearsal(where, "paper", SLICE, made, folder, server.url, trained)


def test_what_is_missing_is_asked_for_in_one_message(paper, server):
    before = len(server.requests)
    printed = paper.run("all_figures", fails=True)
    for name in ("img_train.tar", "img_val.tar", "devkit_t12.tar.gz"):
        assert printed.count(f"ILSVRC2012_{name}") >= 1
    assert "objectnet-1.0.zip" in printed and "image-net.org" in printed
    assert "Traceback" not in printed
    printed = paper.run("all_figures", "--config", "offline=True", fails=True)
    assert "RN50.pt" in printed and "imagenet-r.tar" in printed and "objectnet-1.0.zip" in printed
    assert len(server.requests) == before
    assert not paper.results.exists() or not list(paper.results.rglob("*.h5"))


def test_a_slice_of_the_paper_study_runs_from_archives_to_figures(paper, files):
    folder, _, made = files
    paper.downloads.mkdir(exist_ok=True)
    for dataset in ("imagenet-train", "imagenet", "objectnet"):
        for path in made[dataset].paths:
            (paper.downloads / path.name).hardlink_to(path)
    paper.run("all_figures")
    # Of figures that have two pages, the slice's few models need one.
    assert {1, 2, 3, 4, 5, 6} <= numbers(paper)
    for pages in ((7, 8), (9, 10), (13, 14), (15, 16), (17, 18), (19, 20), (21, 22)):
        assert numbers(paper) & {*pages}
    captions = (paper.results / "figures" / "figure_02a.md").read_text()
    assert "rehearsal-paper" in captions
    assert "ImageNet-Captions-td" in captions and "privately" in captions
    assert "Nothing to be done" in paper.run("all_figures")
