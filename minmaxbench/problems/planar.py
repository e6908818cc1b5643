"""Planar problems: one variable each, everything derived from the formula."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from minmaxbench.core.arrays import Array, Namespace
from minmaxbench.core.problem import About, Points
from minmaxbench.core.sets import Box, Set, Space
from minmaxbench.problems import stored
from minmaxbench.problems.certificates import Certificate, certificate
from minmaxbench.problems.registry import Entry, add
from minmaxbench.problems.search import TwoVariables, searched_points

if TYPE_CHECKING:
    from minmaxbench.problems.formula import Formula


@cache
def _formula(text: str) -> Formula:
    # SymPy takes a third of a second to import: only when a formula is first evaluated.
    from minmaxbench.problems.formula import Formula

    return Formula(text)


@dataclass(frozen=True, eq=False)
class Planar(TwoVariables):
    """A function of one variable each, given by its formula."""

    name: str
    text: str
    x_set: Set
    y_set: Set
    about: About
    dx: int = 1
    dy: int = 1
    home: Path | None = None
    """The folder of the file that declares it: certificates and cycles may lie beside."""

    @property
    def formula(self) -> Formula:
        """The formula, with its derivatives."""
        return _formula(self.text)

    def value(self, xp: Namespace, x: Array, y: Array) -> Array:
        """f, shape (lanes,)."""
        return self.formula.value_at(xp, x, y)[..., 0]

    def grad_x(self, xp: Namespace, x: Array, y: Array) -> Array:
        """f_x, shape (lanes, 1)."""
        return self.formula.x_gradient_at(xp, x, y)

    def grad_y(self, xp: Namespace, x: Array, y: Array) -> Array:
        """f_y, shape (lanes, 1)."""
        return self.formula.y_gradient_at(xp, x, y)

    def grad(self, xp: Namespace, x: Array, y: Array) -> tuple[Array, Array]:
        """(f_x, f_y), sharing subexpressions."""
        gx, gy = self.formula.gradient_at(xp, x, y)
        return gx, gy

    def hvp(self, xp: Namespace, x: Array, y: Array, u: Array, v: Array) -> tuple[Array, Array]:
        """The Hessian times (u, v)."""
        fxx, fxy, fyy = self.hessian(xp, x, y)
        return fxx * u + fxy * v, fxy * u + fyy * v

    def hessian(self, xp: Namespace, x: Array, y: Array) -> tuple[Array, Array, Array]:
        """f_xx, f_xy, f_yy, shape (lanes, 1) each."""
        fxx, fxy, fyy = self.formula.hessian_at(xp, x, y)
        return fxx, fxy, fyy

    @cached_property
    def definition(self) -> str:
        """The hash of all that a certificate of the problem depends on: formula, sets, region."""
        facts = [self.text, repr(self.x_set), repr(self.y_set), list(self.about.region)]
        return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:20]

    @cached_property
    def certificate(self) -> Certificate | None:
        """What is proved about its stationary points, if there is a certificate of this definition."""
        return certificate(self.name, self.definition, self.home)

    def points(self) -> Points:
        """Certified points where there is a certificate, a numerical search otherwise."""
        return self._points

    @cached_property
    def _points(self) -> Points:
        proved = self.certificate
        return searched_points(self) if proved is None else proved.as_points()


def planar(
    name: str,
    *,
    title: str,
    formula: str,
    source: str,
    classes: tuple[str, ...],
    x: Set | None = None,
    y: Set | None = None,
    region: tuple[float, float] | None = None,
    starts: tuple[tuple[float, float], ...] = (),
    bounds: tuple[float, float] = (-np.inf, np.inf),
    smoothness: float = np.inf,
    note: str = "",
    confidence: str = "high",
) -> Planar:
    """Declare and register a planar problem: min over x, max over y of ``formula``.

    ``formula`` may use x, y, numbers, arithmetic, exp, log, sin, cos, tanh, sqrt, pi, softplus and
    sigmoid. ``x`` and ``y`` are the players' sets, R where left out; ``region`` is the interval
    that starts are drawn from in both coordinates, by default the box of x, or else [-r, r] with
    r the largest coordinate of the published ``starts`` (at least 2).
    """
    if region is None and isinstance(x, Box) and isinstance(x.lower, float | int):
        assert isinstance(x.upper, float | int)
        region = (x.lower, x.upper)
    if region is None:
        reach = max([2.0, *(abs(c) for point in starts for c in point)])
        region = (-reach, reach)
    about = About(title, source, classes, region, starts, bounds, smoothness, note, confidence)
    problem = Planar(name, formula, x or Space(), y or Space(), about, home=stored.home())
    add(Entry(name, about, lambda dx, dy: problem, fixed=(1, 1)))
    return problem
