"""Where what was computed about planar problems lies: certificates, cycles, constants, a NAME.json each.

Those of the package are data of its own. Those of a user's problem lie in the folders ``certified``,
``cycles`` and ``constants`` beside the file that declares the problem.
"""

from __future__ import annotations

import json
import os
import sys
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import quote

from minmaxbench.errors import UserError

CERTIFIED, CYCLES, CONSTANTS = "certified", "cycles", "constants"
"""The folders."""
DOORS = ("minmaxbench.api.register", "minmaxbench.problems.planar")


def home() -> Path:
    """The folder of the file that declares a problem; the current one in a session without a file."""
    frame = sys._getframe(1)
    # Past the functions that declare on behalf of their caller.
    while frame.f_back and frame.f_globals.get("__name__") in DOORS:
        frame = frame.f_back
    file = frame.f_globals.get("__file__")
    return Path(file).absolute().parent if file else Path.cwd()


def find(folder: str, name: str, beside: Path | None) -> Path | None:
    """The file of a problem in one of the folders, the user's before the package's; None for none."""
    own = [] if beside is None else [beside / folder]
    places = [*own, Path(str(files("minmaxbench") / "problems" / "data" / folder))]
    paths = [place / filename(name) for place in places]
    # Not Path.is_file, which raises for names that are too long.
    return next((path for path in paths if os.path.isfile(path)), None)  # noqa: PTH113


def filename(name: str) -> str:
    """``NAME.json``; characters that file names cannot hold are written as ``%2F``."""
    return f"{quote(name, safe=' ', errors='backslashreplace')}.json"


def read(path: Path) -> dict[str, Any]:
    """The JSON object in a file; :class:`UserError` where there is none."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise damaged(path, error) from error
    if not isinstance(data, dict):
        raise damaged(path, "it holds no JSON object")
    return data


def damaged(path: Path, why: object) -> UserError:
    """The error for a file that cannot be used."""
    return UserError(f"'{path}' cannot be read ({why}): delete it, or compute it again.")


def write(folder: Path, name: str, text: str) -> Path:
    """Write ``NAME.json`` in a folder: to a temporary name first, then renamed.

    Raises :class:`UserError` where that is not possible.
    """
    path = folder / filename(name)
    part = path.with_suffix(f".{os.getpid()}.part")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        part.write_text(text, encoding="utf-8")
        part.replace(path)
    except OSError as error:
        raise UserError(f"'{path}' cannot be written: {error.strerror or error}.") from error
    return path
