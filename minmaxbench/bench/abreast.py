"""Units that run side by side: problems of one shape, one algorithm, all lanes advanced as one.

On the NumPy engine a step of a few lanes costs about as much as one of a thousand: what it costs is
then paid once for many problems. A run has the same bits either way, and each unit its own file.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from minmaxbench.algorithms.registry import AlgorithmRef
from minmaxbench.bench.together import as_one, together
from minmaxbench.bench.unit import Answer, Part, Unit, begin, part_of, work, written
from minmaxbench.core.algorithm import Algorithm
from minmaxbench.core.problem import Problem
from minmaxbench.core.sets import Box
from minmaxbench.core.stochastic import Stochastic
from minmaxbench.engines.batch import Batch
from minmaxbench.engines.loop import OutOfTimeError
from minmaxbench.engines.numpy_engine import NumpyEngine
from minmaxbench.problems.registry import ProblemRef
from minmaxbench.problems.transforms.instances import get_instance
from minmaxbench.record.outcomes import Outcome

NUMBERS = 2**14
"""Lanes that advance side by side have about so many variables."""
EACH = 2
"""Where there are several workers, each gets about so many groups or more."""


def groups(units: Sequence[Unit], jobs: int) -> list[list[Unit]]:
    """The units in groups for :func:`work_abreast`, those that must run alone by themselves.

    The largest come first, so that no worker is left alone with one at the end.
    """
    most = largest(len(units), jobs)
    found = [group for some in alike(units) for group in _cut(some, most)]
    return sorted(found, key=size_of, reverse=True)


def alike(units: Sequence[Unit]) -> list[list[Unit]]:
    """The units by kinds of which several may run side by side, others by themselves."""
    found: dict[object, list[Unit]] = defaultdict(list)
    for number, unit in enumerate(units):
        found[_kind(unit) if may_join(unit) else number].append(unit)
    return list(found.values())


def may_join(unit: Unit) -> bool:
    """Whether a unit may run beside others."""
    return unit.own and unit.engine == "numpy"


def largest(units: int, jobs: int) -> int:
    """A group holds at most so many of the units."""
    return units if jobs == 1 else -(-units // (EACH * jobs))


def allowance(units: Sequence[Unit]) -> float | None:
    """Seconds that units may take: side by side as many as one of them, and then all alone if need be."""
    one = units[0].allowance
    return one if one is None or len(units) == 1 else one * (1 + len(units))


def work_abreast(units: Sequence[Unit], folder: Path) -> list[Answer]:
    """Run units and write their files, as :func:`minmaxbench.bench.unit.work` does for one.

    Where something raises, each unit of the group runs alone, and says itself what is wrong. So it does
    where all together take longer than one of them may: else its limit would depend on the others.
    """
    if len(units) == 1:
        return [work(units[0], folder)]
    try:
        parts = _parts(units)
    except Exception:
        return [work(unit, folder) for unit in units]
    seconds = [sum(part.columns["seconds"].sum() for part in mine) for mine in parts]
    return [written(u, folder, mine, s) for u, mine, s in zip(units, parts, seconds, strict=True)]


def _kind(unit: Unit) -> tuple[object, ...]:
    """Units of one kind may run side by side, if their problems' sets allow it."""
    labels = tuple(ref.label for ref in unit.algorithms)
    return unit.settings, unit.problem.dx, unit.problem.dy, unit.algorithms[0].name, labels


def _cut(units: list[Unit], most: int) -> Iterator[list[Unit]]:
    """Units of one kind in groups of about :data:`NUMBERS` variables, and no more than ``most``."""
    group: list[Unit] = []
    size = 0
    for unit in units:
        more = size_of([unit])
        if group and (len(group) >= most or size + more > NUMBERS):
            yield group
            group, size = [], 0
        group.append(unit)
        size += more
    yield group


def size_of(units: Sequence[Unit]) -> int:
    """The variables of all their lanes."""
    return sum(unit.runs * (unit.problem.dx + unit.problem.dy) for unit in units)


class _Row(NamedTuple):
    """A setting of a unit."""

    unit: int
    ref: AlgorithmRef
    rule: Algorithm
    """With what it reads off the unit's problem."""


def _parts(units: Sequence[Unit]) -> list[list[Part]]:
    """The parts of each unit."""
    problems = _built([unit.problem for unit in units])
    rows = [
        _Row(k, ref, unit.setting(ref).for_problem(problem))
        for k, (unit, problem) in enumerate(zip(units, problems, strict=True))
        for ref in unit.algorithms
    ]
    found: list[list[Part]] = [[] for _ in units]
    rules = [row.rule for row in rows]
    limit = units[0].allowance
    deadline = time.perf_counter() + (np.inf if limit is None else limit)
    shapes: dict[object, list[int]] = defaultdict(list)
    for number, row in enumerate(rows):
        shapes[_shape(problems[row.unit], row.unit)].append(number)
    for mine in shapes.values():
        for some in together(rules, mine):
            for k, part in _run(units, problems, [rows[number] for number in some], deadline):
                found[k].append(part)
    return found


def _built(refs: Sequence[ProblemRef]) -> list[Problem]:
    """The problems, instances of one of which share it."""
    published: dict[ProblemRef, Problem] = {}
    problems = []
    for ref in refs:
        first = replace(ref, instance=0)
        if first not in published:
            published[first] = first.build()
        problems.append(get_instance(published[first], ref.instance))
    return problems


def _shape(problem: Problem, number: int) -> object:
    """What problems must have in common: an oracle treats free players and bound ones differently."""
    if isinstance(problem, Stochastic) or problem.lanes is not None or problem.metrics:
        return number
    return tuple((s.constrained, isinstance(s, Box)) for s in (problem.x_set, problem.y_set))


def _run(
    units: Sequence[Unit], problems: Sequence[Problem], rows: Sequence[_Row], deadline: float
) -> Iterator[tuple[int, Part]]:
    """Run settings that can be columns of one algorithm; yields each unit's number and part.

    Raises :class:`OutOfTimeError` where that goes on beyond the ``deadline``.
    """
    began = time.perf_counter()
    numbers = list(dict.fromkeys(row.unit for row in rows))
    batches, settings = [], []
    for k in numbers:
        unit, mine = units[k], [i for i, row in enumerate(rows) if row.unit == k]
        seeds = np.tile(unit.first + np.arange(unit.count), len(mine))
        starts = begin(unit.problem, problems[k], unit.start, unit.seed, seeds)
        rule, left = rows[mine[0]].rule, deadline - began
        batches.append(Batch(problems[k], rule, *starts, unit.budget, unit.noise, left))
        settings.append(np.repeat(mine, unit.count))
    algorithm = as_one([row.rule for row in rows], np.concatenate(settings))
    records = NumpyEngine().run_side_by_side(batches, algorithm)
    if any(Outcome.TIME_LIMIT in record.outcome for record in records):
        raise OutOfTimeError
    # What a step costs is nobody's own: it is shared out by steps.
    work_done = np.array([record.steps.sum() + len(record.steps) for record in records])
    seconds = (time.perf_counter() - began) * work_done / work_done.sum()
    for k, record, share in zip(numbers, records, seconds, strict=True):
        refs = [row.ref for row in rows if row.unit == k]
        yield k, part_of(units[k], problems[k], refs, record, float(share))
