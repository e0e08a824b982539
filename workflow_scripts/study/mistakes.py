"""Lines about mistakes in the input: where, what was found, what is expected, the nearest name."""

import difflib
from collections.abc import Iterable
from typing import Any

_LISTED = 12
_LONGEST = 60


def mistake(
    place: str, found: str, expected: str, *, name: Any = None, valid: Iterable[str] = ()
) -> str:
    """One line about a mistake, ending in the valid name nearest to `name` if one is near."""
    line = f"{place}: found {found}, expected {expected}"
    close = nearest(name, valid)
    return f"{line}; did you mean '{close}'?" if close else line


def unknown_name(place: str, name: str, valid: Iterable[str], phrase: str = "") -> str:
    """One line about a name that is none of the valid ones, which `phrase` describes."""
    names = list(valid)
    return mistake(place, f"'{name}'", options(names, phrase), name=name, valid=names)


def nearest(name: Any, valid: Iterable[str]) -> str | None:
    """The valid name most like `name`, or None if none is much like it."""
    if not isinstance(name, str):
        return None
    folded: dict[str, str] = {}
    for candidate in valid:
        folded.setdefault(candidate.casefold(), candidate)
    close = difflib.get_close_matches(name.casefold(), folded, n=1)
    return folded[close[0]] if close else None


def options(names: Iterable[str], phrase: str = "") -> str:
    """What is expected where a name from a list is: the phrase, and the names unless many."""
    names = list(names)
    if not names:
        return f"{phrase} (there is none)" if phrase else "nothing"
    listed = ", ".join(names)
    if not phrase:
        return listed if len(names) == 1 else f"one of {listed}"
    return f"{phrase} ({listed})" if len(names) <= _LISTED else phrase


def quoted(value: Any) -> str:
    """A value as a message quotes it."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return f"keys and values ({', '.join(map(str, value))})" if value else "an empty mapping"
    if isinstance(value, list | tuple):
        return f"a list of {len(value)}"
    text = repr(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}...{text[0]}"
