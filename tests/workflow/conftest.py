"""The tiny study, run once from end to end, and copies of it to damage."""

import pytest

from tests.workflow.runs import Project


@pytest.fixture(scope="session")
def finished(tmp_path_factory):
    """The finished study. Not to be changed; `project` is a copy that may be."""
    project = Project.new(tmp_path_factory.mktemp("tiny"))
    project.run("all_figures")
    return project


@pytest.fixture
def project(finished, tmp_path):
    """A copy of the finished study."""
    return finished.copy(tmp_path)
