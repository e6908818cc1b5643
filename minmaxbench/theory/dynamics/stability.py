"""Whether an algorithm stays at a stationary point: the Jacobian of one of its own steps.

Near a stationary point f is its second-order model, on which a step is a linear map of the
algorithm's state (iterate and memory). The map is read off the algorithm itself, so that nothing
is derived twice: one step from each basis vector. The point attracts nearby runs if the spectral
radius is below one, and repels almost all of them if it is above (Daskalakis, Panageas, NeurIPS
2018, for GDA and OGDA).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from minmaxbench.algorithms.registry import ALGORITHMS, get_algorithm
from minmaxbench.core import tree
from minmaxbench.core.algorithm import Algorithm
from minmaxbench.core.arrays import Floats
from minmaxbench.core.calls import Call
from minmaxbench.core.noise import Draws, run_keys
from minmaxbench.core.oracle import EXACT, NumpyOracle
from minmaxbench.core.problem import About, Problem
from minmaxbench.core.sets import Space
from minmaxbench.errors import UserError
from minmaxbench.problems.planar import Planar

Hessian = tuple[float, float, float]
"""f_xx, f_xy, f_yy."""

LINEAR = frozenset({Call.GRAD_X, Call.GRAD_Y, Call.HVP})
"""Calls that are linear in the state on a quadratic."""


def spectral_radius(algorithm: Algorithm, hessian: Hessian) -> float:
    """The spectral radius of one step at a stationary point of a planar problem.

    Raises :class:`UserError` for an algorithm that also asks for values of f: it has no linear step.
    """
    return _radius(algorithm, _model(hessian))


def names() -> list[str]:
    """The algorithms that a step size scales and whose steps have a Jacobian."""
    return [n for n in ALGORITHMS if (k := ALGORITHMS.get(n)).step_sizes and k.needs <= LINEAR]


def at_step(name: str, eta: float) -> Algorithm:
    """The algorithm of that name with every step size of both players ``eta``.

    Raises :class:`UserError` for an algorithm that is none of :func:`names`.
    """
    if name not in names():
        raise UserError(f"Step sizes are scanned for {', '.join(names())}; got '{name}'.")
    return get_algorithm(name, **dict.fromkeys(ALGORITHMS.get(name).step_sizes, eta))


def stable_steps(
    name: str, hessian: Hessian, low: float = 1e-4, high: float = 10.0
) -> list[tuple[float, float]]:
    """The intervals of the step size, within [low, high], in which the radius is below one.

    ``name`` is one of :func:`names`. Found on a logarithmic grid of 200 step sizes and sharpened by
    bisection. Raises :class:`UserError` for any other name.
    """
    model = _model(hessian)

    def stable(eta: float) -> bool:
        return _radius(at_step(name, eta), model) < 1

    grid = [float(eta) for eta in np.geomspace(low, high, 200)]
    inside = [stable(eta) for eta in grid]
    ends = [grid[0]] if inside[0] else []
    for k in range(len(grid) - 1):
        if inside[k] != inside[k + 1]:
            a, b = grid[k], grid[k + 1]
            for _ in range(40):
                middle = (a + b) / 2
                a, b = (middle, b) if stable(middle) == inside[k] else (a, middle)
            ends.append((a + b) / 2)
    ends += [grid[-1]] if inside[-1] else []
    return list(zip(ends[::2], ends[1::2], strict=True))


def _model(hessian: Hessian) -> Problem:
    """The second-order model of f."""
    if not np.isfinite(hessian).all():
        raise UserError(f"Stability needs a finite Hessian; got {hessian}.")
    a, b, c = (repr(float(h)) for h in hessian)
    text = f"({a})*x**2/2 + ({b})*x*y + ({c})*y**2/2"
    return Planar("model", text, Space(), Space(), About("", "", (), (-1.0, 1.0)))


def _radius(algorithm: Algorithm, model: Problem) -> float:
    if not algorithm.needs <= LINEAR:
        raise UserError(
            f"'{algorithm.name}' compares values of f, so its steps have no Jacobian to look at."
        )
    sizes = {name: leaf.shape[1] for name, leaf in numbers(_at_rest(algorithm, model, 1)).items()}
    lanes = sum(sizes.values())
    basis = np.split(np.eye(lanes), np.cumsum(list(sizes.values()))[:-1], axis=1)
    moved = tree.rebuild(_at_rest(algorithm, model, lanes), dict(zip(sizes, basis, strict=True)))
    after = algorithm.step(moved, _oracle(model, lanes))
    # Row i is where basis vector i goes: the transposed Jacobian has the same eigenvalues.
    matrix = np.hstack(list(numbers(after).values()))
    return float(np.abs(np.linalg.eigvals(matrix)).max())


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


def radii(hessian: Hessian, eta: float = 0.05) -> dict[str, float]:
    """The spectral radius of each of :func:`names` at one step size."""
    model = _model(hessian)
    return {name: _radius(at_step(name, eta), model) for name in names()}
