"""What a problem of one's own must be, checked before it runs.

Shapes and types, purity, lanes that do not mix, slopes against values, claims against samples,
listed points against the definition. Everything is sampled where runs start: a check that passes
proves nothing, one that fails says what disagrees, where, and by how much.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np

from minmaxbench.core.arrays import Floats
from minmaxbench.core.calls import Call
from minmaxbench.core.problem import About, Problem
from minmaxbench.core.sets import Set, check_dimension
from minmaxbench.errors import RAISED, UserError
from minmaxbench.problems.checks.asked import Asked, Samples, at, probe, told
from minmaxbench.problems.checks.points import check_newton, check_points
from minmaxbench.problems.checks.slopes import check_slopes
from minmaxbench.problems.defined import check_defined
from minmaxbench.problems.planar import Planar
from minmaxbench.problems.registry import Entry

LARGEST = 10**7
"""The most that a dimension, or the number of an instance, may be."""
SAME = 1e-9
"""Relative difference up to which two answers are the same but for rounding."""


def check_entry(entry: Entry) -> None:
    """Build a registered problem at its natural dimensions and check it.

    Raises :class:`UserError`, also for what building raises.
    """
    dims = entry.natural
    problem = entry.made(*dims)
    if not isinstance(problem, Problem):
        raise UserError(f"'{entry.name}' builds a {type(problem).__name__}, which is no Problem.")
    if (problem.dx, problem.dy) != dims:
        raise UserError(
            f"'{entry.name}' was asked for at dx = {dims[0]}, dy = {dims[1]}, but has "
            f"dx = {problem.dx}, dy = {problem.dy}."
        )
    check_problem(problem)


def check_problem(problem: Problem, again: Problem | None = None) -> None:
    """Refuse a problem that contradicts itself, with :class:`UserError`; or ``again``, built anew.

    The derivatives of a planar problem come from its formula, so there the formula is looked at. A
    network (``lanes``) computes in single precision, and torch derives it: its facts are looked at.
    """
    try:
        thorough = not isinstance(problem, Planar) and getattr(problem, "lanes", None) is None
        for _, look in looks(problem, thorough=thorough):
            look()
        if again is not None and not np.allclose(probe(problem), probe(again), SAME, SAME):
            raise UserError(
                f"'{problem.name}' is another problem each time it is built: the random numbers that its "
                "data are drawn from need a seed."
            )
    except UserError:
        raise
    except RAISED as error:
        # A property, a text of it: what it does when it is only looked at.
        raise UserError(
            f"A {type(problem).__name__} {told(error)} when it is looked at."
        ) from error


Look = tuple[str, Callable[[], object]]
"""What is looked at, in a few words, and what raises :class:`UserError` where it is not so."""


def looks(problem: Problem, thorough: bool = True) -> Iterator[Look]:
    """All that is looked at, in an order in which each may rely on those before.

    A planar problem that is not looked at thoroughly keeps the derivatives that its formula gave.
    """
    yield "name, dimensions, sets and facts are what they must be", lambda: _check_facts(problem)
    asked = Asked(problem)
    if isinstance(problem, Planar):
        yield "the formula is defined where runs start", lambda: _check_formula(problem)
    if not thorough:
        return
    samples = Samples.of(asked)
    for what, call in _functions(asked):
        yield (
            f"{what} is finite, the same when asked again, and each lane as it is alone",
            partial(_check_answers, problem, what, call, samples),
        )
    yield "grad is grad_x and grad_y", lambda: _check_halves(asked, samples)
    if Call.VALUE in problem.offers:
        what = "gradients and Hessian products" if Call.HVP in problem.offers else "gradients"
        yield (
            f"{what} against complex steps or differences",
            lambda: check_slopes(asked, samples),
        )
    yield "bounds and smoothness against samples", lambda: _check_claims(asked, samples)
    yield (
        "listed points are stationary and of their kind",
        lambda: check_points(asked, _typical(asked, samples)),
    )
    yield "Newton's method comes back to listed points", lambda: check_newton(asked)


def _check_formula(problem: Planar) -> None:
    sets = problem.x_set, problem.y_set
    seen = check_defined(problem.text, sets, problem.about.region)
    _check_bounds(problem, seen.value, seen.z[:, :1], seen.z[:, 1:])
    problem.formula.expression  # noqa: B018 - refuses what is too dear, or not real


def _check_facts(problem: Problem) -> None:
    """Name, dimensions, sets, and what is said about the problem."""
    if not isinstance(problem, Problem):
        raise UserError(f"A problem is an instance of Problem; got a {type(problem).__name__}.")
    name = getattr(problem, "name", None)
    if not isinstance(name, str) or not name:
        raise UserError(
            f"A {type(problem).__name__} needs a name, which is text; got {name!r:.40}."
        )
    for call in (Call.GRAD_X, Call.GRAD_Y):
        # Residuals, traces and verdicts need both, whatever an algorithm asks for.
        if call not in problem.offers:
            raise UserError(
                f"'{name}' gives no {call.words} (a method {call.name.lower()} or grad)."
            )
    for player in "xy":
        d, s = getattr(problem, f"d{player}", None), getattr(problem, f"{player}_set", None)
        if not isinstance(d, int | np.integer) or isinstance(d, bool) or d < 1:
            raise UserError(f"d{player} of '{name}' is a whole number from 1; got {d!r:.40}.")
        if d > LARGEST:
            raise UserError(f"d{player} of '{name}' is at most {LARGEST:,}; got {d:.3g}.")
        if not isinstance(s, Set):
            raise UserError(
                f"{player}_set of '{name}' is a set such as Box(-1.0, 1.0) or Space(); got {s!r:.40}."
            )
        check_dimension(s, int(d), f"{player}_set of '{name}'")
        _check_set(s, int(d), f"The projection onto {player}_set", problem)
    _check_about(name, problem.about)


def _check_set(s: Set, d: int, what: str, problem: Problem) -> None:
    """A set of the user's: a projection stays where it is when it is projected again."""
    if type(s).__module__.partition(".")[0] == __name__.partition(".")[0]:
        return
    z = np.random.default_rng(0).normal(0.0, 3.0, (3, d))
    asked, whole = Asked(problem), f"{what} of '{problem.name}'"
    once = asked.quietly(what, lambda: s.project(np, z))
    if not isinstance(once, np.ndarray) or (once.shape, once.dtype) != (z.shape, z.dtype):
        raise UserError(f"{whole} returns no float64 numbers of shape (lanes, {d}).")
    again = asked.quietly(what, lambda: s.project(np, once))
    if not np.allclose(once, again, rtol=SAME, atol=SAME):
        raise UserError(
            f"{whole} moves points that it has projected: it must be the nearest point of the set."
        )


