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

from minmaxbench.algorithms.registry import get_algorithm
from minmaxbench.core.algorithm import Algorithm
from minmaxbench.core.calls import Call
from minmaxbench.core.noise import Draws, run_keys
from minmaxbench.core.oracle import EXACT, NumpyOracle
from minmaxbench.core.problem import About, Problem
from minmaxbench.core.sets import Space
from minmaxbench.errors import UserError
from minmaxbench.problems.planar import Planar

STEPS = {
    "gda": ("eta_x", "eta_y"),
    "gda_alt": ("eta_x", "eta_y"),
    "ogda": ("eta",),
    "extragradient": ("eta",),
}
"""The algorithms whose stability depends on one step size, and what it is called."""

Hessian = tuple[float, float, float]
"""f_xx, f_xy, f_yy."""


def spectral_radius(algorithm: Algorithm, hessian: Hessian) -> float:
    """The spectral radius of one step at a stationary point of a planar problem.

    Raises :class:`UserError` for an algorithm that also asks for values of f: it has no linear step.
    """
    return _radius(algorithm, _model(hessian))


def stable_steps(
    name: str, hessian: Hessian, low: float = 1e-4, high: float = 10.0
) -> list[tuple[float, float]]:
    """The intervals of the step size, within [low, high], in which the radius is below one.

    ``name`` is one of gda, gda_alt, ogda, extragradient. Found on a logarithmic grid of 200 step
    sizes and sharpened by bisection.
    """
    if name not in STEPS:
        raise UserError(f"Step sizes are scanned for {', '.join(STEPS)}; got '{name}'.")
    model = _model(hessian)

    def stable(eta: float) -> bool:
        return _radius(get_algorithm(name, **dict.fromkeys(STEPS[name], eta)), model) < 1

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
    if algorithm.needs - {Call.GRAD_X, Call.GRAD_Y, Call.HVP}:
        raise UserError(
            f"'{algorithm.name}' compares values of f, so its steps have no Jacobian to look at."
        )
    rest, floats = _at_rest(algorithm, model, 1)
    sizes = [rest[k].shape[1] for k in floats]
    lanes = sum(sizes)
    state, _ = _at_rest(algorithm, model, lanes)
    basis = np.split(np.eye(lanes), np.cumsum(sizes)[:-1], axis=1)
    moved = state._replace(**{state._fields[k]: b for k, b in zip(floats, basis, strict=True)})
    after = algorithm.step(moved, _oracle(model, lanes))
    # Row i is where basis vector i goes: the transposed Jacobian has the same eigenvalues.
    matrix = np.hstack([after[k] for k in floats])
    return float(np.abs(np.linalg.eigvals(matrix)).max())


def _at_rest(algorithm: Algorithm, model: Problem, lanes: int) -> tuple[Any, list[int]]:
    """The state after a step at the stationary point, and which of its fields are real numbers."""
    oracle, zero = _oracle(model, lanes), np.zeros((lanes, 1))
    state = algorithm.step(algorithm.init(zero, zero, oracle), oracle)
    return state, [k for k, field in enumerate(state) if field.dtype == np.float64]


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
    """The spectral radius of every algorithm of the table ``STEPS`` at one step size."""
    model = _model(hessian)
    return {
        name: _radius(get_algorithm(name, **dict.fromkeys(parameters, eta)), model)
        for name, parameters in STEPS.items()
    }
