"""The sets the players move in: all of R^d, a box, a ball, a torus, a simplex, products of these.

A set knows how to project a point onto itself and how to subtract two of its points.
"""

from __future__ import annotations

import itertools
import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np

from minmaxbench.core.arrays import Array, Floats, Namespace, dot
from minmaxbench.errors import UserError


class Set(ABC):
    """A closed set in R^d on which one player moves."""

    constrained: bool = True
    """Whether a projection can move a point."""

    @property
    def dimension(self) -> int | None:
        """The only dimension that the set has, or None where it has any."""
        return None

    @abstractmethod
    def project(self, xp: Namespace, z: Array) -> Array:
        """The nearest point of the set, ``(lanes, d) -> (lanes, d)``."""

    @abstractmethod
    def describe(self, variable: str) -> str:
        """The set in the words of mathematics, for tables."""

    def difference(self, xp: Namespace, a: Array, b: Array) -> Array:
        """``a - b``, along the shortest way inside the set."""
        return a - b

    def to_the_power(self, d: int) -> Set:
        """The product of d copies of this set of the line, one a coordinate."""
        return Product(((self, 1),) * d)


@dataclass(frozen=True)
class Space(Set):
    """R^d: nothing is projected."""

    constrained = False

    def to_the_power(self, d: int) -> Set:
        """The space itself."""
        return self

    def project(self, xp: Namespace, z: Array) -> Array:
        """The point itself."""
        return z

    def describe(self, variable: str) -> str:
        """``x in R^d``."""
        return f"{variable} in R^d"


@dataclass(frozen=True)
class Box(Set):
    """``lower <= z_i <= upper``; a sequence gives each coordinate its own bounds.

    A bound may be infinite: ``Box(0.0, math.inf)`` is a half-line. Bounds become floats or tuples of
    floats; what is no bound raises :class:`UserError`.
    """

    lower: float | tuple[float, ...]
    upper: float | tuple[float, ...]

    def __post_init__(self) -> None:
        lower, upper = (_bound(side, getattr(self, side)) for side in ("lower", "upper"))
        if isinstance(lower, tuple) or isinstance(upper, tuple):
            d = max(len(b) for b in (lower, upper) if isinstance(b, tuple))
            lower, upper = (b if isinstance(b, tuple) else (b,) * d for b in (lower, upper))
            if len(lower) != len(upper):
                raise UserError(
                    f"A box has as many lower bounds as upper ones; got {len(lower)} and {len(upper)}."
                )
        pairs = list(zip(_tuple(lower), _tuple(upper), strict=True))
        for k, (a, b) in enumerate(pairs):
            if not (a <= b and a < math.inf and b > -math.inf):
                where = f" in coordinate {k}" if len(pairs) > 1 else ""
                raise UserError(f"A box needs lower <= upper; got [{a:g}, {b:g}]{where}.")
        if all(a == b for a, b in pairs):
            raise UserError(f"A box must leave room to move; got [{lower}, {upper}].")
        object.__setattr__(self, "lower", lower)
        object.__setattr__(self, "upper", upper)

    @property
    def dimension(self) -> int | None:
        """How many bounds there are, or None where one pair serves for all."""
        return len(self.lower) if isinstance(self.lower, tuple) else None

    def project(self, xp: Namespace, z: Array) -> Array:
        """Clip every coordinate."""
        lower, upper = (
            bound if isinstance(bound, float) else xp.asarray(bound, dtype=z.dtype)
            for bound in (self.lower, self.upper)
        )
        return xp.clip(z, lower, upper)

    def to_the_power(self, d: int) -> Set:
        """The box of the same bounds in every coordinate."""
        return Box(_tuple(self.lower)[0], _tuple(self.upper)[0])

    def describe(self, variable: str) -> str:
        """``x in [-1, 1]^d``, or one interval a coordinate."""
        pairs = zip(_tuple(self.lower), _tuple(self.upper), strict=True)
        product = " x ".join(f"[{a:g}, {b:g}]" for a, b in pairs)
        return f"{variable} in {product}" + ("^d" if self.dimension is None else "")


