"""Whether an algorithm stays at a stationary point: the Jacobian of one of its own steps.

Near a stationary point f is its second-order model, on which a step is a linear map of the
algorithm's state (iterate and memory). The map is read off the algorithm itself, so that nothing
is derived twice: one step from each basis vector. The point attracts nearby runs if the spectral
radius is below one, and repels almost all of them if it is above (Daskalakis, Panageas, NeurIPS
2018, for GDA and OGDA).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from minmaxbench.algorithms.registry import ALGORITHMS, get_algorithm
from minmaxbench.core import tree
from minmaxbench.core.algorithm import Algorithm
from minmaxbench.core.arrays import Array, Bools, Floats
from minmaxbench.core.calls import Call
from minmaxbench.core.noise import Draws, run_keys
from minmaxbench.core.oracle import EXACT, NumpyOracle
from minmaxbench.core.problem import About, Problem
from minmaxbench.core.sets import Box, Space
from minmaxbench.errors import UserError
from minmaxbench.problems.kinds import BOTH, Border
from minmaxbench.problems.planar import Planar
from minmaxbench.problems.search import borders

Hessian = tuple[float, float, float]
"""f_xx, f_xy, f_yy."""

LINEAR = frozenset({Call.GRAD_X, Call.GRAD_Y, Call.HVP})
"""Calls that are linear in the state on a quadratic."""


Held = tuple[bool, bool]
"""The players whom a bound holds at a stationary point."""

NUDGE = 1e-6
"""How far from a bound a step is looked at; it must be shorter than the step size."""
MOVES = 1e-8
"""Modes of a state with a smaller part in the iterate leave it alone."""


def spectral_radius(algorithm: Algorithm, hessian: Hessian, held: Held = (False, False)) -> float:
    """The spectral radius of one step at a stationary point of a planar problem.

    A player whom a bound holds stays on it. Raises :class:`UserError` for an algorithm whose step is
    not linear there, such as one that compares values of f.
    """
    return float(_radii(lambda copies: algorithm, 1, _model(hessian, held), held)[0])


def names() -> list[str]:
    """The algorithms that a step size scales and whose steps are all alike, and linear, at a point."""
    return [name for name in ALGORITHMS if _is_linear(ALGORITHMS.get(name))]


@cache
def _is_linear(kind: type[Algorithm]) -> bool:
    """Whether the steps are linear at a few points of different curvature, at any step size."""
    if not (kind.step_sizes and kind.needs <= LINEAR):
        return False
    try:
        for hessian in ((1.0, 0.5, -1.0), (-0.25, 0.6, -1.0), (-3.0, 20.0, 4.0)):
            for eta in (0.01, 0.3, 3.0):
                spectral_radius(kind(**dict.fromkeys(kind.step_sizes, eta)), hessian)
    except UserError:
        return False
    return True


def at_step(name: str, eta: Array) -> Algorithm:
    """The algorithm of that name with every step size of both players ``eta``, a column or a number.

    Raises :class:`UserError` for an algorithm that is none of :func:`names`.
    """
    if name not in names():
        raise UserError(f"Step sizes are scanned for {', '.join(names())}; got '{name}'.")
    return get_algorithm(name, **dict.fromkeys(ALGORITHMS.get(name).step_sizes, eta))


def stable_steps(
    name: str,
    hessian: Hessian,
    low: float = 1e-4,
    high: float = 10.0,
    held: Held = (False, False),
) -> list[tuple[float, float]]:
    """The intervals of the step size, within [low, high], in which the radius is below one.

    ``name`` is one of :func:`names`. Found on a logarithmic grid of 200 step sizes and sharpened by
    bisection. Raises :class:`UserError` for any other name.
    """
    model = _model(hessian, held)

    def stable(etas: Floats) -> Bools:
        def build(copies: int) -> Algorithm:
            return at_step(name, np.repeat(etas, copies)[:, None])

        return _radii(build, len(etas), model, held) < 1

    grid = np.geomspace(low, high, 200)
    inside = stable(grid)
    k = np.flatnonzero(inside[1:] != inside[:-1])
    a, b = grid[k], grid[k + 1]
    for _ in range(40 if k.size else 0):
        middle = (a + b) / 2
        same = stable(middle) == inside[k]
        a, b = np.where(same, middle, a), np.where(same, b, middle)
    ends = [*grid[:1][inside[:1]], *(a + b) / 2, *grid[-1:][inside[-1:]]]
    return [(float(low), float(high)) for low, high in zip(ends[::2], ends[1::2], strict=True)]


def _model(hessian: Hessian, held: Held) -> Problem:
    """The second-order model of f, with a slope that holds a player at a bound."""
    if not np.isfinite(hessian).all():
        raise UserError(f"Stability needs a finite Hessian; got {hessian}.")
    a, b, c = (repr(float(h)) for h in hessian)
    text = f"({a})*x**2/2 + ({b})*x*y + ({c})*y**2/2"
    text += " + x" * held[0] + " + y" * held[1]
    x_set, y_set = (Box(*ends) for ends in ((0.0, 1.0), (-1.0, 0.0)))
    sets = x_set if held[0] else Space(), y_set if held[1] else Space()
    return Planar("model", text, *sets, About(region=(-1.0, 1.0)))


def _radii(build: Callable[[int], Algorithm], many: int, model: Problem, held: Held) -> Floats:
    """The spectral radii of ``many`` algorithms; ``build`` makes them, each for so many lanes."""
    algorithm = build(1)
    if not algorithm.needs <= LINEAR:
        raise UserError(
            f"'{algorithm.name}' compares values of f, so its steps have no Jacobian to look at."
        )
    with np.errstate(all="ignore"):
        rest = _at_rest(algorithm, model, many)
        later = algorithm.step(rest, _oracle(model, many))
        pairs = zip(tree.leaves(rest), tree.leaves(later), strict=True)
        if not all(np.array_equal(a, b) for a, b in pairs):
            raise UserError(
                f"The steps of '{algorithm.name}' change with their number, even at rest: the "
                "Jacobian of one does not say where they lead."
            )
        matrices = _jacobians(build, rest, many, model, held)
    if matrices is None:
        raise UserError(f"A step of '{algorithm.name}' is not linear at a stationary point.")
    values, vectors = np.linalg.eig(np.swapaxes(matrices, 1, 2))
    iterate = [leaf is rest.x or leaf is rest.y for leaf in numbers(rest).values()]
    moves = np.repeat(iterate, list(_widths(rest).values()))
    # What moves the iterate: a step size that the state remembers stays what it is, and may.
    seen = np.abs(vectors[:, moves]).max(1) > MOVES
    radii: Floats = np.where(seen, np.abs(values), 0.0).max(1)
    return radii


def _widths(state: Any) -> dict[str, int]:
    """How many real numbers each part of a state holds."""
    return {name: leaf.shape[1] for name, leaf in numbers(state).items()}


def _jacobians(
    build: Callable[[int], Algorithm], rest: Any, many: int, model: Problem, held: Held
) -> Floats | None:
    """The transposed Jacobians of one step, (many, n, n); None if a step is not linear.

    Differences from the states at rest, moved in each number, and once in all of them.
    """
    widths = _widths(rest)
    n = sum(widths.values())
    size = NUDGE if any(held) else 1.0
    # Into the sets: x is held at a lower bound, y at an upper one.
    ways = [-size if held[1] and leaf is rest.y else size for leaf in numbers(rest).values()]
    into = np.repeat(ways, list(widths.values()))
    mixed = into * (0.3 + 0.6 * np.arange(n) / n)
    moves = np.tile(np.vstack([np.diag(into), mixed]), (many, 1))
    state, oracle = tree.select(rest, np.repeat(np.arange(many), n + 1)), _oracle(model, len(moves))
    there, algorithm = numbers(state), build(n + 1)
    parts = np.split(moves, np.cumsum(list(widths.values()))[:-1], axis=1)
    moved = {name: there[name] + part for name, part in zip(widths, parts, strict=True)}
    after, stays = (algorithm.step(s, oracle) for s in (tree.rebuild(state, moved), state))
    gaps = zip(numbers(after).values(), numbers(stays).values(), strict=True)
    # Row i is where basis vector i goes: the transposed Jacobian has the same eigenvalues.
    went = np.hstack([a - b for a, b in gaps]).reshape(many, n + 1, n)
    matrices: Floats = went[:, :n] / into[:, None]
    if not np.allclose(mixed @ matrices / size, went[:, n] / size, rtol=1e-6, atol=1e-6):
        return None
    return matrices


def _at_rest(algorithm: Algorithm, model: Problem, lanes: int) -> Any:
    """The state after a step at the stationary point, where it stays."""
    oracle, zero = _oracle(model, lanes), np.zeros((lanes, 1))
    return algorithm.step(algorithm.init(zero, zero, oracle), oracle)


def numbers(state: Any) -> dict[str, Floats]:
    """The parts of a state that hold real numbers, by name."""
    return {n: leaf for n, leaf in tree.named_leaves(state) if leaf.dtype == np.float64}


def _oracle(model: Problem, lanes: int) -> NumpyOracle:
    return NumpyOracle(model, Draws(run_keys("stability", np.arange(lanes))), EXACT)


def stable_at_large_ratio(hessian: Hessian) -> bool:
    """Whether GDA attracts there once the max-player is fast enough: y steps tau times longer.

    As tau grows the eigenvalues of the flow tend to -(f_xx - f_xy^2/f_yy) and tau f_yy: exactly the
    strict local minimax points attract (Jin, Netrapalli, Jordan, ICML 2020, Theorem 28; Fiez,
    Ratliff, ICLR 2021).
    """
    a, b, c = hessian
    return c < 0 and a - b * b / c > 0


def radii(hessian: Hessian, eta: float = 0.05, held: Held = (False, False)) -> dict[str, float]:
    """The spectral radius of each of :func:`names` at one step size.

    NaN where a step is not linear: one that corrects itself after a projection may leave a bound.
    """
    found = {}
    for name in names():
        try:
            found[name] = spectral_radius(at_step(name, eta), hessian, held)
        except UserError:
            found[name] = float("nan")
    return found


@dataclass(frozen=True)
class PointStability:
    """How the algorithms behave near one stationary point."""

    row: int
    """Of the problem's list."""
    x: float
    y: float
    kind: str
    hessian: Hessian
    border: Border
    eta: float
    radius: dict[str, float]
    """The spectral radius of each algorithm at the step size ``eta``.

    Empty where a bound touches the point without holding a player: a step is not linear there.
    """

    @property
    def title(self) -> str:
        """Which point it is."""
        players = [p for p, held in zip("xy", self.border.held, strict=True) if held]
        text = f"{self.row}: ({self.x:.6g}, {self.y:.6g}), {self.kind}"
        return f"{text}, a bound holds {' and '.join(players)}" if players else text

    def summary(self, name: str) -> str:
        """What an algorithm does here, in a line, with its stable step sizes."""
        radius = self.radius[name]
        if np.isnan(radius):
            return f"{name}: its step is not linear here"
        does = "attracts" if radius < 1 else "repels" if radius > 1 else "neither way"
        found = stable_steps(name, self.hessian, held=self.border.held)
        steps = " and ".join(f"{low:.3g} to {high:.3g}" for low, high in found)
        where = f"steps of {steps}" if steps else "no step"
        return f"{name}: radius {radius:.6g} at step {self.eta:g}, {does}; attracts at {where}"


