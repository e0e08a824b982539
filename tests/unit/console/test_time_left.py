"""The time left follows from the work that is left and how fast it has gone."""

import pytest

from workflow_scripts.console.time_left import TimeLeft, in_words


def test_at_first_all_cores_are_expected_to_work():
    assert TimeLeft({1: 100, 2: 300}, 2, now=5).left(5) == 200


def test_of_what_is_not_known_nothing_is_said():
    time = TimeLeft({}, 2, now=0)
    time.start(1, 0)
    time.finish(1)
    assert time.left(10) is None


def test_a_run_as_expected_ends_as_expected():
    time = TimeLeft(dict.fromkeys(range(8), 100), 2, now=0)
    for step in range(4):
        for job in (2 * step, 2 * step + 1):
            time.start(job, 100 * step)
        assert time.left(100 * step + 50) == pytest.approx(400 - 100 * step - 50)
        for job in (2 * step, 2 * step + 1):
            time.finish(job)
    assert time.left(400) == 0


def test_a_slow_machine_is_noticed():
    time = TimeLeft(dict.fromkeys(range(100), 100), 1, now=0)
    for job in range(50):  # each takes twice as long
        time.start(job, 200 * job)
        time.finish(job)
    assert time.left(10_000) == pytest.approx(10_000, rel=0.02)


def test_a_job_that_takes_longer_counts_as_expected():
    time = TimeLeft({1: 10, 2: 60}, 1, now=0)
    time.start(1, 0)
    assert time.left(1000) > 60


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(3, "a few s"), (43, "40 s"), (55, "1 min"), (1010, "17 min"), (3599, "1 h"),
     (7790, "2 h 10 min"), (86_400, "24 h")],
)  # fmt: skip
def test_durations_are_rounded(seconds, words):
    assert in_words(seconds) == words
