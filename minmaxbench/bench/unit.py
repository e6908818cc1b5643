"""A unit: a problem, an algorithm with its settings, some seeds; and its work, which never raises."""

from __future__ import annotations

import dataclasses
import difflib
import json
import time
import traceback
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from minmaxbench.algorithms.registry import AlgorithmRef
from minmaxbench.bench.fingerprint import SCHEMA, digest, hashed
from minmaxbench.bench.starts import DESIGNS, start_points
from minmaxbench.bench.store import Store
from minmaxbench.bench.together import apart, as_one, together
from minmaxbench.core.algorithm import Algorithm
from minmaxbench.core.arrays import Floats, Ints
from minmaxbench.core.noise import Words, run_keys
from minmaxbench.core.oracle import OracleNoise
from minmaxbench.core.parameters import in_numbers
from minmaxbench.core.problem import Problem
from minmaxbench.engines import choice
from minmaxbench.engines.batch import Batch
from minmaxbench.errors import ContractError
from minmaxbench.problems.checks.asked import probe
from minmaxbench.problems.registry import ProblemRef
from minmaxbench.record.outcomes import Outcome
from minmaxbench.record.record import Record, join
from minmaxbench.record.schema import Finished, failed_columns, finished_columns, in_order
from minmaxbench.theory.approximate import EquilibriumTest, columns_of, equilibrium

BLOCK = 2**16
"""Lanes that advance together have about so many variables."""


@dataclass(frozen=True)
class Unit:
    """One problem and one algorithm, all its settings, for ``count`` seeds from ``first`` each."""

    problem: ProblemRef
    algorithms: tuple[AlgorithmRef, ...]
    """The settings of one algorithm: they are lanes, as seeds are."""
    first: int
    count: int
    """Seeds of each setting."""
    budget: float
    start: str
    noise: OracleNoise
    seed: int
    time_limit: float | None
    engine: str = "numpy"
    """``numpy``, ``jax`` or ``torch``."""
    device: str = "cpu"
    """``cpu`` or ``cuda``: they round differently."""
    equilibrium: EquilibriumTest | None = None
    equilibrium_seeds: int = 0
    """The test judges the runs whose seed is below this."""
    L: float | None = None
    """The problem's, if some step is in units of 1/L."""
    definitions: tuple[str, ...] = ("", "")
    """The hashes of the problem and of each setting of the algorithm: see
    :func:`minmaxbench.bench.fingerprint.definition`."""
    probe: tuple[float, ...] = ()
    """What the problem answered where the study was planned, if it is the user's: see
    :func:`minmaxbench.problems.checks.asked.probe`."""
    after: float = 0.0
    """When the newest unit in its folder was written, in seconds since 1970."""

    @property
    def settings(self) -> str:
        """The hash of all that is asked beside problem, algorithm and seeds."""
        asked = {name: value for name, value in self._asked.items() if name not in _PAIR}
        return hashed(asked | {"schema": SCHEMA})

    @cached_property
    def fingerprints(self) -> dict[str, str]:
        """What is asked, apart from the seeds, of each setting by its label.

        A hash that changes when the answer might, and does not depend on the other settings.
        """
        problem, *each = self.definitions
        return {
            ref.label: hashed(
                self._asked | {"schema": SCHEMA, "algorithm": ref.label} | self._unit_of(ref),
                problem,
                its_own,
            )
            for ref, its_own in zip(self.algorithms, each, strict=True)
        }

    def _unit_of(self, ref: AlgorithmRef) -> dict[str, Any]:
        return {"L": self.L} if ref.relative else {}

    @property
    def fingerprint(self) -> str:
        """What is asked of all settings together."""
        each = [*self.fingerprints.values()]
        return each[0] if len(each) == 1 else digest(*each)

    @property
    def allowance(self) -> float | None:
        """Seconds that it may take: so many for each setting; None for no limit."""
        return None if self.time_limit is None else self.time_limit * len(self.algorithms)

    @property
    def runs(self) -> int:
        """How many runs it has."""
        return self.count * len(self.algorithms)

    @property
    def _asked(self) -> dict[str, Any]:
        asked = {name: getattr(self, name) for name in _asked_fields()}
        ref = self.problem
        asked["problem"] = [ref.name, ref.dx, ref.dy, ref.instance]
        # What a design is called stays when what it does is changed.
        asked["start"] = DESIGNS.get(self.start, self.start)
        if self.engine == "numpy":
            # Engines agree up to rounding, so their runs must not mix; NumPy is the reference.
            del asked["engine"]
        if self.device == "cpu":
            del asked["device"]
        if self.equilibrium is None:
            del asked["equilibrium_seeds"]
        return asked

    def setting(self, ref: AlgorithmRef) -> Algorithm:
        """One of its settings, with numbers for steps in units of 1/L."""
        algorithm = ref.build()
        return algorithm if self.L is None else in_numbers(algorithm, self.L)

    def halves(self) -> tuple[Unit, Unit]:
        """Two units that have its settings between them."""
        middle, (problem, *each) = len(self.algorithms) // 2, self.definitions
        first, second = (
            replace(self, algorithms=self.algorithms[part], definitions=(problem, *each[part]))
            for part in (slice(None, middle), slice(middle, None))
        )
        return first, second

    @property
    def own(self) -> bool:
        """Whether it runs no code of the user's."""
        return self.problem.item is None and all(ref.kind is None for ref in self.algorithms)

    @property
    def guest(self) -> type[Any] | None:
        """The class of the user's that it runs: units with the same may share a process.

        That of the algorithm, or else that of the problem; None where both are the package's.
        """
        item = self.problem.item
        theirs = item is not None and not type(item).__module__.startswith("minmaxbench.")
        return self.algorithms[0].kind or (type(item) if theirs else None)

    @property
    def title(self) -> str:
        """The unit in the words of a message."""
        seeds = f"seeds {self.first} to {self.first + self.count - 1}"
        one, several = self.algorithms[0], len(self.algorithms)
        who = one.label if several == 1 else f"{one.name} in {several} settings"
        return f"{who} on {self.problem.label}, {seeds}"

    def columns(self, settings: Sequence[AlgorithmRef]) -> dict[str, Any]:
        """The columns that say which runs it holds of some settings, one after the other."""
        n, ref = self.count * len(settings), self.problem
        each = [setting for setting in settings for _ in range(self.count)]
        return {
            "problem": [ref.name] * n,
            "instance": np.full(n, ref.instance),
            "dx": np.full(n, ref.dx),
            "dy": np.full(n, ref.dy),
            "algorithm": [setting.label for setting in each],
            "method": [setting.name for setting in each],
            "parameters": [json.dumps(dict(s.parameters), default=repr) for s in each],
            "seed": np.tile(self.first + np.arange(self.count), len(settings)),
            "start": [self.start] * n,
            "budget": np.full(n, self.budget),
        }


