"""A study is data: what to run. It becomes units, each one problem, one algorithm, some seeds."""

from __future__ import annotations

import dataclasses
import hashlib
import inspect
import itertools
import json
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from minmaxbench.algorithms.greedy_max.proposals import PROPOSALS
from minmaxbench.algorithms.registry import ALGORITHMS, Algorithm, get_algorithm
from minmaxbench.bench.starts import check_design
from minmaxbench.core.oracle import EXACT, OracleNoise
from minmaxbench.core.problem import Problem
from minmaxbench.engines.choice import choose
from minmaxbench.errors import UserError, unknown
from minmaxbench.problems.certificates import certificate
from minmaxbench.problems.planar import Planar
from minmaxbench.problems.registry import PROBLEMS, get_problem
from minmaxbench.theory.equilibrium import EquilibriumTest

T = TypeVar("T")

SCHEMA = 3
"""Raised when results written earlier no longer mean the same."""

LANES = 1000
"""A unit has at most so many runs."""


@dataclass(frozen=True)
class ProblemSpec:
    """A problem by name, dimensions (None for its own) and instance number."""

    name: str
    dx: int | None = None
    dy: int | None = None
    instance: int = 0

    def build(self) -> Problem:
        """The problem itself."""
        problem = get_problem(self.name, self.dx, self.dy)
        if not self.instance:
            return problem
        from minmaxbench.problems.transforms.instances import get_instance

        return get_instance(problem, self.instance)


@dataclass(frozen=True)
class AlgorithmSpec:
    """An algorithm by name, with the hyper-parameters that differ from its defaults."""

    name: str
    parameters: tuple[tuple[str, Any], ...] = ()

    def build(self) -> Algorithm:
        """The algorithm itself."""
        return get_algorithm(self.name, **dict(self.parameters))

    @property
    def label(self) -> str:
        """``gda`` or ``gda(eta_x=0.1)``: what tables call it."""
        inside = ", ".join(f"{name}={value}" for name, value in self.parameters)
        return f"{self.name}({inside})" if inside else self.name


@dataclass(frozen=True)
class Unit:
    """One problem and one algorithm, for ``count`` seeds from ``first``."""

    problem: ProblemSpec
    algorithm: AlgorithmSpec
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
    judged: int = 0
    """The test judges the runs whose seed is below this."""

    @property
    def question(self) -> str:
        """What is asked, apart from the seeds: a hash that changes when the answer might."""
        problem, algorithm = self.problem.build(), self.algorithm.build()
        asked = {
            "schema": SCHEMA,
            "problem": [dataclasses.asdict(self.problem), _definition(problem)],
            "algorithm": [self.algorithm.label, repr(algorithm), _definition(algorithm)],
            "budget": self.budget,
            "start": self.start,
            "noise": dataclasses.asdict(self.noise),
            "seed": self.seed,
            "time_limit": self.time_limit,
        }
        if self.engine != "numpy":
            # Engines agree up to rounding, so their runs must not mix; NumPy is the reference.
            asked["engine"] = self.engine
        if self.equilibrium is not None:
            law = _source(PROPOSALS.get(self.equilibrium.proposal))
            asked["equilibrium"] = [dataclasses.asdict(self.equilibrium), law, self.judged]
        return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()[:20]

    @property
    def title(self) -> str:
        """The unit in the words of a message."""
        name = self.problem.name + (f"@{self.problem.instance}" if self.problem.instance else "")
        size = f" (dx={self.problem.dx}, dy={self.problem.dy})" if self.problem.dx else ""
        seeds = f"seeds {self.first} to {self.first + self.count - 1}"
        return f"{self.algorithm.label} on {name}{size}, {seeds}"


