"""Units on their way to another process: packed with what they need, unpacked and performed there."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

import cloudpickle

from minmaxbench.algorithms.registry import AlgorithmRef
from minmaxbench.bench.abreast import work_abreast
from minmaxbench.bench.fingerprint import definition, texts_of
from minmaxbench.bench.plugins import load_copies, load_entry_points, load_files
from minmaxbench.bench.store import Store
from minmaxbench.bench.unit import Answer, LostError, Unit, sentence
from minmaxbench.core.algorithm import Algorithm
from minmaxbench.core.problem import Problem
from minmaxbench.errors import UserError
from minmaxbench.problems.registry import ProblemRef


def pack(
    units: list[Unit], folder: Path | None, files: Mapping[str, str] = MappingProxyType({})
) -> bytes:
    """Units that are to run side by side as bytes; classes of a session without a file travel by value.

    Their rows are to be written in ``folder``, or, without one, come back with the answers. ``files``
    are the user's that they need, each with the hash of its text.
    """
    try:
        inside = cloudpickle.dumps((units, folder))
    except Exception as error:
        raise UserError(
            f"{units[0].title} cannot be sent to a worker process: {sentence(error)}"
        ) from error
    return cloudpickle.dumps((dict(files), sys.path, inside))  # type: ignore[no-any-return]


def perform(packed: bytes, copies: Mapping[str, Path] | None = None) -> list[Answer]:
    """Run units that :func:`pack` packed; on another machine with copies of the user's files."""
    units, folder = unpack(packed, copies)
    if folder is not None:
        return _performed(units, folder)
    with tempfile.TemporaryDirectory(prefix="minmaxbench-") as place:
        store = Store(Path(place))
        store.open()
        answers = _performed(units, store.folder)
        paths = [store.path(unit.fingerprint, unit.first, unit.count) for unit in units]
        return [
            answer._replace(file=path.read_bytes())
            for answer, path in zip(answers, paths, strict=True)
        ]


def other_versions(packed: list[bytes], copies: Mapping[str, Path]) -> list[str]:
    """Which problems and algorithms of these units are defined otherwise in this process."""
    found = []
    for unit in (unit for some in packed for unit in unpack(some, copies)[0]):
        refs: tuple[ProblemRef | AlgorithmRef, ...] = (unit.problem, *unit.algorithms)
        for ref, there in zip(refs, unit.definitions, strict=True):
            thing: Problem | Algorithm = ref.build()
            if definition(thing) != there:
                found.append(ref.label)
    return sorted(set(found))


def unpack(
    packed: bytes, copies: Mapping[str, Path] | None = None
) -> tuple[list[Unit], Path | None]:
    """What :func:`pack` packed, in another process; what it needs is imported."""
    files, path, inside = cloudpickle.loads(packed)
    sys.path += [place for place in path if place not in sys.path]
    load_entry_points()
    if copies is None:
        load_files(files)
        for file, text in files.items():
            _check_text(file, text)
    else:
        load_copies(copies)
    found: tuple[list[Unit], Path | None] = cloudpickle.loads(inside)
    return found


@cache
def _check_text(file: str, text: str) -> None:
    """Refuse a file that is not what it was when the study was planned; looked at once a process."""
    if texts_of([file])[file] != text:
        raise UserError(
            f"'{file}', or what it imports, was changed while the study ran; the same command runs "
            "again what is missing."
        )


def _performed(units: list[Unit], folder: Path) -> list[Answer]:
    try:
        return work_abreast(units, folder)
    except (KeyboardInterrupt, SystemExit, GeneratorExit) as error:
        # Raised by code of the user's, who has one unit at a time: a row like any other.
        raise LostError(sentence(error)) from None
