"""The report page: what the paper claims, what came out, how sure it is, where it comes from."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from markupsafe import Markup

from workflow_scripts.cards import indicators
from workflow_scripts.cards.pages import templates
from workflow_scripts.cards.tables import Table
from workflow_scripts.files.atomic import write_text
from workflow_scripts.job import packages
from workflow_scripts.page import extremes, interaction, models, provenance, tidy_tables
from workflow_scripts.page.exhibits import (
    TITLES,
    contact_sheet,
    data_address,
    made_elsewhere,
    read_said,
    sections,
)
from workflow_scripts.page.markdown import Text, blocks, inline
from workflow_scripts.page.scorecard import scorecard, tally
from workflow_scripts.reporting import texts

FOLDER = Path(__file__).resolve().parent
ROOT = FOLDER.parents[1]
LIBRARY = FOLDER / "vendored" / "chart.umd.min.js"
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
    tidy = dict(zip(settings["measures"], _listed(files["measures"]), strict=True))
    content = _content(files, settings, tidy)
    content["contents"] = _contents(content)
    content |= {
        "configuration": yaml.safe_dump(dict(configuration), sort_keys=False, allow_unicode=True),
        "packages": [*packages.versions().items()],
        "provenance": [
            ("Page made", provenance.now()),
            ("Commit", provenance.commit(ROOT)),
            ("Digest of the study's tables", f"SHA-256 {settings['digest']}"),
            *provenance.machine(),
        ],
        "costs": provenance.costs_table(provenance.costs(settings["logs"])),
        **_archived(files, settings, tidy),
    }
    template = templates(FOLDER).get_template("page.html.jinja")
    write_text(page, template.render(**content) + "\n")


def _content(
    files: Mapping[str, Any], settings: Mapping[str, Any], tidy: Mapping[str, str]
) -> dict[str, Any]:
    """What the page says of the study and of its numbers."""
    exhibits, test = settings["exhibits"], settings["test"]
    pages = {page for each in exhibits for page in each["pages"]}
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
    sheets = zip(settings["sheets"].items(), _listed(files["sheets"]), strict=True)
    return {
        "title": settings["title"],
        "study": settings["study"]["name"],
        "compared": [name.replace("_", " ") for name in settings["compared"]],
        "description": _opened(settings["description"]),
        "about": inline(_about(settings)),
        "threshold": settings["threshold"],
        "sheets": {f"{title} ({name})": contact_sheet(path) for (name, title), path in sheets},
        "claims": claims,
        "claims_text": _paragraphs(files, "claims", pages)[:1],
        "tally": tally(claims),
        "anchors": {name: tidy_tables.anchor(name) for name in tidy},
        "charts": charts,
        "data": Markup(interaction.embedded(charts)),
        "chart_library": Markup(LIBRARY.read_text(encoding="utf-8")),
        "sections": sections(exhibits, files, said, settings["absent"], settings["choice"]),
        "elsewhere": made_elsewhere(exhibits, settings["choice"]),
        "further": {
            title: tidy_tables.read({name: tidy[name]})[0].beginning
            for title, name in settings["further"].items()
        },
        "comparison": _compared(files) if "comparison" in pages else [],
        "summary": models.summary(settings["models"], measured),
        "cards": models.cards(
            settings["models"], measured, _listed(files["cards"]), files.get("top")
        ),
        "extremes": extremes.strips(settings["models"], files["images"], files["store"])
        if "images" in files
        else {},
        "tidy": tidy_tables.read(tidy),
        "rule_graph": data_address(Path(files["rule_graph"]).read_bytes(), "image/svg+xml"),
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
    return [*found, ("models", "Models"), ("tables", "Tables"), ("provenance", "Provenance")]


def _archived(
    files: Mapping[str, Any], settings: Mapping[str, Any], tidy: Mapping[str, str]
) -> dict[str, str]:
    """All tidy tables and all tables as an archive that the page holds, and its size in words."""
    archived = {f"measures/{name}.csv": path for name, path in tidy.items()}
    for each in settings["exhibits"]:
        if each["stage"] == "tables":
            archived |= {f"tables/{page}.csv": files[page][0] for page in each["pages"]}
    content = tidy_tables.archive(archived)
    size = f"ZIP, {len(archived)} tables, {len(content) / 1e6:.1f} MB"
    return {"archive": data_address(content, "application/zip"), "archive_size": size}


def _text(files: Mapping[str, Any], page: str) -> str:
    return Path(files[page][-1]).read_text(encoding="utf-8")


def _paragraphs(files: Mapping[str, Any], page: str, pages: set[str]) -> list[Markup]:
    """The paragraphs of a table's text, without its tables; none if the study lacks it."""
    parts = blocks(_text(files, page)) if page in pages else []
    return [part.words for part in parts if isinstance(part, Text)]


def _listed(paths: Any) -> list[str]:
    return [paths] if isinstance(paths, str) else list(paths)


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