def _definition(thing: Problem | Algorithm) -> str:
    """The text that defines a problem or an algorithm, as far as Python can tell.

    A problem made from another one, such as a lift or an instance, includes the other's definition;
    data and the weights of networks count, too.
    """
    parts = [_source(type(thing))]
    for name in _attributes(thing):
        value = getattr(thing, name)
        if isinstance(value, Problem):
            parts.append(f"{name}: {_definition(value)}")
        elif isinstance(value, str | int | float | tuple):
            parts.append(f"{name}: {value!r}")
        elif hasattr(value, "state_dict"):
            parts += [f"{name}.{key}: {_digest(part)}" for key, part in value.state_dict().items()]
        elif isinstance(value, np.ndarray) or hasattr(value, "detach"):
            parts.append(f"{name}: {_digest(value)}")
    if isinstance(thing, Problem):
        parts.append(f"{thing.x_set} {thing.y_set} {thing.about}")
        if isinstance(thing, Planar) and (proved := certificate(thing)) is not None:
            # Distances are to these points.
            parts.append(repr(proved.points))
    else:
        parts += [_source(function) for function in thing.uses()]
    return "\n".join(parts)


def _attributes(thing: Problem | Algorithm) -> list[str]:
    """The names of what it holds, without what was computed from that at its first use and kept."""
    if dataclasses.is_dataclass(thing):
        return [field_.name for field_ in dataclasses.fields(thing)]
    names = getattr(thing, "__dict__", ())
    return sorted(n for n in names if not isinstance(getattr(type(thing), n, 0), cached_property))


def _digest(data: Any) -> str:
    """A hash of an array or a tensor."""
    array = np.asarray(data.detach().cpu() if hasattr(data, "detach") else data)
    head = f"{array.dtype} {array.shape}".encode()
    return hashlib.sha256(head + np.ascontiguousarray(array).tobytes()).hexdigest()


@cache
def _source(thing: Callable[..., Any]) -> str:
    try:
        return inspect.getsource(thing)
    except (OSError, TypeError):
        return thing.__qualname__


@dataclass(frozen=True)
class Study:
    """What to run: the product of problems and algorithms, for a number of seeds each."""

    name: str
    problems: tuple[ProblemSpec, ...]
    algorithms: tuple[AlgorithmSpec, ...]
    seeds: int = 100
    budget: float = 10_000.0
    """In gradient calls a run; see :class:`minmaxbench.core.oracle.Call` for prices."""
    start: str = "region"
    noise: OracleNoise = EXACT
    seed: int = 0
    """The root of all randomness."""
    time_limit: float | None = None
    """Seconds a unit, or None."""
    engine: str = "auto"
    """``numpy``, ``jax``, ``torch``, or ``auto``: see :func:`minmaxbench.engines.choice.choose`."""
    equilibrium: EquilibriumTest | None = None
    """What the final points are asked, if anything: see :func:`minmaxbench.equilibrium`."""
    judged: int = 10
    """The test judges the runs whose seed is below this."""
    files: tuple[str, ...] = field(default=())
    """The user's own files, which register problems and algorithms."""

    def __post_init__(self) -> None:
        if not self.problems or not self.algorithms:
            what = "problems" if not self.problems else "algorithms"
            raise UserError(
                f"The selection holds no {what}; `minmaxbench list` shows what there is."
            )
        if self.seeds < 1:
            raise UserError(f"A study needs at least one seed; got {self.seeds}.")
        if not 0 < self.budget < float("inf"):
            raise UserError(f"The budget is a number of calls above 0; got {self.budget:g}.")
        if self.judged < 0:
            raise UserError(f"The number of seeds judged is at least 0; got {self.judged}.")
        if self.time_limit is not None and self.time_limit <= 0:
            raise UserError(f"The time limit is in seconds, above 0; got {self.time_limit:g}.")
        if not self.name or set(self.name) - set(_NAME):
            raise UserError(
                f"A study's name is made of letters, digits, '-', '_' and '.'; got '{self.name}'."
            )

    def check(self) -> None:
        """Build everything once, so that a mistake shows before the first run."""
        choose(self.engine, self.budget)
        for problem in self.problems:
            check_design(self.start, problem.build())
        for algorithm in self.algorithms:
            algorithm.build()

    def units(self, first: int = 0, count: int | None = None) -> Iterator[Unit]:
        """The units for seeds ``first`` to ``first + count - 1`` (all seeds by default)."""
        last = self.seeds if count is None else first + count
        engine, _ = choose(self.engine, self.budget)
        for problem, algorithm in itertools.product(self.problems, self.algorithms):
            for start in range(first, last, LANES):
                yield Unit(
                    problem,
                    algorithm,
                    start,
                    min(LANES, last - start),
                    self.budget,
                    self.start,
                    self.noise,
                    self.seed,
                    self.time_limit,
                    engine,
                    self.equilibrium,
                    self.judged,
                )


