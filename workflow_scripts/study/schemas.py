"""Checks against the JSON schemas in `schemas/`, with a line for each mistake."""

from collections.abc import Iterator
from functools import cache
from math import isfinite
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from jsonschema import Draft4Validator, Draft202012Validator, ValidationError, validators

from workflow_scripts.study.mistakes import mistake, nearest, options, quoted

FOLDER = Path(__file__).resolve().parents[2] / "schemas"

# The C loader is ten times faster, but not every installation has it.
YAML_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

# Keywords of a schema that concern several keys of a mapping at once.
_CONDITIONS = ("allOf", "if", "required")

KeyPath = tuple[str | int, ...]


class Problem(NamedTuple):
    """One violation of a schema.

    Attributes
    ----------
    path: the way to the value, or to the key that is unknown or missing
    found, expected: what is there and what should be, in words
    name, allowed: what may be a misspelling, and the names of which it may be one
    """

    path: KeyPath
    found: str
    expected: str
    name: Any = None
    allowed: tuple[str, ...] = ()

    def line(self, place: str) -> str:
        """The line about this mistake, at a place in words."""
        return mistake(place, self.found, self.expected, name=self.name, valid=self.allowed)


@cache
def schema(name: str) -> dict[str, Any]:
    """The schema `schemas/<name>.schema.yaml`."""
    with open(FOLDER / f"{name}.schema.yaml", "rb") as stream:
        return yaml.load(stream, Loader=YAML_LOADER)


@cache
def part_at(name: str, path: KeyPath) -> dict[str, Any]:
    """The part of the schema `name` about the value at `path`, conditions apart."""
    whole = part = schema(name)
    for key in path:
        named = part.get("properties", {}).get(key)
        part = named or part.get("items" if isinstance(key, int) else "additionalProperties") or {}
        if "$ref" in part:
            part = whole["$defs"][part["$ref"].rpartition("/")[2]]
    return part


def problems(name: str, value: Any, *, conditions: bool = True) -> list[Problem]:
    """Violations of the schema `name` by `value`, at most one for each place, in its order.

    A key that looks like a missing one is reported as a misspelling alone. Without `conditions`,
    only single values are judged: no key is required, and none depends on another.
    """
    seen: dict[KeyPath, Problem] = {}
    for error in validator(name).iter_errors(value):
        if conditions or error.absolute_schema_path[0] not in _CONDITIONS:
            for problem in _problems(error, name):
                seen.setdefault(problem.path, problem)
    return list(seen.values())


def document_mistakes(name: str, document: Any, label: str) -> list[str]:
    """A line for each violation of the schema `name` by the content of the file `label`."""
    return [
        problem.line(f"{label}, key {key_of(problem.path)}" if problem.path else label)
        for problem in problems(name, document)
    ]


def key_of(path: KeyPath) -> str:
    """A path in words, for example `recipes.web.betas[1]`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return text.removeprefix(".")


@cache
def validator(name: str) -> Draft202012Validator:
    """The validator of the schema `name`."""
    return _Validator(schema(name))


def _is_finite_number(checker: Any, value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)


# Later drafts take 2.0 for an integer, draft 4 and Python's range do not; all of them take NaN for
# a number, which no bound refuses.
_Validator = validators.extend(
    Draft202012Validator,
    type_checker=Draft4Validator.TYPE_CHECKER.redefine("number", _is_finite_number),
)


def _problems(error: ValidationError, name: str) -> Iterator[Problem]:
    path = tuple(error.absolute_path)
    value: Any = error.instance
    rule: Any = error.schema
    if error.validator in ("additionalProperties", "required"):
        known = tuple(part_at(name, path).get("properties", ()))
        unknown = [key for key in value if key not in known]
        if error.validator == "additionalProperties":
            for key in unknown:
                yield Problem((*path, key), "an unknown key", options(known), key, known)
            return
        missing = [key for key in rule["required"] if key not in value]
        misspelt = {nearest(key, known) for key in unknown} if missing else ()
        for key in missing:
            if key not in misspelt:
                expected = _expected(part_at(name, (*path, key)))
                yield Problem((*path, key), "no such key", expected)
    elif "propertyNames" in error.absolute_schema_path:
        yield Problem((*path, value), f"the name {quoted(value)}", _expected(rule))
    else:
        allowed = tuple(each for each in rule.get("enum", ()) if isinstance(each, str))
        expected = _expected(rule) or error.message
        yield Problem(path, _found(value, rule), expected, value, allowed)


def _found(value: Any, rule: dict[str, Any]) -> str:
    wants_number = {"integer", "number"} & {*types(rule)}
    return f"the text {quoted(value)}" if wants_number and isinstance(value, str) else quoted(value)


def types(part: dict[str, Any]) -> list[str]:
    """The types that a part of a schema allows; none if it does not say."""
    named = part.get("type", [])
    return [named] if isinstance(named, str) else named


def _expected(part: dict[str, Any]) -> str:
    """What a part of a schema asks for, in words."""
    if "title" in part:
        return part["title"]
    if "enum" in part:
        return options("nothing" if name is None else str(name) for name in part["enum"])
    words = {"object": "keys and values", "array": "a list", "null": "nothing"}
    return " or ".join(words.get(name, name) for name in types(part)) or "such a key"