@cache
def _asked_fields() -> tuple[str, ...]:
    return tuple(f.name for f in dataclasses.fields(Unit) if f.name not in _SEEDS)


_SEEDS = ("algorithms", "first", "count", "definitions", "L", "probe", "after")
_PAIR = ("problem",)


class Answer(NamedTuple):
    """What came of a unit."""

    outcomes: dict[str, int]
    """How many of its runs ended how."""
    seconds: float
    message: str = ""
    """What went wrong, if anything did, or why another engine ran it."""
    file: bytes = b""
    """The unit's file, where no disk is shared."""


def work(unit: Unit, folder: Path) -> Answer:
    """Run one unit and write its file; settings that raise become rows with their messages."""
    began = time.perf_counter()
    parts: list[Part] = []
    try:
        problem = unit.problem.build()
        _check_probe(unit, problem)
        settings = [_fitted(unit.setting(ref), problem) for ref in unit.algorithms]
        for rows in together(settings, range(len(settings))):
            parts += _run_group(unit, problem, settings, rows)
    except Exception as error:
        return failed(unit, folder, sentence(error))
    return written(unit, folder, parts, time.perf_counter() - began)


def written(unit: Unit, folder: Path, parts: Sequence[Part], seconds: float) -> Answer:
    """Write the file of a unit whose parts are done."""
    lost = [ref.label for part in parts if part.message for ref in part.settings]
    Store(folder).write(unit, [in_order(part.columns) for part in parts], lost)
    ends = Counter(outcome for part in parts for outcome in part.columns["outcome"])
    said = next((part.message or part.note for part in parts if part.message or part.note), "")
    return Answer(dict(ends), seconds, said)


def _check_probe(unit: Unit, problem: Problem) -> None:
    """Refuse a problem that answers otherwise than where the study was planned."""
    if unit.probe and not np.allclose(probe(problem), unit.probe, rtol=1e-6, atol=1e-9):
        raise ContractError(
            f"'{unit.problem.label}' is another problem in the process that runs it: its data are drawn "
            "at random without a seed, or have changed since the study was planned."
        )


def _fitted(algorithm: Algorithm, problem: Problem) -> Algorithm:
    fitted: object = algorithm.for_problem(problem)
    if not isinstance(fitted, Algorithm):
        name = algorithm.name or type(algorithm).__name__
        raise ContractError(
            f"for_problem of '{name}' returns a {type(fitted).__name__}; wanted an algorithm, "
            "itself for instance."
        )
    return fitted


class Part(NamedTuple):
    """What came of some settings of a unit, which ran together."""

    settings: list[AlgorithmRef]
    columns: dict[str, Any]
    message: str = ""
    """What went wrong, if anything did."""
    note: str = ""
    """Why another engine ran it."""


