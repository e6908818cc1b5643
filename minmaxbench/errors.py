"""The exceptions that are meant for the person at the keyboard."""

from __future__ import annotations

import difflib
import importlib
import os
from collections.abc import Iterable
from numbers import Integral, Real
from pathlib import Path
from types import ModuleType
from typing import Any

RAISED = (Exception, SystemExit, GeneratorExit)
"""What code of a user's may raise; KeyboardInterrupt is the person at the keyboard."""
SHOWN = 10
"""More valid names than this are not listed in a message."""


class UserError(ValueError):
    """Bad input: its message is one sentence that says what was wrong and what is valid.

    The command line prints the message and exits with code 2; it never shows a traceback for it.
    What people typed may stand in it: line ends and other marks that do not print are escaped.
    """

    def __init__(self, message: object = "") -> None:
        text = str(message)
        super().__init__("".join(c if c.isprintable() else ascii(c)[1:-1] for c in text))


class ContractError(UserError):
    """An algorithm or a problem did what it must not while it ran; the message names it.

    It writes to what it was handed, or hands back what is not a state.
    """


def unknown(what: str, name: str, valid: Iterable[str]) -> UserError:
    """The error for a name that does not exist, with the nearest valid names."""
    names = sorted(valid)
    by_lower = {n.lower(): n for n in names}
    near = difflib.get_close_matches(str(name).lower(), by_lower, n=3, cutoff=0.5)
    if near:
        hint = f"did you mean {' or '.join(by_lower[n] for n in near)}?"
    elif len(names) <= SHOWN:
        hint = f"valid names: {', '.join(names)}."
    else:
        hint = f"there are {len(names)}: `minmaxbench list` shows them."
    return UserError(f"There is no {what} named '{name}'; {hint}")


def path_of(name: str, given: Any) -> Path:
    """A path that somebody gave for ``name``, with ``~`` for the home folder."""
    if not isinstance(given, str | Path):
        raise UserError(f"'{name}' is a path; got {given!r}.")
    # Not Path.expanduser, which raises for a user that does not exist.
    return Path(os.path.expanduser(given))  # noqa: PTH111


def one_of(what: str, given: Any, valid: Iterable[str]) -> str:
    """The name that was given, if it is a valid one."""
    names = list(valid)
    if not isinstance(given, str) or given not in names:
        raise unknown(what, str(given), names)
    return given


def is_number(given: Any, whole: bool = False) -> bool:
    """Whether something is a number, or a whole one, NumPy's among them; True and False are none."""
    return isinstance(given, Integral if whole else Real) and not isinstance(given, bool)


def needed(module: str, extra: str, what: str) -> ModuleType:
    """A module of an optional package; where it is missing, what needs it and how it is installed."""
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError:
        package = module.partition(".")[0]
        command = f"pip install 'minmaxbench[{extra}]'"
        raise UserError(f"{what} needs the package {package}: {command}.") from None
