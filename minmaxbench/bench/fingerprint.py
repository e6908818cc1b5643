"""What determines a unit's answer, as a hash: it changes when the answer might.

Of the package's own problems and algorithms that is the text of the modules in which they stand; of a
user's, their whole file and all that it imports from beside it, or, where there is no file, as in a
notebook, the code itself with the functions and data that it refers to. Data that an object holds,
arrays and the weights of networks among them, always count. What cannot be told gets a new hash
each time: its runs are made anew.
"""

from __future__ import annotations

import ast
import dataclasses
import hashlib
import inspect
import io
import json
import sys
import types
import uuid
from collections.abc import Iterable, Iterator
from functools import cache, cached_property
from pathlib import Path, PurePath
from typing import Any

import numpy as np

from minmaxbench.core.algorithm import Algorithm
from minmaxbench.core.problem import Problem
from minmaxbench.errors import RAISED

SCHEMA = 4
"""Raised when results written earlier no longer mean the same."""

PACKAGE = __name__.partition(".")[0]
_CONTRACTS = (Problem, Algorithm)
_PLAIN = (str, bytes, int, float, complex, np.generic, PurePath)


def digest(*parts: str) -> str:
    """A short hash of texts."""
    return hashlib.sha256("\0".join(parts).encode(errors="surrogatepass")).hexdigest()[:20]


def hashed(asked: dict[str, Any], *definitions: str) -> str:
    """The fingerprint of what is asked of things with these definitions."""
    return digest(json.dumps(asked, sort_keys=True, default=str), *definitions)


def definition(thing: Problem | Algorithm) -> str:
    """The hash of all that decides what a problem or an algorithm does."""
    return defined(thing)[0]


def defined(thing: Problem | Algorithm) -> tuple[str, list[str]]:
    """Its definition, and the names of what it holds and cannot be told: its runs are made anew."""
    try:
        parts = list(_parts(thing, set()))
    except RAISED as error:
        # An attribute that raises when it is looked at, data without end.
        parts = [f"unknown something-that-raises-{type(error).__name__} {uuid.uuid4()}"]
    return digest(*parts), sorted({p.split(" ")[1] for p in parts if p.startswith("unknown ")})


def _parts(thing: Any, seen: set[int]) -> Iterator[str]:
    """Texts that together define an object: its classes, and what it holds."""
    yield from _classes(type(thing), seen)
    for name in _attributes(thing):
        yield f"{name}="
        yield from _data(getattr(thing, name), name, seen)
    if isinstance(thing, Problem):
        yield f"{thing.x_set!r} {thing.y_set!r} {thing.about!r}"
        proved = getattr(thing, "certificate", None)
        if proved is not None:
            # Distances are to these points.
            yield repr(proved.points)
    elif isinstance(thing, Algorithm):
        for function in thing.uses():
            yield from _data(function, "uses", seen)


def _attributes(thing: Any) -> list[str]:
    """The names of what it holds, without what was computed from that at its first use and kept.

    Fields that do not compare, such as the folder that something was read from, say nothing.
    """
    if dataclasses.is_dataclass(thing):
        return [field.name for field in dataclasses.fields(thing) if field.compare]
    names = getattr(thing, "__dict__", ())
    return sorted(n for n in names if not isinstance(getattr(type(thing), n, 0), cached_property))


def _data(value: Any, name: str, seen: set[int]) -> Iterator[str]:
    """Texts that define a value; arrays, tensors and weights by their bytes."""
    if value is None or isinstance(value, _PLAIN):
        yield repr(value)
    elif isinstance(value, np.ndarray) or _is_tensor(value):
        yield _array(value)
    elif hasattr(value, "state_dict"):
        yield type(value).__qualname__ + repr(value)
        for key, part in value.state_dict().items():
            yield f"{key}: {_array(part)}"
    elif id(value) in seen:
        yield "again"
    elif isinstance(value, dict):
        seen.add(id(value))
        for key in value:
            yield repr(key)
            yield from _data(value[key], name, seen)
    elif isinstance(value, set | frozenset):
        yield repr(sorted(map(repr, value)))
    elif isinstance(value, tuple | list):
        seen.add(id(value))
        for part in value:
            yield from _data(part, name, seen)
    elif isinstance(value, types.FunctionType | types.MethodType):
        yield from _function(value, seen)
    elif isinstance(value, type):
        yield from _classes(value, seen)
    elif isinstance(value, types.ModuleType):
        yield value.__name__
    elif isinstance(value, types.BuiltinFunctionType | np.ufunc):
        yield repr(value.__name__)
    elif isinstance(value, io.IOBase):
        # Its class says nothing of what is in the file.
        yield f"unknown {name} {uuid.uuid4()}"
    elif (
        dataclasses.is_dataclass(value)
        or isinstance(value, Problem | Algorithm)
        or hasattr(value, "__dict__")
    ):
        seen.add(id(value))
        yield from _parts(value, seen)
    else:
        yield f"unknown {name} {uuid.uuid4()}"


