"""The columns of a run: one table, which rows are made from and ``docs/results.md`` is printed from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from minmaxbench.core.calls import Call
from minmaxbench.core.problem import Problem
from minmaxbench.record.outcomes import Outcome
from minmaxbench.record.record import Record
from minmaxbench.record.targets import PER_DECADE, SMALL, TARGETS, hit_column
from minmaxbench.record.verdicts import Verdict


@dataclass(frozen=True)
class Finished:
    """Runs that are over, and what their rows are made from."""

    problem: Problem
    record: Record
    seconds: float
    """For all of them together."""

    @property
    def size(self) -> int:
        """How many they are."""
        return len(self.record.outcome)


def _every(problem: Problem) -> bool:
    return True


@dataclass(frozen=True)
class Column:
    """One column of a frame of runs."""

    name: str
    kind: str
    """``text``, ``whole number``, ``number``, or ``list of numbers``."""
    meaning: str
    read: Callable[[Finished], Any] | None = None
    """Its values, or None where the harness knows them without the record."""
    where: Callable[[Problem], bool] = _every
    """The problems that have it."""


def _of(name: str) -> Callable[[Finished], Any]:
    return lambda runs: getattr(runs.record, name)


def _words(name: str) -> Callable[[Finished], Any]:
    return lambda runs: [word.value for word in getattr(runs.record, name)]


def _same(value: Callable[[Finished], Any]) -> Callable[[Finished], Any]:
    return lambda runs: np.full(runs.size, value(runs))


def _calls(call: Call) -> Callable[[Finished], Any]:
    return lambda runs: runs.record.counts[:, call]


def _hits(name: str, j: int) -> Callable[[Finished], Any]:
    return lambda runs: runs.record.hits[name][:, j]


def _trace(name: str) -> Callable[[Finished], Any]:
    def read(runs: Finished) -> Any:
        with np.errstate(over="ignore"):
            # A diverging run may pass the largest single-precision number: infinite will do.
            return runs.record.trace[name].astype(np.float32)

    return read


def _kinds(runs: Finished) -> Any:
    known = runs.problem.points()
    return [known.kind[k].value if k >= 0 else "" for k in runs.record.nearest]


def _small(problem: Problem) -> bool:
    return problem.dx + problem.dy <= SMALL


ASKED = (
    Column("problem", "text", "the problem's name"),
    Column("instance", "whole number", "0 as published; others shifted, rotated, scaled"),
    Column("dx", "whole number", "variables of the min-player"),
    Column("dy", "whole number", "variables of the max-player"),
    Column(
        "algorithm", "text", "the algorithm with the hyper-parameters that differ from defaults"
    ),
    Column("method", "text", "the algorithm's name"),
    Column("parameters", "text", "those hyper-parameters, as JSON"),
    Column("seed", "whole number", "the run's number; it decides start and noise"),
    Column("start", "text", "the start design"),
    Column("budget", "number", "gradient calls that the run may spend"),
    Column(
        "version",
        "text",
        "a hash of settings and code: it changes when the answer might",
    ),
)
"""Which run it is."""

HITS = tuple(
    Column(
        hit_column(name, target),
        "number",
        f"calls at which the {name} first was at most {target:g}; NaN if never",
        _hits(name, j),
    )
    for name in ("distance", "residual")
    for j, target in enumerate(TARGETS)
)

TRACES = (
    Column(
        "trace_calls",
        "list of numbers",
        f"the grid of calls that traces are taken on: logarithmic, {PER_DECADE} a decade",
        lambda runs: np.tile(runs.record.grid, (runs.size, 1)),
    ),
    *(
        Column(f"trace_{name}", "list of numbers", f"the {words} on that grid", _trace(name))
        for name, words in (
            ("value", "value of f"),
            ("residual", "residual"),
            ("distance", "distance to the nearest equilibrium"),
        )
    ),
    *(
        Column(
            f"trace_{player}", "list of numbers", f"the iterate in {player}, up to {SMALL} variables",
            _trace(player), _small,
        )
        for player in ("x", "y")
    ),
)  # fmt: skip

COLUMNS = (
    *ASKED,
    Column("outcome", "text", "why it ended", _words("outcome")),
    Column("message", "text", "what went wrong, if anything did", lambda runs: [""] * runs.size),
    Column("engine", "text", "which engine ran it", lambda runs: [runs.record.engine] * runs.size),
    Column("calls", "number", "what was spent, in gradient calls", _of("calls")),
    *(
        Column(f"{call.name.lower()}_calls", "whole number", f"{call.words} asked for", _calls(call))
        for call in Call
    ),
    Column("steps", "whole number", "iterations", _of("steps")),
    Column("seconds", "number", "time for the run", _same(lambda r: r.seconds / r.size)),
    Column(
        "step_seconds", "number", "time for a step of it",
        _same(lambda r: r.seconds / max(1, int(r.record.steps.sum()))),
    ),
    Column("unit_seconds", "number", "time for all runs of its unit", _same(lambda r: r.seconds)),
    Column(
        "equilibria", "whole number", "how many equilibria the problem lists",
        _same(lambda r: r.problem.points().equilibria.size),
    ),
    Column("value", "number", "f at the final point", _of("value")),
    Column("residual", "number", "the residual there", _of("residual")),
    Column(
        "distance", "number", "from there to the nearest equilibrium, infinite if none is listed",
        _of("distance"),
    ),
    Column(
        "nearest", "whole number", "row of the nearest listed stationary point of any kind",
        _of("nearest"),
    ),
    Column("nearest_kind", "text", "its kind", _kinds),
    Column("nearest_distance", "number", "the distance to it", _of("gap")),
    Column("verdict", "text", "where the run got to", _words("verdict")),
    Column("period", "number", "of a cycle, in steps", _of("period")),
    Column("amplitude", "number", "of a cycle: half its largest extent", _of("amplitude")),
    Column("x", "list of numbers", f"the final point, up to {SMALL} variables", _of("x"), _small),
    Column("y", "list of numbers", "the same of the max-player", _of("y"), _small),
    *HITS,
    *TRACES,
    Column(
        "metric_seconds", "number", "time for the problem's own metrics, part of `seconds`",
        _of("metric_seconds"), lambda problem: bool(problem.metrics),
    ),
)  # fmt: skip
"""Every column of a run, in order."""

EQUILIBRIUM = (
    Column("equilibrium", "text", "whether the final point is an (eps, omega)-equilibrium"),
    Column("slope_y", "number", "|grad_y f| there, or the projected slope"),
    Column("improvement", "number", "the share of proposals that improve on it"),
    Column("improvement_low", "number", "the lower end of that share's interval"),
    Column("improvement_high", "number", "the upper end"),
)
"""The columns of a study that asks whether final points are equilibria."""


def finished_columns(runs: Finished) -> dict[str, Any]:
    """The columns that say how runs went."""
    known = {
        column.name: column.read(runs)
        for column in COLUMNS
        if column.read is not None and column.where(runs.problem)
    }
    own = runs.record.metrics
    return known | own | {f"trace_{name}": _trace(name)(runs) for name in own}


def failed_columns(count: int, message: str, engine: str) -> dict[str, Any]:
    """The same for runs that ended in an error; what is not known is left out."""
    return {
        "outcome": [Outcome.ERROR.value] * count,
        "message": [message] * count,
        "engine": [engine] * count,
        "verdict": [Verdict.ERROR.value] * count,
    }


def always() -> list[str]:
    """The columns that every study has, of runs that ended in an error alone, too."""
    return [column.name for column in COLUMNS if column.where is _every]


def in_order(columns: Mapping[str, Any]) -> dict[str, Any]:
    """Columns in the order of the table, a problem's own metrics at the end."""
    order = [column.name for column in (*COLUMNS, *EQUILIBRIUM)]
    order += [name for name in columns if name not in order]
    return {name: columns[name] for name in order if name in columns}


def page() -> Iterator[str]:
    """The rows of the table in ``docs/results.md``; first hits are one row."""
    yield "| column | kind | meaning |"
    yield "|---|---|---|"
    for column in (*COLUMNS, *EQUILIBRIUM):
        if column in HITS and column not in (HITS[0], HITS[len(TARGETS)]):
            continue
        name = f"`{column.name}`" + (" and finer" if column in HITS else "")
        meaning = column.meaning.replace("|", "\\|")
        yield f"| {name} | {column.kind} | {meaning} |"
    yield "| `metric_NAME` | number, or list of numbers | the problem's own metric NAME at the final point |"
    yield "| `trace_metric_NAME` | list of numbers | the same on the grid, one after another |"