@dataclass(frozen=True)
class Ball(Set):
    """``|z| <= radius``, centred at the origin."""

    radius: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "radius", _positive("The radius of a ball", self.radius))

    def project(self, xp: Namespace, z: Array) -> Array:
        """Pull points outside back along their ray."""
        length = xp.sqrt(dot(xp, z, z))
        return z * xp.where(length > self.radius, self.radius / xp.where(length > 0, length, 1), 1)

    def to_the_power(self, d: int) -> Set:
        """A cube: on the line a ball is an interval."""
        return Box(-self.radius, self.radius)

    def describe(self, variable: str) -> str:
        """``|x| <= 1``."""
        return f"|{variable}| <= {self.radius:g}"


@dataclass(frozen=True)
class Torus(Set):
    """R^d with every coordinate taken modulo ``period``: nothing is projected, distances wrap."""

    period: float
    constrained = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "period", _positive("The period of a torus", self.period))

    def project(self, xp: Namespace, z: Array) -> Array:
        """The point itself: a periodic function needs no wrapping."""
        return z

    def to_the_power(self, d: int) -> Set:
        """The torus itself."""
        return self

    def difference(self, xp: Namespace, a: Array, b: Array) -> Array:
        """``a - b`` brought into ``[-period/2, period/2]``."""
        gap = a - b
        return gap - self.period * xp.round(gap / self.period)

    def describe(self, variable: str) -> str:
        """``x on the torus of period 6.28``."""
        return f"{variable} modulo {self.period:.6g}"


@dataclass(frozen=True)
class Simplex(Set):
    """The mixed strategies of a matrix game: ``z_i >= floor`` with sum 1."""

    floor: float = 0.0
    """The least probability, the same for all; 0 for the whole simplex."""

    def project(self, xp: Namespace, z: Array) -> Array:
        """Shift all coordinates alike and cut at the floor (Held, Wolfe, Crowder, Math. Prog. 1974)."""
        mass = 1 - z.shape[-1] * self.floor
        falling = -xp.sort(-z, axis=-1)
        excess = xp.cumulative_sum(falling, axis=-1) - mass
        count = xp.arange(1, z.shape[-1] + 1)
        kept = xp.sum(xp.astype(falling * count > excess, z.dtype), axis=-1, keepdims=True)
        shift = xp.sum(xp.where(count == kept, excess, 0.0), axis=-1, keepdims=True) / kept
        moved = z - shift
        return xp.where(moved > 0, moved, 0.0) + self.floor

    def spread(self, u: Floats) -> Floats:
        """Draws that are uniform in the unit cube made uniform on the simplex."""
        lengths = -np.log(np.clip(u, 1e-300, 1.0))
        total = lengths.sum(-1, keepdims=True)
        even = np.where(total > 0, lengths / np.where(total > 0, total, 1), 1 / u.shape[-1])
        return np.asarray(even * (1 - u.shape[-1] * self.floor) + self.floor)

    def describe(self, variable: str) -> str:
        """``x in the simplex``."""
        floor = f", {variable}_i >= {self.floor:.3g}" if self.floor else ""
        return f"{variable} in the simplex{floor}"


@dataclass(frozen=True)
class ChiSquareBall(Set):
    """Probabilities p near the uniform ones: p in the simplex of R^n with ``|n p - 1|^2 <= 2 rho``."""

    rho: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "rho", _positive("The radius rho of a chi-square ball", self.rho))

    def project(self, xp: Namespace, z: Array) -> Array:
        """The projection onto the simplex of t z, for the largest t <= 1 that ends in the ball.

        The ball's centre u is the centre of the simplex, so the projection of z is that of
        u + t (z - u) onto the simplex for some t in (0, 1], and that is the projection of t z.
        """
        n, radius = z.shape[-1], 2 * self.rho / z.shape[-1] ** 2
        falling = -xp.sort(-(z - xp.mean(z, axis=-1, keepdims=True)), axis=-1)
        count = xp.astype(xp.arange(1, n + 1), z.dtype)
        total = xp.cumulative_sum(falling, axis=-1)
        # Where the k largest are kept, |p - u|^2 is 1/k - 1/n + t^2 times their variance; the k-th is
        # kept while t times the excess of their sum over k z_k is below 1.
        variance = xp.cumulative_sum(falling * falling, axis=-1) - total * total / count
        excess = total - count * falling
        some = (excess > 0) & (variance > 0)
        squares = xp.where(some, variance, 1.0) / xp.where(some, excess, 1.0) ** 2
        outside = ~some | (1 / count - 1 / n + squares > radius)
        kept = xp.sum(xp.astype(outside, z.dtype), axis=-1, keepdims=True)
        mine = xp.sum(xp.where(count == kept, variance, 0.0), axis=-1, keepdims=True)
        room = radius + 1 / n - 1 / kept
        far = (mine > 0) & (room < mine)
        t = xp.where(far, xp.sqrt(xp.where(far, room, 1.0) / xp.where(far, mine, 1.0)), 1.0)
        return Simplex().project(xp, t * z)

    def spread(self, u: Floats) -> Floats:
        """Draws that are uniform in the unit cube made points of the set."""
        return np.asarray(self.project(np, Simplex().spread(u)))

    def describe(self, variable: str) -> str:
        """The definition."""
        return f"{variable} in the simplex, |n {variable} - 1|^2 <= {2 * self.rho:g}"


