"""How long a plan will take and what it needs, told from some of its units, tried for a moment each.

A worker process runs a few units with a short time limit, a unit of each algorithm first. How far
their runs got says how long the unit takes; runs that were stopped count as if they spent their
budget. The first moments of each problem, derivatives and the compiling of programs among them, are
told apart, and so is what units that run side by side pay once: a unit beside itself costs less than
twice.
"""

from __future__ import annotations

import random
import resource
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from minmaxbench.bench.abreast import NUMBERS, alike, largest, may_join, size_of, work_abreast
from minmaxbench.bench.executors.pool import WorkerProcess
from minmaxbench.bench.executors.task import pack, unpack
from minmaxbench.bench.fingerprint import texts_of
from minmaxbench.bench.plan import Plan
from minmaxbench.bench.store import Store, read_frames
from minmaxbench.bench.unit import BLOCK, Unit
from minmaxbench.errors import UserError
from minmaxbench.record.outcomes import Outcome

TRYING = 3.0
"""Seconds of the processor for all that is tried; twice as many while not every algorithm has had
its turn."""
MOMENT = 0.4
"""Seconds for a unit."""
FEW = 200.0
"""Calls of a trial that is to be short."""
LOOP = 500
"""A step costs about as much for itself as for so many lanes, on NumPy: 22 us to 42 ns."""
HANDED_OVER = 0.005
"""Seconds in which a scheduler hands over a unit, at most."""
ARRAYS = 20
"""A worker holds about so many arrays of all variables of a block of lanes."""
GB = 1e9


class Tried(NamedTuple):
    """What trying a unit has told."""

    first: float
    """Seconds that its problem and algorithm took the first time only."""
    seconds: float
    """Seconds for the whole unit, alone."""
    shared: float
    """Those of them that units side by side pay once."""
    memory: float
    """The most that the process has taken so far, in bytes."""
    disk: float
    """Bytes of its file, a run."""
    ended: bool = True
    """Whether no run was stopped."""
    spent: float = 0.0
    """Seconds of the processor that trying took."""


class Kind(NamedTuple):
    """Units that may run side by side."""

    units: int
    fit: int
    """So many at a time."""
    own: float
    """Seconds of each of them."""
    shared: float
    """Seconds that a group of them takes beside."""


