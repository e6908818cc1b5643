"""What a problem is: two players, two sets, a function with derivatives, and its known points."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from minmaxbench.core.arrays import Array, Floats, Ints, Namespace, square
from minmaxbench.core.calls import Call
from minmaxbench.core.constants import Constant, How
from minmaxbench.core.estimates import estimated
from minmaxbench.core.sets import Set, Space
from minmaxbench.errors import UserError


class Kind(StrEnum):
    """What a stationary point is, to the strictest definition that it meets.

    Nash: Nash (1951), local form as in Ratliff, Burden, Sastry (2016). Minimax and maximin: Jin,
    Netrapalli, Jordan (ICML 2020), Definition 14 and Propositions 18 to 20 (strict, second order).
    Where second derivatives do not decide, the definitions themselves are tested on samples.
    """

    NASH = "local Nash"
    MINIMAX = "local minimax"
    MAXIMIN = "local maximin"
    NEITHER = "no equilibrium"
    DEGENERATE = "degenerate"

    @property
    def equilibrium(self) -> bool:
        """Whether an algorithm that solves min over x, max over y may stop here."""
        return self in (Kind.NASH, Kind.MINIMAX)


SHOWN = 20
"""More points than this are not printed."""


@dataclass(frozen=True, repr=False)
class Points:
    """The stationary points that are known of a problem: ``m`` rows.

    On a box or a ball these are the solutions of the variational inequality, boundary included.
    """

    x: Floats
    """Shape (m, dx)."""
    y: Floats
    """Shape (m, dy)."""
    value: Floats
    """f at the points, shape (m,)."""
    kind: tuple[Kind, ...]
    complete: bool
    """Whether the list is known to hold every stationary point in the region searched."""
    proof: str
    """How the list is known: a certificate, a closed form with its source, or a search."""

    def __len__(self) -> int:
        return len(self.kind)

    @property
    def equilibria(self) -> Ints:
        """Row numbers of the local minimax points (local Nash points are among them)."""
        return np.array([i for i, kind in enumerate(self.kind) if kind.equilibrium], dtype=int)

    def __repr__(self) -> str:
        lines = [f"{len(self)} stationary points: {self.proof}"]
        for k in range(min(len(self), SHOWN)):
            x, y = (np.array2string(z[k], precision=6, threshold=6) for z in (self.x, self.y))
            lines.append(f"  {k:>3}  x = {x}, y = {y}, f = {self.value[k]:.6g}: {self.kind[k]}")
        left = len(self) - SHOWN
        return "\n".join([*lines, *([f"  ... and {left} more"] if left > 0 else [])])

    @classmethod
    def unknown(cls, dx: int, dy: int) -> Points:
        """No point is known."""
        return cls(np.zeros((0, dx)), np.zeros((0, dy)), np.zeros(0), (), False, "none known")


@dataclass(frozen=True)
class About:
    """What is said about a problem, as opposed to what is computed from it."""

    title: str = ""
    source: str = ""
    classes: tuple[str, ...] = ()
    region: tuple[float, float] = (-2.0, 2.0)
    """Starts are drawn uniformly from this interval, in every coordinate of both players."""
    starts: tuple[tuple[float, float], ...] = ()
    """The published start points ``(x, y)``; in more dimensions every coordinate is the same."""
    bounds: tuple[float, float] = (-np.inf, np.inf)
    """Proved bounds on f over its domain, infinite where none is known."""
    smoothness: float = np.inf
    """Lipschitz constant of the gradient over the domain, infinite where none is known."""
    note: str = ""
    confidence: str = ""
    """How sure the formula is: high (read in the authors' code or paper), medium, low, own; nothing
    is said of a problem of the user's."""


class Metric(NamedTuple):
    """Something that a problem measures of an iterate in its own way: see :meth:`Problem.measure`."""

    name: str
    meaning: str
    size: int = 1
    """How many numbers it is of one iterate."""


class Problem(ABC):
    """min over x in ``x_set``, max over y in ``y_set`` of f(x, y).

    Every method takes lanes: ``x`` has shape (lanes, dx), ``y`` (lanes, dy); ``xp`` is the
    namespace of the arrays (``numpy`` on the NumPy engine). A problem gives ``value`` and its
    gradients, as ``grad`` or as ``grad_x`` and ``grad_y``. Hessian-vector products and points are
    optional: an algorithm that needs what is not there is left out, with a sentence.
    """

    name: str
    dx: int
    dy: int
    x_set: Set
    """The min-player's set; R^dx unless a subclass says otherwise."""
    y_set: Set
    about: About
    instance: int = 0
    """0 for the problem as published, otherwise the number of its instance."""
    zero_sum: bool = True
    """Whether both players play for f. Where not, :meth:`loss_x` and :meth:`gain_y` say what for."""
    metrics: tuple[Metric, ...] = ()
    """What :meth:`measure` measures."""
    lanes: int | None = None
    """So many lanes at most advance together, and make a unit; None for as many as the cache holds.

    A problem that sets it is one whose value costs far more than the keeping of books, such as a
    network: it is measured at trace points and at ends only, so that it has no first hits."""
    single: bool = False
    """Whether tensors are in single precision, as networks' parameters are; all else is in double."""

    def __init_subclass__(cls) -> None:
        # Not defaults of this class: a dataclass would take them for those of its own fields.
        super().__init_subclass__()
        own = {name for kind in cls.__mro__[:-1] if kind is not Problem for name in _said_by(kind)}
        for name, value in {"x_set": Space(), "y_set": Space(), "about": About()}.items():
            if name not in own:
                setattr(cls, name, value)
        # In the class itself, or a dataclass writes its own.
        cls.__repr__ = cls.__repr__  # type: ignore[method-assign]

    def __repr__(self) -> str:
        moved = f", instance {self.instance}" if self.instance else ""
        head = (
            f"{getattr(self, 'name', type(self).__name__)} (dx = {self.dx}, dy = {self.dy}{moved})"
        )
        sets = f"min over {self.x_set.describe('x')}, max over {self.y_set.describe('y')}"
        return f"{head}: {self.about.title or type(self).__name__}; {sets}"

    @abstractmethod
    def value(self, xp: Namespace, x: Array, y: Array) -> Array:
        """f, shape (lanes,)."""

    def grad(self, xp: Namespace, x: Array, y: Array) -> tuple[Array, Array]:
        """Both gradients; a problem that can share work between them overrides this."""
        return self.grad_x(xp, x, y), self.grad_y(xp, x, y)

    def grad_x(self, xp: Namespace, x: Array, y: Array) -> Array:
        """The gradient in x, shape (lanes, dx)."""
        return self.grad(xp, x, y)[0]

    def grad_y(self, xp: Namespace, x: Array, y: Array) -> Array:
        """The gradient in y, shape (lanes, dy)."""
        return self.grad(xp, x, y)[1]

    def hvp(self, xp: Namespace, x: Array, y: Array, u: Array, v: Array) -> tuple[Array, Array]:
        """The Hessian of f times (u, v), split into its x part and its y part."""
        raise UserError(f"'{self.name}' gives no Hessian-vector products (a method hvp).")

    def loss_x(self, xp: Namespace, x: Array, y: Array) -> Array:
        """What the min-player descends, (lanes,): ``grad_x`` is its gradient in x.

        It is f in a zero-sum game. Where a player plays for something else, f is still what
        ``value`` gives: acceptance tests, traces and tables see f.
        """
        return self.value(xp, x, y)

    def gain_y(self, xp: Namespace, x: Array, y: Array) -> Array:
        """What the max-player ascends, (lanes,): ``grad_y`` is its gradient in y."""
        return self.value(xp, x, y)

    def measure(self, x: Floats, y: Floats) -> dict[str, Floats]:
        """The problem's own metrics of iterates x (n, dx), y (n, dy): (n,) or (n, size) each, by name.

        They are taken at the points of the traces and at the end of a run, with NumPy's arrays on every
        engine; no oracle call is counted, and the time is kept apart.
        """
        return {}

    def _state(self, **facts: object) -> None:
        """Set attributes that a frozen dataclass works out in its ``__post_init__``."""
        for name, value in facts.items():
            object.__setattr__(self, name, value)

    @property
    def offers(self) -> frozenset[Call]:
        """The kinds of oracle call that the problem answers."""
        kind = type(self)
        both = kind.grad is not Problem.grad
        found = {Call.VALUE}
        if both or kind.grad_x is not Problem.grad_x:
            found.add(Call.GRAD_X)
        if both or kind.grad_y is not Problem.grad_y:
            found.add(Call.GRAD_Y)
        if kind.hvp is not Problem.hvp and self.zero_sum:
            found.add(Call.HVP)
        return frozenset(found)

    def points(self) -> Points:
        """The stationary points that are known; none by default."""
        return Points.unknown(self.dx, self.dy)

    @cached_property
    def constants(self) -> Mapping[str, Constant]:
        """What is known of f on the start region, by the names of ``core.constants.MEANINGS``.

        ``problem.constants["L"].value`` is the Lipschitz constant of the field. L and b are estimated
        from samples where nothing better is known; other names are there only where they are proved.
        """
        known = self.known_constants()
        return known if {"L", "b"} <= set(known) else {**estimated(self), **known}

    def known_constants(self) -> dict[str, Constant]:
        """The constants that are proved: by default those that ``about`` states for the whole domain."""
        stated = {"L": self.about.smoothness, "b": max(map(abs, self.about.bounds))}
        return {name: Constant(c, How.CLOSED) for name, c in stated.items() if np.isfinite(c)}

    def distances(self, xp: Namespace, x: Array, y: Array, rows: Ints | None = None) -> Array:
        """Distance to each listed point, or to those of ``rows``: shape (lanes, m).

        A problem whose solutions are whole orbits or subspaces overrides this, and lists one
        representative of each. The distance must be 1-Lipschitz in (x, y).
        """
        known = self.points()
        at_x, at_y = (known.x, known.y) if rows is None else (known.x[rows], known.y[rows])
        gap_x = self.x_set.difference(xp, x[:, None, :], xp.asarray(at_x))
        gap_y = self.y_set.difference(xp, y[:, None, :], xp.asarray(at_y))
        return xp.sqrt(square(xp, gap_x) + square(xp, gap_y))

    def place(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Carry a start drawn in the coordinates of ``about`` to this problem's coordinates.

        A lift or an instance overrides it; for everything else the two agree.
        """
        return x, y

    def function(self, what: str) -> Callable[..., Any]:
        """``grad``, ``value``, ... as a function, for who calls it ten thousand times."""
        return getattr(self, what)  # type: ignore[no-any-return]

    def select(self, lanes: Ints) -> Problem:
        """The problem of some of the lanes: itself, where it is the same in all of them."""
        return self

    @property
    def constrained(self) -> bool:
        """Whether a projection can change a point."""
        return self.x_set.constrained or self.y_set.constrained

    def residual(self, xp: Namespace, x: Array, y: Array, gx: Array, gy: Array) -> Array:
        """How far (x, y) is from stationary, shape (...).

        The gradient norm without constraints; on a set the natural residual ``|z - P(z - F(z))|`` with
        F = (grad_x f, -grad_y f) (Facchinei, Pang, Finite-Dimensional Variational Inequalities,
        2003, section 1.5).
        """
        if self.constrained:
            gx = x - self.x_set.project(xp, x - gx)
            gy = y - self.y_set.project(xp, y + gy)
        return xp.sqrt(square(xp, gx) + square(xp, gy))


def _said_by(kind: type) -> set[str]:
    """The names that a class defines or annotates itself."""
    return set(vars(kind)) | set(vars(kind).get("__annotations__", ()))
