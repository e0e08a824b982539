"""How long a run may still take, by how long its jobs took before."""

from collections.abc import Mapping

# So long the number of cores counts for more than how fast the run has been.
TRUSTED_AFTER = 60.0


class TimeLeft:
    """The work of a run in core-seconds, and how fast it is done.

    Times are seconds of any one clock.
    """

    def __init__(self, expected: Mapping[int, float], cores: int, now: float):
        """Begin a run.

        Parameters
        ----------
        expected: core-seconds of each job that is to run, by its number; empty if not known
        cores: how many may be used
        """
        self._expected, self._cores, self._begun = dict(expected), cores, now
        self._running: dict[int, float] = {}
        self._finished = 0.0

    def start(self, job: int, now: float) -> None:
        """A job begins."""
        self._running[job] = now

    def finish(self, job: int) -> None:
        """A job has ended."""
        if self._running.pop(job, None) is not None:
            self._finished += self._expected.get(job, 0.0)

    def left(self, now: float) -> float | None:
        """Seconds that the run may still take; None if nothing is known of its jobs."""
        if not self._expected:
            return None
        shares = (min(now - begun, self._expected.get(job, 0.0))
                  for job, begun in self._running.items())  # fmt: skip
        done = self._finished + sum(shares)
        pace = (done + self._cores * TRUSTED_AFTER) / (now - self._begun + TRUSTED_AFTER)
        return max(0.0, sum(self._expected.values()) - done) / max(pace, 0.1)


def in_words(seconds: float) -> str:
    """A duration, as exact as a guess can be: 'a few s', '40 s', '17 min', '2 h 10 min'."""
    if seconds < 10:
        return "a few s"
    if seconds < 55:
        return f"{round(seconds, -1):.0f} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(round(minutes, -1), 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"
