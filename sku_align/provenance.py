"""What made a table: inputs, settings, models and code under one hash that is the same in every process."""

import ast
import hashlib
import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

_PACKAGE = Path(__file__).parent
_NAME = _PACKAGE.name
# Word lists and the like that lie beside the modules that read them; larger files are models, which have fingerprints.
_DATA = frozenset({".csv", ".json", ".toml", ".tsv", ".txt", ".yaml"})
_MAX_DATA_BYTES = 1 << 24


def identity(*parts: object) -> str:
    """Hash of what made a table: equal parts give equal identities, whatever the hash seed and the order of keys.

    Args:
        parts: Plain values, paths, dates, settings and dataclasses, and lists, tuples and mappings of them.

    Raises:
        TypeError: A part has no text that is the same in every process, such as a set.

    Examples:
        >>> identity({"a": 1, "b": [2, 3]}) == identity({"b": [2, 3], "a": 1})
        True
        >>> identity({"catalog-a", "catalog-b"})
        Traceback (most recent call last):
        ...
        TypeError: identity() takes no set: its text differs between processes; sort it into a tuple.
    """
    return hashlib.sha256(_text(parts).encode("utf-8", "surrogatepass")).hexdigest()


def _text(value: object) -> str:
    if isinstance(value, set | frozenset):
        kind = type(value).__name__
        raise TypeError(f"identity() takes no {kind}: its text differs between processes; sort it into a tuple.")
    if value is None or isinstance(value, bool | int | float | str | bytes):
        return repr(value)
    if isinstance(value, Path | date):
        return f"{type(value).__name__}({str(value)!r})"
    if isinstance(value, Mapping):
        entries = sorted((_text(key), _text(each)) for key, each in value.items())
        return "{" + ",".join(f"{key}:{each}" for key, each in entries) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(_text, value)) + "]"
    if is_dataclass(value) and not isinstance(value, type):
        names: Iterable[str] = (field.name for field in fields(value))
    else:
        names = getattr(type(value), "model_fields", ())  # of a pydantic model
    if names:
        return type(value).__name__ + _text({name: getattr(value, name) for name in names})
    raise TypeError(f"identity() cannot take a {type(value).__name__}: nothing says that its text is always the same.")


@cache
def code_version(function: Callable[..., Any]) -> str:
    """Hash of the code that a function runs: its own, and that of each module of this package it leads to by imports.

    Args:
        function: A function of a module of this package.
    """
    digest = hashlib.sha256("\n".join(ast.unparse(node) for node in _definitions(function)).encode())
    modules = modules_of(function)
    for path in sorted({_file(module) for module in modules} | {*_data_files(modules)}):
        digest.update(path.relative_to(_PACKAGE).as_posix().encode() + b"\0")
        digest.update(path.read_bytes())
    return digest.hexdigest()


@cache
def modules_of(function: Callable[..., Any]) -> frozenset[str]:
    """Modules of this package that a function leads to by its imports, those inside of functions included."""
    found: set[str] = set()
    definitions = _definitions(function)
    named = {node.id for each in definitions for node in ast.walk(each) if isinstance(node, ast.Name)}
    waiting = {module for node in definitions for module in _imports(node, function.__module__)}
    for node in _tree(Path(inspect.getfile(function))).body:
        if isinstance(node, ast.ImportFrom) and {alias.asname or alias.name for alias in node.names} & named:
            waiting |= _imports(node, function.__module__)
    while waiting:
        module = waiting.pop()
        found.add(module)
        waiting |= _imports_of(module) - found
    return frozenset(found)


def _definitions(function: Callable[..., Any]) -> list[ast.stmt]:
    """A function and the functions and classes of its module that it names, directly or not, in the file's order."""
    tree = _tree(Path(inspect.getfile(function)))
    known = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    named, waiting = set[str](), {function.__name__}
    while waiting:
        name = waiting.pop()
        named.add(name)
        inside = {node.id for node in ast.walk(known[name]) if isinstance(node, ast.Name)}
        waiting |= (inside & known.keys()) - named
    return [node for name, node in known.items() if name in named]


@cache
def _imports_of(module: str) -> frozenset[str]:
    found = _imports(_tree(_file(module)), module)
    # Importing a module runs the packages that it lies in; the top one only says where things lie.
    parents = {module.rsplit(".", at)[0] for at in range(1, module.count("."))}
    return frozenset(found | parents)


def _imports(tree: ast.AST, module: str) -> set[str]:
    """Modules of this package that are imported anywhere in a syntax tree, but for type checkers only."""
    found: set[str] = set()
    for node in _running(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names if alias.name.startswith(f"{_NAME}.")}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and f"{node.module}.".startswith(f"{_NAME}."):
            base = str(node.module)
            inner = {f"{base}.{alias.name}" for alias in node.names if _exists(f"{base}.{alias.name}")}
            found |= inner | ({base} if base != _NAME else set())
    return found - {module}


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _running(tree: ast.AST) -> Iterable[ast.AST]:
    """All nodes of a tree, without what stands under `if TYPE_CHECKING`."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        checking = isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
        waiting += node.orelse if isinstance(node, ast.If) and checking else ast.iter_child_nodes(node)


def _file(module: str) -> Path:
    path = _PACKAGE.joinpath(*module.split(".")[1:])
    # A folder of word lists may have the name of the module that reads them.
    package = path / "__init__.py"
    return package if package.is_file() else path.with_suffix(".py")


def _exists(module: str) -> bool:
    return _file(module).exists()


def _data_files(modules: Iterable[str]) -> Iterable[Path]:
    for folder in {_file(module).parent for module in modules} - {_PACKAGE}:
        for path in folder.rglob("*"):
            if path.suffix in _DATA and path.stat().st_size <= _MAX_DATA_BYTES:
                yield path
