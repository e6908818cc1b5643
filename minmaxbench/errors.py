"""The one exception that is meant for the person at the keyboard."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class UserError(Exception):
    """Bad input: its message is one sentence that says what was wrong and what is valid.

    The command line prints the message and exits with code 2; it never shows a traceback for it.
    """


def unknown(what: str, name: str, valid: Iterable[str]) -> UserError:
    """The error for a name that does not exist, with the nearest valid names."""
    names = sorted(valid)
    near = difflib.get_close_matches(name, names, n=3, cutoff=0.5)
    hint = f"did you mean {' or '.join(near)}?" if near else f"valid names: {', '.join(names)}."
    return UserError(f"There is no {what} named '{name}'; {hint}")
