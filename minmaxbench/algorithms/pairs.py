"""The words of the papers: F, P, inner products and lengths of pairs z = (x, y)."""

from __future__ import annotations

from minmaxbench.core.algorithm import Iterate
from minmaxbench.core.arrays import Array, Namespace, dot
from minmaxbench.core.oracle import Oracle


def field(oracle: Oracle, z: Iterate) -> Iterate:
    """F(z) = (grad_x f, -grad_y f): one gradient call."""
    gx, gy = oracle.grad(z.x, z.y)
    return Iterate(gx, -gy)


def project(oracle: Oracle, z: Iterate) -> Iterate:
    """P(z): each player's part brought into its set."""
    return Iterate(oracle.project_x(z.x), oracle.project_y(z.y))


def inner(xp: Namespace, a: Iterate, b: Iterate) -> Array:
    """<a, b>, as a (lanes, 1) column."""
    return dot(xp, a.x, b.x) + dot(xp, a.y, b.y)


def length(xp: Namespace, a: Iterate) -> Array:
    """|a|, as a (lanes, 1) column."""
    return xp.sqrt(inner(xp, a, a))


def where(xp: Namespace, mask: Array, a: Iterate, b: Iterate) -> Iterate:
    """a in the lanes of a (lanes, 1) mask, b elsewhere."""
    return Iterate(xp.where(mask, a.x, b.x), xp.where(mask, a.y, b.y))


def ratio(xp: Namespace, a: Array, b: Array, none: float) -> Array:
    """a/b, and ``none`` where b is 0."""
    zero = b == 0
    return xp.where(zero, none, a / xp.where(zero, 1.0, b))


def zeros(xp: Namespace, x: Array, y: Array) -> Iterate:
    """The pair 0, of the shapes of x and y."""
    return Iterate(xp.zeros_like(x), xp.zeros_like(y))


def column(xp: Namespace, x: Array, value: float) -> Array:
    """A (lanes, 1) column of one value, for as many lanes as x has."""
    return xp.full((x.shape[0], 1), float(value))
