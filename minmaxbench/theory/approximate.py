"""The equilibrium of Keswani et al.: is a point an (eps, omega)-approximate local equilibrium?

Definition (after Keswani, Mangoubi, Sachdeva, Vishnoi, ICML 2022). An *eps-greedy path* from y for x is
a path of unit speed along which f(x, .) grows at a rate of at least eps; L_eps(x, y) is the
supremum of f(x, z) over the end points z of such paths. (x*, y*) is an (eps, omega)-approximate
local equilibrium for the proposal distribution Q if

1. |grad_y f(x*, y*)| <= eps, and
2. Pr over Delta ~ Q of [ L_eps(x* + Delta, y*) < L_eps(x*, y*) - eps/2 ] < omega.

Where the first condition holds strictly, no greedy path leaves y*, and L_eps(x*, y*) = f(x*, y*): so the
second one asks how likely a proposal is to *improve*, that is to keep f below f(x*, y*) - eps/2
whatever the greedy max-player does. Along a greedy path f grows, so a proposal is settled as soon as f
passes that level; an ascent that never ends is no exception.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from minmaxbench.algorithms.greedy_max.proposals import PROPOSALS
from minmaxbench.core.arrays import Bools, Floats, Ints
from minmaxbench.core.calls import Call
from minmaxbench.core.noise import Draws, run_keys
from minmaxbench.core.oracle import NumpyOracle
from minmaxbench.core.problem import Problem
from minmaxbench.errors import UserError
from minmaxbench.record.judgement import Judgement

NUMBERS = 2**18
"""Proposals are answered together as long as their iterates hold no more numbers."""
PATIENCE = 8
"""Values are looked at after so many steps of an ascent."""
WALK, NODES = 2e-3, 2000
"""The quadrature's step along y, and the number of its intervals for x."""
HALVINGS = 40
"""The end of a greedy path is found by so many bisections of its last step."""

COLUMNS = ["equilibrium", "slope_y", "improvement", "improvement_low", "improvement_high"]
"""What a frame of runs calls the fields of :class:`Judgements`."""


@dataclass(frozen=True)
class EquilibriumTest:
    """What is asked of a point. The defaults are the authors' settings for their test functions."""

    eps: float = 0.12
    omega: float = 0.1
    proposal: str = "gaussian"
    """Q: a name in :data:`minmaxbench.algorithms.greedy_max.proposals.PROPOSALS`."""
    scale: float = 0.5
    """Its scale."""
    samples: int = 200
    """Proposals drawn at a point."""
    confidence: float = 0.95
    """Of the interval for the probability of improvement."""
    eta: float = 0.05
    """Step size of the max-player's ascent."""
    max_ascents: int = 20_000
    """After so many steps an ascent is given up; its proposal then counts as an improvement."""

    def __post_init__(self) -> None:
        PROPOSALS.get(self.proposal)
        for name in ("eps", "scale", "eta"):
            if not 0 < getattr(self, name) < np.inf:
                raise UserError(f"The test needs {name} > 0; got {getattr(self, name)}.")
        for name in ("omega", "confidence"):
            if not 0 < getattr(self, name) < 1:
                raise UserError(f"The test needs 0 < {name} < 1; got {getattr(self, name)}.")
        if self.samples < 1:
            raise UserError(f"The test needs at least one proposal; got {self.samples}.")


class Judgements(NamedTuple):
    """What the test says of n points."""

    judgement: list[Judgement]
    slope: Floats
    """|grad_y f|, or the length of the projected step over eta on a set; (n,)."""
    probability: Floats
    """The share of proposals that improve; NaN where the slope settles the matter."""
    low: Floats
    """The Clopper-Pearson interval of the probability."""
    high: Floats


