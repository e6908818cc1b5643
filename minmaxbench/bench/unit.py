"""A unit: one problem, one algorithm, some seeds; and the work of running it, which never raises."""

from __future__ import annotations

import dataclasses
import json
import time
import traceback
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from minmaxbench.algorithms.registry import AlgorithmRef
from minmaxbench.bench.fingerprint import SCHEMA, hashed
from minmaxbench.bench.starts import start_points
from minmaxbench.bench.store import Store
from minmaxbench.core.arrays import Floats, Ints
from minmaxbench.core.noise import Words, run_keys
from minmaxbench.core.oracle import OracleNoise
from minmaxbench.core.problem import Problem
from minmaxbench.engines import choice
from minmaxbench.engines.batch import Batch
from minmaxbench.errors import ContractError
from minmaxbench.problems.registry import ProblemRef
from minmaxbench.record.outcomes import Outcome
from minmaxbench.record.record import Record, join
from minmaxbench.record.schema import Finished, failed_columns, finished_columns, in_order
from minmaxbench.theory.approximate import EquilibriumTest, columns_of, equilibrium

BLOCK = 2**16
"""Lanes that advance together have about so many variables."""


@dataclass(frozen=True)
class Unit:
    """One problem and one algorithm, for ``count`` seeds from ``first``."""

    problem: ProblemRef
    algorithm: AlgorithmRef
    first: int
    count: int
    budget: float
    start: str
    noise: OracleNoise
    seed: int
    time_limit: float | None
    engine: str = "numpy"
    """``numpy``, ``jax`` or ``torch``."""
    equilibrium: EquilibriumTest | None = None
    equilibrium_seeds: int = 0
    """The test judges the runs whose seed is below this."""
    definitions: tuple[str, str] = ("", "")
    """The hashes of problem and algorithm: see :func:`minmaxbench.bench.fingerprint.definition`."""

    @property
    def settings(self) -> str:
        """The hash of all that is asked beside problem, algorithm and seeds."""
        asked = {name: value for name, value in self._asked.items() if name not in _PAIR}
        return hashed(asked | {"schema": SCHEMA})

    @property
    def fingerprint(self) -> str:
        """What is asked, apart from the seeds: a hash that changes when the answer might."""
        return hashed(self._asked | {"schema": SCHEMA}, *self.definitions)

    @property
    def _asked(self) -> dict[str, Any]:
        fields = (f.name for f in dataclasses.fields(self) if f.name not in _SEEDS)
        asked = {name: getattr(self, name) for name in fields}
        ref = self.problem
        asked["problem"] = [ref.name, ref.dx, ref.dy, ref.instance]
        asked["algorithm"] = self.algorithm.label
        if self.engine == "numpy":
            # Engines agree up to rounding, so their runs must not mix; NumPy is the reference.
            del asked["engine"]
        if self.equilibrium is None:
            del asked["equilibrium_seeds"]
        return asked

    @property
    def own(self) -> bool:
        """Whether it runs no code of the user's."""
        return self.problem.item is None and self.algorithm.kind is None

    @property
    def title(self) -> str:
        """The unit in the words of a message."""
        seeds = f"seeds {self.first} to {self.first + self.count - 1}"
        return f"{self.algorithm.label} on {self.problem.label}, {seeds}"

    def columns(self) -> dict[str, Any]:
        """The columns that say which runs a unit holds."""
        n, ref = self.count, self.problem
        return {
            "problem": [ref.name] * n,
            "instance": np.full(n, ref.instance),
            "dx": np.full(n, ref.dx),
            "dy": np.full(n, ref.dy),
            "algorithm": [self.algorithm.label] * n,
            "method": [self.algorithm.name] * n,
            "parameters": [json.dumps(dict(self.algorithm.parameters), default=repr)] * n,
            "seed": self.first + np.arange(n),
            "start": [self.start] * n,
            "budget": np.full(n, self.budget),
        }


_SEEDS = ("first", "count", "definitions")
_PAIR = ("problem", "algorithm")


class Answer(NamedTuple):
    """What came of a unit."""

    outcomes: dict[str, int]
    """How many of its runs ended how."""
    seconds: float
    message: str = ""
    """What went wrong, if anything did, or why another engine ran it."""


