"""General Blotto games of Golman and Page (Public Choice 2009): allocate one unit to five battlefields."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

from minmaxbench.core.arrays import Array, Floats, Namespace
from minmaxbench.core.problem import About, Problem
from minmaxbench.core.sets import Set, Simplex
from minmaxbench.problems.registry import Entry, add

FIELDS, MIXED = 5, Simplex()
SETS = {
    "blotto_5": ("single battlefields", 1),
    "blotto_5_pairs": ("battlefields and pairs of them", 2),
    "blotto_5_sets": ("all sets of battlefields", FIELDS),
}
"""What is fought for: all sets of battlefields up to a size."""


def about(words: str) -> About:
    """What is said of a game."""
    return About(
        title=f"general Blotto, five battlefields: {words}",
        source="Golman, Page. General Blotto: Games of Allocative Strategic Mismatch. Public Choice 138, "
        "2009; as in Quack.jl",
        classes=("nonconvex-nonconcave", "simplex", "negative-control"),
        region=(0.0, 1.0),
        bounds=(-float(2**FIELDS), float(2**FIELDS)),
        note="f = the sum over sets I of g(prod of y_i - prod of x_i, i in I), g(t) = t |t|, both in "
        "the simplex: symmetric, of value 0 in mixed strategies; where y = x all gradients vanish, and no "
        "equilibrium in pure strategies is listed.",
        confidence="medium",
    )


@dataclass(frozen=True, eq=False)
class Blotto(Problem):
    """f(x, y) = -f(y, x)."""

    name: str
    about: About
    size: int
    """The largest sets that are fought for."""
    dx: int = FIELDS
    dy: int = FIELDS
    x_set: Set = MIXED
    y_set: Set = MIXED

    def _sets(self) -> list[tuple[int, ...]]:
        return [s for k in range(1, self.size + 1) for s in combinations(range(FIELDS), k)]

    def value(self, xp: Namespace, x: Array, y: Array) -> Array:
        """f, shape (lanes,)."""
        total = 0 * x[..., 0]
        for s in self._sets():
            gap = product(y, s) - product(x, s)
            total = total + gap * size(xp, gap)
        return total

    def grad(self, xp: Namespace, x: Array, y: Array) -> tuple[Array, Array]:
        """2 |gap| times the products of the other battlefields of each set."""
        gx, gy = ([0 * x[..., 0] for _ in range(FIELDS)] for _ in "xy")
        for s in self._sets():
            weight = 2 * size(xp, product(y, s) - product(x, s))
            for i in s:
                rest = tuple(k for k in s if k != i)
                gx[i] = gx[i] - weight * product(x, rest)
                gy[i] = gy[i] + weight * product(y, rest)
        return xp.stack(gx, axis=-1), xp.stack(gy, axis=-1)

    def grad_x(self, xp: Namespace, x: Array, y: Array) -> Array:
        """The gradient in x."""
        return self.grad(xp, x, y)[0]

    def grad_y(self, xp: Namespace, x: Array, y: Array) -> Array:
        """The gradient in y."""
        return self.grad(xp, x, y)[1]

    def hvp(self, xp: Namespace, x: Array, y: Array, u: Array, v: Array) -> tuple[Array, Array]:
        """The derivative of the gradient by a complex step: it is real analytic but where a gap is 0."""
        step = 1e-30j
        gx, gy = self.grad(xp, x + step * u, y + step * v)
        return xp.imag(gx) * 1e30, xp.imag(gy) * 1e30

    def place(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Spread over the simplices."""
        return Simplex().spread(x), Simplex().spread(y)


def product(z: Array, s: tuple[int, ...]) -> Array:
    """The product over a set; 1 over none."""
    out = 0 * z[..., 0] + 1
    for k in s:
        out = out * z[..., k]
    return out


def size(xp: Namespace, gap: Array) -> Array:
    """The absolute value, for complex steps too."""
    return xp.where(xp.real(gap) < 0, -gap, gap)


def _register(name: str, words: str, size: int) -> None:
    game = Blotto(name, about(words), size)
    add(
        Entry(
            name, game.about, lambda dx, dy: game, fixed=(FIELDS, FIELDS), default=(FIELDS, FIELDS)
        )
    )


for name, (words, largest) in SETS.items():
    _register(name, words, largest)
