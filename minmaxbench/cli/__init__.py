"""The command line: one module a command, and what they share: options, consoles, progress."""

from __future__ import annotations

import sys
from typing import Any

import minmaxbench
from minmaxbench.errors import UserError


def main() -> None:
    """Run the command line; bad input is one sentence and exit code 2."""
    if sys.argv[1:] == ["--version"]:
        # Answered before Typer and Rich are imported: a version is asked for often, by scripts.
        print(f"minmaxbench {minmaxbench.__version__}")
        return
    from minmaxbench.cli.commands import app
    from minmaxbench.cli.console import any_text, complain

    any_text()
    try:
        app()
    except UserError as error:
        complain(error)
    except OSError as error:
        # A disk or a name that the system refuses, such as a path that is too long.
        complain(f"{error.strerror or error}: '{error.filename}'." if error.filename else error)
    sys.exit(2)


def __getattr__(name: str) -> Any:
    # The application, for tests and for tools that read its options; `main` needs none to be quick.
    if name != "app":
        raise AttributeError(f"module 'minmaxbench.cli' has no attribute '{name}'")
    from minmaxbench.cli.commands import app

    return app
