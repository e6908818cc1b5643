"""Planar problems: one variable each, everything derived from the formula."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

from minmaxbench.core.arrays import Array, Namespace
from minmaxbench.core.constants import Constant
from minmaxbench.core.problem import About, Points
from minmaxbench.core.sets import Box, Set, as_set, check_dimension
from minmaxbench.problems import stored
from minmaxbench.problems.certificates import Certificate, certificate
from minmaxbench.problems.enclosures import Enclosures, enclosures
from minmaxbench.problems.formula import Formula, formula
from minmaxbench.problems.registry import Entry, add
from minmaxbench.problems.search import TwoVariables, searched_points


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
    home: Path | None = field(default=None, compare=False)
    """The folder of the file that declares it: certificates and cycles may lie beside."""

    @property
    def formula(self) -> Formula:
        """The formula, with its derivatives."""
        return formula(self.text)

    def _repr_html_(self) -> str:
        """In a notebook: the formula typeset."""
        return f"<p>{escape(repr(self))}</p>$$f(x, y) = {self.formula.latex}$$"

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
        gx, gy = self.formula.evaluate("grad", xp, x, y)
        return gx, gy

    def function(self, what: str) -> Callable[..., Any]:
        """The generated code itself, where it gives what is asked for."""
        # A subclass may have a gradient of its own.
        if what == "grad" and type(self).grad is Planar.grad:
            return self.formula.function("grad")
        return super().function(what)

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

    @cached_property
    def enclosures(self) -> Enclosures | None:
        """What is enclosed of it on its start region, if there is a file of this definition."""
        return enclosures(self.name, self.definition, self.home)

    def known_constants(self) -> dict[str, Constant]:
        """Enclosed ones where there are any; otherwise what the declaration states."""
        if self.enclosures is None:
            return super().known_constants()
        return self.enclosures.constants()

    def points(self) -> Points:
        """Certified points where there is a certificate, a numerical search otherwise."""
        return self._points

    @cached_property
    def _points(self) -> Points:
        if self.certificate is not None:
            return self.certificate.as_points()
        found = searched_points(self)
        void = stored.find(stored.CERTIFIED, self.name, self.home)
        note = f"; the certificate '{void}' is of another definition" if void else ""
        return replace(found, proof=found.proof + note)


def planar(
    name: str,
    *,
    formula: str,
    x: Set | tuple[float, float] | None = None,
    y: Set | tuple[float, float] | None = None,
    title: str = "",
    source: str = "",
    classes: tuple[str, ...] = (),
    region: tuple[float, float] | None = None,
    starts: tuple[tuple[float, float], ...] = (),
    bounds: tuple[float, float] = (-np.inf, np.inf),
    smoothness: float = np.inf,
    note: str = "",
    confidence: str = "",
    check: Callable[[Planar], None] | None = None,
) -> Planar:
    """Declare and register a planar problem: min over x, max over y of ``formula``.

    ``formula`` may use x, y, numbers, arithmetic, exp, log, sin, cos, tanh, sqrt, pi, softplus and
    sigmoid. ``x`` and ``y`` are the players' sets, a pair of bounds for a box, R where left out;
    ``region`` is the interval that starts are drawn from in both coordinates, by default the box of
    x, or else [-r, r] with r the largest coordinate of the published ``starts`` (at least 2).
    ``check`` may refuse the problem, before it has its name.
    """
    x_set = _one_coordinate(x, f"The set of x of '{name}'")
    y_set = _one_coordinate(y, f"The set of y of '{name}'")
    if region is None:
        region = _region(x_set, starts)
    about = About(title, source, classes, region, starts, bounds, smoothness, note, confidence)
    problem = Planar(name, formula, x_set, y_set, about, home=stored.home())
    if check is not None:
        check(problem)
    add(Entry(name, about, lambda dx, dy: problem, fixed=(1, 1), planar=True))
    return problem


def _one_coordinate(value: Set | tuple[float, float] | None, what: str) -> Set:
    s = as_set(value, what)
    check_dimension(s, 1, what)
    if isinstance(s, Box) and isinstance(s.lower, tuple) and isinstance(s.upper, tuple):
        return Box(s.lower[0], s.upper[0])
    return s


def _region(x_set: Set, starts: tuple[tuple[float, float], ...]) -> tuple[float, float]:
    """Where starts are drawn from if the declaration does not say."""
    if isinstance(x_set, Box):
        ends = x_set.lower, x_set.upper
        assert isinstance(ends[0], float)
        assert isinstance(ends[1], float)
        if np.isfinite(ends).all():
            return ends[0], ends[1]
    reach = max([2.0, *(abs(c) for point in starts for c in point)])
    return -reach, reach
