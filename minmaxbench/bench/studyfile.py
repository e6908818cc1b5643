"""Studies as TOML files: the fields of :class:`minmaxbench.Study`, with the same words."""

from __future__ import annotations

import dataclasses
import tomllib
from pathlib import Path
from typing import Any

from minmaxbench.bench.naming import problem_refs
from minmaxbench.bench.plugins import load_entry_points, load_files
from minmaxbench.bench.study import ALL, Study, listed, text
from minmaxbench.errors import UserError, unknown
from minmaxbench.problems.registry import PROBLEMS


def read_study(path: str | Path) -> Study:
    """A study from a TOML file with the fields of :class:`Study`.

    ``problems`` is a list of names or tables, ``dimensions`` and ``instances`` lists of whole
    numbers, ``algorithms`` a list of names or tables; everything else as in :class:`Study`. Paths in
    ``files`` are relative to the file's folder. Raises :class:`UserError` for a file that cannot be
    read, and for fields that do not exist or have a wrong value.
    """
    path = Path(path).expanduser()
    table = _table(path)
    fields = [f.name for f in dataclasses.fields(Study)] + ["dimensions", "instances"]
    for key in table:
        if key not in fields:
            raise unknown("field of a study", key, fields)
    if not ({"problems", "algorithms"} & set(table)):
        raise UserError(
            f"The study file '{path}' asks for nothing: it needs 'problems' or 'algorithms'."
        )
    files = listed("files", table.pop("files", []))
    resolved = tuple(str((path.parent / Path(text(name)).expanduser()).resolve()) for name in files)
    load_entry_points()
    load_files(resolved)
    chosen = problem_refs(
        listed("problems", table.pop("problems", ALL), PROBLEMS),
        listed("dimensions", table.pop("dimensions", [])),
        listed("instances", table.pop("instances", [])),
    )
    return Study(
        problems=chosen,
        files=resolved,
        **{"name": path.stem, **table},
    )


def _table(path: Path) -> dict[str, Any]:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UserError(f"The study file '{path}' cannot be read: {error.strerror}.") from error
    try:
        # With or without the mark that some editors put first.
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserError(
            f"The study file '{path}' is not in UTF-8 (byte {error.start}): save it as UTF-8."
        ) from error
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise UserError(f"The study file '{path}' is not valid TOML: {error}.") from error
