"""Progress in the log and on a terminal."""

import io
import logging
import sys

import pytest

from workflow_scripts.job.progress import progress


@pytest.fixture(autouse=True)
def no_terminal(monkeypatch, caplog):
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    caplog.set_level(logging.INFO)


@pytest.mark.parametrize("count", [0, 1, 7, 10, 11, 99, 1000])
def test_all_items_pass_and_the_log_stays_short(caplog, count):
    assert list(progress(range(count), count, "images")) == list(range(count))
    assert len(caplog.messages) <= 10
    if count:
        assert caplog.messages[-1].startswith(f"images: {count} of {count} (100 %)")


def test_a_generator_with_total(caplog):
    assert len(list(progress((number for number in range(100)), 100, "steps"))) == 100
    assert caplog.messages[0].startswith("steps: 10 of 100 (10 %)")
    assert len(caplog.messages) == 10


def test_the_length_is_the_default_total(caplog):
    list(progress([1, 2, 3], label="steps"))
    assert caplog.messages[-1].startswith("steps: 3 of 3")


def test_a_generator_without_total(caplog):
    assert list(progress(iter("abc"), label="steps")) == ["a", "b", "c"]
    assert caplog.messages == ["steps: 3, 0 s"]


@pytest.mark.parametrize("total", [1, 5])
def test_a_wrong_total_does_no_harm(caplog, total):
    assert list(progress(iter("abc"), total, "steps")) == ["a", "b", "c"]
    assert caplog.messages[-1].startswith("steps: 3")


def test_an_error_in_the_loop_passes():
    with pytest.raises(ZeroDivisionError):
        for number in progress(range(3), 3, "steps"):
            1 / number


def test_a_terminal_gets_a_bar(monkeypatch):
    terminal = io.StringIO()
    terminal.isatty = lambda: True
    monkeypatch.setattr(sys, "stderr", terminal)
    assert list(progress(range(3), 3, "images")) == [0, 1, 2]
    assert "images" in terminal.getvalue()
