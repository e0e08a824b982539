"""A study may have two of each part: captioned sets, adversaries, models of each family, views."""

import pandas as pd
import pytest

DATASETS = """\
captions-train\tCaptions\ttrain\twnid_folders\tcaptions-train.tar\tcaptions.json\t90\t6\timagenet.txt
web-other\tOther web\tcaptions\twebdataset\tweb-other.tar\t\t120\t\t
imagenet-b\tImageNet-B\tshift\twnid_folders\timagenet-b.tar\t\t48\t4\timagenet-a.txt
"""
MODELS = """\
rn_other\trobust_zero_shot\tRN-tiny\tOther\tcontrastive\t\tcontrastive\tweb-other\tcaption\t\t1\t7
rn_other_finetuned\tfinetuned\tRN-tiny\tOther\tfinetune\trn_other\tfinetune\timagenet-train\t\t\t1\t7
rn_captions-t\tnon_robust_zero_shot\tRN-tiny\tCaptions-t\tcontrastive\t\tcontrastive\tcaptions-train\tt\t\t1\t7
rn_supervised_other\tsupervised\tRN-tiny\t\tsupervised\t\tsupervised\tcaptions-train\t\t\t1\t7
rn_adversary_other\tadversary\tRN-tiny\t\tsupervised\t\tsupervised\timagenet-train\t\t60\t1\t7
rn_untrained_other\tcontrol\tRN-tiny\t\tuntrained\t\t\t\t\t\t\t7
"""
DRAWINGS = """
    captions-train: {<<: *imagenet, root: captions}
    imagenet-b:
      root: imagenet-b
      ties: 0.0
      styles: {photo: 1.0}
      rotation: [[1.0, 0.3]]
      displacement: 0.2
      adversary: rn_adversary_other
      candidates: 500
    web-other:
      ties: 0.0
      styles: {photo: 0.5, sketch: 0.5}
      rotation: [[1.0, 0.3]]
      displacement: 0.2
      described: 0.3
"""


VIEW = "  pixels32: {size: 32, interpolation: bicubic}\n"


@pytest.fixture
def doubled(project):
    """The tiny study with a second one of what it has one of."""
    for table, rows in (("datasets.tsv", DATASETS), ("models.tsv", MODELS)):
        path = project.study / table
        path.write_text(path.read_text() + rows)
    path = project.study / "models.tsv"
    header, *rows = path.read_text().splitlines()
    views = {"rn_supervised_other": "smooth"}
    rows = [f"{row}\t{views.get(row.split()[0], '')}" for row in rows]
    path.write_text("\n".join([f"{header}\tview", *rows, ""]))
    path = project.study / "study.yaml"
    smooth = VIEW.replace("pixels32", "smooth").replace("bicubic", "bilinear")
    assert path.read_text().count(VIEW) == 1
    path.write_text(path.read_text().replace(VIEW, VIEW + smooth).rstrip() + DRAWINGS)
    return project


def test_two_of_everything(doubled):
    doubled.run("figure_1", "figure_4", "table_1", "claims")
    measures = doubled.results / "measures"
    shown = pd.read_csv(measures / "indicators" / "accuracy.csv").groupby("model", sort=False)
    ids = [row.split("\t")[0] for row in MODELS.splitlines()]
    assert [*shown.groups][4:] == ids[:4]
    sets = ["imagenet", "imagenet-v2", "imagenet-a", "objectnet", "imagenet-b"]
    assert all(table["dataset"].tolist() == sets for _, table in shown)
    controls = pd.read_csv(measures / "controls" / "indicators" / "kurtosis.csv")
    assert [*dict.fromkeys(controls["model"])] == ["rn_untrained", "rn_untrained_other"]
    venn = pd.read_csv(measures / "concepts" / "concept_overlap" / "venn.csv")
    assert {*venn["pretraining"]} == {"Web", "Other"}
    # Each adversary misleads the model of its own data set, and each view has its own images.
    stores = (doubled.results / "datasets").rglob("smooth.h5")
    assert {path.parent.name for path in stores} == {*sets, "captions-train", "broden"}
    cards = {name: (doubled.results / "models" / name / "card.json").read_text() for name in ids}
    assert '"view": "smooth"' in cards["rn_supervised_other"]
    assert '"captions-train"' in cards["rn_captions-t"]
