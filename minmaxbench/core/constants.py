"""The constants of a problem on its start region: what they mean, and how each is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np


class How(StrEnum):
    """How a constant is known, from a proof to an estimate."""

    ENCLOSED = "enclosed by ball arithmetic"
    CLOSED = "closed form"
    ESTIMATED = "estimated"

    @property
    def proved(self) -> bool:
        """Whether no sample can contradict it."""
        return self is not How.ESTIMATED


@dataclass(frozen=True)
class Constant:
    """A number with what it rests on. Proved values err on the safe side: L from above, mu from below."""

    value: float
    how: How
    other: float | None = None
    """The other end of an enclosure, where there is one: the sharp constant lies between."""


@dataclass(frozen=True)
class Meaning:
    """What a constant says, and how it changes with the problem."""

    words: str
    power: int
    """With which power of s it grows where both players' coordinates are stretched by s."""
    swapped: str = ""
    """The name that it has where the players change places; its own if left out."""


MEANINGS = {
    "L": Meaning("Lipschitz constant of the field (f_x, -f_y)", -2),
    "b": Meaning("bound on |f|", 0),
    "mu_x": Meaning("strong convexity in x: Hessian at least mu_x", -2, "mu_y"),
    "mu_y": Meaning("strong concavity in y: Hessian at most -mu_y", -2, "mu_x"),
    "pl_x": Meaning("|f_x|^2 >= 2 pl_x (f - min over x of f)", -2, "pl_y"),
    "pl_y": Meaning("|f_y|^2 >= 2 pl_y (max over y of f - f)", -2, "pl_x"),
    "rho": Meaning("weak Minty: <F(z), z - z*> >= rho |F(z)|^2 for a solution z*", 2),
    "alpha": Meaning("interaction dominance at eta = 2 (weak convexity), for both players", -2),
}
"""The names of constants. PL: Yang, Kiyavash, He (NeurIPS 2020), Assumption 2. rho: Pethick et al.
(ICLR 2022), Assumption 1. alpha: Grimmer et al. (Mathematical Programming 2023), Definition 4."""

Range = tuple[float, float]
"""The smallest and the largest eigenvalue."""


def scaled(known: Mapping[str, Constant], s: float) -> dict[str, Constant]:
    """The constants of f(x/s, y/s); shifts and rotations change none."""

    def times(name: str, c: Constant) -> Constant:
        factor = s ** MEANINGS[name].power
        other = None if c.other is None else c.other * factor
        return Constant(c.value * factor, c.how, other)

    return {name: times(name, c) for name, c in known.items()}


def swapped(known: Mapping[str, Constant]) -> dict[str, Constant]:
    """The constants of -f(y, x): the players change places."""
    return {MEANINGS[name].swapped or name: c for name, c in known.items()}


def block_norm(a: Range, b: float, c: Range) -> float:
    """A bound on the norm of [[A, B], [B', -C]] from the spectra of A and C and the norm of B.

    u'Au + 2 u'Bv - v'Cv is at most the same form in the lengths |u| and |v|; so for the negated matrix.
    It is sharp where the extreme vectors meet, as where A, B and C are diagonal together.
    """

    def largest(p: float, r: float) -> float:
        return (p + r) / 2 + float(np.hypot((p - r) / 2, b))

    return max(largest(a[1], -c[0]), largest(-a[0], c[1]))
