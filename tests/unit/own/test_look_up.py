"""Answers are asked for once."""

import pytest

from workflow_scripts.job.errors import InputError
from workflow_scripts.own import look_up

REQUEST = {"kind": "open_clip", "name": "RN50", "tag": None, "path": None}


@pytest.fixture
def asked(monkeypatch):
    requests = []

    def answers(new):
        requests.extend(new)
        return [{"error": "no such tag"} if each["tag"] else {"tags": []} for each in new]

    monkeypatch.setattr(look_up, "_asked", answers)
    return requests


def test_an_answer_is_remembered_as_long_as_its_file_is_the_same(asked, tmp_path):
    memory, weights = tmp_path / "own" / "described.json", tmp_path / "a.pt"
    weights.write_text("a")
    requests = [REQUEST, REQUEST | {"path": str(weights)}]
    for _ in range(2):
        assert look_up.look_up(requests, memory) == [{"tags": []}] * 2
    assert len(asked) == 2
    weights.write_text("other")
    look_up.look_up(requests, memory)
    assert asked[2:] == requests[1:]
    memory.write_text("damaged")
    look_up.look_up(requests, memory)
    assert len(asked) == 5


def test_an_error_is_told_and_not_remembered(asked, tmp_path):
    for _ in range(2):
        with pytest.raises(InputError, match=r"key model \(MODEL=...\): no such tag"):
            look_up.look_up([REQUEST | {"tag": "x"}], tmp_path / "described.json")
    assert len(asked) == 2


def test_a_process_that_fails_is_told(monkeypatch):
    monkeypatch.setattr(look_up, "_MODULE", "workflow_scripts.own.nothing")
    with pytest.raises(InputError, match="could not look up what is asked for: .*No module"):
        look_up._asked([REQUEST])
