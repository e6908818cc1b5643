"""A user's own problems and algorithms: Python files, and entry points of installed packages."""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import random
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import numpy as np

from minmaxbench.errors import RAISED, UserError

GROUP = "minmaxbench"
"""The entry-point group: a package names a module there that registers what it brings."""


def load_files(paths: Iterable[str]) -> None:
    """Import each file once, so that what it declares is registered.

    Raises :class:`UserError` for a file that is missing or does not import.
    """
    for text in paths:
        _load(text, Path(text).resolve(), module_name(text))


def load_copies(copies: Mapping[str, Path]) -> None:
    """Import copies of files, on another machine, under the module names of the originals."""
    for name, path in copies.items():
        if str(path.parent) not in sys.path:
            # What lay beside the file lies beside its copy.
            sys.path.insert(0, str(path.parent))
        _load(path.name, path, name)


def module_name(text: str) -> str:
    """The name under which a user's file is imported."""
    path = Path(text).resolve()
    return f"minmaxbench_user_{hashlib.sha256(str(path).encode()).hexdigest()[:12]}"


def _load(text: str, path: Path, name: str) -> None:
    if name in sys.modules:
        return
    if not path.is_file():
        raise UserError(f"The file '{text}' does not exist.")
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise UserError(f"The file '{text}' is no Python file: its name must end in .py.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        with _the_same_draws():
            spec.loader.exec_module(module)
    except UserError:
        del sys.modules[name]
        raise
    except RAISED as error:
        del sys.modules[name]
        line = _line(error, path)
        says = error.msg if isinstance(error, SyntaxError) else error
        raise UserError(
            f"The file '{text}' does not import: {type(error).__name__}: {says}{line}."
        ) from error


@contextmanager
def _the_same_draws() -> Iterator[None]:
    """What a file draws from the global generators while it is read, it draws in every process."""
    before = random.getstate(), np.random.get_state()  # noqa: NPY002
    random.seed(0)
    np.random.seed(0)  # noqa: NPY002
    try:
        yield
    finally:
        random.setstate(before[0])
        np.random.set_state(before[1])  # noqa: NPY002


@cache
def load_entry_points() -> None:
    """Import what installed packages offer under the entry-point group ``minmaxbench``."""
    for entry in importlib.metadata.entry_points(group=GROUP):
        try:
            entry.load()
        except Exception as error:
            raise UserError(
                f"The plug-in '{entry.name}' of package '{entry.value}' does not import: {error}."
            ) from error


def _line(error: BaseException, path: Path) -> str:
    trace, line = error.__traceback__, None
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == str(path):
            line = trace.tb_lineno
        trace = trace.tb_next
    if isinstance(error, SyntaxError) and line is None:
        line = error.lineno
    return f" (line {line})" if line else ""
