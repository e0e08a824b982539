"""Sources of weights: a file of one's own, and what is none."""

from types import SimpleNamespace

import pytest

from workflow_scripts.job.errors import InputError
from workflow_scripts.plan.models import weights_file


def found(source):
    run = SimpleNamespace(study=SimpleNamespace(models={"m": {"source": str(source)}}))
    return weights_file(run, SimpleNamespace(model="m"))


def refused(source):
    with pytest.raises(InputError) as caught:
        found(source)
    message = str(caught.value)
    assert message.startswith(f"models.tsv, row m, column source: found '{source}', ")
    return message


def test_a_file(tmp_path):
    (tmp_path / "w.pt").write_bytes(b"")
    assert found(tmp_path / "w.pt") == {"own": str(tmp_path / "w.pt")}


@pytest.mark.parametrize(
    "source",
    [
        "laion/CLIP-ViT-B-32-laion2B-s34B-b79K",
        "hf-hub:laion/CLIP-ViT-B-32-laion2B-s34B-b79K",
        "s3:/bucket/w.pt",
        "./none.pt",
    ],
)
def test_an_id_of_the_hub_or_an_address(source):
    if not source.startswith("./"):
        message = refused(source)
        assert "no such file" in message and "nothing is fetched by" in message
        assert "sources.tsv" in message
    else:
        with pytest.raises(InputError, match="found 'none.pt', no such file"):
            found(source)


def test_a_head_that_is_published_apart(tmp_path):
    rows = {each: {"file": f"{each}.pth"} for each in ("dino", "linear")}
    study = SimpleNamespace(models={"m": {"source": "dino;linear"}}, sources=rows)
    run = SimpleNamespace(study=study, downloads=tmp_path)
    digests = [f"{tmp_path}/{each}.pth.sha256" for each in rows]
    assert weights_file(run, SimpleNamespace(model="m")) == {"downloaded": digests}
    study.models["m"]["source"] = "dino"
    assert weights_file(run, SimpleNamespace(model="m")) == {"downloaded": digests[0]}


def test_a_folder(tmp_path):
    message = refused(tmp_path)
    assert message.endswith("a folder, expected a file of weights in it")
    for name in ("open_clip_model.safetensors", "config.json", "a.bin"):
        (tmp_path / name).write_bytes(b"")
    assert refused(tmp_path).endswith("in it, such as a.bin, open_clip_model.safetensors")