def equilibrium(
    problem: Problem, x: Floats, y: Floats, test: EquilibriumTest | None = None, seed: int = 0
) -> Judgements:
    """Whether the points x (n, dx), y (n, dy) are (eps, omega)-approximate local equilibria.

    The max-player answers a proposal with gradient ascent until the slope is at most eps. That is
    one greedy path among many, so f at its end bounds L_eps from below, and the probability of an
    improvement is estimated from above: ``equilibrium`` (the interval of Clopper and Pearson, 1934,
    lies below omega) holds for the definition; ``no equilibrium`` (the interval lies above omega) is
    meant with this answer, which is the algorithm's own. With one variable y there is only one
    path uphill, and the two agree up to the step size; see :func:`improvement_probability` for
    planar problems. Exact values are used, and nothing is charged to a run.

    Raises :class:`UserError` for points of the wrong shape or points that are not finite.
    """
    test = test or EquilibriumTest()
    x, y = _points(problem, x, y)
    oracle = NumpyOracle(problem, Draws(run_keys("equilibrium", np.zeros(len(x), dtype=int))))
    with np.errstate(over="ignore", invalid="ignore"):
        slope = oracle.slope_y(y, oracle.grad_y(x, y), test.eta)
        level = problem.value(np, x, y) - test.eps / 2
        flat = np.flatnonzero(slope <= test.eps)
        improved = np.zeros(len(x), dtype=int)
        for rows, number in _blocks(flat, test.samples, problem.dx + problem.dy):
            keys = run_keys(f"equilibrium|{seed}|{problem.name}", rows)
            # Calls are numbered like proposals, so that each sees a minibatch of its own.
            part = NumpyOracle(problem, Draws(keys), counts=[number] * len(Call))
            draw = PROPOSALS.get(test.proposal)
            proposed = part.project_x(x[rows] + draw(x[rows], y[rows], test.scale, number, part))
            np.add.at(
                improved, rows, _stays_below(problem, part, proposed, y[rows], level[rows], test)
            )
    low, high = clopper_pearson(improved, test.samples, test.confidence)
    steep = slope > test.eps
    answer = np.select([steep | (low > test.omega), high < test.omega], ["NO", "YES"], "OPEN")
    share = improved / test.samples
    share, low, high = (np.where(steep, np.nan, a) for a in (share, low, high))
    return Judgements([Judgement[name] for name in answer], slope, share, low, high)


def improvement_probability(
    problem: Problem, x: float, y: float, test: EquilibriumTest | None = None
) -> float:
    """The probability that a Gaussian proposal improves at (x, y), by quadrature; NaN if y is steep.

    For planar problems. With one variable y a greedy path goes uphill and never turns, so L_eps is
    found by walking, in steps of WALK, to where the slope falls to eps. The proposals that improve
    are intervals; their ends are found by bisection, to about 1e-9. It is no proof: a dip of the
    slope below eps within one step is walked over, and an interval narrower than a NODES-th of
    sixteen standard deviations may be missed. Raises :class:`UserError` for other problems and
    other Q.
    """
    from scipy.stats import norm

    test = test or EquilibriumTest()
    if (problem.dx, problem.dy) != (1, 1) or not test.proposal.startswith("gaussian"):
        raise UserError(
            "The probability is computed for planar problems and Gaussian proposals only."
        )
    x0, y0 = _points(problem, np.array([[x]]), np.array([[y]]))
    oracle = NumpyOracle(problem, Draws(run_keys("equilibrium", np.zeros(1, dtype=int))))
    if oracle.slope_y(y0, oracle.grad_y(x0, y0), test.eta)[0] > test.eps:
        return float("nan")
    level = problem.value(np, x0, y0)[0] - test.eps / 2

    def improves(delta: Floats) -> Bools:
        return _walk_stays_below(problem, x0 + delta[:, None], y0[0, 0], level, test.eps)

    reach = 8 * test.scale
    nodes = np.linspace(-reach, reach, NODES + 1)
    inside = improves(nodes)
    k = np.flatnonzero(inside[1:] != inside[:-1])
    a, b, first = nodes[k], nodes[k + 1], inside[k]
    for _ in range(30):
        middle = (a + b) / 2
        same = improves(middle) == first
        a, b = np.where(same, middle, a), np.where(same, b, middle)
    edges = norm.cdf(np.r_[-np.inf, (a + b) / 2, np.inf] / test.scale)
    return float(np.diff(edges)[0 if inside[0] else 1 :: 2].sum())


def columns_of(judged: Judgements) -> dict[str, object]:
    """The columns of a frame of runs, as COLUMNS names them."""
    words = [judgement.value for judgement in judged.judgement]
    return dict(zip(COLUMNS, [words, *judged[1:]], strict=True))


