"""A unit on its way to another process: packed with what it needs, unpacked and performed there."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import cloudpickle

from minmaxbench.algorithms.registry import AlgorithmRef
from minmaxbench.bench.abreast import work_abreast
from minmaxbench.bench.fingerprint import definition
from minmaxbench.bench.plugins import load_copies, load_entry_points, load_files
from minmaxbench.bench.store import Store
from minmaxbench.bench.unit import Answer, LostError, Unit, sentence, work
from minmaxbench.core.algorithm import Algorithm
from minmaxbench.core.problem import Problem
from minmaxbench.errors import UserError
from minmaxbench.problems.registry import ProblemRef


def pack(unit: Unit, folder: Path | None, files: tuple[str, ...]) -> bytes:
    """A unit as bytes; classes of a session without a file travel by value.

    Its rows are to be written in ``folder``, or, without one, come back with the answer.
    """
    return pack_all([unit], folder, files)


def pack_all(units: list[Unit], folder: Path | None, files: tuple[str, ...]) -> bytes:
    """The same for units that are to run side by side."""
    try:
        inside = cloudpickle.dumps((units, folder))
    except Exception as error:
        raise UserError(
            f"{units[0].title} cannot be sent to a worker process: {sentence(error)}"
        ) from error
    return cloudpickle.dumps((files, sys.path, inside))  # type: ignore[no-any-return]


def perform_all(packed: bytes) -> list[Answer]:
    """Run units that :func:`pack_all` packed."""
    units, folder = _unpacked(packed)
    assert folder is not None
    return [_performed(units[0], folder)] if len(units) == 1 else work_abreast(units, folder)


def perform(packed: bytes, copies: Mapping[str, Path] | None = None) -> Answer:
    """Run a unit that :func:`pack` packed; on another machine with copies of the user's files."""
    unit, folder = unpack(packed, copies)
    if folder is not None:
        return _performed(unit, folder)
    with tempfile.TemporaryDirectory(prefix="minmaxbench-") as place:
        store = Store(Path(place))
        store.open()
        answer = _performed(unit, store.folder)
        path = store.path(unit.fingerprint, unit.first, unit.count)
        return answer._replace(file=path.read_bytes())


def other_versions(packed: list[bytes], copies: Mapping[str, Path]) -> list[str]:
    """Which problems and algorithms of these units are defined otherwise in this process."""
    found = []
    for unit, _ in (unpack(bytes_, copies) for bytes_ in packed):
        refs: tuple[ProblemRef | AlgorithmRef, ...] = (unit.problem, *unit.algorithms)
        for ref, there in zip(refs, unit.definitions, strict=True):
            thing: Problem | Algorithm = ref.build()
            if definition(thing) != there:
                found.append(ref.label)
    return sorted(set(found))


def unpack(packed: bytes, copies: Mapping[str, Path] | None = None) -> tuple[Unit, Path | None]:
    """What :func:`pack` packed, in another process; what it needs is imported."""
    (unit,), folder = _unpacked(packed, copies)
    return unit, folder


def _unpacked(
    packed: bytes, copies: Mapping[str, Path] | None = None
) -> tuple[list[Unit], Path | None]:
    files, path, inside = cloudpickle.loads(packed)
    sys.path += [place for place in path if place not in sys.path]
    load_entry_points()
    if copies is None:
        load_files(files)
    else:
        load_copies(copies)
    found: tuple[list[Unit], Path | None] = cloudpickle.loads(inside)
    return found


def _performed(unit: Unit, folder: Path) -> Answer:
    try:
        return work(unit, folder)
    except (KeyboardInterrupt, SystemExit, GeneratorExit) as error:
        # Raised by code of the user's: a row like any other.
        raise LostError(sentence(error)) from None
