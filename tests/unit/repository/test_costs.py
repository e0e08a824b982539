"""The page of costs holds what the tables and architectures say."""

from pathlib import Path

import pytest
import yaml

from tests.unit.inputs.docs_scripts import script
from workflow_scripts.study.study import load

ROOT = Path(__file__).resolve().parents[3]
costs = script("costs")


@pytest.fixture(scope="module")
def quick():
    settings = yaml.safe_load((ROOT / "config.yaml").read_text())
    study = load(ROOT, settings | {"study": "quick"})
    return study, costs.costs(study, settings)


def test_operations_of_a_ResNet50_are_the_published_ones(quick):
    study, _ = quick
    operations, parameters, width = costs.encoder_costs(study.file("architectures/RN50.json"), 224)
    assert operations == pytest.approx(12.22e9, rel=0.02)  # open_clip, docs/model_profile.csv
    assert (parameters, width) == (38_316_896, 1024)


def test_sums_of_the_quick_study(quick):
    study, found = quick
    images = 10_000 + 63_305
    assert found.disk["image stores"].value == images * 2 * 3 * 224 * 224
    assert found.disk["activations"].value == images * 4 * (3 * 1024 + 5 * 512 + 2 * 768)
    sized = {"RN50.pt": 255827503, "ViT-B-32.pt": 353976522}
    sized["imagenetv2-threshold0.7.tar.gz"] = 1249906176
    assert found.downloads.public == (9, sum(sized.values()))
    assert found.downloads.by_hand == (0, 0)
    assert len(found.downloads.unsized) == 6
    vit = costs.encoder_costs(study.file("architectures/ViT-B-32-quickgelu.json"), 224)
    assert found.operations["Wise-FT"].value == 3 * 9 * (images + 10_000) * vit.operations


@pytest.mark.parametrize("name", ["quick", "architectures"])
def test_the_page_is_up_to_date(name):
    page = (ROOT / "docs" / "costs.md").read_text()
    settings = yaml.safe_load((ROOT / "config.yaml").read_text())
    study = load(ROOT, settings | {"study": name})
    assert costs.page(study, costs.costs(study, settings)) in page, "renew it: make docs"


def test_of_a_tower_without_a_head_no_head_is_counted():
    settings = yaml.safe_load((ROOT / "config.yaml").read_text())
    study = load(ROOT, settings | {"study": "architectures"})
    found = costs.costs(study, settings)
    names = ("RN50-quickgelu", "RN50", "ViT-B-32-quickgelu", "ViT-B-32")
    texts = [costs.text_operations(study.file(f"architectures/{name}.json")) for name in names]
    assert found.operations["zero-shot heads"].value == 80_000 * sum(texts)
    widths = 2 * 1024 + 2 * 512 + 5 * 768 + 6 * 2048  # 768: two ViTs, two ConvNeXts, the tower
    assert found.disk["activations"].value == (10_000 + 63_305) * 4 * widths