def _check_about(name: str, about: About) -> None:
    if not isinstance(about, About):
        raise UserError(f"about of '{name}' is an About; got {about!r:.40}.")
    pairs = [("region", about.region), *(("start", start) for start in about.starts)]
    for what, pair in pairs:
        if not _numbers(pair, 2) or not np.isfinite(pair).all():
            raise UserError(f"A {what} of '{name}' is two finite numbers; got {pair!r:.40}.")
    if not about.region[0] < about.region[1]:
        raise UserError(f"The region of '{name}' is (low, high) with low < high.")
    if not _numbers(about.bounds, 2) or not about.bounds[0] <= about.bounds[1]:
        raise UserError(f"bounds of '{name}' are two numbers, low <= high.")
    if not _numbers((about.smoothness,), 1) or not about.smoothness >= 0:
        raise UserError(f"smoothness of '{name}' is a number, not negative.")


def _numbers(values: object, count: int) -> bool:
    return (
        isinstance(values, tuple | list)
        and len(values) == count
        and all(isinstance(v, int | float) and not isinstance(v, bool) for v in values)
    )


Answer = Callable[[Floats, Floats], tuple[Floats, ...]]


def _functions(asked: Asked) -> Iterator[tuple[str, Answer]]:
    """The functions that a problem offers, each as arrays of lanes."""
    if Call.VALUE in asked.problem.offers:
        yield "value", lambda x, y: (asked.value(x, y),)
    yield "grad_x", lambda x, y: (asked.grad_x(x, y),)
    yield "grad_y", lambda x, y: (asked.grad_y(x, y),)
    yield "grad", asked.grad
    if Call.HVP in asked.problem.offers:
        yield "hvp", lambda x, y: asked.hvp(x, y, np.cos(x), np.sin(y))


