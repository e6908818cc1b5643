"""Which classes a problem is of, decided by its constants, its certificate, its sets and its cycles.

A declaration says what its paper calls a problem. What can be decided is decided here, and tests hold the
two against each other. Convexity of a planar problem is that on the box of its certificate: the players'
sets, or four times the start region where a player moves in R.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from minmaxbench.core.problem import Problem
from minmaxbench.core.sets import Product, Set, Simplex
from minmaxbench.problems.cycles import FLOW, known_cycles
from minmaxbench.problems.enclosures import Ends
from minmaxbench.problems.planar import Planar
from minmaxbench.problems.vocabulary import CURVATURES

Verdict = bool | None
"""True or False where it is decided, None where it is not."""


def derived(problem: Problem) -> dict[str, bool]:
    """The classes that are decided, and how."""
    verdicts = dict(_of_all(problem))
    if isinstance(problem, Planar):
        verdicts |= dict(_of_planar(problem))
    return {name: verdict for name, verdict in verdicts.items() if verdict is not None}


def classes_of(problem: Problem) -> tuple[str, ...]:
    """The classes that its declaration says, and those that it turns out to be of besides.

    Of the classes of curvature the narrowest is added, and only where none is said.
    """
    said = problem.about.classes
    found = [name for name, verdict in derived(problem).items() if verdict]
    curved = [name for name in CURVATURES if name in found]
    more = [name for name in found if name not in CURVATURES]
    return tuple(
        dict.fromkeys([*said, *([] if set(said) & set(CURVATURES) else curved[:1]), *more])
    )


def _of_all(problem: Problem) -> Iterator[tuple[str, Verdict]]:
    """What sets, points and proved constants decide."""
    known, points = problem.known_constants(), problem.points()
    convex, concave, strongly = _curvatures(problem)
    yield "constrained", problem.constrained
    yield "simplex", True if _mixes(problem.x_set) or _mixes(problem.y_set) else None
    yield "no-equilibrium", not len(points.equilibria) if points.complete else None
    pl_x = "pl_x" in known or bool(convex and "mu_x" in known)
    pl_y = "pl_y" in known or bool(strongly)
    yield "two-sided-PL", True if pl_x and pl_y else None
    yield "nonconvex-PL", True if pl_y and convex is False else None
    plain = convex is not False and concave is not False
    if "rho" in known:
        yield "weak-minty", known["rho"].value > -1 / (2 * known["L"].value) and not plain
    if "alpha" in known:
        yield "interaction-dominant", known["alpha"].value > 0 and not plain


def _of_planar(problem: Planar) -> Iterator[tuple[str, Verdict]]:
    """What enclosed curvatures and known cycles decide."""
    cycles = known_cycles(problem) or ()
    yield "limit-cycle", True if any(c.dynamics == FLOW for c in cycles) else None
    if problem.enclosures is None:
        return
    yield "nonsmooth", problem.enclosures.extrema["max norm"][1] == math.inf
    x, y = (_Curvature(*problem.enclosures.curvature(name)) for name in ("f_xx", "f_yy"))
    yield "bilinear", _both(x.zero, y.zero)
    yield "convex-concave", _both(x.convex, y.concave)
    yield "convex-nonconcave", _both(x.convex, _not(y.concave))
    yield "convex-linear", _both(x.convex, y.zero)
    yield "convex-convex", _both(x.convex, y.convex)
    yield "concave-convex", _both(x.concave, y.convex)
    yield "linear-nonconcave", _both(x.zero, _not(y.concave))
    yield "nonconvex-linear", _both(_not(x.convex), y.zero)
    yield "nonconvex-concave", _both(_not(x.convex), y.concave)
    yield "nonconvex-strongly-concave", _both(_not(x.convex), y.strongly_concave)
    yield "nonconvex-nonconcave", _both(_not(x.convex), _not(y.concave))


class _Curvature:
    """What the ends of the least and of the largest second derivative tell."""

    def __init__(self, least: Ends, most: Ends) -> None:
        self.convex = _sign(least[0] >= 0, least[1] < 0)
        self.concave = _sign(most[1] <= 0, most[0] > 0)
        self.strongly_concave = _sign(most[1] < 0, most[0] >= 0)
        self.zero = _both(self.convex, self.concave)


def _curvatures(problem: Problem) -> tuple[Verdict, Verdict, Verdict]:
    """Whether f is convex in x, concave and strongly concave in y: enclosed, or as it is said."""
    if isinstance(problem, Planar) and problem.enclosures is not None:
        x, y = (_Curvature(*problem.enclosures.curvature(name)) for name in ("f_xx", "f_yy"))
        return x.convex, y.concave, y.strongly_concave
    said = [c for c in problem.about.classes if c in CURVATURES]
    if not said:
        return None, None, None
    concave = any(c.endswith(("-concave", "-linear", "bilinear")) for c in said)
    return (
        any(c.startswith(("convex-", "linear-", "bilinear")) for c in said),
        concave,
        concave and "mu_y" in problem.known_constants(),
    )


def _mixes(s: Set) -> bool:
    parts = (part for part, _ in s.parts) if isinstance(s, Product) else (s,)
    return any(isinstance(part, Simplex) for part in parts)


def _sign(yes: bool, no: bool) -> Verdict:
    return True if yes else False if no else None


def _both(a: Verdict, b: Verdict) -> Verdict:
    if a is False or b is False:
        return False
    return None if a is None or b is None else True


def _not(a: Verdict) -> Verdict:
    return None if a is None else not a
