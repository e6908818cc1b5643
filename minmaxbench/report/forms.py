"""A table, and its forms: terminal, CSV, Markdown, LaTeX, HTML."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from minmaxbench.report import text

if TYPE_CHECKING:
    import pandas as pd
    from rich.table import Table as RichTable

PAGE = 40
"""More rows than this do not fit on a page of a paper."""
GAP = 3
"""Characters between two columns."""
WIDE = 90
"""More characters in a row do not fit on it either."""

READ = 100
"""The width of a table that is turned into text."""

_NUMBER = re.compile(r"(?:[-<>\d\s.,%()]|of|to)*")
_JOINT = re.compile(r"(?<=\s)(?!%)|(?<=[_=/])|(?<=,)(?!\d)|(?<=\S\()|(?<=[A-Za-z]-)")


@dataclass(frozen=True, repr=False)
class Table:
    """A table in every form that it can be read and written in."""

    title: str
    numbers: pd.DataFrame
    """As computed, one row a pair: for programs."""
    words: pd.DataFrame
    """As text, for people."""
    long: pd.DataFrame
    """As text with few columns and more rows, for where ``words`` is too wide."""
    notes: tuple[str, ...] = ()
    """What its words mean, and what went wrong: sentences."""

    def to_csv(self) -> str:
        """The numbers, one row a pair."""
        return as_csv(self, "")

    def to_markdown(self) -> str:
        """The words as a table of Markdown, the notes below."""
        return as_markdown(self, "")

    def to_latex(self) -> str:
        """A booktabs table with caption and label; a longtable where it is long."""
        return as_latex(self, "")

    def to_html(self) -> str:
        """The words as a table of HTML, with title and notes."""
        return as_html(self, "")

    def __str__(self) -> str:
        from rich.console import Console

        console = Console(width=READ, file=io.StringIO())
        with console.capture() as shown:
            console.print(fitting(self, READ))
        lines = [line.rstrip() for line in shown.get().strip("\n").split("\n")]
        notes = [f"  {text.plain(note)}" for note in self.notes]
        return "\n".join([text.plain(self.title), *lines, *notes])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return self.to_html()


def fitting(table: Table, width: int, numbers: bool = True) -> RichTable:
    """A table for a terminal of ``width`` columns.

    Where it is too wide its cells have two lines, and where that does not do it takes its long form.
    """
    stacked = table.words.map(lambda cell: str(cell).replace(" (", "\n("))
    for words in (table.words, stacked):
        if _width(words) <= width:
            return as_rich(words, width, numbers)
    return as_rich(table.long, width, numbers)


def _columns(words: pd.DataFrame) -> list[tuple[str, ...]]:
    """The cells of each column."""
    return [tuple(words.iloc[:, k].astype(str)) for k in range(words.shape[1])]


def _width(words: pd.DataFrame) -> int:
    """The characters of the longest row, nothing broken but headings."""
    columns = _columns(words)
    heads = [_head(name, cells) for name, cells in zip(words.columns, columns, strict=True)]
    longest = [max(map(_length, (h, *c))) for h, c in zip(heads, columns, strict=True)]
    return sum(longest) + GAP * len(longest)


def _length(cell: str) -> int:
    """The characters of the longest line of a cell."""
    return max(text.terminal(line).cell_len for line in cell.split("\n"))


def _head(name: object, cells: Sequence[str]) -> str:
    """A heading in lines that are no wider than its column, where its words allow that."""
    return _broken(text.plain(name), max([8, *map(_length, cells)]), hard=False)


def _broken(cell: str, room: int, hard: bool = True) -> str:
    """A cell in lines of at most ``room`` characters, broken where a name or a sentence has joints.

    What has none is broken anywhere if that is allowed.
    """
    lines: list[str] = []
    for line in cell.split("\n"):
        current = ""
        for part in filter(None, _JOINT.split(line)):
            while hard and _length(part) > room:
                head, part = part[:room], part[room:]
                lines += [current.rstrip(), head] if current else [head]
                current = ""
            if current and _length((current + part).rstrip()) > room:
                lines.append(current.rstrip())
                current = ""
            current += part
        lines.append(current.rstrip())
    return "\n".join(lines)


def as_rich(words: pd.DataFrame, width: int, numbers: bool = True) -> RichTable:
    """A table for the terminal: texts are broken where they must, numbers never.

    A first column that says the same in several rows says it once. Without ``numbers`` the columns
    hold sentences.
    """
    from rich import box
    from rich.table import Table

    columns, names = _columns(words), [str(name) for name in words.columns]
    is_number = [
        numbers and k > 0 and all(map(_NUMBER.fullmatch, cells)) for k, cells in enumerate(columns)
    ]
    heads = [_head(n, c) if b else n for n, c, b in zip(names, columns, is_number, strict=True)]
    rooms = _rooms(columns, heads, is_number, width)
    rich = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for head, number, room in zip(heads, is_number, rooms, strict=True):
        shown = text.terminal(_broken(head, room))
        rich.add_column(shown, justify="right" if number else "left", no_wrap=True)
    before = None
    for row in zip(*columns, strict=True):
        shown_row = [_broken(cell, room) for cell, room in zip(row, rooms, strict=True)]
        if row[0] == before and len(row) > 2:
            shown_row[0] = ""
        before = row[0]
        rich.add_row(*map(text.terminal, shown_row))
    return rich


def _rooms(
    columns: Sequence[Sequence[str]], heads: Sequence[str], is_number: Sequence[bool], width: int
) -> list[int]:
    """The characters of each column: what it needs, or for texts a fair part of what is left.

    Texts are not broken within their parts while there is room for these, nor numbers at all; where
    there is none, all columns share what there is.
    """
    cells = [(head, *column) for head, column in zip(heads, columns, strict=True)]
    needed = [max(map(_length, column)) for column in cells]
    parts = [max(_length(p.rstrip()) for c in column for p in _parts(c)) for column in cells]
    least = [n if number else p for n, p, number in zip(needed, parts, is_number, strict=True)]
    room = width - GAP * len(needed)
    rooms = least if sum(least) <= room else [1] * len(needed)
    while sum(rooms) < room and rooms != needed:
        short = [k for k, n in enumerate(needed) if rooms[k] < n]
        more = max(1, (room - sum(rooms)) // len(short))
        for k in short[: room - sum(rooms)]:
            rooms[k] = min(needed[k], rooms[k] + more)
    return rooms


def _parts(cell: str) -> list[str]:
    """What a cell may be broken into; one empty part of an empty one."""
    return [part for line in cell.split("\n") for part in _JOINT.split(line) if part] or [""]


def write(table: Table, path: Path, form: str, study: str) -> Path:
    """Write a table as ``csv``, ``markdown`` or ``latex``; raises :class:`UserError` if it fails."""
    return text.write(FORMS[form](table, study), path, "table")


def as_csv(table: Table, study: str) -> str:
    """The numbers, one row a pair."""
    return str(table.numbers.to_csv(index=False))


def as_markdown(table: Table, study: str) -> str:
    """The words, as they stand in the terminal, and the notes below them."""
    head = [text.markdown(name) for name in table.words.columns]
    body = [list(map(text.markdown, row)) for row in _cells(table.words)]
    rows = [head, ["---", *["--:"] * (len(head) - 1)], *body]
    lines = [f"{text.markdown(_caption(table, study))}", ""]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    notes = [f"- {text.markdown(note)}" for note in table.notes]
    return "\n".join([*lines, *(["", *notes] if notes else []), ""])


def as_latex(table: Table, study: str) -> str:
    """A booktabs table with a label; a longtable where it is longer than a page."""
    words = table.words if _width(table.words) <= WIDE else table.long
    columns = "l" + "".join("l" if name == "algorithm" else "r" for name in words.columns[1:])
    head = " & ".join(map(text.latex, words.columns)) + r" \\"
    rows = [" & ".join(map(text.latex, row)) + r" \\" for row in _cells(words)]
    label = text.label("-".join(filter(None, ["tab:" + study, *words.columns[:2]])))
    caption = rf"\caption{{{text.latex(_caption(table, study))}}}\label{{{label}}}"
    make = _longtable if len(rows) > PAGE else _float
    notes = [f"% {text.plain(note)}" for note in table.notes]
    return "\n".join([*make(caption, columns, head, rows), *notes, ""])


def _float(caption: str, columns: str, head: str, rows: list[str]) -> list[str]:
    return [
        r"% \usepackage{booktabs}",
        r"\begin{table}",
        r"\centering",
        caption,
        rf"\begin{{tabular}}{{{columns}}}",
        r"\toprule",
        head,
        r"\midrule",
        *rows,
        r"\bottomrule",
        r"\end{tabular}",
        r"\end{table}",
    ]


def _longtable(caption: str, columns: str, head: str, rows: list[str]) -> list[str]:
    again = rf"\multicolumn{{{len(columns)}}}{{r}}{{continued on the next page}} \\"
    return [
        r"% \usepackage{booktabs,longtable}",
        rf"\begin{{longtable}}{{{columns}}}",
        caption + r" \\",
        *[r"\toprule", head, r"\midrule", r"\endfirsthead"],
        *[r"\toprule", head, r"\midrule", r"\endhead"],
        *[r"\midrule", again, r"\endfoot"],
        *[r"\bottomrule", r"\endlastfoot"],
        *rows,
        r"\end{longtable}",
    ]


def as_html(table: Table, study: str) -> str:
    """A table of HTML, without style."""
    head = "".join(f"<th>{text.html(name)}</th>" for name in table.words.columns)
    rows = ["".join(f"<td>{text.html(cell)}</td>" for cell in row) for row in _cells(table.words)]
    body = "\n".join(f"<tr>{row}</tr>" for row in rows)
    notes = "".join(f"<li>{text.html(note)}</li>\n" for note in table.notes)
    return (
        f"<table>\n<caption>{text.html(_caption(table, study))}</caption>\n"
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>\n"
        + (f"<ul>\n{notes}</ul>\n" if notes else "")
    )


def _caption(table: Table, study: str) -> str:
    return f"{table.title}, study {study}." if study else f"{table.title}."


def _cells(words: pd.DataFrame) -> list[tuple[str, ...]]:
    return list(words.astype(str).itertuples(index=False, name=None))


FORMS: dict[str, Callable[[Table, str], str]] = {
    "csv": as_csv,
    "markdown": as_markdown,
    "latex": as_latex,
    "html": as_html,
}
"""The forms that files are written in."""
