"""Instances against the problems that they are made of: python -m benchmarks.equivariance. A minute.

Instances 1 to 3 and -1 to -3 of every problem that has them: f, gradients, Hessian products and distances to
the listed points at 20 points of the start region, and 20 steps of extragradient, whose step size goes
with the square of the scale. All of it is moved into the instance's coordinates, and the largest relative
difference is listed. Writes results/problems/equivariance.csv; the bar is 1e-12.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd

from minmaxbench.algorithms.registry import get_algorithm
from minmaxbench.core.arrays import Floats
from minmaxbench.core.calls import Call
from minmaxbench.core.noise import Draws, run_keys
from minmaxbench.core.oracle import NumpyOracle
from minmaxbench.core.problem import Problem
from minmaxbench.core.stochastic import Stochastic
from minmaxbench.problems.registry import PROBLEMS, names
from minmaxbench.problems.transforms.instances import Moved, Swapped, get_instance

NUMBERS = 1, 2, 3, -1, -2, -3
POINTS, STEPS, BAR = 20, 20, 1e-12
TABLE = Path(__file__).parent.parent / "results" / "problems" / "equivariance.csv"


def problems() -> list[Problem]:
    """All that have instances, families at the dimensions that they have by default."""
    built = [PROBLEMS.get(name).build(*PROBLEMS.get(name).natural) for name in names()]
    return [p for p in built if p.zero_sum and not isinstance(p, Stochastic)]


def apart(problem: Problem, number: int) -> dict[str, float]:
    """By how much an instance differs from its problem, moved along, in each thing that is looked at."""
    there = get_instance(problem, number)
    moved = there.base if isinstance(there, Swapped) else there
    assert isinstance(moved, Moved)
    s, swaps = moved.x_map.scale, isinstance(there, Swapped)

    def forth(x: Floats, y: Floats, vectors: bool = False) -> tuple[Floats, Floats]:
        """Points, or directions, in the instance's coordinates."""
        maps = moved.x_map, moved.y_map
        if vectors:
            x, y = (m.rotation.apply(np, z) for m, z in zip(maps, (x, y), strict=True))
        else:
            x, y = (m.forth(np, z) for m, z in zip(maps, (x, y), strict=True))
        return (y, x) if swaps else (x, y)

    rng, sign = np.random.default_rng(0), -1 if swaps else 1
    low, high = problem.about.region
    x, y = problem.place(*(rng.uniform(low, high, (POINTS, d)) for d in (problem.dx, problem.dy)))
    x, y = problem.x_set.project(np, x), problem.y_set.project(np, y)
    u, v = rng.standard_normal(x.shape), rng.standard_normal(y.shape)
    at = forth(x, y)
    gradient = forth(*(sign * g / s for g in problem.grad(np, x, y)), vectors=True)
    found = {"gradient": _gap(there.grad(np, *at), gradient)}
    if Call.VALUE in problem.offers:
        found["f"] = _gap([there.value(np, *at)], [sign * problem.value(np, x, y)])
    if Call.HVP in problem.offers:
        along = there.hvp(np, *at, *forth(u, v, vectors=True))
        product = (sign * h / s**2 for h in problem.hvp(np, x, y, u, v))
        found["products"] = _gap(along, forth(*product, vectors=True))
    if len(problem.points()):
        found["distances"] = _gap([there.distances(np, *at)], [s * problem.distances(np, x, y)])
    eta = 0.1 / problem.constants["L"].value
    found["run"] = _gap(_ends(there, eta * s**2, *at), forth(*_ends(problem, eta, x, y)))
    return found


def _ends(problem: Problem, eta: float, x: Floats, y: Floats) -> tuple[Floats, Floats]:
    rule = get_algorithm("extragradient", eta=eta)
    oracle = NumpyOracle(problem, Draws(run_keys("equivariance", np.arange(len(x)))))
    state = rule.init(x, y, oracle)
    for _ in range(STEPS):
        state = rule.step(state, oracle)
    return state.x, state.y


def _gap(got: Iterable[Floats], want: Iterable[Floats]) -> float:
    """The largest difference beside the largest number."""
    pairs = list(zip(got, want, strict=True))
    size = max(1.0, *(float(np.abs(b).max(initial=0.0)) for _, b in pairs))
    return max(float(np.abs(a - b).max(initial=0.0)) for a, b in pairs) / size


def main() -> None:
    """Measure all, print what misses the bar, and write the table."""
    rows = []
    for problem in problems():
        for number in NUMBERS:
            for what, gap in apart(problem, number).items():
                rows.append((problem.name, problem.dx, problem.dy, number, what, gap))
    columns = ["problem", "dx", "dy", "instance", "what", "gap"]
    table = pd.DataFrame(rows, columns=columns)
    worst = table.groupby(["problem", "dx", "dy", "what"])["gap"].max().unstack()
    TABLE.parent.mkdir(parents=True, exist_ok=True)
    worst.to_csv(TABLE, float_format="%.1e")
    print(
        f"{worst.shape[0]} problems, {len(NUMBERS)} instances each; the largest relative differences:"
    )
    print(worst.max().to_string(float_format="%.1e"))
    missed = table[~(table["gap"] <= BAR)]
    print(missed.to_string(index=False) if len(missed) else f"All within {BAR:g}.")


if __name__ == "__main__":
    main()
