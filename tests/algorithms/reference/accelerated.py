"""Accelerated methods at one gradient call a step."""

import math

from reference.lists import add, inner, mul, split, sub
from reference.whole import Whole


def arg(g, x, y, eta):
    """Reflection and an anchor."""
    w, z, k = Whole(g), [*x, *y], 1
    z0 = old = z
    while True:
        yield split(z, w.dx)
        look = add(add(mul(2.0, z), old, -1.0), sub(z0, z), 1 / (k + 1))
        look = add(look, sub(z, old), -1 / k)
        new = w.P(add(add(z, w.F(look), -eta), sub(z0, z), 1 / (k + 1)))
        old, z = z, new
        k += 1


def fast_ogda(g, x, y, s, alpha):
    """Growing momentum."""
    w, z, k = Whole(g), [*x, *y], 1
    old, seen = z, w.F(z)
    while True:
        yield split(z, w.dx)
        look = add(z, sub(z, old), k / (k + alpha))
        look = add(look, seen, -s * alpha / (k + alpha))
        there = w.F(look)
        new = w.P(add(look, sub(there, seen), -s * (2 * k + alpha) / (k + alpha)))
        old, z, seen = z, new, there
        k += 1


def cfogda(g, x, y, s, alpha):
    """The same, with what the projection pulled."""
    w, z, k = Whole(g), [*x, *y], 1
    old, seen, zeta = z, w.F(z), mul(0.0, z)
    while True:
        yield split(z, w.dx)
        look = add(z, sub(z, old), k / (k + alpha))
        look = add(look, add(seen, zeta), -s * alpha / (k + alpha))
        there = w.F(look)
        d = sub(sub(there, seen), zeta)
        new = w.P(add(look, d, -s * (1 + k / (k + alpha))))
        zeta = add(mul((k + alpha) / (s * (2 * k + alpha)), sub(look, new)), d, -1.0)
        old, z, seen = z, new, there
        k += 1


def graal(g, x, y, eta, phi):
    """zb <- ((phi - 1) z + zb)/phi; z <- P(zb - eta F(z))."""
    w, z = Whole(g), [*x, *y]
    zb = z
    while True:
        yield split(z, w.dx)
        zb = mul(1 / phi, add(mul(phi - 1, z), zb))
        z = w.P(add(zb, w.F(z), -eta))


def agraal(g, x, y, eta0, phi, rho, eta_max):
    """The step from the distances of iterates and of F."""
    w, z, eta, theta = Whole(g), [*x, *y], eta0, 1.0
    zb, here = z, w.F(z)
    while True:
        yield split(z, w.dx)
        new = w.P(add(zb, here, -eta))
        there = w.F(new)
        moved, turned = sub(new, z), sub(there, here)
        near, far = inner(turned, turned), inner(moved, moved)
        flat = far / near if near and far else math.inf
        later = min(rho * eta, phi * theta / (4 * eta) * flat, eta_max)
        zb = mul(1 / phi, add(mul(phi - 1, new), zb))
        z, here, eta, theta = new, there, later, phi * later / eta