def _check_answers(problem: Problem, what: str, call: Answer, samples: Samples) -> None:
    """Finite, the same when asked again, and every lane as it is alone."""
    x, y = samples.x, samples.y
    answers = [a.copy() for a in call(x, y)]
    for answer in answers:
        bad = np.flatnonzero(~np.isfinite(answer.reshape(len(x), -1)).all(1))
        if bad.size:
            raise UserError(
                f"{what} of '{problem.name}' is not finite at {at(x[bad[0]], y[bad[0]])}, where "
                "runs may start."
            )
    for answer, again in zip(answers, call(x, y), strict=True):
        if not np.array_equal(answer, again):
            gap = np.abs(answer - again).max()
            raise UserError(
                f"{what} of '{problem.name}' gives another answer when it is asked again: they "
                f"differ by {gap:.3g} at the same points."
            )
    for lane in range(len(x)):
        one = slice(lane, lane + 1)
        for answer, alone in zip(answers, call(x[one], y[one]), strict=True):
            gap = np.abs(answer[one] - alone).max()
            if not gap <= SAME * (1e-300 + np.abs(answer).max()):
                raise UserError(
                    f"{what} of '{problem.name}' mixes lanes: at {at(x[lane], y[lane])} it differs "
                    f"by {gap:.3g} between a call with {len(x)} lanes and one with this lane alone."
                )


def _check_halves(asked: Asked, samples: Samples) -> None:
    """grad is grad_x and grad_y."""
    x, y = samples.x, samples.y
    halves = asked.grad_x(x, y), asked.grad_y(x, y)
    for player, both, half in zip("xy", asked.grad(x, y), halves, strict=True):
        gap = np.abs(both - half).max(1)
        if not (gap <= SAME * (1e-300 + np.abs(half).max())).all():
            k = int(gap.argmax())
            raise UserError(
                f"grad and grad_{player} of '{asked.problem.name}' differ by {gap[k]:.3g} at "
                f"{at(x[k], y[k])}."
            )


def _check_claims(asked: Asked, samples: Samples) -> None:
    """Bounds on f and the smoothness, where they are given."""
    problem, x, y = asked.problem, samples.x, samples.y
    if Call.VALUE in problem.offers:
        _check_bounds(problem, asked.value(x, y), x, y)
    gx, gy = asked.grad(x, y)
    limit = problem.about.smoothness
    if math.isfinite(limit):
        rise, run = (
            np.sqrt(sum(((a[1:] - a[:-1]) ** 2).sum(1) for a in pair))
            for pair in ((gx, gy), (x, y))
        )
        k = int(np.argmax(rise / run))
        if rise[k] > limit * run[k] * (1 + 1e-6):
            raise UserError(
                f"The gradient of '{problem.name}' changes by {rise[k] / run[k]:.6g} times the "
                f"distance between {at(x[k], y[k])} and {at(x[k + 1], y[k + 1])}, more than its "
                f"smoothness {limit:g}."
            )


def _typical(asked: Asked, samples: Samples) -> float:
    """A typical residual."""
    problem, x, y = asked.problem, samples.x, samples.y
    ask = partial(problem.residual, np, x, y, *asked.grad(x, y))
    return float(np.median(asked.quietly("residual", ask)))


def _check_bounds(problem: Problem, f: Floats, x: Floats, y: Floats) -> None:
    low, high = problem.about.bounds
    out = np.maximum(low - f, f - high)
    k = int(out.argmax())
    if out[k] > SAME * (1 + abs(f[k])):
        raise UserError(
            f"value of '{problem.name}' is {f[k]:.6g} at {at(x[k], y[k])}, outside its bounds "
            f"[{low:g}, {high:g}]."
        )
