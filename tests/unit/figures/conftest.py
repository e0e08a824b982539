"""Figures as their scripts would save them, so that no test has to render one."""

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from matplotlib.figure import Figure


class Saved(NamedTuple):
    """What a script saves."""

    figure: Figure
    files: tuple
    caption: str


@pytest.fixture
def saved(monkeypatch) -> Callable[..., list[Saved]]:
    """Runs the `main` of a figure script; what it would save, in order."""

    def run(script: Any, *arguments: Any, **settings: Any) -> list[Saved]:
        found: list[Saved] = []
        monkeypatch.setattr(script, "save", lambda *what: found.append(Saved(*what)))
        script.main(*arguments, **settings)
        assert all(all(each.files) for each in found), "a figure lacks the name of a file"
        return found

    return run