@dataclass(frozen=True)
class Product(Set):
    """Sets side by side: ``(set, dimension)`` pairs, each for its own coordinates."""

    parts: tuple[tuple[Set, int], ...]

    def __post_init__(self) -> None:
        for k, (part, d) in enumerate(self.parts):
            check_dimension(part, d, f"Part {k} of a product")
        object.__setattr__(self, "constrained", any(part.constrained for part, _ in self.parts))

    @property
    def dimension(self) -> int | None:
        """All parts together."""
        return sum(d for _, d in self.parts)

    def project(self, xp: Namespace, z: Array) -> Array:
        """Project every part."""
        return xp.concat([s.project(xp, piece) for s, piece in self._pieces(z)], axis=-1)

    def difference(self, xp: Namespace, a: Array, b: Array) -> Array:
        """The difference in every part."""
        both = zip(self._pieces(a), self._pieces(b), strict=True)
        return xp.concat([s.difference(xp, p, q) for (s, p), (_, q) in both], axis=-1)

    def _pieces(self, z: Array) -> list[tuple[Set, Array]]:
        ends = list(itertools.accumulate(d for _, d in self.parts))
        return [(s, z[..., end - d : end]) for (s, d), end in zip(self.parts, ends, strict=True)]

    def describe(self, variable: str) -> str:
        """The parts, each with its coordinates."""
        ends = itertools.accumulate(d for _, d in self.parts)
        names = [
            f"{variable}[{end - d}:{end}]" for (_, d), end in zip(self.parts, ends, strict=True)
        ]
        texts = [s.describe(name) for (s, _), name in zip(self.parts, names, strict=True)]
        return ", ".join(texts)


def as_set(value: Any, what: str = "A player's set") -> Set:
    """A set as people write it: a :class:`Set`, None for all of R^d, or ``(lower, upper)`` for a box.

    Anything else raises :class:`UserError`.
    """
    if isinstance(value, Set):
        return value
    if value is None:
        return Space()
    if isinstance(value, tuple | list) and len(value) == 2:
        return Box(*value)
    raise UserError(
        f"{what} is a set such as Box(-1.0, 1.0), Ball(2.0) or Space(), or a pair of bounds; "
        f"got {value!r:.60}."
    )


def check_dimension(s: Set, d: int, what: str) -> None:
    """Refuse a set that has no such dimension, with :class:`UserError`."""
    if s.dimension not in (None, d):
        raise UserError(f"{what} has {s.dimension} coordinates, but its player has {d}.")


def _number(value: Any) -> float | None:
    """A real number as a float; None for anything else, NaN included."""
    if isinstance(value, np.ndarray | np.generic) and np.ndim(value) == 0:
        value = value.item()
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
        return None
    try:
        return float(value)
    except OverflowError:
        return None


def _bound(side: str, value: Any) -> float | tuple[float, ...]:
    """A bound of a box: a float, or a tuple of floats, one a coordinate."""
    many = np.ndim(value) == 1 if isinstance(value, np.ndarray) else isinstance(value, tuple | list)
    numbers = [_number(v) for v in value] if many else [_number(value)]
    if not numbers or None in numbers:
        raise UserError(
            f"The {side} bound of a box is a number, or one a coordinate, math.inf where there is "
            f"none; got {value!r:.60}."
        )
    found = tuple(n for n in numbers if n is not None)
    return found if many else found[0]


def _tuple(bound: float | tuple[float, ...]) -> tuple[float, ...]:
    return bound if isinstance(bound, tuple) else (bound,)


def _positive(what: str, value: Any) -> float:
    number = _number(value)
    if number is None or not 0 < number < math.inf:
        raise UserError(f"{what} is a positive number; got {value!r:.60}.")
    return number