def clopper_pearson(successes: Ints, trials: int, confidence: float) -> tuple[Floats, Floats]:
    """The exact interval for a probability (Clopper, Pearson, Biometrika 1934), (n,) each."""
    from scipy.stats import beta

    tail = (1 - confidence) / 2
    low = beta.ppf(tail, successes, trials - successes + 1)
    high = beta.ppf(1 - tail, successes + 1, trials - successes)
    return np.where(successes == 0, 0.0, low), np.where(successes == trials, 1.0, high)


def _points(problem: Problem, x: Floats, y: Floats) -> tuple[Floats, Floats]:
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    if x.ndim != 2 or y.ndim != 2 or len(x) != len(y):
        raise UserError(
            f"Points come as x (n, {problem.dx}) and y (n, {problem.dy}); got {x.shape}, {y.shape}."
        )
    if (x.shape[1], y.shape[1]) != (problem.dx, problem.dy):
        raise UserError(
            f"Points of {problem.name} have dx = {problem.dx}, dy = {problem.dy}; got "
            f"{x.shape[1]}, {y.shape[1]}."
        )
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise UserError("Points must be finite: a run that diverged ends at no equilibrium.")
    return x, y


def _blocks(points: Ints, samples: int, d: int) -> Iterator[tuple[Ints, Ints]]:
    """Pairs of a point and the number of a proposal, so many at a time as NUMBERS allows."""
    row, number = np.repeat(points, samples), np.tile(np.arange(samples), len(points))
    size = max(1, NUMBERS // d)
    for first in range(0, len(row), size):
        yield row[first : first + size], number[first : first + size]


def _stays_below(
    problem: Problem,
    oracle: NumpyOracle,
    x: Floats,
    y: Floats,
    level: Floats,
    test: EquilibriumTest,
) -> Bools:
    """Whether f stays below ``level`` (n,) while the greedy max-player ascends from y."""
    below: Bools = problem.value(np, x, y) < level
    lanes = np.flatnonzero(below)
    for step in range(test.max_ascents):
        if not lanes.size:
            break
        gy = problem.grad_y(np, x[lanes], y[lanes])
        climbing = oracle.slope_y(y[lanes], gy, test.eta) > test.eps
        moved = oracle.project_y(y[lanes] + test.eta * gy)
        y = y.copy() if not step else y
        y[lanes[climbing]] = moved[climbing]
        look = slice(None) if not step % PATIENCE else ~climbing
        seen = lanes[look]
        # Written so that NaN, an ascent that has left for infinity, is not below.
        below[seen] = problem.value(np, x[seen], y[seen]) < level[seen]
        lanes = lanes[climbing & below[lanes]]
    return below


def _walk_stays_below(problem: Problem, x: Floats, y: float, level: float, eps: float) -> Bools:
    """Whether f stays below ``level`` on the greedy path from y, for each x (n, 1) after projection."""
    x = problem.x_set.project(np, x)
    z = np.full_like(x, y)
    below: Bools = problem.value(np, x, z) < level
    uphill = np.sign(problem.grad_y(np, x, z))

    def steep(lanes: Ints, at: Floats) -> Bools:
        """Whether f still grows fast enough there."""
        fast: Bools = uphill[lanes] * problem.grad_y(np, x[lanes], at) >= eps
        return fast

    lanes = np.flatnonzero(below)
    lanes = lanes[steep(lanes, z[lanes])[:, 0]]
    while lanes.size:
        step = problem.y_set.project(np, z[lanes] + WALK * uphill[lanes])
        goes_on = steep(lanes, step)
        # The path ends where the slope falls to eps, somewhere within the step.
        near, far = z[lanes], np.where(goes_on, z[lanes], step)
        for _ in range(HALVINGS if not goes_on.all() else 0):
            middle = (near + far) / 2
            fast = steep(lanes, middle)
            near, far = np.where(fast, middle, near), np.where(fast, far, middle)
        # At the edge of its set the max-player cannot go on.
        goes_on &= step != z[lanes]
        z[lanes] = np.where(goes_on, step, near)
        below[lanes] = problem.value(np, x[lanes], z[lanes]) < level
        lanes = lanes[goes_on[:, 0] & below[lanes]]
    return below
