"""A part of a data set's images, where not all are wanted."""

from collections.abc import Collection

from workflow_scripts.files.digests import sha256_text


def chosen(dataset: str, names: Collection[str], limit: int | None) -> set[str]:
    """The set of at most `limit` of a data set's member names (None: all of them).

    The choice is random but always the same: it depends on the data set's id and the names alone,
    and a smaller part is contained in a larger one.
    """
    if limit is None or limit >= len(names):
        return set(names)
    return set(sorted(names, key=lambda name: sha256_text(dataset, name))[:limit])
