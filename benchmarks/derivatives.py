"""Derivatives of every problem against complex steps, at 100 points: python -m benchmarks.derivatives.

Families at d = 1, 2, 7, 64 and 1,000, where they have that dimension. Along a random direction, the gradient
against the imaginary part of f, and Hessian products against that of the gradient; the largest difference
beside the largest derivative. Left out are variational inequalities, which have neither f nor products, and
the two formulas with softplus, whose NumPy code takes no complex numbers: tests/problems/test_problems.py
reads them in another way. Writes results/problems/derivatives.csv, with the residual of listed points. The
bar is 1e-12.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from minmaxbench.core.calls import Call
from minmaxbench.core.problem import Problem
from minmaxbench.errors import UserError
from minmaxbench.problems.registry import PROBLEMS, names

DIMENSIONS = 1, 2, 7, 64, 1000
POINTS, TINY, BAR = 100, 1e-30, 1e-12


def problems() -> Iterator[tuple[str, Problem | None]]:
    """Every problem by what it is called, families once a dimension; None where they lack it."""
    for name in names():
        entry = PROBLEMS.get(name)
        if entry.fixed is not None:
            yield name, entry.build(*entry.fixed)
            continue
        for d in DIMENSIONS:
            try:
                yield f"{name} d = {d}", entry.build(d, d)
            except UserError:
                yield f"{name} d = {d}", None


def worst(problem: Problem) -> tuple[float, float]:
    """The largest relative difference of the gradient and of Hessian products."""
    rng = np.random.default_rng(0)
    low, high = problem.about.region
    pad = 1e-3 * (high - low)
    x, y = problem.place(
        *(rng.uniform(low + pad, high - pad, (POINTS, d)) for d in (problem.dx, problem.dy))
    )
    u, v = rng.normal(size=x.shape), rng.normal(size=y.shape)
    ahead = x + 1j * TINY * u, y + 1j * TINY * v
    gx, gy = problem.grad(np, x, y)
    slope = problem.value(np, *ahead).imag / TINY
    first = _apart((gx * u).sum(1) + (gy * v).sum(1), slope)
    turned = problem.grad(np, *ahead)
    products = problem.hvp(np, x, y, u, v)
    return first, max(_apart(a, b.imag / TINY) for a, b in zip(products, turned, strict=True))


def _apart(got: np.ndarray, want: np.ndarray) -> float:
    return float(np.abs(got - want).max() / (1 + np.abs(want).max()))


def main() -> None:
    """Measure, print what misses the bar, and write the table."""
    rows, began = [], time.thread_time()
    for label, problem in problems():
        if problem is None or Call.HVP not in problem.offers:
            continue
        if "softplus" in getattr(problem, "text", ""):
            continue
        first, second = worst(problem)
        known = problem.points()
        residual = np.nan
        if len(known):
            at = known.x[:20], known.y[:20]
            residual = float(problem.residual(np, *at, *problem.grad(np, *at)).max())
        rows.append((label, first, second, residual))
        if not max(first, second) <= BAR:
            print(f"{label}: {first:.1e}, {second:.1e}", flush=True)
    table = pd.DataFrame(rows, columns=["problem", "gradient", "hessian", "residual"])
    path = Path("results") / "problems" / "derivatives.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    table.to_csv(path, index=False, float_format="%.2g")
    print(
        f"{len(table)} problems; largest: {table['gradient'].max():.1e} and "
        f"{table['hessian'].max():.1e}; residual of points {table['residual'].max():.1e}; "
        f"{time.thread_time() - began:.0f} s of processor"
    )


if __name__ == "__main__":
    main()
