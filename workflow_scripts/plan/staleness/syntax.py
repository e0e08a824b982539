"""What one module defines, uses and imports, read from its syntax tree.

What only says something is left out: docstrings, messages of the log, what an exception is raised
with.
"""

import ast
import hashlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

# What a module runs when it is imported, and when it is the program: not names of definitions
ON_IMPORT, AS_PROGRAM = "<import>", "<program>"

_LOG_METHODS = {"debug", "info", "warning", "error", "exception"}
_LATER = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
_DOCUMENTED = (ast.Module, *_LATER)


@dataclass
class Definition:
    """All top-level statements that bind one name, or that run for their effect.

    Attributes
    ----------
    digest: of their syntax trees
    uses: names in them, alone or with the attribute that follows, as in `records.finish`
    imports: [module, name] of what they import themselves; no name for a whole module
    texts: texts in them that may be names of modules, for those that import by name
    """

    digest: str
    uses: list[str]
    imports: list[list[str]]
    texts: list[str]


@dataclass
class Module:
    """A module's definitions by name, and [module, name] of its names for imported things."""

    definitions: dict[str, Definition] = field(default_factory=dict)
    imported: dict[str, list[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, content: dict[str, Any]) -> "Module":
        """A module of what `dataclasses.asdict` made of it."""
        found = {name: Definition(**each) for name, each in content["definitions"].items()}
        return cls(found, content["imported"])


def analysed(source: bytes, package: str) -> Module:
    """Read a module.

    Parameters
    ----------
    source: its text
    package: dotted name of the package that it lies in, from which relative imports start

    Raises
    ------
    SyntaxError, ValueError: the text is not Python.
    """
    tree = _Silenced().visit(ast.parse(source))
    statements: dict[str, list[ast.stmt]] = defaultdict(list)
    module = Module()
    for statement in tree.body:
        names = [*_bound(statement)]
        for name in names:
            statements[name].append(statement)
        if not isinstance(statement, _LATER) and AS_PROGRAM not in names:
            module.imported |= {name: found for name, *found in _imports(statement, package)}
    module.definitions = {name: _definition(each, package) for name, each in statements.items()}
    return module


def _definition(statements: list[ast.stmt], package: str) -> Definition:
    pieces: list[str] = []
    uses: set[str] = set()
    _add_tokens(statements, pieces)
    for statement in statements:
        _add_uses(statement, uses)
    nodes = [node for statement in statements for node in ast.walk(statement)]
    texts = {node.value for node in nodes if isinstance(node, ast.Constant)}
    imports = {(found[1], found[2]) for each in statements for found in _imports(each, package)}
    return Definition(
        digest=hashlib.sha256("".join(pieces).encode()).hexdigest()[:16],
        uses=sorted(uses),
        imports=sorted([*each] for each in imports),
        texts=sorted(text for text in texts if isinstance(text, str) and _is_dotted(text)),
    )


def _is_dotted(text: str) -> bool:
    return "." in text and text.replace(".", "").isidentifier()


def _bound(statement: ast.stmt) -> Iterator[str]:
    """The names under which a top-level statement counts."""
    if isinstance(statement, _LATER):
        yield statement.name
    elif isinstance(statement, ast.Import | ast.ImportFrom):
        yield from (alias.asname or alias.name for alias in statement.names)
    elif isinstance(statement, ast.If) and ast.unparse(statement.test) == "__name__ == '__main__'":
        yield AS_PROGRAM
    else:
        nodes = [*ast.walk(statement)]
        stored = {node.id for node in nodes if isinstance(node, ast.Name) and _is_stored(node)}
        yield from stored | {node.name for node in nodes if isinstance(node, _LATER)}
        if not isinstance(statement, ast.Assign | ast.AnnAssign) or not stored:
            yield ON_IMPORT


def _is_stored(node: ast.Name) -> bool:
    return isinstance(node.ctx, ast.Store)


class _Silenced(ast.NodeTransformer):
    """Leaves out of a syntax tree what only says something."""

    def generic_visit(self, node: ast.AST) -> ast.AST:
        super().generic_visit(node)
        if isinstance(node, _DOCUMENTED) and node.body and _is_text(node.body[0]):
            del node.body[0]
        return node

    def visit_Raise(self, node: ast.Raise) -> ast.AST:
        kind = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
        return ast.Raise(exc=kind, cause=None)

    def visit_Expr(self, node: ast.Expr) -> ast.AST | None:
        call = node.value
        said = (
            isinstance(call, ast.Call)
            and isinstance(call.func, ast.Attribute)
            and isinstance(call.func.value, ast.Name)
            and call.func.value.id == "log"
            and call.func.attr in _LOG_METHODS
        )
        return None if said else self.generic_visit(node)


def _is_text(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def _add_tokens(node: Any, pieces: list[str]) -> None:
    """Add texts that together determine a syntax tree.

    Unlike `ast.dump`, fields without content are left out, so that a newer Python with more
    optional fields gives the same text.
    """
    if isinstance(node, ast.AST):
        pieces.append(f"({type(node).__name__}")
        for name in node._fields:
            value: Any = getattr(node, name, None)
            if value is not None and value != [] and name not in ("ctx", "kind"):
                pieces.append(f" {name}=")
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


def _add_uses(node: ast.AST, uses: set[str]) -> None:
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        uses.add(f"{node.value.id}.{node.attr}")
    elif isinstance(node, ast.Name):
        uses.add(node.id)
    else:
        for child in ast.iter_child_nodes(node):
            _add_uses(child, uses)


def _imports(statement: ast.stmt, package: str) -> Iterator[tuple[str, str, str]]:
    """(name, module, attribute) of everything that a statement imports."""
    for node in ast.walk(statement):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.asname or alias.name, alias.name, ""
        elif isinstance(node, ast.ImportFrom):
            around = package.split(".")[: package.count(".") + 2 - node.level] if node.level else []
            dotted = ".".join([*around, *filter(None, [node.module])])
            for alias in node.names:
                yield alias.asname or alias.name, dotted, alias.name
