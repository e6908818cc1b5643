"""Extragradient methods that find their own step sizes."""

import math

from reference.lists import add, inner, length, mul, split, sub
from reference.whole import Whole


def eg_adaptive_boehm(g, x, y, a0, tau, gamma):
    """EG+, then a <- min(a, tau |zb - z| / |F(zb) - F(z)|)."""
    w, z, a = Whole(g), [*x, *y], a0
    while True:
        yield split(z, w.dx)
        here = w.F(z)
        zb = w.P(add(z, here, -a))
        there = w.F(zb)
        new = w.P(add(z, there, -gamma * a))
        if length(sub(there, here)) > 0:
            a = min(a, tau * length(sub(zb, z)) / length(sub(there, here)))
        z = new


def relaxed(w, z, zb, Hz, Hzb, delta, lam):
    gap = sub(Hzb, Hz)
    size = inner(gap, gap)
    alpha = delta + (inner(sub(zb, z), gap) / size if size > 0 else 0.0)
    return w.P(add(z, gap, lam * alpha))


def eg_plus_adaptive(g, x, y, gamma, delta, lam):
    """z + lam alpha (H(zb) - H(z))."""
    w, z = Whole(g), [*x, *y]
    while True:
        yield split(z, w.dx)
        Hz = add(z, w.F(z), -gamma)
        zb = w.P(Hz)
        z = relaxed(w, z, zb, Hz, add(zb, w.F(zb), -gamma), delta, lam)


def eg_universal(g, x, y):
    """eta = 1/sqrt(1 + sum |F(zb) - F(z)|^2)."""
    w, z, total = Whole(g), [*x, *y], 1.0
    while True:
        yield split(z, w.dx)
        eta = 1 / math.sqrt(total)
        here = w.F(z)
        there = w.F(w.P(add(z, here, -eta)))
        z = w.P(add(z, there, -eta))
        total += inner(sub(there, here), sub(there, here))


def mirror_prox_universal(g, x, y, D, G0):
    """eta = D/sqrt(G0 + sum Z)."""
    w, z, total = Whole(g), [*x, *y], G0
    while True:
        yield split(z, w.dx)
        eta = D / math.sqrt(total)
        zb = w.P(add(z, w.F(z), -eta))
        new = w.P(add(z, w.F(zb), -eta))
        a, b = sub(zb, new), sub(zb, z)
        total += (inner(a, a) + inner(b, b)) / (5 * eta**2)
        z = new


def dual_extrapolation(g, x, y, lr, look):
    """h = x - s g; Y <- Y - F(h); x = x0 + s Y."""
    w, z0 = Whole(g), [*x, *y]
    z, Y, total, last = z0, mul(0.0, z0), 1.0, mul(0.0, z0)
    while True:
        yield split(z, w.dx)
        see = w.F(z) if look == "extra" else last
        there = w.F(w.P(add(z, see, -lr / math.sqrt(total))))
        Y = sub(Y, there)
        total += inner(sub(there, see), sub(there, see))
        z = w.P(add(z0, Y, lr / math.sqrt(total)))
        if look == "past":
            last = there


def eg_l0_l1(g, x, y, c0, c1, alpha):
    """gamma = 1/(c0 + c1 |F|^alpha)."""
    w, z = Whole(g), [*x, *y]
    while True:
        yield split(z, w.dx)
        here = w.F(z)
        gamma = 1 / (c0 + c1 * length(here) ** alpha)
        z = w.P(add(z, w.F(w.P(add(z, here, -gamma))), -gamma))
