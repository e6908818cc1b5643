"""A unit on its way to another process: packed with what it needs, unpacked and performed there."""

from __future__ import annotations

import sys
from pathlib import Path

import cloudpickle

from minmaxbench.bench.plugins import load_entry_points, load_files
from minmaxbench.bench.unit import Answer, Unit, failed, sentence, work
from minmaxbench.errors import UserError


def pack(unit: Unit, folder: Path, files: tuple[str, ...]) -> bytes:
    """A unit as bytes; classes of a session without a file travel by value."""
    try:
        inside = cloudpickle.dumps((unit, folder))
    except Exception as error:
        raise UserError(
            f"{unit.title} cannot be sent to a worker process: {sentence(error)}"
        ) from error
    return cloudpickle.dumps((files, sys.path, inside))  # type: ignore[no-any-return]


def perform(packed: bytes) -> Answer:
    """Run a unit that :func:`pack` packed."""
    files, path, inside = cloudpickle.loads(packed)
    sys.path += [place for place in path if place not in sys.path]
    load_entry_points()
    load_files(files)
    unit, folder = cloudpickle.loads(inside)
    try:
        return work(unit, folder)
    except (KeyboardInterrupt, SystemExit, GeneratorExit) as error:
        # Raised by code of the user's: a row like any other.
        return failed(unit, folder, sentence(error))