_NAME = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_."


def problem_specs(
    names: list[str], dimensions: list[int] | None = None, instances: list[int] | None = None
) -> tuple[ProblemSpec, ...]:
    """Specs for the product of names, dimensions (families only) and instances."""
    specs = []
    for name in names:
        entry = PROBLEMS.get(name)
        sizes: list[int | None] = [None] if entry.fixed or not dimensions else [*dimensions]
        for size, instance in itertools.product(sizes, instances or [0]):
            specs.append(ProblemSpec(name, size, size, instance))
    return tuple(dict.fromkeys(specs))


def algorithm_specs(entries: list[str | Mapping[str, Any]]) -> tuple[AlgorithmSpec, ...]:
    """Specs from names, or tables with ``name`` and hyper-parameters; a list of values is a grid."""
    specs = []
    for entry in entries:
        table = {"name": entry} if isinstance(entry, str) else dict(entry)
        if "name" not in table:
            raise UserError(f"An algorithm needs a name; got {table}.")
        name = table.pop("name")
        ALGORITHMS.get(name)
        grid = [v if isinstance(v, list) else [v] for v in table.values()]
        for values in itertools.product(*grid):
            spec = AlgorithmSpec(name, tuple(zip(table, values, strict=True)))
            spec.build()
            specs.append(spec)
    return tuple(dict.fromkeys(specs))


def read_study(path: Path) -> Study:
    """A study from a TOML file with the fields of :class:`Study`.

    ``problems`` is a list of names, ``dimensions`` and ``instances`` lists of integers,
    ``algorithms`` a list of names or tables; everything else as in :class:`Study`.
    """
    from minmaxbench.bench.plugins import load_files

    try:
        table = tomllib.loads(path.read_text())
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"The study file '{path}' cannot be read: {error}.") from error
    except tomllib.TOMLDecodeError as error:
        raise UserError(f"The study file '{path}' is not valid TOML: {error}.") from error
    fields = {f.name for f in dataclasses.fields(Study)} | {"dimensions", "instances"}
    for key in table:
        if key not in fields:
            raise unknown("field of a study", key, fields)
    files = tuple(str(path.parent / name) for name in table.pop("files", []))
    load_files(files)
    try:
        return Study(
            name=table.pop("name", path.stem),
            problems=problem_specs(
                table.pop("problems", list(PROBLEMS)),
                table.pop("dimensions", None),
                table.pop("instances", None),
            ),
            algorithms=algorithm_specs(table.pop("algorithms", list(ALGORITHMS))),
            noise=_table(OracleNoise, "noise", table) or EXACT,
            equilibrium=_table(EquilibriumTest, "equilibrium", table),
            files=files,
            **table,
        )
    except TypeError as error:
        raise UserError(
            f"The study file '{path}' has a field of the wrong type: {error}."
        ) from error


def _table(kind: type[T], name: str, table: dict[str, Any]) -> T | None:
    """The object that a table within a study describes, None if there is none."""
    inner = table.pop(name, None)
    if inner is None:
        return None
    fields = [f.name for f in dataclasses.fields(kind)]  # type: ignore[arg-type]
    if not isinstance(inner, dict):
        raise UserError(f"'{name}' is a table with some of {', '.join(fields)}; got {inner!r}.")
    for key in inner:
        if key not in fields:
            raise unknown(f"field of '{name}'", key, fields)
    return kind(**inner)
