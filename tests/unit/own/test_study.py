"""The study that is written for a request."""

import json

import pytest

from tests.unit.inputs.own_inputs import CLIP, CONFIG, ROOT, photographs, section
from workflow_scripts.job.errors import InputError
from workflow_scripts.own import study as own
from workflow_scripts.plan.run import Run

CLASSIFIER = {"layout": "classifier", "classes": 2, "preprocessing": None}


@pytest.fixture
def workplace(tmp_path, monkeypatch):
    """A folder to run in, with images of two classes, a checkpoint and its architecture."""
    monkeypatch.chdir(tmp_path)
    photographs(tmp_path / "images", "cat/1.png", "dog/1.png")
    (tmp_path / "clip.json").write_text(json.dumps(CLIP))
    for name in ("a.pt", "run/step_1.pt", "run/step_2.pt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path


@pytest.fixture(autouse=True)
def answers(monkeypatch):
    """What is looked up, without asking."""
    given = {"layout": "clip", "preprocessing": None}
    monkeypatch.setattr(own, "look_up", lambda requests, memory: [given for _ in requests])
    return given


def written(write=True, **given):
    """The study of a request, as the workflow writes and reads it."""
    asked = {"model": "./a.pt", "architecture": "./clip.json", "images": "./images"} | given
    config = CONFIG | {"own": section(**asked)}
    config["study"], lines = own.own_study(ROOT, config, None, write)
    return Run.load(ROOT, config), lines


def test_only_a_model_or_images_ask_for_a_study():
    assert not own.is_asked(CONFIG) and not own.is_asked({})
    assert own.is_asked({"own": section(model="a.pt")})
    assert own.is_asked({"own": section(images="images")})


def test_without_classes_there_is_no_head(workplace):
    run, lines = written()
    assert (run.results, run.pool.shown, run.pool.headed) == ("results/own/images", ["a"], [])
    (line,) = lines
    assert line.startswith("a: clip; 32 pixels (bicubic") and "takes CLASSES=" in line
    assert run.study.models["a"]["note"].startswith("no head from prompts")


def test_with_classes_there_is(workplace):
    run, _ = written(classes="folders", name="mine", skip_broken=True)
    assert run.pool.headed == ["a"] and run.study.name == "own/mine"
    assert [row["name"] for row in run.study.classes] == ["cat", "dog"]
    assert run.study.settings["skip_broken"] is True


def test_concepts_need_no_source_in_a_table(workplace):
    (workplace / "broden").mkdir()
    (workplace / "broden" / "index.csv").touch()
    run, _ = written(classes="folders", concepts="./broden")
    assert run.pool.concepts == "concepts"


def test_the_checkpoints_of_a_training_are_a_run(workplace):
    run, _ = written(model="mine=./run")
    rows = run.study.models.values()
    assert [(row["run"], row["step"]) for row in rows] == [("mine", 1), ("mine", 2)]


def test_classes_are_as_many_as_the_models_own_heads_have(workplace, answers):
    answers.update(CLASSIFIER)
    run, lines = written()
    assert len(run.study.classes) == 2 and "ASSUMED that its head" in lines[0]
    names = workplace / "names.txt"
    names.write_text("cat\ndog\nbird\n")
    with pytest.raises(InputError, match="3 classes.*the 2 classes of the head of a"):
        written(classes="./names.txt")


def test_heads_of_different_classes_do_not_go_together(workplace, monkeypatch):
    numbers = [CLASSIFIER, CLASSIFIER | {"classes": 3}]
    monkeypatch.setattr(own, "look_up", lambda requests, memory: numbers)
    with pytest.raises(InputError, match="heads of 2 and 3 classes"):
        written(model="./a.pt,b=./a.pt")


def test_what_is_edited_by_hand_is_not_written_over(workplace):
    folder = workplace / "results" / "own" / "images" / "study"
    run, _ = written()
    before = (folder / "models.tsv").stat().st_mtime_ns
    written()
    assert (folder / "models.tsv").stat().st_mtime_ns == before
    written(write=False)  # a job's process reads what is there
    written(model="other=./a.pt")
    assert "other" in (folder / "models.tsv").read_text()
    (folder / "classes.tsv").write_text("wnid\tname\na\ta\n")
    with pytest.raises(InputError, match="found classes.tsv edited by hand.*NAME="):
        written()


def test_a_key_that_there_is_not(workplace):
    with pytest.raises(InputError, match="key own.modle.*did you mean 'model'"):
        written(modle="a.pt")
