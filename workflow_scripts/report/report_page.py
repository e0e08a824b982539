"""The report page: what the paper claims, what came out, how sure it is, where it comes from."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from markupsafe import Markup

from workflow_scripts.cards import indicators
from workflow_scripts.cards.tables import Table
from workflow_scripts.page import extremes, interaction, models, tidy_tables, whole
from workflow_scripts.page.exhibits import (
    BEYOND,
    TITLES,
    contact_sheet,
    made_elsewhere,
    read_said,
    sections,
    svg_address,
)
from workflow_scripts.page.markdown import Text, blocks, inline
from workflow_scripts.page.scorecard import scorecard, tally
from workflow_scripts.page.whole import listed
from workflow_scripts.reporting import texts

LIBRARY = whole.TEMPLATES / "vendored" / "chart.umd.min.js"
OPENING = 3  # sentences of the study's description that stand open
OF = "of_"  # before the names of the indicators' tables among the inputs


def main(
    files: Mapping[str, Any],
    page: str,
    settings: Mapping[str, Any],
    configuration: Mapping[str, Any],
) -> None:
    """Write the page.

    Parameters
    ----------
    files: paths, or lists of them, by the names of plan/exhibits/report_page.py, `inputs`
    page: file to write
    settings: what plan/exhibits/report_page.py, `settings`, says of the study
    configuration: the configuration as used

    Raises
    ------
    InputError: a file lacks what it should have
    """
    content = _content(files, settings)
    content["contents"] = _contents(content)
    whole.write(page, "report_page", content, files, settings, configuration)


def _content(files: Mapping[str, Any], settings: Mapping[str, Any]) -> dict[str, Any]:
    """What the page says of the study and of its numbers."""
    exhibits, test = settings["exhibits"], settings["test"]
    pages = {page for each in exhibits for page in each["pages"]}
    tidy = whole.tidy_of(files, settings)
    tables = {name.removeprefix(OF): path for name, path in files.items() if name.startswith(OF)}
    measured = indicators.read(
        tables, settings["models"], test["id"], settings["threshold"], settings["headless"]
    )
    said = read_said(files["said"])
    charts = interaction.charts(settings["models"], measured, files.get("paths"), test["id"])
    claims = (
        scorecard(
            files["claims"][0], files["cases"], files["claims_tested"], files["evidence"],
            said, pages, tidy,
        )
        if "claims" in pages
        else []
    )  # fmt: skip
    sheets = zip(settings["sheets"].items(), listed(files["sheets"]), strict=True)
    return {
        "compared": [name.replace("_", " ") for name in settings["compared"]],
        "description": _opened(settings["description"]),
        "about": inline(_about(settings)),
        "threshold": settings["threshold"],
        "sheets": {f"{title} ({name})": contact_sheet(path) for (name, title), path in sheets},
        "claims": claims,
        "claims_text": _paragraphs(files, "claims", pages)[:1],
        "tally": tally(claims),
        "charts": charts,
        "data": Markup(interaction.embedded(charts)),
        "chart_library": Markup(LIBRARY.read_text(encoding="utf-8")),
        "sections": sections(exhibits, files, said, settings["absent"], settings["choice"]),
        "elsewhere": made_elsewhere(exhibits, settings["choice"]),
        "further": {
            title: tidy_tables.read({name: tidy[name]})[0].beginning
            for title, name in settings["further"].items()
        },
        "beyond": settings["beyond"],
        "choice": settings["choice"],
        "comparison": _compared(files) if "comparison" in pages else [],
        "summary": models.summary(settings["models"], measured),
        "cards": models.cards(
            settings["models"], measured, listed(files["cards"]), files.get("top")
        ),
        "extremes": extremes.strips(settings["models"], files["images"], files["store"])
        if "images" in files
        else {},
        "rule_graph": svg_address(files["rule_graph"]),
    }


def _compared(files: Mapping[str, Any]) -> list[Text | Table]:
    """The comparison without the table of the claims, of which the scorecard has more."""
    parts = blocks(_text(files, "comparison"))
    return [
        part for part in parts if not (isinstance(part, Table) and part.caption == "Directions.")
    ]


def _about(settings: Mapping[str, Any]) -> str:
    """What was measured of what, in Markdown."""
    count, sets = len(settings["models"]), len(settings["sheets"])
    test = settings["test"]
    shifts = f" and {len(settings['shifts'])} shifts of it" if settings["shifts"] else ""
    return (
        f"{texts.study_sentence(settings['study'])} {count} models, {sets} data sets; the test set "
        f"is {test['title']} (`{test['id']}`){shifts}. "
        f"{texts.interval_sentence(settings['confidence'], settings['study'])}"
    )


def _opened(description: str) -> tuple[str, str]:
    """The first sentences of a description, and the others."""
    sentences = re.split(r"(?<=[.!?])\s+", description.strip())
    return " ".join(sentences[:OPENING]), " ".join(sentences[OPENING:])


def _contents(content: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The sections of the page: id and name of each."""
    short = {title: name for name, title in TITLES.items()}
    found = [("study", "The study"), ("ideas", "Four ideas"), ("scorecard", "Scorecard")]
    if any(content["charts"].values()):
        found.append(("look", "Look for yourself"))
    found += [(each.name, short.get(each.title, each.title)) for each in content["sections"]]
    found += [(title.lower(), title) for title in content["further"]]
    if content["comparison"]:
        found.append(("comparison", "Comparison"))
    if content["beyond"]:
        found.append(("beyond", BEYOND))
    return [*found, ("models", "Models")]


def _text(files: Mapping[str, Any], page: str) -> str:
    return Path(files[page][-1]).read_text(encoding="utf-8")


def _paragraphs(files: Mapping[str, Any], page: str, pages: set[str]) -> list[Markup]:
    """The paragraphs of a table's text, without its tables; none if the study lacks it."""
    parts = blocks(_text(files, page)) if page in pages else []
    return [part.words for part in parts if isinstance(part, Text)]


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
