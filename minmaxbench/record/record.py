"""What is kept of runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np

from minmaxbench.core.arrays import Floats, Ints
from minmaxbench.core.calls import PRICES
from minmaxbench.core.problem import Problem
from minmaxbench.record.outcomes import Outcome
from minmaxbench.record.targets import SMALL
from minmaxbench.record.verdicts import Verdict


@dataclass
class Record:
    """What is kept of n runs; NaN or -1 where nothing is known."""

    outcome: list[Outcome]
    calls: Floats
    counts: Ints
    """(n, 4), by kind of call."""
    steps: Ints
    x: Floats
    y: Floats
    value: Floats
    residual: Floats
    distance: Floats
    """To the nearest equilibrium; infinite where the problem has none listed."""
    nearest: Ints
    """Row of the nearest listed stationary point of any kind."""
    gap: Floats
    """The distance to it."""
    verdict: list[Verdict]
    period: Floats
    """Of a cycle, in steps; see :mod:`minmaxbench.record.verdicts`."""
    amplitude: Floats
    hits: dict[str, Floats]
    """First-hit calls by ``distance`` and ``residual``: (n, targets)."""
    grid: Floats
    trace: dict[str, Floats]
    """``value``, ``residual``, ``distance`` on the grid, (n, grid), ``x``, ``y`` if small, and metrics."""
    metrics: dict[str, Floats]
    """The problem's own metrics at the final points, (n,) or (n, size), as ``trace`` names them."""
    metric_seconds: Floats
    """The time that its own metrics took, each run's share, (n,)."""
    engine: str = ""
    """Which engine ran them."""
    note: str = ""
    """Why it is not the one that was asked for, if it is not."""


def join(records: Sequence[Record]) -> Record:
    """One record of the runs of several, in order; their budgets, hence their grids, are the same."""
    if len(records) == 1:
        return records[0]

    def rows(name: str) -> Any:
        return np.concatenate([getattr(record, name) for record in records])

    def tables(name: str) -> dict[str, Floats]:
        parts: list[dict[str, Floats]] = [getattr(record, name) for record in records]
        return {key: np.concatenate([part[key] for part in parts]) for key in parts[0]}

    return Record(
        outcome=[outcome for record in records for outcome in record.outcome],
        calls=rows("calls"),
        counts=rows("counts"),
        steps=rows("steps"),
        x=rows("x"),
        y=rows("y"),
        value=rows("value"),
        residual=rows("residual"),
        distance=rows("distance"),
        nearest=rows("nearest"),
        gap=rows("gap"),
        verdict=[verdict for record in records for verdict in record.verdict],
        period=rows("period"),
        amplitude=rows("amplitude"),
        hits=tables("hits"),
        grid=records[0].grid,
        trace=tables("trace"),
        metrics=tables("metrics"),
        metric_seconds=rows("metric_seconds"),
        engine=records[0].engine,
        note=records[0].note,
    )


def cut(record: Record, borders: Ints) -> list[Record]:
    """The opposite of :func:`join`: a record for the runs between each border and the next."""

    def rows(value: Any, part: slice) -> Any:
        if isinstance(value, dict):
            return {name: column[part] for name, column in value.items()}
        return value[part]

    shared = {"grid", "engine", "note"}
    own = {name: value for name, value in vars(record).items() if name not in shared}
    return [
        replace(record, **{name: rows(value, slice(a, b)) for name, value in own.items()})
        for a, b in pairwise(borders.tolist())
    ]


def empty_trace(problem: Problem, n: int, entries: int) -> dict[str, Floats]:
    """Traces of n runs in which nothing is known; iterates are kept of small problems alone."""
    trace = {name: np.full((n, entries), np.nan) for name in ("value", "residual", "distance")}
    if problem.dx + problem.dy <= SMALL:
        trace["x"] = np.full((n, entries, problem.dx), np.nan)
        trace["y"] = np.full((n, entries, problem.dy), np.nan)
    return trace | empty_metrics(problem, n, entries)


def empty_metrics(problem: Problem, n: int, *entries: int) -> dict[str, Floats]:
    """The problem's own metrics of n runs, unknown yet."""
    shapes = {m.name: (n, *entries, *([m.size] if m.size > 1 else [])) for m in problem.metrics}
    return metric_columns({name: np.full(shape, np.nan) for name, shape in shapes.items()})


def metric_columns(metrics: dict[str, Floats]) -> dict[str, Floats]:
    """A problem's own metrics under the names that a frame of runs has them by."""
    return {f"metric_{name}": column for name, column in metrics.items()}


def empty(
    problem: Problem,
    n: int,
    hits: dict[str, Floats],
    grid: Floats,
    trace: dict[str, Floats],
) -> Record:
    """A record of n runs of which nothing is known but, as time goes on, their hits and traces."""

    def nan(*shape: int) -> Floats:
        return np.full((n, *shape), np.nan)

    return Record(
        outcome=[Outcome.ERROR] * n,
        calls=nan(),
        counts=np.full((n, len(PRICES)), -1),
        steps=np.full(n, -1),
        x=nan(problem.dx),
        y=nan(problem.dy),
        value=nan(),
        residual=nan(),
        distance=nan(),
        nearest=np.full(n, -1),
        gap=nan(),
        verdict=[Verdict.ERROR] * n,
        period=nan(),
        amplitude=nan(),
        hits=hits,
        grid=grid,
        trace=trace,
        metrics=empty_metrics(problem, n),
        metric_seconds=np.zeros(n),
    )
