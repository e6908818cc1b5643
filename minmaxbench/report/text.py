"""Text that others chose, at the door of each format: names, labels, messages, file names.

A name may hold anything: brackets are markup to a terminal, ``_`` and ``%`` are commands to LaTeX,
``|`` ends a cell of Markdown, ``$`` begins mathematics in a figure, ``/`` makes a folder. Each format
has one function here, and nothing is printed, drawn or written except through it.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from minmaxbench.errors import UserError

if TYPE_CHECKING:
    from rich.text import Text

LONGEST = 80
"""Longer names are shortened in figures, and in the names of files."""


_UNSEEN = ("Cc", "Cf", "Cs", "Co", "Cn")
"""Controls (a name may hold an escape sequence), formats, surrogates, and what is no character."""


def plain(text: object) -> str:
    """One line that any stream can hold: controls and lone surrogates are written out."""
    return _visible(re.sub(r"\s+", " ", str(text)).strip())


def _visible(line: str) -> str:
    return "".join(_code(c) if unicodedata.category(c) in _UNSEEN else c for c in line)


def _code(character: str) -> str:
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")


def terminal(text: object, style: str = "") -> Text:
    """Text for the terminal, in which ``[bold]`` is six characters and no command."""
    from rich.text import Text

    lines = str(text).expandtabs().split("\n")
    return Text("\n".join(_visible(line) for line in lines), style)


def markdown(text: object) -> str:
    """Text for a cell of a Markdown table."""
    escaped = re.sub(r"([\\`*|~\[\]#])", r"\\\1", plain(text))
    for mark, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        escaped = escaped.replace(mark, entity)
    # Inside a word an underscore is one; at its edge it may begin or end emphasis.
    return re.sub(r"(?<![^\W_])_|_(?![^\W_])", r"\\_", escaped)


def html(text: object) -> str:
    """Text for HTML, inside a tag or an attribute of one."""
    return escape(plain(text), quote=True)


_LATEX = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#",
    "_": r"\_", "%": r"\%", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}",
    "<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}", "`": r"\textasciigrave{}",
    # A row that begins with one of these would be read as an argument of the row's end before it.
    "[": "{[}", "]": "{]}", "*": "{*}",
    "≤": r"$\le$", "≥": r"$\ge$", "×": r"$\times$", "−": "$-$",
}  # fmt: skip


def latex(text: object) -> str:
    """Text for a cell or a caption of LaTeX."""
    return "".join(_LATEX.get(c, c) for c in plain(text))


def label(text: object) -> str:
    """A name for ``\\label`` and ``\\ref``."""
    return re.sub(r"[^A-Za-z0-9:.-]+", "-", plain(text)).strip("-") or "table"


def figure(text: object) -> str:
    """Text for a figure: no mathematics begins, no glyph is missing, no name fills the page."""
    known = _glyphs()
    shown = "".join(c if ord(c) in known else _code(c) for c in plain(text))
    return short(shown).replace("$", r"\$")


def short(text: str, longest: int = LONGEST) -> str:
    """Text with its middle left out where it is too long."""
    if len(text) <= longest:
        return text
    half = (longest - 1) // 2
    return f"{text[: longest - half - 1]}…{text[-half:]}"


@cache
def _glyphs() -> frozenset[int]:
    from matplotlib.font_manager import findfont
    from matplotlib.ft2font import FT2Font

    return frozenset(FT2Font(findfont("DejaVu Sans")).get_charmap())


_SAFE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")
_RESERVED = {"CON", "PRN", "AUX", "NUL", *(f"{p}{k}" for p in ("COM", "LPT") for k in range(10))}


def filename(text: object) -> str:
    """A part of a file name on any system; texts that differ in more than case give different ones.

    A text that needed a change carries a hash of itself.
    """
    name = str(text)
    safe = _SAFE.fullmatch(name) and len(name) <= LONGEST and not name.endswith(".")
    if safe and name.split(".")[0].upper() not in _RESERVED:
        return name
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    stem = re.sub(r"[^A-Za-z0-9_.-]+", "-", name).strip("-.")[: LONGEST - 20]
    return f"{stem}-{digest}" if stem else digest


def write(text: str, path: Path, what: str) -> Path:
    """Write a text file, whole or not at all; raises :class:`UserError` where that fails."""
    with whole(path, what) as part:
        part.write_text(text, encoding="utf-8", errors="backslashreplace", newline="\n")
    return path


@contextmanager
def whole(path: Path, what: str) -> Iterator[Path]:
    """Where to write a file so that it appears whole or not at all; its folder is made.

    A link stays a link, and what is no file (``/dev/stdout``, a pipe) is written to as it is. Raises
    :class:`UserError` where writing fails.
    """
    part: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if Path("/dev") in path.absolute().parents or (path.exists() and not path.is_file()):
            yield path
            return
        target = path.resolve()
        part = target.with_name(f".{uuid.uuid4().hex}.part")
        yield part
        part.replace(target)
    except OSError as error:
        why = error.strerror or error
        raise UserError(f"The {what} cannot be written to '{path}': {why}.") from error
    finally:
        if part is not None:
            part.unlink(missing_ok=True)
