"""Stamps: hashes of all that a rule's result depends on, beside its input files.

Snakemake judges a script by its modification time and does not know the modules that it imports.
A rule's stamp is one of its params instead, so that the job reruns when the meaning of the code or
the settings changed, and only then.
"""

import ast
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from workflow_scripts.job.errors import InputError

PACKAGE = "workflow_scripts"

_STAMP_LENGTH = 16
_SCALARS = (str, bool, int, float, type(None))


def stamp(root: Path, script: str, settings: Any, files: Iterable[str | Path] = ()) -> str:
    """Hash of a script's meaning, of its settings and of the repository's data files it reads.

    Code counts by its syntax tree without docstrings: comments and formatting do not matter. With
    the script count all modules of the project that it imports, also inside functions and through
    one another, and the `__init__` modules of the packages on the way.

    Parameters
    ----------
    root: the repository's root, which holds the package `workflow_scripts`
    script: path of the script below `workflow_scripts/`, for example "analysis/accuracy.py"
    settings: what JSON can hold; the order of keys does not matter
    files: paths, relative to `root` or absolute, of small files whose content counts

    Returns
    -------
    16 hexadecimal digits.

    Raises
    ------
    InputError: a module or a file is missing or unreadable, or has a syntax error
    TypeError: `settings` hold something that JSON cannot (a path, a NumPy number); names the key
    """
    root = Path(root).absolute()
    parts = {
        "code": _code(root, script),
        "settings": _plain(settings, "settings"),
        "files": [[_name(root, file), _file_digest(root / file)] for file in files],
    }
    text = json.dumps(parts, sort_keys=True, ensure_ascii=True, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:_STAMP_LENGTH]


@cache
def _code(root: Path, script: str) -> list[list[str]]:
    """Path and digest of each module of a script."""
    modules = imported_modules(root, script)
    return [[str(path.relative_to(root)), _module(root, path).digest] for path in modules]


def imported_modules(root: Path, script: str) -> list[Path]:
    """Sorted paths of the script and of all project modules that it imports, transitively.

    Parameters and errors are those of `stamp`.
    """
    root = Path(root).absolute()
    waiting = [root / PACKAGE / script]
    found = set()
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            waiting.extend(_module(root, path).imports)
    return sorted(found)


class _Module:
    """Digest of one module's syntax tree and the paths of the project modules it imports."""

    def __init__(self, root: Path, path: Path):
        tree = _parsed(root, path)
        self.imports = frozenset(_imports(root, path, tree))
        self.digest = hashlib.sha256("".join(_tokens(tree)).encode()).hexdigest()


@cache
def _module(root: Path, path: Path) -> _Module:
    return _Module(root, path)


def _parsed(root: Path, path: Path) -> ast.Module:
    name = path.relative_to(root)
    try:
        return ast.parse(path.read_bytes())
    except OSError as error:
        raise InputError(f"{name}: found no readable script ({error.strerror})") from error
    except SyntaxError as error:
        raise InputError(f"{name}, line {error.lineno}: {error.msg}") from error
    except ValueError as error:  # null bytes
        raise InputError(f"{name}: not Python source ({error})") from error


def _tokens(node: Any) -> list[str]:
    """Pieces of text that together determine a syntax tree, apart from its docstrings.

    Unlike `ast.dump`, fields without content are left out, so that a newer Python with more
    optional fields gives the same text.
    """
    pieces: list[str] = []
    _add_tokens(node, pieces)
    return pieces


def _add_tokens(node: Any, pieces: list[str]) -> None:
    if isinstance(node, ast.AST):
        pieces.append(f"({type(node).__name__}")
        for field in node._fields:
            value: Any = getattr(node, field, None)
            if field == "body" and _has_docstring(node):
                value = value[1:]
            if value is not None and value != [] and field not in ("ctx", "kind"):
                pieces.append(f" {field}=")
                _add_tokens(value, pieces)
        pieces.append(")")
    elif isinstance(node, list):
        pieces.append("[")
        for item in node:
            _add_tokens(item, pieces)
            pieces.append(",")
        pieces.append("]")
    else:
        pieces.append(repr(node))


def _has_docstring(node: ast.AST) -> bool:
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    if not isinstance(node, documented) or not node.body:
        return False
    first = node.body[0]
    return (
        isinstance(first, ast.Expr)
        and isinstance(first.value, ast.Constant)
        and isinstance(first.value.value, str)
    )


def _imports(root: Path, path: Path, tree: ast.Module) -> Iterator[Path]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield from _paths(root, path, node, alias.name)
        elif isinstance(node, ast.ImportFrom):
            module = _absolute_name(root, path, node)
            yield from _paths(root, path, node, module)
            for alias in node.names:
                if submodule := _file_of(root, f"{module}.{alias.name}"):
                    yield submodule


def _absolute_name(root: Path, path: Path, node: ast.ImportFrom) -> str:
    """Dotted name of the module in `from ... import`, with leading dots resolved."""
    if not node.level:
        return node.module or ""
    package = path.relative_to(root).parent.parts
    kept = package[: len(package) - node.level + 1]
    return ".".join([*kept, *([node.module] if node.module else [])])


def _paths(root: Path, path: Path, node: ast.stmt, name: str) -> Iterator[Path]:
    """Files of the module `name` and of the packages around it, if it belongs to the project."""
    parts = name.split(".")
    if parts[0] != PACKAGE:
        return
    for end in range(1, len(parts) + 1):
        dotted = ".".join(parts[:end])
        file = _file_of(root, dotted)
        if file:
            yield file
        elif not root.joinpath(*parts[:end]).is_dir():
            raise InputError(
                f"{path.relative_to(root)}, line {node.lineno}: imports {dotted}, "
                "which does not exist"
            )


@cache
def _file_of(root: Path, name: str) -> Path | None:
    if name.partition(".")[0] != PACKAGE:
        return None
    place = root.joinpath(*name.split("."))
    candidates = (place.with_name(place.name + ".py"), place / "__init__.py")
    return next((file for file in candidates if file.is_file()), None)


def _name(root: Path, file: str | Path) -> str:
    """Name of a file, the same in every copy of the repository."""
    path = root / file
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name


def _file_digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from error


def _plain(value: Any, place: str) -> Any:
    """`value` with mappings as dicts and sequences as lists, all of it fit for JSON."""
    if isinstance(value, Mapping):
        for key in value:
            # Not isinstance: a subclass of str or int would be written as what it is not.
            if type(key) is not str:
                raise TypeError(f"{place}: the key {key!r} is no text")
        return {key: _plain(item, f"{place}.{key}") for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item, f"{place}[{index}]") for index, item in enumerate(value)]
    if type(value) not in _SCALARS or value in (float("inf"), float("-inf")) or value != value:
        raise TypeError(f"{place}: JSON cannot hold {value!r} ({type(value).__name__})")
    return value
