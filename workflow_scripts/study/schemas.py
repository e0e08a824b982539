"""Checks against the JSON schemas in `schemas/`, with a line for each mistake."""

from collections.abc import Iterator, Mapping
from functools import cache
from math import isfinite
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from jsonschema import Draft202012Validator, ValidationError, validators

from workflow_scripts.study.mistakes import mistake, nearest, one_of, shown

FOLDER = Path(__file__).resolve().parents[2] / "schemas"

# The C loader is ten times faster, but not every installation has it.
YAML_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_RULES = ("allOf", "if", "then", "else", "required")

KeyPath = tuple[str | int, ...]


class Problem(NamedTuple):
    """One violation of a schema.

    `path` leads to the value, or to the key that is unknown or missing; `kind` is "unknown",
    "missing" or "value"; `allowed` are the names among which the right one may be.
    """

    path: KeyPath
    kind: str
    found: str
    expected: str
    name: Any = None
    allowed: tuple[str, ...] = ()

    def line(self, place: str) -> str:
        """The line about this mistake, at a place in words."""
        return mistake(place, self.found, self.expected, name=self.name, valid=self.allowed)


@cache
def schema(name: str) -> dict:
    """The schema `schemas/<name>.schema.yaml`."""
    with open(FOLDER / f"{name}.schema.yaml", "rb") as stream:
        return yaml.load(stream, Loader=YAML_LOADER)


def problems(name: str, value: Any, *, rules: bool = True) -> list[Problem]:
    """Violations of the schema `name` by `value`, at most one for each place, in its order.

    A key that looks like a missing one is reported as a misspelling alone. With `rules` false,
    only single values are judged: no key is required and conditions between keys are left out.
    """
    seen: dict[KeyPath, Problem] = {}
    for error in _validator(name, rules).iter_errors(value):
        for problem in _problems(error, schema(name)):
            seen.setdefault(problem.path, problem)
    meant = {
        problem.path[:-1] + (nearest(problem.name, problem.allowed),)
        for problem in seen.values()
        if problem.kind == "unknown"
    }
    return [
        problem
        for problem in seen.values()
        if not (problem.kind == "missing" and problem.path in meant)
    ]


def key_of(path: KeyPath) -> str:
    """A path in words, for example `recipes.web.betas[1]`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return text.removeprefix(".")


@cache
def _validator(name: str, rules: bool) -> Draft202012Validator:
    content = schema(name)
    if not rules:
        content = {key: part for key, part in content.items() if key not in _RULES}
    return _Validator(content)


def _is_integer(checker: Any, value: Any) -> bool:
    # JSON Schema takes 2.0 for an integer, Python's range does not.
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(checker: Any, value: Any) -> bool:
    return _is_integer(checker, value) or (isinstance(value, float) and isfinite(value))


_Validator = validators.extend(
    Draft202012Validator,
    type_checker=Draft202012Validator.TYPE_CHECKER.redefine_many(
        {"integer": _is_integer, "number": _is_number}
    ),
)


def _problems(error: ValidationError, whole: Mapping) -> Iterator[Problem]:
    path = tuple(error.absolute_path)
    if error.validator == "additionalProperties":
        known = tuple(error.schema.get("properties", ()))
        for key in error.instance:
            if key not in known:
                yield Problem(path + (key,), "unknown", "an unknown key", one_of(known), key, known)
    elif error.validator == "required":
        for key in error.validator_value:
            if key not in error.instance:
                expected = _expected(_part(whole, path + (key,)))
                yield Problem(path + (key,), "missing", "no such key", expected)
    elif "propertyNames" in error.absolute_schema_path:
        key = error.instance
        yield Problem(path + (key,), "value", f"the name {shown(key)}", _expected(error.schema))
    else:
        allowed = tuple(name for name in error.schema.get("enum", ()) if isinstance(name, str))
        found, expected = _found(error), _expected(error.schema) or error.message
        yield Problem(path, "value", found, expected, error.instance, allowed)


def _part(whole: Mapping, path: KeyPath) -> Mapping:
    """The part of a schema about the value at `path`, conditions apart."""
    part = whole
    for key in path:
        named = part.get("properties", {}).get(key)
        part = named or part.get("items" if isinstance(key, int) else "additionalProperties") or {}
        if "$ref" in part:
            part = whole["$defs"][part["$ref"].rpartition("/")[2]]
    return part


def _found(error: ValidationError) -> str:
    text = shown(error.instance)
    wants_number = {"integer", "number"} & {*_types(error.schema)}
    return f"the text {text}" if wants_number and isinstance(error.instance, str) else text


def _types(part: Mapping) -> list[str]:
    types = part.get("type", [])
    return [types] if isinstance(types, str) else types


def _expected(part: Mapping) -> str:
    """What a part of a schema asks for, in words."""
    if "title" in part:
        return part["title"]
    if "enum" in part:
        return one_of("nothing" if name is None else str(name) for name in part["enum"])
    words = {"object": "keys and values", "array": "a list", "null": "nothing"}
    return " or ".join(words.get(name, name) for name in _types(part)) or "such a key"
