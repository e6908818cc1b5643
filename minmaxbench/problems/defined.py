"""Where a formula is defined: refused is one that is not real and finite wherever a run may look.

Values are sampled, not proved: on a grid and at random in the players' sets and the start region,
then ever closer around whatever comes nearest to leaving the domain of log, sqrt, a power or a
division. A denominator of both signs has a zero between, which bisection finds.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from minmaxbench.core.arrays import Bools, Floats
from minmaxbench.core.sets import Ball, Box, Set, Torus
from minmaxbench.errors import UserError
from minmaxbench.problems.reading import fold, quoted, read, short

POSITIVE, NOT_NEGATIVE, NOT_ZERO = "be positive", "not be negative", "not be zero"
GRID, RANDOM, ROUNDS = 33, 500, 12
"""Samples of each side, samples at random, and how often the search draws closer."""
WIDE = 4.0
"""On an unbounded set the formula must be real on so many times the start region."""
TOUCHES = 1e-13
"""A quantity this small, beside its largest sample, is taken for zero."""

NAMES: dict[str, Any] = {
    "pi": math.pi,
    **{name: getattr(np, name) for name in ("exp", "log", "sin", "cos", "tanh", "sqrt")},
    "softplus": lambda u: np.logaddexp(0.0, u),
    "sigmoid": lambda u: 0.5 + 0.5 * np.tanh(0.5 * u),
}
"""What the names in a formula mean to NumPy."""


@dataclass
class Guard:
    """A quantity that must keep off zero."""

    node: ast.expr
    what: str
    must: str
    values: Floats

    @property
    def fails(self) -> Bools:
        """At which samples it is where it must not be."""
        u = self.values
        bad: Bools = {POSITIVE: u <= 0, NOT_NEGATIVE: u < 0, NOT_ZERO: u == 0}[self.must]
        return bad


@dataclass
class Samples:
    """A formula worked out at points, with every quantity that must keep off zero."""

    tree: ast.expr
    z: Floats
    guards: list[Guard] = field(default_factory=list)
    value: Floats = field(init=False)

    def __post_init__(self) -> None:
        shape = self.z.shape[:1]
        names = {**NAMES, "x": self.z[:, 0], "y": self.z[:, 1]}
        with np.errstate(all="ignore"):
            result = fold(self.tree, names, float, self._seen)
        self.value = np.broadcast_to(np.asarray(result, dtype=float), shape)

    def _seen(self, node: Any, value: Any, *operands: Any) -> None:
        for what, must, u in _guarded(node, *operands):
            values = np.broadcast_to(np.asarray(u, dtype=float), self.z.shape[:1])
            self.guards.append(Guard(node, what, must, values))


def _guarded(node: Any, *operands: Any) -> Iterator[tuple[str, str, Any]]:
    """What an operation asks of its operands."""
    match node:
        case ast.Call(func=ast.Name(id="log")):
            yield "argument", POSITIVE, operands[0]
        case ast.Call(func=ast.Name(id="sqrt")):
            yield "argument", NOT_NEGATIVE, operands[0]
        case ast.BinOp(op=ast.Div()):
            yield "denominator", NOT_ZERO, operands[1]
        case ast.BinOp(op=ast.Pow()):
            base, power = operands
            if not (isinstance(power, float) and power.is_integer()):
                yield "base", NOT_NEGATIVE, base
            if np.any(np.asarray(power) < 0):
                yield "base", NOT_ZERO, base


def check_defined(text: str, sets: tuple[Set, Set], region: tuple[float, float]) -> Samples:
    """Refuse a formula that is not real and finite on the players' sets and the start region.

    On an unbounded set a value may overflow far out, but must be real on four times the region.
    Raises :class:`UserError`, which says where; returns the samples of sets and region.
    """
    check = _Check(text, read(text))
    near, far = (_intervals(sets, region, wide) for wide in (1.0, WIDE))
    samples = check.finite(near)
    for box in (near, far):
        check.guards(box)
    return samples


class _Check:
    def __init__(self, text: str, tree: ast.expr) -> None:
        self.text, self.tree = text, tree
        self.rng = np.random.default_rng(0)

    def finite(self, box: Floats) -> Samples:
        """Refuse guards that fail and values that are not finite at the samples of a box."""
        samples = Samples(self.tree, self._spread(box))
        for guard in samples.guards:
            self._refuse_where(guard, samples.z, guard.fails)
        bad = ~np.isfinite(samples.value)
        if bad.any():
            self._refuse(quoted(self.text, self.tree), "be finite in float64", samples.z[bad][0])
        return samples

    def guards(self, box: Floats) -> None:
        """Refuse guarded quantities that reach zero anywhere in the box.

        Exact zeros do not count here: far out an exponential may only have underflowed.
        """
        samples = Samples(self.tree, self._spread(box))
        for k, guard in enumerate(samples.guards):
            if guard.must == NOT_ZERO:
                self._refuse_crossing(k, samples)
            else:
                self._refuse_where(guard, samples.z, guard.values < 0)
            u = np.where(np.isfinite(guard.values), np.abs(guard.values), np.inf)
            if np.isfinite(u).any() and np.ptp(guard.values) != 0:
                self._refuse_near(k, samples.z[u.argmin()], u, box)

    def _refuse_crossing(self, k: int, samples: Samples) -> None:
        """A denominator of both signs vanishes between: sets are convex."""
        guard = samples.guards[k]
        low, high = np.flatnonzero(guard.values < 0), np.flatnonzero(guard.values > 0)
        if not (low.size and high.size):
            return
        a, b = samples.z[low[0]], samples.z[high[0]]
        for _ in range(60):
            middle = (a + b) / 2
            below = Samples(self.tree, middle[None]).guards[k].values[0] < 0
            a, b = (middle, b) if below else (a, middle)
        self._refuse_at(guard, b)

    def _refuse_near(self, k: int, best: Floats, sizes: Floats, box: Floats) -> None:
        """Draw closer to the sample that is nearest to zero, and see whether it gets there."""
        least, reach = sizes.min(), (box[:, 1] - box[:, 0]) / 8
        for _ in range(ROUNDS):
            z = np.clip(best + reach * self.rng.uniform(-1, 1, (60, 2)), box[:, 0], box[:, 1])
            guard = Samples(self.tree, z).guards[k]
            if guard.must != NOT_ZERO:
                self._refuse_where(guard, z, guard.values < 0)
            u = np.where(np.isfinite(guard.values), np.abs(guard.values), np.inf)
            best, least, reach = z[u.argmin()], min(least, u.min()), reach / 4
        scale = sizes[np.isfinite(sizes)].max()
        # Only a zero falls off like this: what is minute at a sample already may have underflowed.
        zero = least <= TOUCHES * scale < 10 * TOUCHES * scale < sizes.min()
        if guard.must == NOT_ZERO and zero:
            self._refuse_at(guard, best)

    def _spread(self, box: Floats) -> Floats:
        """A grid with the ends and the middle of both sides, and points at random."""
        sides = [np.linspace(low, high, GRID) for low, high in box]
        grid = np.stack(np.meshgrid(*sides), axis=-1).reshape(-1, 2)
        low, high = box[:, 0], box[:, 1]
        return np.concatenate([grid, low + (high - low) * self.rng.random((RANDOM, 2))])

    def _refuse_where(self, guard: Guard, z: Floats, where: Bools) -> None:
        if where.any():
            self._refuse_at(guard, z[where][0])

    def _refuse_at(self, guard: Guard, z: Floats) -> None:
        self._refuse(f"the {guard.what} of {quoted(self.text, guard.node)}", guard.must, z)

    def _refuse(self, subject: str, must: str, z: Floats) -> None:
        raise UserError(
            f"The formula '{short(self.text)}' is not defined on all of the players' sets: "
            f"{subject} must {must}, and is not so at (x, y) = ({z[0]:.6g}, {z[1]:.6g})."
        )


def _intervals(sets: tuple[Set, Set], region: tuple[float, float], wide: float) -> Floats:
    """The players' intervals; where a set has no end, ``wide`` times the start region."""
    low, high = region
    middle, half = (low + high) / 2, wide * (high - low) / 2
    sides = []
    for s in sets:
        a, b = middle - half, middle + half
        if isinstance(s, Box):
            below, above = float(np.max(s.lower)), float(np.min(s.upper))
            a = below if math.isfinite(below) else min(a, above - 2 * half)
            b = above if math.isfinite(above) else max(b, below + 2 * half)
        elif isinstance(s, Ball):
            a, b = -s.radius, s.radius
        elif isinstance(s, Torus):
            a, b = -s.period / 2, s.period / 2
        sides.append((a, b))
    return np.array(sides)
