"""A table, and its forms: terminal, CSV, Markdown, LaTeX, HTML."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from minmaxbench.report import text
from minmaxbench.report.layout import as_rich, natural_width

if TYPE_CHECKING:
    import pandas as pd
    from rich.table import Table as RichTable

PAGE = 40
"""More rows than this do not fit on a page of a paper."""
WIDE = 90
"""More characters in a row do not fit on it either."""

READ = 100
"""The width of a table that is turned into text."""


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

        # Text without commands to a terminal, in a notebook and under FORCE_COLOR, too.
        console = Console(
            width=READ,
            file=io.StringIO(),
            color_system=None,
            force_jupyter=False,
            force_terminal=False,
        )
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
        if natural_width(words) <= width:
            return as_rich(words, width, numbers)
    return as_rich(table.long, width, numbers)


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
    words = table.words if natural_width(table.words) <= WIDE else table.long
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
