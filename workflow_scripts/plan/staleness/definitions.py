"""Which definitions of the project's code a script's result depends on, followed name by name.

A script counts whole. Of a module that it imports count the definitions that it uses, what these
use in turn, and the statements that run when the module is imported. What only says something does
not count: docstrings, comments, messages of the log, what an exception is raised with. Nor does the
plumbing, which surrounds the work of every job and decides nothing about its result.
"""

import hashlib
import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

from workflow_scripts.files.atomic import write_text
from workflow_scripts.job.errors import InputError
from workflow_scripts.plan.staleness import syntax
from workflow_scripts.plan.staleness.syntax import AS_PROGRAM, ON_IMPORT, Module, analysed

PACKAGE = "workflow_scripts"
# Modules of which nothing counts: how a job runs, reports and writes its files.
PLUMBING = ("job/errors.py", "job/lifecycle.py", "job/progress.py", "job/records.py",
            "files/atomic.py", "method/errors.py")  # fmt: skip
EVERYTHING = "*"  # all that a module defines
CACHE = Path(".snakemake/definitions.json")  # below the digest of what follows


def definitions(root: Path, script: str) -> list[list[str]]:
    """What a script depends on: sorted [module, name, digest], modules below the package.

    Parameters
    ----------
    root: the repository's root, which holds the package `workflow_scripts`
    script: path below `workflow_scripts/`, for example "models/pretrain.py"

    Raises
    ------
    InputError: a module is missing or unreadable, or has a syntax error
    """
    root = root.absolute()
    remembered = _remembered()
    if remembered["state"] == _state(root) and script in remembered["scripts"]:
        return remembered["scripts"][script]
    _FOUND[script] = found = _followed(root, script)
    return found


def _followed(root: Path, script: str) -> list[list[str]]:
    found: dict[tuple[str, str], str] = {}
    waiting = [(script, name) for name in (EVERYTHING, ON_IMPORT, AS_PROGRAM)]
    while waiting:
        place = waiting.pop()
        if place not in found and place[0] not in PLUMBING:
            definition = _module(root, place[0]).definitions.get(place[1])
            found[place] = definition.digest if definition else ""
            waiting.extend(_needed_once(root, *place))
    return sorted([*place, digest] for place, digest in found.items() if digest)


@cache
def _needed_once(root: Path, file: str, name: str) -> frozenset[tuple[str, str]]:
    return frozenset(_needed(root, file, name))


def _needed(root: Path, file: str, name: str) -> Iterator[tuple[str, str]]:
    """The (file, name) that a definition leads to directly, some that do not exist included."""
    module = _module(root, file)
    if name == ON_IMPORT:
        yield from _on_the_way(root, file)
        for alias, (dotted, attribute) in module.imported.items():
            # Of `import a.b.c` the parts that are used would be hard to tell.
            part = EVERYTHING if "." in alias else ON_IMPORT
            yield from ((target, part) for target, _ in _imported(root, file, dotted, attribute))
    elif name == EVERYTHING:
        yield from ((file, each) for each in module.definitions.keys() - module.imported.keys())
    elif name in module.imported:
        for target in _imported(root, file, *module.imported[name]):
            yield from _used(*target)
    if definition := module.definitions.get(name):
        for use in definition.uses:
            yield from _meant(root, file, *use.partition(".")[::2])
        for dotted, attribute in definition.imports:
            for target in _imported(root, file, dotted, attribute):
                yield from _used(*target)
        for text in definition.texts:
            if found := _file_of(root, text):
                yield from _used(found, EVERYTHING)


def _meant(root: Path, file: str, name: str, attribute: str) -> Iterator[tuple[str, str]]:
    """What a name in a module stands for; with a module's attribute, that attribute alone."""
    module = _module(root, file)
    targets = _imported(root, file, *module.imported.get(name, ("", "")))
    for target, found in targets:
        of_module = found == EVERYTHING and attribute and not attribute.startswith("__")
        yield from _used(target, attribute if of_module else found)
    if not targets:
        yield file, name


def _used(file: str, name: str) -> Iterator[tuple[str, str]]:
    yield file, name
    yield file, ON_IMPORT
    if name == EVERYTHING:  # it may be run as a program
        yield file, AS_PROGRAM


