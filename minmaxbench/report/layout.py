"""How a frame of text is laid out in a terminal: what is broken, and what never is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from minmaxbench.report import text

if TYPE_CHECKING:
    import pandas as pd
    from rich.table import Table as RichTable

GAP = 3
"""Characters between two columns."""

_NUMBER = re.compile(r"(?:[-<>\d\s.,%()]|of|to)*")
_JOINT = re.compile(r"(?<=\s)(?!%)|(?<=[_=/])|(?<=,)(?!\d)|(?<=\S\()|(?<=[A-Za-z]-)")


def columns_of(words: pd.DataFrame) -> list[tuple[str, ...]]:
    """The cells of each column."""
    return [tuple(words.iloc[:, k].astype(str)) for k in range(words.shape[1])]


def natural_width(words: pd.DataFrame) -> int:
    """The characters of the longest row, nothing broken but headings."""
    columns = columns_of(words)
    heads = [_head(name, cells) for name, cells in zip(words.columns, columns, strict=True)]
    longest = [max(map(_length, (h, *c))) for h, c in zip(heads, columns, strict=True)]
    return sum(longest) + GAP * len(longest)


@lru_cache(maxsize=4096)
def _length(cell: str) -> int:
    """The characters of the longest line of a cell."""
    return max(text.terminal(line).cell_len for line in cell.split("\n"))


def _head(name: object, cells: Sequence[str]) -> str:
    """A heading in lines that are no wider than its column, where its words allow that."""
    return broken(text.plain(name), max([8, *map(_length, cells)]), hard=False)


def broken(cell: str, room: int, hard: bool = True) -> str:
    """A cell in lines of at most ``room`` characters, broken where a name or a sentence has joints.

    What has none is broken anywhere if that is allowed.
    """
    from rich.cells import chop_cells

    lines: list[str] = []
    for line in cell.split("\n"):
        current = ""
        for part in filter(None, _JOINT.split(line)):
            if hard and _length(part) > room:
                # Pieces of so many columns: a Chinese letter takes two.
                *heads, part = chop_cells(part, room)
                lines += [*filter(None, [current.rstrip()]), *heads]
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

    columns, names = columns_of(words), [str(name) for name in words.columns]
    is_number = [
        numbers and k > 0 and all(map(_NUMBER.fullmatch, cells)) for k, cells in enumerate(columns)
    ]
    heads = [_head(n, c) if b else n for n, c, b in zip(names, columns, is_number, strict=True)]
    rooms = _rooms(columns, heads, is_number, width)
    rich = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for head, number, room in zip(heads, is_number, rooms, strict=True):
        shown = text.terminal(broken(head, room))
        rich.add_column(shown, justify="right" if number else "left", no_wrap=True)
    before = None
    for row in zip(*columns, strict=True):
        shown_row = [broken(cell, room) for cell, room in zip(row, rooms, strict=True)]
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
