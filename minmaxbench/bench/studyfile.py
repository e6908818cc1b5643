"""Studies as TOML files: the fields of :class:`minmaxbench.Study`, with the same words."""

from __future__ import annotations

import dataclasses
import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from minmaxbench.bench.naming import problem_refs
from minmaxbench.bench.plugins import load_entry_points, load_files
from minmaxbench.bench.study import ALL, Study, listed, text
from minmaxbench.errors import UserError, one_of, path_of
from minmaxbench.problems.registry import PROBLEMS


def read_study(path: str | Path) -> Study:
    """A study from a TOML file with the fields of :class:`Study`.

    ``problems`` is a list of names or tables, ``dimensions`` and ``instances`` lists of whole
    numbers, ``algorithms`` a list of names or tables; everything else as in :class:`Study`. Paths in
    ``files`` are relative to the file's folder. Raises :class:`UserError` for a file that cannot be
    read, and for fields that do not exist or have a wrong value.
    """
    path = path_of("path", path)
    table = _table(path)
    fields = [f.name for f in dataclasses.fields(Study)] + ["dimensions", "instances"]
    for key in table:
        one_of("field of a study", key, fields)
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


def study_file(study: Mapping[str, Any]) -> str:
    """The text of a file that asks for the study of a manifest again.

    Where settings were found by tuning, they are asked for by name, not by hyper-parameters.
    """
    asked = {name: value for name, value in study.items() if value not in (None, {}, [])}
    asked["problems"] = [_short(one) for one in study["problems"]]
    if asked.get("settings", ["default"]) != ["default"]:
        asked["algorithms"] = list(dict.fromkeys(one["name"] for one in study["algorithms"]))
    return "".join(f"{name} = {_toml(value)}\n" for name, value in asked.items())


def _short(problem: Mapping[str, Any]) -> Any:
    """The name alone, where it says all; a formula is its own name."""
    name, plane = problem["name"], {"dx": 1, "dy": 1, "instance": 0}
    known = PROBLEMS.get(name).planar if name in PROBLEMS else True
    return name if known and {**problem, "name": ""} == {"name": "", **plane} else problem


def _toml(value: Any) -> str:
    if isinstance(value, Mapping):
        pairs = (f"{k if k.isidentifier() else _toml(k)} = {_toml(v)}" for k, v in value.items())
        return f"{{ {', '.join(pairs)} }}"
    if isinstance(value, list):
        lines = ",\n  ".join(map(_toml, value))
        return f"[\n  {lines},\n]" if len(value) > 1 else f"[{lines}]"
    if isinstance(value, str):
        # But for this character what JSON writes is TOML.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return str(value).lower()


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