def _imported(root: Path, file: str, dotted: str, attribute: str) -> list[tuple[str, str]]:
    """File and name of what a file imports from a module; nothing if it is not the project's."""
    if dotted.partition(".")[0] != PACKAGE:
        return []
    if attribute and (found := _file_of(root, f"{dotted}.{attribute}")):
        return [(found, EVERYTHING)]
    if found := _file_of(root, dotted):
        return [(found, attribute or EVERYTHING)]
    if root.joinpath(*dotted.split(".")).is_dir():
        return []
    raise InputError(f"{PACKAGE}/{file}: imports {dotted}, which does not exist")


def _on_the_way(root: Path, file: str) -> Iterator[tuple[str, str]]:
    """The packages around a module, which are imported before it."""
    for folder in Path(file).parents:
        package = (folder / "__init__.py").as_posix()
        if package != file and (root / PACKAGE / package).is_file():
            yield package, ON_IMPORT


@cache
def _file_of(root: Path, dotted: str) -> str | None:
    """Path below the package of a module or package, if there is one."""
    if dotted.partition(".")[0] != PACKAGE:
        return None
    place = root.joinpath(*dotted.split("."))
    for path in (place.with_name(f"{place.name}.py"), place / "__init__.py"):
        if (file := path.relative_to(root).as_posix().removeprefix(f"{PACKAGE}/")) in _texts(root):
            return file
    return None


@cache
def _module(root: Path, file: str) -> Module:
    path = root / PACKAGE / file
    name = path.relative_to(root)
    package = ".".join(name.parent.parts)
    try:
        source = _texts(root).get(file)
        if source is None:
            source = path.read_bytes()  # tells why it cannot be read
        # Reading the syntax trees of all modules takes longer than planning everything else.
        key = hashlib.sha256(package.encode() + b"\0" + source).hexdigest()
        content = _remembered()["modules"].get(key)
        module = Module.of(content) if content else analysed(source, package)
    except OSError as error:
        raise InputError(f"{name}: found no readable script ({error.strerror})") from error
    except SyntaxError as error:
        raise InputError(f"{name}, line {error.lineno}: {error.msg}") from error
    except ValueError as error:  # null bytes
        raise InputError(f"{name}: not Python source ({error})") from error
    _READ[key] = content or asdict(module)
    return module


# What this process has found and read, for others
_FOUND: dict[str, list[list[str]]] = {}
_READ: dict[str, Any] = {}


@cache
def _texts(root: Path) -> dict[str, bytes | None]:
    """The text of every module by its path below the package; None if it cannot be read."""
    texts: dict[str, bytes | None] = {}
    for path in sorted((root / PACKAGE).rglob("*.py")):
        file = path.relative_to(root / PACKAGE).as_posix()
        try:
            texts[file] = path.read_bytes()
        except OSError:  # which matters only to those that import it
            texts[file] = None
    return texts


@cache
def _state(root: Path) -> str:
    """Digest of all that decides what scripts depend on."""
    digest = hashlib.sha256()
    for file, text in _texts(root).items():
        size = "unreadable" if text is None else len(text)
        digest.update(f"\0{file}\0{size}\0".encode() + (text or b""))
    return digest.hexdigest()


def _checksum(text: bytes) -> bytes:
    """Of what is remembered, which other code than this would not understand."""
    readers = [Path(file).read_bytes() for file in (__file__, syntax.__file__)]
    return hashlib.sha256(b"\0".join([*readers, text])).hexdigest().encode()


@cache
def _remembered() -> dict[str, Any]:
    """What other processes have found and read; nothing if it was damaged or is of other code.

    The definitions of scripts are those of the code in one `state`, modules are known by content.
    """
    with suppress(OSError, ValueError):
        checksum, text = CACHE.read_bytes().split(b"\n", 1)
        if checksum == _checksum(text):
            return json.loads(text)
    return {"state": "", "scripts": {}, "modules": {}}


def remember(root: Path, cache: Path) -> None:
    """Keep what was found and read for other processes, in the file `CACHE`."""
    if not _FOUND:
        return
    known, state = _remembered(), _state(root.absolute())
    if known["state"] != state:
        known = {"scripts": {}, "modules": {}}
    text = json.dumps(
        {
            "state": state,
            "scripts": known["scripts"] | _FOUND,
            "modules": known["modules"] | _READ,
        }
    )
    with suppress(OSError, InputError):  # they find it again
        write_text(cache, f"{_checksum(text.encode()).decode()}\n{text}")


def forget() -> None:
    """Read modules anew, as a new process would."""
    for function in (_needed_once, _module, _file_of, _texts, _state, _remembered):
        function.cache_clear()
    _FOUND.clear()
    _READ.clear()
