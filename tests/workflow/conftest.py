"""The tiny study, run once from end to end, and a copy of it to damage."""

import fcntl

import pytest

from tests.workflow.runs import Project, restore


@pytest.fixture(scope="session")
def finished(tmp_path_factory, request):
    """The finished study. Not to be changed; `project` is a copy that may be.

    Of several processes that test side by side, the first one makes it.
    """
    folder = tmp_path_factory.getbasetemp()
    if hasattr(request.config, "workerinput"):
        folder = folder.parent
    project, done = Project.at(folder / "tiny"), folder / "tiny-is-finished"
    with (folder / "tiny.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            Project.new(folder / "tiny").run("all_figures", "indicators")
            done.touch()
    return project


@pytest.fixture(scope="session")
def damaged(tmp_path_factory):
    """Where tests may do what they like, and the marks of what was copied there."""
    return tmp_path_factory.mktemp("project"), {}


@pytest.fixture
def project(finished, damaged):
    """A copy of the finished study, to be changed."""
    folder, marks = damaged
    restore(finished.root.parent, folder, marks)
    return Project.at(folder)
