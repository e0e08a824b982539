"""Figures as their scripts would save them, so that no test has to render one."""

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from matplotlib.figure import Figure

from workflow_scripts.reporting.pages import FigureFiles


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

        def save(figure: Figure, files: FigureFiles, caption: str, study: str = "") -> None:
            found.append(Saved(figure, files, caption))
            titles = " ".join(ax.get_title(loc="left") for ax in figure.axes)
            own = "study" not in settings or f"This study ({settings['study']['name']})" in titles
            assert own or study == settings["study"]["name"], "nothing says which study it is"

        monkeypatch.setattr(script, "save", save)
        script.main(*arguments, **settings)
        assert all(all(each.files) for each in found), "a figure lacks the name of a file"
        return found

    return run