def work(unit: Unit, folder: Path) -> Answer:
    """Run one unit and write its file; a unit that raises becomes rows with its message."""
    began = time.perf_counter()
    try:
        problem = unit.problem.build()
        record = run_unit(unit, problem)
        judged = _judged(unit, problem, record)
        seconds = time.perf_counter() - began
        columns = finished_columns(Finished(problem, record, seconds)) | judged
    except Exception as error:
        return failed(unit, folder, sentence(error))
    Store(folder).write(unit, in_order(unit.columns() | columns))
    return Answer(dict(Counter(columns["outcome"])), seconds, record.note)


def begin(
    ref: ProblemRef, problem: Problem, start: str, seed: int, seeds: Ints
) -> tuple[Floats, Floats, Words]:
    """Where the runs of these seeds begin, and the keys of their noise; ``seed`` is the study's."""
    keys = run_keys(f"{seed}|{ref.name}|{ref.instance}|{ref.dx}|{ref.dy}", seeds)
    return *start_points(start, problem, keys, seeds), keys


def run_unit(unit: Unit, problem: Problem) -> Record:
    """The record of a unit's runs, in blocks of lanes that fit into the cache."""
    algorithm = unit.algorithm.build()
    seeds = unit.first + np.arange(unit.count)
    deadline = time.perf_counter() + (np.inf if unit.time_limit is None else unit.time_limit)
    # Lanes are independent: those that do not fit into the cache together run after one another.
    size = problem.lanes or max(1, BLOCK // (problem.dx + problem.dy))
    records = []
    for first in range(0, unit.count, size):
        block = seeds[first : first + size]
        x, y, keys = begin(unit.problem, problem, unit.start, unit.seed, block)
        left = deadline - time.perf_counter()
        batch = Batch(problem, algorithm, x, y, keys, unit.budget, unit.noise, left, not unit.own)
        records.append(choice.run(unit.engine, batch))
    record = join(records)
    check_bounds(problem, record)
    return record


def _judged(unit: Unit, problem: Problem, record: Record) -> dict[str, Any]:
    """The columns of the equilibrium test, for the runs that are judged; empty for the others."""
    if unit.equilibrium is None:
        return {}
    count = min(max(unit.equilibrium_seeds - unit.first, 0), unit.count)
    final = record.x[:count], record.y[:count]
    finite = np.isfinite(np.concatenate(final, axis=1)).all(1)
    points = final[0][finite], final[1][finite]
    known = columns_of(equilibrium(problem, *points, unit.equilibrium, unit.seed))
    columns: dict[str, Any] = {}
    for name, values in known.items():
        whole = np.full(unit.count, "" if name == "equilibrium" else np.nan, dtype=object)
        whole[:count][finite] = values
        columns[name] = whole.tolist()
    return columns


class BoundError(Exception):
    """A run reached a value that the problem's proved bounds exclude."""


def check_bounds(problem: Problem, record: Record) -> None:
    """Fail loudly when a recorded value lies outside the proved bounds of f.

    It is a free check of problem, bounds and harness against each other. Runs that diverged are
    left out: rounding rules there.
    """
    low, high = problem.about.bounds
    sane = np.array([o not in (Outcome.DIVERGED, Outcome.NON_FINITE) for o in record.outcome])
    values = record.trace["value"][sane]
    slack = 1e-9 * (1 + max([abs(b) for b in (low, high) if np.isfinite(b)], default=0.0))
    if (values < low - slack).any() or (values > high + slack).any():
        raise BoundError(
            f"f reached {np.nanmin(values):.17g} to {np.nanmax(values):.17g} on {problem.name}, but "
            f"is proved to stay in [{low:.17g}, {high:.17g}]"
        )


def failed(unit: Unit, folder: Path, message: str) -> Answer:
    """Write the rows of a unit that came to nothing; nothing of it is built."""
    columns = unit.columns() | failed_columns(unit.count, message, unit.engine)
    Store(folder).write(unit, in_order(columns), error=True)
    return Answer({Outcome.ERROR.value: unit.count}, 0.0, message)


def sentence(error: BaseException) -> str:
    """What an error says, and where; even one whose own text cannot be made."""
    if isinstance(error, ContractError):
        # It names what did what; the line that found it says nothing more.
        return str(error)
    try:
        text = " ".join(str(error).split())
    except Exception:
        text = "(its text cannot be made)"
    frames = traceback.extract_tb(error.__traceback__)
    where = f" ({Path(frames[-1].filename).name}:{frames[-1].lineno})" if frames else ""
    return f"{type(error).__name__}: {text[:500]}{where}"
