"""Where the commands print. Text is never read as markup, and no line is cut."""

from __future__ import annotations

import io
import os
import sys
from typing import TYPE_CHECKING

from minmaxbench.report.text import terminal

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

REDIRECTED = 100
"""The width of tables where no terminal tells its own."""


def out() -> Console:
    """The console of a command's answer."""
    from rich.console import Console

    known = sys.stdout.isatty() or "COLUMNS" in os.environ
    return Console(width=None if known else REDIRECTED, highlight=False)


def err() -> Console:
    """The console of progress and complaints."""
    from rich.console import Console

    return Console(stderr=True, highlight=False)


def say(text: object = "", style: str = "") -> None:
    """Print a sentence; for a terminal it is broken between words, a file gets it whole."""
    out().print(terminal(text, style), soft_wrap=not sys.stdout.isatty())


def show(*parts: RenderableType) -> None:
    """Print tables and cards."""
    console = out()
    for part in parts:
        console.print(part)


def complain(text: object) -> None:
    """Print what was wrong."""
    words = terminal("Error: ", "bold red") + terminal(text)
    err().print(words, soft_wrap=not sys.stderr.isatty())


def any_text() -> None:
    """Let the standard streams take any text, whatever the locale: what they lack is written out."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