def _is_tensor(value: Any) -> bool:
    # A file can be detached, too.
    return hasattr(value, "detach") and hasattr(value, "cpu")


def _array(data: Any) -> str:
    """A hash of an array or a tensor."""
    array = np.asarray(data.detach().cpu() if _is_tensor(data) else data)
    if array.dtype == object:
        return repr(array.tolist())
    head = f"{array.dtype} {array.shape}".encode()
    return hashlib.sha256(head + np.ascontiguousarray(array).tobytes()).hexdigest()


def _classes(kind: type, seen: set[int]) -> Iterator[str]:
    """The texts that define a class and those it inherits from."""
    for parent in kind.__mro__:
        if parent in (object, *_CONTRACTS) or id(parent) in seen:
            continue
        seen.add(id(parent))
        yield parent.__qualname__
        text = _module_text(parent.__module__)
        if text is not None:
            yield text
            yield from _globals(parent.__module__, seen)
        elif not _foreign(parent.__module__):
            for value in list(vars(parent).values()):
                function = getattr(value, "__func__", getattr(value, "fget", value))
                if isinstance(function, types.FunctionType):
                    yield from _function(function, seen)


def _function(function: Any, seen: set[int]) -> Iterator[str]:
    """The texts that define a function: its module, or its code and what that refers to."""
    function = inspect.unwrap(getattr(function, "__func__", function))
    if id(function) in seen or not isinstance(function, types.FunctionType):
        return
    seen.add(id(function))
    yield function.__qualname__
    if _stands_in_its_module(function):
        text = _module_text(function.__module__)
        if text is not None:
            yield text
            return
        if _foreign(function.__module__):
            return
    yield _code(function.__code__)
    for value in (*(function.__defaults__ or ()), *_cells(function)):
        yield from _data(value, function.__name__, seen)
    for name in sorted(_names(function.__code__)):
        if name in function.__globals__:
            yield from _data(function.__globals__[name], name, seen)


def _stands_in_its_module(function: types.FunctionType) -> bool:
    """Whether the module's file holds the function's text; that of a cell or of ``exec`` does not."""
    path = getattr(sys.modules.get(function.__module__), "__file__", None)
    return path is None or Path(function.__code__.co_filename).resolve() == Path(path).resolve()


def _cells(function: types.FunctionType) -> Iterable[Any]:
    for cell in function.__closure__ or ():
        try:
            yield cell.cell_contents
        except ValueError:
            # Not filled yet, as for a class inside its own methods.
            continue


def _code(code: types.CodeType) -> str:
    """What a code object does; not where it stands."""
    inner = [_code(c) if isinstance(c, types.CodeType) else repr(c) for c in code.co_consts]
    return digest(code.co_code.hex(), repr(code.co_names), repr(code.co_varnames), *inner)


def _names(code: types.CodeType) -> set[str]:
    """The global names that a code object and those inside it use."""
    inner = (_names(c) for c in code.co_consts if isinstance(c, types.CodeType))
    return set(code.co_names).union(*inner)


def _foreign(module: str) -> bool:
    """Whether a module belongs to an installed package or to Python, whose version counts."""
    if module == "__main__":
        return False
    path = getattr(sys.modules.get(module), "__file__", None)
    if path is None:
        return module.partition(".")[0] in (*sys.builtin_module_names, *sys.stdlib_module_names)
    return _installed(Path(path))


def _installed(path: Path) -> bool:
    places = {"site-packages", "dist-packages"}
    return bool(places & set(path.parts)) or path.is_relative_to(Path(inspect.__file__).parent)


