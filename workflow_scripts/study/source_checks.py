"""Checks of sources.tsv across its rows."""

from workflow_scripts.study.tables import Table


def check_source_files(sources: Table) -> None:
    """Record each source whose file would lie where another's lies."""
    first = {}
    for row in sources.rows.values():
        file = row.value("file")
        if file is None:
            continue
        earlier = first.setdefault(file.casefold(), row)  # some file systems know no case
        if earlier is not row:
            found = f"'{file}' as in row {earlier.number} ({earlier.id})"
            sources.reject(row, "file", found, "a different file in each row")
