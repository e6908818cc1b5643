"""Measured local rates against Jacobians: every deterministic algorithm, every strict point.

    python benchmarks/local_rates.py [algorithm ...]

Runs of an algorithm near all certified, strict, interior points of all planar problems go on side by side,
and the factor by which they come nearer (or go off) a step is held against the spectral radius of its
steps' Jacobian at the second-order model there (``mb.theory.local_rate``). Writes a row for each algorithm
and problem to results/rates/rates.csv, in place of the rows of those algorithms, and prints what differs.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from minmaxbench.algorithms.registry import ALGORITHMS
from minmaxbench.core import tree
from minmaxbench.core.algorithm import Algorithm
from minmaxbench.core.arrays import Array, Floats, Namespace
from minmaxbench.core.noise import Draws, run_keys
from minmaxbench.core.oracle import NumpyOracle
from minmaxbench.core.problem import Problem
from minmaxbench.errors import UserError
from minmaxbench.problems.certificates import middle
from minmaxbench.problems.registry import get_problem, names
from minmaxbench.theory.dynamics.rates import TRIAL, local_rate
from minmaxbench.theory.dynamics.stability import Hessian, numbers

TABLE = Path(__file__).resolve().parent.parent / "results" / "rates" / "rates.csv"
EACH = 3
"""Lanes a point: one rests there, two come near."""
STRETCH = 12
"""Steps between two looks: whole periods."""
STEPS = (480, 1920, 7680)
"""A point that differs is looked at again for longer: complex pairs swing about their rate."""
MOST = 20
"""Points of a problem."""
DRAWN = frozenset(
    (
        "l_svrgda",
        "svre",
        "eg_vr",
        "vr_forb",
        "svrg_gda",
        "svrco",
        "spider_gda",
        "spider_gda_catalyst",
    )
)
"""Deterministic but for their samples and the times of their snapshots: not measured."""


INVERTS = frozenset(("complete_newton", "follow_the_ridge", "gdn", "tgda"))
"""Their steps hold the inverse of h_yy, and have no limit where it is 0: refused there."""


@dataclass(frozen=True)
class Point:
    """A strict stationary point inside the sets of a problem."""

    problem: Problem
    x: float
    y: float
    hessian: Hessian


@cache
def strict_points(problem: str) -> tuple[Point, ...]:
    """Certified interior points of a planar problem whose Hessian is far from singular."""
    game = get_problem(problem)
    found = []
    for point in game.certificate.points if game.certificate is not None else ():
        a, b, c = map(middle, point.hessian)
        if not any(point.held) and abs(a * c - b * b) > 1e-3 * (abs(a) + abs(b) + abs(c)) ** 2:
            found.append(Point(game, float(point.x), float(point.y), (a, b, c)))
    return tuple(found[:MOST])


class Patchwork(Problem):
    """Points of many problems side by side: each lane is asked of the problem that its point is of."""

    name = "patchwork"
    dx = dy = 1

    def __init__(self, points: Sequence[Point]) -> None:
        self.parts: list[tuple[Problem, slice]] = []
        begin = 0
        for k, point in enumerate(points):
            if k + 1 == len(points) or points[k + 1].problem is not point.problem:
                self.parts.append((point.problem, slice(begin, EACH * (k + 1))))
                begin = EACH * (k + 1)

    def _asked(self, what: str, xp: Namespace, *arrays: Array) -> tuple[Array, Array]:
        each = [getattr(p, what)(xp, *(a[rows] for a in arrays)) for p, rows in self.parts]
        return np.concatenate([e[0] for e in each]), np.concatenate([e[1] for e in each])

    def value(self, xp: Namespace, x: Array, y: Array) -> Array:
        """f of each lane's problem."""
        return np.concatenate([p.value(xp, x[rows], y[rows]) for p, rows in self.parts])

    def grad(self, xp: Namespace, x: Array, y: Array) -> tuple[Array, Array]:
        """Both gradients."""
        return self._asked("grad", xp, x, y)

    def hvp(self, xp: Namespace, x: Array, y: Array, u: Array, v: Array) -> tuple[Array, Array]:
        """Hessian products."""
        return self._asked("hvp", xp, x, y, u, v)


