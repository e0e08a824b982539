"""A whole page: what all pages say beside their figures and tables, and how it becomes HTML."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from workflow_scripts.cards.pages import templates
from workflow_scripts.files.atomic import write_text
from workflow_scripts.job import packages
from workflow_scripts.page import provenance, tidy_tables
from workflow_scripts.page.exhibits import data_address

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = ROOT / "workflow_scripts" / "report"
CLOSING = [("tables", "Tables"), ("provenance", "Provenance")]  # sections that each page ends with


def write(
    page: str,
    rule: str,
    content: Mapping[str, Any],
    files: Mapping[str, Any],
    settings: Mapping[str, Any],
    configuration: Mapping[str, Any],
) -> None:
    """Write a page.

    Parameters
    ----------
    page: file to write
    rule: that makes it, of which the page's template bears the name
    content: what the template shows beside tables and provenance; `contents` are its sections, id
        and name of each
    files, settings, configuration: as for report/report_page.py, `main`

    Raises
    ------
    InputError: a table cannot be read
    """
    tidy = tidy_of(files, settings)
    template = templates(TEMPLATES).get_template(f"{rule}.html.jinja")
    html = template.render(
        {
            "rule": rule,
            "title": settings["title"],
            "study": settings["study"]["name"],
            "anchors": {name: tidy_tables.anchor(name) for name in tidy},
            "tidy": tidy_tables.read(tidy),
            **_archived(files, settings, tidy),
            "configuration": yaml.safe_dump(
                dict(configuration), sort_keys=False, allow_unicode=True
            ),
            "packages": [*packages.versions().items()],
            "provenance": [
                ("Page made", provenance.now()),
                ("Commit", provenance.commit(ROOT)),
                ("Digest of the study's tables", f"SHA-256 {settings['digest']}"),
                *provenance.machine(),
            ],
            "costs": provenance.costs_table(provenance.costs(settings["logs"])),
            **content,
            "contents": [*content["contents"], *CLOSING],
        }
    )
    write_text(page, html + "\n")


def tidy_of(files: Mapping[str, Any], settings: Mapping[str, Any]) -> dict[str, str]:
    """The tidy tables: path by name."""
    return dict(zip(settings["measures"], listed(files["measures"]), strict=True))


def listed(paths: Any) -> list[str]:
    """Paths, of which Snakemake gives a single one as itself."""
    return [paths] if isinstance(paths, str) else list(paths)


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