@dataclass(frozen=True)
class Forecast:
    """What a plan will take on one core of this machine."""

    units: int
    runs: int
    calls: float
    """Gradient calls, if every run spends its budget."""
    kinds: tuple[Kind, ...]
    first: float
    """Seconds that problems and algorithms take the first time only."""
    longest: float
    """Seconds of the longest unit that was tried."""
    memory: float
    """Bytes that one worker takes."""
    disk: float
    """Bytes of the results."""
    tried: int
    """Units that were tried."""

    def groups(self, workers: int = 1) -> int:
        """Into how many groups of units so many workers part it."""
        return sum(-(-kind.units // self._side_by_side(kind, workers)) for kind in self.kinds)

    def seconds(self, workers: int = 1) -> float:
        """Seconds of one core, where so many workers share the units out between them."""
        return self.first + sum(
            kind.units * kind.own
            + kind.shared * -(-kind.units // self._side_by_side(kind, workers))
            for kind in self.kinds
        )

    def hours(self, workers: int, scheduled: bool = False) -> float:
        """How long so many workers take; ``scheduled`` where a scheduler hands units over."""
        whole = self.seconds(workers)
        group = max(
            kind.shared + kind.own * self._side_by_side(kind, workers) for kind in self.kinds
        )
        shared_out = max(whole / workers, min(max(self.longest, group), whole))
        return max(shared_out, HANDED_OVER * self.groups(workers) * scheduled) / 3600

    def _side_by_side(self, kind: Kind, workers: int) -> int:
        return min(kind.units, kind.fit, largest(self.units, workers))


def forecast(plan: Plan, trying: float = TRYING) -> Forecast:
    """What is missing of a plan, in hours and bytes; ``trying`` is seconds, see :data:`TRYING`.

    Raises :class:`UserError` where what was tried says nothing, for instance since all of it fails.
    """
    units, process, spent, said = plan.missing, WorkerProcess(), 0.0, ""
    tried: dict[int, Tried] = {}
    began, kinds = time.perf_counter(), {_kind(unit) for unit in units}
    try:
        for number, moment in _in_turn(units, tried):
            unit = units[number]
            packed = pack([unit], None, texts_of(plan.study.files))
            found = process.ask(try_unit, (packed, moment), limit=60.0)
            if isinstance(found, Tried):
                tried[number] = found
                spent += found.spent
            else:
                said = found or f"{unit.title}: {process.death()}"
            if not process.alive:
                process = WorkerProcess()
            all_kinds = kinds == {_kind(units[number]) for number in tried}
            # On a busy machine the processor's time goes slowly.
            busy = max(spent, 0.1 * (time.perf_counter() - began))
            if tried and busy > (1.0 if all_kinds else 2.0) * trying:
                break
    finally:
        process.end(at_once=True)
    if not tried:
        raise UserError(f"Nothing of the study could be tried: {said}.")
    return _told(units, tried)


def _in_turn(units: list[Unit], tried: dict[int, Tried]) -> Iterator[tuple[int, float]]:
    """Each unit for a moment; while there is time, those that did not end for longer ones.

    The next is one of the algorithm of whose units least is known, at random.
    """
    left: dict[str, list[int]] = defaultdict(list)
    for number in random.Random(0).sample(range(len(units)), len(units)):
        left[_kind(units[number])].append(number)
    many = {name: len(numbers) for name, numbers in left.items()}
    asked: Counter[str] = Counter()
    while left:
        known: dict[str, list[float]] = defaultdict(list)
        for number, one in tried.items():
            known[_kind(units[number])].append(one.seconds)
        # About the standard error of their sum; not by the spread, which two or three do not tell.
        name = max(
            left,
            key=lambda name: (
                many[name] * np.sqrt(np.sum(np.square(known[name]))) / asked[name]
                if asked[name]
                else np.inf
            ),
        )
        asked[name] += 1
        yield left[name].pop(), MOMENT
        if not left[name]:
            del left[name]
    for moment in (4 * MOMENT, 16 * MOMENT):
        yield from ((n, moment) for n, one in list(tried.items()) if not one.ended)


def _told(units: list[Unit], tried: dict[int, Tried]) -> Forecast:
    every = list(tried.values())
    by_name: dict[str, list[Tried]] = defaultdict(list)
    for number, one in tried.items():
        by_name[_kind(units[number])].append(one)
    kinds = []
    for some in alike(units):
        whole, shared = _mean(by_name.get(_kind(some[0]), every))
        fit = max(1, len(some) * NUMBERS // size_of(some)) if may_join(some[0]) else 1
        kinds.append(Kind(len(some), fit, whole - shared, shared))
    # Not the mean: the first of all also loads the package.
    first = float(np.median([one.first for one in every]))
    built = len({(unit.problem, unit.algorithms[0].name) for unit in units})
    runs = sum(unit.runs for unit in units)
    return Forecast(
        units=len(units),
        runs=runs,
        calls=sum(unit.runs * unit.budget for unit in units),
        kinds=tuple(kinds),
        first=first * built,
        longest=max(one.seconds for one in every),
        memory=max(one.memory for one in every),
        disk=runs * float(np.mean([one.disk for one in every])),
        tried=len(every),
    )


def _mean(some: list[Tried]) -> tuple[float, float]:
    """Seconds of units alone, and those that are shared."""
    whole, shared = np.mean([(one.seconds, one.shared) for one in some], axis=0)
    return float(whole), float(shared)


def _kind(unit: Unit) -> str:
    return unit.algorithms[0].name


class _Trial(NamedTuple):
    """One trial of a unit."""

    seconds: float
    work: float
    """What was done in steps and lanes, weighed by what they cost on NumPy."""
    wanted: float
    """What is to be done, where runs that were stopped spend their budget."""
    calls: float
    """The most calls of a run."""
    most: float
    """The most calls that a run is to make."""
    disk: float
    """Bytes a run."""
    wall: float
    """Seconds that passed."""


def try_unit(packed: bytes, moment: float) -> Tried:
    """Run a unit for a moment, and some others to compare, in a worker process."""
    began = time.process_time()
    (unit,), _ = unpack(packed)
    # Cold, then warm: the difference is paid once. Where a moment is not the whole, of two lengths
    # the slope is what a step costs.
    short = replace(unit, budget=min(unit.budget, FEW))
    cold, warm = _trial(short, 60.0), _trial(short, 60.0)
    # On a busy machine a moment is as much longer as it takes to get the same from the processor.
    moment *= min(max(warm.wall / warm.seconds, 1.0), 10.0)
    far = _trial(unit, moment)
    whole = far.seconds
    if far.wanted > far.work:
        near = _trial(unit, moment / 4)
        if far.work <= near.work:
            far = _trial(unit, 8 * moment)
        step = (far.seconds - near.seconds) / max(far.work - near.work, 1e-9)
        if far.work > near.work:
            whole = far.seconds + max(step, 0.1 * far.seconds / far.work) * (far.wanted - far.work)
    if unit.time_limit is not None:
        whole = min(whole, unit.time_limit * len(unit.algorithms))
    shared = min(_shared(unit, far), 0.9 * whole) if may_join(unit) and far.calls else 0.0
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024.0
    spent = time.process_time() - began
    ended = far.wanted <= far.work
    return Tried(
        max(0.0, cold.seconds - warm.seconds), whole, shared, memory, far.disk, ended, spent
    )


def _shared(unit: Unit, far: _Trial) -> float:
    """Seconds of a whole unit that it and others would pay once: from a part of it, once and twice."""
    part = replace(unit, budget=max(1.0, far.calls / 4))
    once, twice = _trial(part), _trial(part, times=2)
    return max(0.0, 2 * once.seconds - twice.seconds) * far.most / max(once.calls, 1.0)


def _trial(unit: Unit, moment: float | None = None, times: int = 1) -> _Trial:
    """Run a unit for a moment, or to its end; several ``times`` side by side."""
    limit = moment and moment / len(unit.algorithms)
    began, cpu = time.perf_counter(), time.process_time()
    with tempfile.TemporaryDirectory(prefix="minmaxbench-") as place:
        store = Store(Path(place))
        store.open()
        work_abreast([replace(unit, time_limit=limit)] * times, store.folder)
        # Of a busy machine's time, what this process had; of several threads', what passed.
        wall = time.perf_counter() - began
        took = max(1e-3, min(wall, time.process_time() - cpu))
        paths = list(store.units.iterdir())
        runs, size = read_frames(paths), sum(path.stat().st_size for path in paths)
    ends = runs["outcome"].to_numpy()
    if (ends == Outcome.ERROR.value).all():
        return _Trial(took, 0.0, 0.0, 0.0, 0.0, size / len(runs), wall)
    calls = np.nan_to_num(runs["calls"].to_numpy(float))
    wanted = np.where(ends == Outcome.TIME_LIMIT.value, unit.budget, calls)
    done, asked = (LOOP * some.max() + some.sum() for some in (calls, wanted))
    return _Trial(took, done, asked, calls.max(), wanted.max(), size / len(runs), wall)


def check_memory(plan: Plan, jobs: int) -> None:
    """Refuse a plan whose largest problem does not fit into this machine with so many workers.

    Raises :class:`UserError`.
    """
    largest = max(plan.missing, key=_bytes, default=None)
    free = _free()
    if largest is not None and _bytes(largest) * jobs > free:
        raise UserError(
            f"The study does not fit: a unit of {largest.problem.label} needs about "
            f"{_bytes(largest) / GB:.1f} GB, and {jobs} at a time more than the {free / GB:.1f} GB that "
            "are free here: use fewer processes (-j), or smaller dimensions."
        )


def _bytes(unit: Unit) -> float:
    variables = unit.problem.dx + unit.problem.dy
    return 8.0 * ARRAYS * max(variables, min(unit.runs * variables, BLOCK))


def _free() -> float:
    """Bytes of memory that are free here; endless where the system does not tell."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return np.inf
    found = [line.split()[1] for line in lines if line.startswith("MemAvailable:")]
    return 1024.0 * int(found[0]) if found else np.inf
