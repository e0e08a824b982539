"""The same bytes with one, two and five cores, each in a folder of its own.

Those with two are the finished study, which the others are compared with.
"""

from functools import partial

from tests.campaign.common import Case, Deviation, Place, check_same, ran
from tests.workflow.runs import Project


def cases(rounds: int) -> list[Case]:
    """The whole tiny study from nothing."""
    names = {1: "elsewhere", 5: "a folder/deeper"}
    return [
        Case(f"--cores {cores}, in '{name}'", partial(_cold, cores, name))
        for cores, name in names.items()
    ]


def _cold(cores: int, name: str, place: Place) -> str:
    project = Project.new(place.folder / name)
    run = ran(project, "all_figures", cores=cores)
    if run.status:
        raise Deviation(f"it fails: {run.printed.strip().splitlines()[-1]}")
    check_same(project, place.finished)
    return "the same bytes: figures, tables, and all that they are made of"
