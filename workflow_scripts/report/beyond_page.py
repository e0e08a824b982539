"""The page of what lies beyond the paper: the figures and tables of the target `beyond`."""

from collections.abc import Mapping
from typing import Any

from workflow_scripts.page import whole
from workflow_scripts.page.exhibits import BEYOND, Said, Section, said_of, sections


def main(
    files: Mapping[str, Any],
    page: str,
    settings: Mapping[str, Any],
    configuration: Mapping[str, Any],
) -> None:
    """Write the page.

    Parameters
    ----------
    files: paths, or lists of them, by the names of plan/exhibits/beyond_page.py, `inputs`
    page: file to write
    settings: what plan/exhibits/beyond_page.py, `settings`, says of the study
    configuration: the configuration as used

    Raises
    ------
    InputError: a table cannot be read
    """
    shown = _sections(files, settings)
    contents = [(item.page, item.title) for section in shown for item in section.shown]
    content = {"sections": shown, "contents": contents}
    whole.write(page, "beyond_page", content, files, settings, configuration)


def _sections(files: Mapping[str, Any], settings: Mapping[str, Any]) -> list[Section]:
    """All figures and tables, called by what they show: the paper numbers none of them."""
    exhibits, absent = settings["exhibits"], settings["absent"]
    called = {page: Said(each["shows"], BEYOND, "") for each in exhibits for page in each["pages"]}
    called |= {page: said_of(called, page) for page in absent}
    return [
        section._replace(shown=[item._replace(shows="") for item in section.shown])
        for section in sections(exhibits, files, called, absent, settings["choice"])
    ]


if __name__ == "__main__":
    from workflow_scripts.job.lifecycle import job, named_inputs

    snakemake: Any
    with job(snakemake):
        main(
            named_inputs(snakemake),
            snakemake.output[0],
            snakemake.params.settings,
            snakemake.params.configuration,
        )