def measured(
    rule: Algorithm, points: Sequence[Point], far: Floats, steps: int
) -> tuple[Floats, Floats]:
    """The mean factor a step by which runs near each point come nearer, and the looks that it took.

    Beside a lane that rests at the point two are brought back to a distance of ``far`` after each stretch,
    what moves of their state with them. The second half of the looks counts; a point whose runs come so
    near, or go so far, that digits end has the looks up to there.
    """
    lanes, there = EACH * len(points), np.repeat([[p.x, p.y] for p in points], EACH, 0)
    far = np.repeat(far, EACH)[:, None]
    oracle = NumpyOracle(Patchwork(points), Draws(run_keys("rates", np.arange(lanes))))
    aside = far * np.random.default_rng(8).standard_normal((lanes, 2))
    aside[::EACH] = 0
    rest = rule.step(rule.init(there[:, :1], there[:, 1:], oracle), oracle)
    home = {name: np.repeat(a[::EACH], EACH, 0) for name, a in numbers(rest).items()}
    state = rule.init(there[:, :1] + aside[:, :1], there[:, 1:] + aside[:, 1:], oracle)
    logs, fine = [], np.ones(len(points), dtype=bool)
    looks = np.zeros(len(points))
    for _ in range(steps // STRETCH):
        for _ in range(STRETCH):
            state = rule.step(state, oracle)
        size = np.linalg.norm(np.hstack([state.x, state.y]) - there, axis=1)[:, None]
        moving = (size / far).reshape(-1, EACH)[:, 1:]
        fine &= np.isfinite(moving).all(1) & (size.reshape(-1, EACH)[:, 1:] > 1e-14).all(1)
        looks += fine
        logs.append(np.log(moving).mean(1))
        scale = np.where(np.isfinite(size) & (size > 0), far / np.where(size > 0, size, 1), 0)
        scale[::EACH] = 0
        state = _brought_back(state, home, scale)
    kept = np.array(logs)
    count = np.maximum(looks, 1).astype(int)
    late = [kept[n // 2 : n, k].mean() if n > 1 else kept[0, k] for k, n in enumerate(count)]
    return np.exp(np.array(late) / STRETCH), looks


def _brought_back(state: Any, home: dict[str, Floats], scale: Floats) -> Any:
    """The state with what moves of it scaled about home; what is the same in all lanes of a point, such as
    a counter, is no vector near it and stays."""
    new = {}
    for name, a in numbers(state).items():
        each = a.reshape(-1, EACH, *a.shape[1:])
        if a.shape == scale.shape and (np.ptp(each, axis=1) > 0).any():
            moved = home[name] + scale * (a - home[name])
            new[name] = np.where(np.isfinite(moved), moved, home[name])
    return tree.rebuild(state, new)


@dataclass
class Row:
    """One algorithm at the points of one problem."""

    algorithm: str
    problem: str
    points: int = 0
    agree: int = 0
    """The measured factor is the spectral radius, within 0.2 % and 1 % of its logarithm."""
    digits: int = 0
    """The radius is below 0.1 or above 3 a step, or digits ended before ten looks: it came near, or went off,
    as it should."""
    refused: int = 0
    """It has no rate there: its step is not linear, does not stay, or inverts an h_yy of 0."""
    differ: int = 0
    worst: float = 0.0
    """The largest |log(measured/radius)| among those that agree or differ."""


def rows_of(name: str, problems: Sequence[str]) -> list[Row]:
    """One algorithm at all strict points of problems; :class:`UserError` where it has no rate."""
    rule = ALGORITHMS.get(name)()
    local_rate(rule, TRIAL[0])
    rows = {problem: Row(name, problem) for problem in problems}
    owner, points, want = [], [], []
    for problem in problems:
        for point in strict_points(problem):
            rows[problem].points += 1
            try:
                rate = local_rate(rule, point.hessian)
            except UserError:
                rate = np.nan
            if np.isnan(rate) or (name in INVERTS and abs(point.hessian[2]) < 1e-9):
                rows[problem].refused += 1
                continue
            owner.append(rows[problem])
            points.append(point)
            want.append(rate)
    _judge(rule, owner, points, np.array(want))
    return [row for row in rows.values() if row.points]


def _judge(rule: Algorithm, owner: list[Row], points: list[Point], want: Floats) -> None:
    """Count each point where it belongs; what differs is looked at for longer before it does."""
    left = np.arange(len(points))
    for steps in STEPS:
        if not left.size:
            return
        target = want[left]
        far = np.where(target < 1.2, 1e-6, 1e-10)
        with np.errstate(all="ignore"):
            got, looks = measured(rule, [points[k] for k in left], far, steps)
            gap = np.abs(np.log(got / target))
        short = (target < 0.1) | (target > 3) | (looks < 10)
        rests = np.where(target > 1, ~(got <= 1.2), got < np.maximum(0.3, target + 0.1))
        close = np.where(short, rests, gap < 2e-3 + 0.01 * np.abs(np.log(target)))
        last = steps == STEPS[-1]
        for k in np.flatnonzero(close | last):
            row = owner[left[k]]
            row.digits += bool(short[k] and close[k])
            row.agree += bool(close[k] and not short[k])
            row.differ += not close[k]
            if not (short[k] and close[k]):
                row.worst = max(row.worst, float(gap[k]))
        left = left[~close]


def main(chosen: Sequence[str]) -> None:
    """Measure, print and write."""
    TABLE.parent.mkdir(parents=True, exist_ok=True)
    for name in chosen or [name for name in ALGORITHMS if name not in DRAWN]:
        try:
            rows = rows_of(name, names("planar"))
        except UserError as error:
            print(f"{name}: no rate. {error}", flush=True)
            continue
        total = [sum(getattr(r, f) for r in rows) for f in ("points", "agree", "digits", "refused")]
        worst = max(r.worst for r in rows)
        print(f"{name}: points, agree, digits, refused {total}, worst {worst:.1e}", flush=True)
        for row in rows:
            if row.differ:
                print(f"  differs on {row.problem}: {row.differ} of {row.points}", flush=True)
        _write(name, rows)


def _write(name: str, rows: list[Row]) -> None:
    columns = list(Row.__dataclass_fields__)
    old = []
    if TABLE.exists():
        with TABLE.open(newline="") as file:
            old = [row for row in csv.DictReader(file) if row["algorithm"] != name]
    fresh = [{c: getattr(row, c) for c in columns} for row in rows]
    for row in fresh:
        row["worst"] = f"{row['worst']:.1e}"
    with TABLE.open("w", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(sorted([*old, *fresh], key=lambda r: (r["algorithm"], r["problem"])))


if __name__ == "__main__":
    main(sys.argv[1:])