def _module_text(module: str) -> str | None:
    """The text of the file in which something stands, and of what it imports from beside it.

    None where there is no such file, as in a notebook; empty for installed packages but this one.
    """
    found = sys.modules.get(module)
    path = getattr(found, "__file__", None)
    if path is None or not Path(path).is_file():
        return None
    if module.partition(".")[0] == PACKAGE:
        return _shipped(Path(path))
    if _installed(Path(path)):
        return f"{module} {getattr(sys.modules[module.partition('.')[0]], '__version__', '')}"
    near = beside(Path(path))
    return digest(*(f"{p.name}: {_meaning(p)}" for p in [*near, *_far(near)]))


@cache
def package_digest() -> str:
    """A hash of the text of all modules of this package."""
    root = Path(__file__).parents[1]
    return digest(*(p.read_text(encoding="utf-8") for p in sorted(root.rglob("*.py"))))


@cache
def _shipped(path: Path) -> str:
    """The meaning of a module of this package."""
    return digest(_meaning(path))


def _meaning(path: Path) -> str:
    """The text of a file without comments and docstrings, which decide nothing."""
    text = path.read_text(encoding="utf-8", errors="replace")
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return text
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            plain = [s for s in body if not _is_text(s)]
            node.body = plain or [ast.Pass()]  # type: ignore[attr-defined]
    return ast.unparse(tree)


def _is_text(statement: ast.stmt) -> bool:
    """Whether a statement is a bare text, such as a docstring."""
    value = getattr(statement, "value", None)
    return isinstance(statement, ast.Expr) and isinstance(value, ast.Constant)


def texts_of(files: Iterable[str]) -> dict[str, str]:
    """For each file a hash of its text and of what it imports from beside it; of none, nothing."""

    def text(path: Path) -> str:
        near = beside(path) if path.is_file() else []
        return digest(*(p.read_text(encoding="utf-8", errors="replace") for p in near))

    return {file: text(Path(file)) for file in files}


def beside(path: Path) -> list[Path]:
    """A file and those in its folder, or below, that it imports, directly or not."""
    found, left = [], [path.resolve()]
    while left:
        here = left.pop()
        if here in found:
            continue
        found.append(here)
        left += [p for name in _imports(here) for p in _files_of(path.resolve().parent, name)]
    return sorted(found)


def _far(files: list[Path]) -> list[Path]:
    """What these files import, directly or not, from other folders that are no installed package's."""
    found: set[Path] = set()
    left = [(path, "") for path in files]
    while left:
        here, package = left.pop()
        for name in _imports(here, package):
            module = sys.modules.get(name)
            text = getattr(module, "__file__", None)
            path = Path(text).resolve() if text else None
            if path is None or path in found or path in files or not path.is_file():
                continue
            if path.suffix == ".py" and name.partition(".")[0] != PACKAGE and not _installed(path):
                found.add(path)
                left.append((path, getattr(module, "__package__", "") or ""))
    return sorted(found)


def _imports(path: Path, package: str = "") -> set[str]:
    """The names of modules that a file imports; of some it may be that they are none."""
    try:
        tree = ast.parse(path.read_text(encoding="utf-8", errors="replace"))
    except SyntaxError:
        return set()
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".")[: len(package.split(".")) + 1 - node.level]
            base = ".".join([*(parents if node.level else ()), *filter(None, [node.module])])
            base = base.strip(".")
            names |= {base, *(f"{base}.{alias.name}".strip(".") for alias in node.names)}
    return names


def _files_of(folder: Path, name: str) -> list[Path]:
    stem = folder.joinpath(*name.split("."))
    both = (stem.with_suffix(".py"), stem / "__init__.py") if name else ()
    return [p.resolve() for p in both if p.is_file()]


def _globals(module: str, seen: set[int]) -> Iterator[str]:
    """The data among a user's module's globals: a file that they were read from may have changed."""
    if module.partition(".")[0] == PACKAGE or _foreign(module):
        return
    for name, value in sorted(vars(sys.modules[module]).items()):
        if not name.startswith("__") and isinstance(
            value, np.ndarray | int | float | complex | str | bytes | tuple | list | dict
        ):
            yield f"{name}="
            yield from _data(value, name, seen)