def begin(
    ref: ProblemRef, problem: Problem, start: str, seed: int, seeds: Ints
) -> tuple[Floats, Floats, Words]:
    """Where the runs of these seeds begin, and the keys of their noise; ``seed`` is the study's."""
    keys = run_keys(f"{seed}|{ref.name}|{ref.instance}|{ref.dx}|{ref.dy}", seeds)
    return *start_points(start, problem, keys, seeds), keys


def _run_group(
    unit: Unit, problem: Problem, settings: Sequence[Algorithm], rows: list[int]
) -> list[Part]:
    """Run some settings as lanes of one algorithm; where that raises, in smaller groups."""
    mine, began = [unit.algorithms[row] for row in rows], time.perf_counter()
    try:
        record = run_unit(unit, problem, [settings[row] for row in rows])
        return [part_of(unit, problem, mine, record, time.perf_counter() - began)]
    except Exception as error:
        if len(rows) > 1:
            groups = apart(settings, rows)
            return [part for few in groups for part in _run_group(unit, problem, settings, few)]
        columns = failed_columns(unit.count, sentence(error), unit.engine)
        return [Part(mine, unit.columns(mine) | columns, sentence(error))]


def part_of(
    unit: Unit, problem: Problem, mine: list[AlgorithmRef], record: Record, seconds: float
) -> Part:
    """The part of some settings of a unit whose runs are over, and took so long."""
    check_bounds(problem, record)
    judged = _judged(unit, problem, record)
    columns = finished_columns(Finished(problem, record, seconds))
    return Part(mine, unit.columns(mine) | columns | judged, "", record.note)


def run_unit(unit: Unit, problem: Problem, settings: Sequence[Algorithm]) -> Record:
    """The record of a unit's runs, setting by setting, in blocks of lanes that fit into the cache."""
    limit = np.inf if unit.time_limit is None else unit.time_limit * len(settings)
    deadline = time.perf_counter() + limit
    seeds = unit.first + np.arange(unit.count)
    # Lanes are independent: those that do not fit into the cache together run after one another.
    lanes = unit.count * len(settings)
    size = problem.lanes or max(1, BLOCK // (problem.dx + problem.dy))
    records = []
    for first in range(0, lanes, size):
        setting, run = np.divmod(np.arange(first, min(first + size, lanes)), unit.count)
        used = np.unique(setting)
        algorithm = as_one([settings[k] for k in used], setting - used[0])
        starts = begin(unit.problem, problem, unit.start, unit.seed, seeds[run])
        left = deadline - time.perf_counter()
        batch = Batch(
            problem, algorithm, *starts, unit.budget, unit.noise, left, unit.device, not unit.own
        )
        records.append(choice.run(unit.engine, batch))
    return join(records)


def _judged(unit: Unit, problem: Problem, record: Record) -> dict[str, Any]:
    """The columns of the equilibrium test, for the runs that are judged; empty for the others."""
    if unit.equilibrium is None:
        return {}
    seeds = unit.first + np.arange(len(record.x)) % unit.count
    final = np.concatenate([record.x, record.y], axis=1)
    asked = (seeds < unit.equilibrium_seeds) & np.isfinite(final).all(1)
    known = columns_of(
        equilibrium(problem, record.x[asked], record.y[asked], unit.equilibrium, unit.seed)
    )
    columns: dict[str, Any] = {}
    for name, values in known.items():
        whole = np.full(len(seeds), "" if name == "equilibrium" else np.nan, dtype=object)
        whole[asked] = values
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


class LostError(Exception):
    """A unit came to nothing, by a crash perhaps; the message is what its rows say."""


def failed(unit: Unit, folder: Path, message: str) -> Answer:
    """Write the rows of a unit that came to nothing; nothing of it is built."""
    columns = unit.columns(unit.algorithms) | failed_columns(unit.runs, message, unit.engine)
    Store(folder).write(unit, [in_order(columns)], [*unit.fingerprints])
    return Answer({Outcome.ERROR.value: unit.runs}, 0.0, message)


def sentence(error: BaseException) -> str:
    """What an error says, and where; even one whose own text cannot be made."""
    if isinstance(error, ContractError):
        # It names what did what; the line that found it says nothing more.
        return str(error)
    try:
        text = " ".join(str(error).split())[:500] + _hint(error)
    except Exception:
        text = "(its text cannot be made)"
    frames = traceback.extract_tb(error.__traceback__)
    where = f" ({Path(frames[-1].filename).name}:{frames[-1].lineno})" if frames else ""
    return f"{type(error).__name__}: {text}{where}"


def _hint(error: BaseException) -> str:
    """What is likely to be meant."""
    if isinstance(error, AttributeError) and error.name:
        known = [name for name in dir(error.obj) if not name.startswith("_")]
        near = difflib.get_close_matches(error.name, known, n=1, cutoff=0.5)
        return f"; did you mean '{near[0]}'?" if near else ""
    if isinstance(error, ValueError) and "truth value of an array" in str(error):
        return ". Every lane decides for itself: write xp.where(condition, a, b), not if"
    return ""
