"""YAML files as their writers mean them."""

import re
from pathlib import Path
from typing import Any

import yaml

from workflow_scripts.study.mistakes import mistake
from workflow_scripts.study.schemas import YAML_LOADER

# Of a file, with aliases written out; a real study has 2,000 nodes in 6 levels.
MOST_NODES, MOST_LEVELS = 100_000, 100


class _Loader(YAML_LOADER):
    """Remembers keys that occur twice, and takes 5e-3 for a number, which YAML 1.1 does not."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = set()
        for key_node, _ in node.value:
            if key_node.value in keys:
                self.repeated = [*getattr(self, "repeated", []), key_node]
            keys.add(key_node.value)
        return super().construct_mapping(node, deep)


_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"^[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)[eE][-+]?[0-9]+$"),
    list("-+.0123456789"),
)


def read_yaml(path: Path, label: str, mistakes: list[str]) -> Any:
    """Content of a YAML file; None, with a line in `mistakes`, if it cannot be read.

    Keys that occur twice are recorded as mistakes too.
    """
    try:
        text = path.read_bytes()
        _check_levels(text)
        loader = _Loader(text)
        node = loader.get_single_node()
        if node is not None and _nodes(node, {}) > MOST_NODES:
            found, expected = "aliases of aliases of aliases", f"at most {MOST_NODES:,} values"
            mistakes.append(mistake(label, found, expected))
            return None
        content = None if node is None else loader.construct_document(node)
    except RecursionError:
        expected = f"at most {MOST_LEVELS} levels"
        mistakes.append(mistake(label, "values within values without end", expected))
        return None
    except OSError as error:
        found = "no such file" if isinstance(error, FileNotFoundError) else str(error.strerror)
        mistakes.append(mistake(label, found, "a YAML file"))
        return None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{label}, line {mark.line + 1}" if mark else label
        problem = getattr(error, "problem", None) or str(error).splitlines()[0]
        mistakes.append(mistake(place, f"a fault in the YAML ({problem})", "key: value"))
        return None
    for node in getattr(loader, "repeated", []):
        place = f"{label}, line {node.start_mark.line + 1}, key {node.value}"
        mistakes.append(mistake(place, "the key a second time", "each key once"))
    if content is None:
        mistakes.append(mistake(label, "an empty file", "key: value"))
    return content


def _check_levels(text: bytes) -> None:
    """Refuse what is nested so deeply that libyaml would exhaust the stack, and end the process.

    Raises
    ------
    RecursionError: it is.
    """
    levels = 0
    for event in yaml.parse(text, _Loader):
        levels += isinstance(event, yaml.CollectionStartEvent)
        levels -= isinstance(event, yaml.CollectionEndEvent)
        if levels > MOST_LEVELS:
            raise RecursionError


def _nodes(node: yaml.Node, known: dict[int, int]) -> int:
    """The size of a document with aliases written out: a few of them may make billions of values.

    Raises
    ------
    RecursionError: it contains itself.
    """
    if id(node) not in known:
        children = node.value if isinstance(node, yaml.CollectionNode) else []
        pairs = (child if isinstance(child, tuple) else (child,) for child in children)
        known[id(node)] = 1 + sum(_nodes(part, known) for pair in pairs for part in pair)
    return known[id(node)]


def read_scalar(text: str) -> Any:
    """What a text means as a value in a YAML file: a number, true, null; itself if nothing else."""
    try:
        value = yaml.load(text, Loader=_Loader)
    except yaml.YAMLError:
        return text
    return text if isinstance(value, dict | list) else value
