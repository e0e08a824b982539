"""What one may quote of a run that was held against a reference."""

import pandas as pd

KEYS = ["table", "row", "column"]
COLUMNS = ["kind", *KEYS, "found", "low", "high", "score", "broken"]


class Kind:
    """What a line of the table is of."""

    NUMBER, GROUP, CLAIM, DATA = "number", "group", "claim", "data set"


def sentence(table: pd.DataFrame) -> str:
    """What one may quote."""
    counts = {}
    for kind in (Kind.NUMBER, Kind.GROUP, Kind.CLAIM, Kind.DATA):
        own = table[table["kind"] == kind]
        wrong = own["score"] > 0 if kind == Kind.CLAIM else own["broken"]
        counts[kind] = f"{len(own) - int(wrong.sum()):,} of {len(own):,}"
    return (
        f"{counts[Kind.NUMBER]} numbers and {counts[Kind.GROUP]} groups of them within the "
        f"reference's range, {counts[Kind.CLAIM]} settled claims agree, {counts[Kind.DATA]} data "
        "sets are the same"
    )