def stability(
    problem: Problem, eta: float = 0.05, rows: Sequence[int] | None = None
) -> list[PointStability]:
    """How algorithms behave near the listed points of a planar problem, or those of ``rows``.

    Raises :class:`UserError` for a problem that is not planar, a step size that is not positive, and
    a row that is not in the list.
    """
    if not isinstance(problem, Planar):
        raise UserError(f"Stability is looked at in planar problems; '{problem.name}' is none.")
    if not 0 < eta < np.inf:
        raise UserError(f"A step size is a positive number; got {eta:g}.")
    known = problem.points()
    chosen = list(range(len(known)) if rows is None else rows)
    for row in chosen:
        if not 0 <= row < len(known):
            raise UserError(f"'{problem.name}' lists {len(known)} points, from 0 on; got {row}.")
    z = np.hstack([known.x, known.y])[chosen]
    hessians = np.hstack(problem.hessian(np, z[:, :1], z[:, 1:]))
    found = []
    for row, (x, y), h, border in zip(chosen, z, hessians, borders(problem, z), strict=True):
        hessian = float(h[0]), float(h[1]), float(h[2])
        stopped = [
            ways != BOTH and not held for held, ways in zip(border.held, border.ways, strict=True)
        ]
        radius = {} if any(stopped) else radii(hessian, eta, border.held)
        kind = known.kind[row].value
        found.append(PointStability(row, float(x), float(y), kind, hessian, border, eta, radius))
    return found
