"""Options that several commands share, and how their texts are read."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from minmaxbench.errors import UserError, unknown

FORMATS = ("png", "pdf", "svg")
"""What figures can be written as."""


def folder(text: str | Path) -> Path:
    """A path as a shell would read it, quoted or not: ``~`` is the home folder."""
    # Not Path.expanduser, which raises for a user that does not exist.
    return Path(os.path.expanduser(text))  # noqa: PTH111


def formats(text: str) -> tuple[str, ...]:
    """``png,pdf`` as the formats that figures are written in."""
    chosen = tuple(dict.fromkeys(part.strip().lower() for part in text.split(",") if part.strip()))
    for name in chosen:
        if name not in FORMATS:
            raise unknown("format of figures", name, FORMATS)
    return chosen or FORMATS[:1]


def interval(option: str, text: str | None) -> tuple[float, float] | None:
    """``low,high`` as two numbers."""
    if text is None:
        return None
    try:
        low, high = map(float, text.split(","))
    except ValueError:
        raise UserError(f"{option} is two numbers, 'low,high'; got '{text}'.") from None
    return low, high


def part(text: str) -> tuple[int, int]:
    """``3/100`` as the number of a part and of all parts."""
    found = re.fullmatch(r"\s*(\d{1,9})\s*/\s*(\d{1,9})\s*", text)
    number, of = map(int, found.groups()) if found else (0, 0)
    if not 1 <= number <= of:
        raise UserError(f"--shard is a part such as '3/100', from '1/100' on; got '{text}'.")
    return number, of


def absolute(files: Iterable[str] | None) -> tuple[str, ...]:
    """The user's files by paths that hold wherever a worker runs."""
    return tuple(str(folder(file).resolve()) for file in files or ())


def load(files: Iterable[str] | None) -> None:
    """Register what installed packages and the user's own files bring."""
    from minmaxbench.bench.plugins import load_entry_points, load_files

    load_entry_points()
    load_files(str(folder(file)) for file in files or ())


Files = Annotated[
    list[str] | None,
    typer.Option(
        "--file", "--problem-file", "--algorithm-file",
        help="A Python file of your own that registers problems or algorithms.",
    ),
]  # fmt: skip
Results = Annotated[Path, typer.Argument(parser=folder, help="A study's results folder.")]
Out = Annotated[Path, typer.Option(parser=folder, help="Where results go.")]
Plots = Annotated[Path, typer.Option(parser=folder, help="Where figures go.")]
Written = Annotated[Path | None, typer.Option(parser=folder, help="Write the table here, too.")]
Format = Annotated[str, typer.Option("--format", help="Of figures: png, pdf, svg, or several.")]
Jobs = Annotated[int, typer.Option("--jobs", "-j", min=0, help="Processes; 0 for one a core.")]
Target = Annotated[float, typer.Option(help="Success is to reach this: 0.5, 1e-1, ..., 1e-10.")]
Metric = Annotated[str, typer.Option(help="What the target bounds: distance or residual.")]
