"""The sets the players move in: all of R^d, a box, a ball, a torus.

A set knows how to project a point onto itself and how to subtract two of its points.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

from minmaxbench.core.arrays import Array, Namespace, dot


class Set(ABC):
    """A closed set in R^d on which one player moves."""

    constrained: bool = True
    """Whether a projection can move a point."""

    @abstractmethod
    def project(self, xp: Namespace, z: Array) -> Array:
        """The nearest point of the set, ``(lanes, d) -> (lanes, d)``."""

    @abstractmethod
    def describe(self, variable: str) -> str:
        """The set in the words of mathematics, for tables."""

    def difference(self, xp: Namespace, a: Array, b: Array) -> Array:
        """``a - b``, along the shortest way inside the set."""
        return a - b


@dataclass(frozen=True)
class Space(Set):
    """R^d: nothing is projected."""

    constrained = False

    def project(self, xp: Namespace, z: Array) -> Array:
        """The point itself."""
        return z

    def describe(self, variable: str) -> str:
        """``x in R^d``."""
        return f"{variable} in R^d"


@dataclass(frozen=True)
class Box(Set):
    """``lower <= z_i <= upper``; a tuple gives each coordinate its own bounds."""

    lower: float | tuple[float, ...]
    upper: float | tuple[float, ...]

    def project(self, xp: Namespace, z: Array) -> Array:
        """Clip every coordinate."""
        lower, upper = (
            bound if isinstance(bound, (int, float)) else xp.asarray(bound, dtype=z.dtype)
            for bound in (self.lower, self.upper)
        )
        return xp.clip(z, lower, upper)

    def describe(self, variable: str) -> str:
        """``x in [-1, 1]^d``, or one interval a coordinate."""
        if isinstance(self.lower, (int, float)) and isinstance(self.upper, (int, float)):
            return f"{variable} in [{self.lower:g}, {self.upper:g}]^d"
        assert isinstance(self.lower, tuple)
        assert isinstance(self.upper, tuple)
        pairs = zip(self.lower, self.upper, strict=True)
        return f"{variable} in " + " x ".join(f"[{a:g}, {b:g}]" for a, b in pairs)


@dataclass(frozen=True)
class Ball(Set):
    """``|z| <= radius``, centred at the origin."""

    radius: float

    def project(self, xp: Namespace, z: Array) -> Array:
        """Pull points outside back along their ray."""
        length = xp.sqrt(dot(xp, z, z))
        return z * xp.where(length > self.radius, self.radius / xp.where(length > 0, length, 1), 1)

    def describe(self, variable: str) -> str:
        """``|x| <= 1``."""
        return f"|{variable}| <= {self.radius:g}"


@dataclass(frozen=True)
class Torus(Set):
    """R^d with every coordinate taken modulo ``period``: nothing is projected, distances wrap."""

    period: float
    constrained = False

    def project(self, xp: Namespace, z: Array) -> Array:
        """The point itself: a periodic function needs no wrapping."""
        return z

    def difference(self, xp: Namespace, a: Array, b: Array) -> Array:
        """``a - b`` brought into ``[-period/2, period/2]``."""
        gap = a - b
        return gap - self.period * xp.round(gap / self.period)

    def describe(self, variable: str) -> str:
        """``x on the torus of period 6.28``."""
        return f"{variable} modulo {self.period:.6g}"
