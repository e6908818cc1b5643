"""Anchored methods."""

import math

from reference.lists import add, mul, split, sub
from reference.whole import Whole


def eag(w, z, alphas):
    z0, k = z, 0
    while True:
        yield split(z, w.dx)
        a, b = next(alphas), 1 / (k + 2)
        back = add(z, sub(z0, z), b)
        zh = w.P(add(back, w.F(z), -a))
        z = w.P(add(back, w.F(zh), -a))
        k += 1


def constantly(a):
    while True:
        yield a


def eag_c(g, x, y, alpha):
    """b = 1/(k + 2), constant step."""
    return eag(Whole(g), [*x, *y], constantly(alpha))


def eag_v(g, x, y, L, first):
    """The recursion in the second of its two forms."""

    def steps():
        a, k = first / L, 0
        while True:
            yield a
            q = (a * L) ** 2
            a = a * (1 - q / ((k + 1) * (k + 3) * (1 - q)))
            k += 1

    return eag(Whole(g), [*x, *y], steps())


def feg(g, x, y, eta, rho):
    """b = 1/(k + 1)."""
    w, z, k = Whole(g), [*x, *y], 0
    z0 = z
    while True:
        yield split(z, w.dx)
        b, here = 1 / (k + 1), w.F(z)
        back = add(z, sub(z0, z), b)
        zh = w.P(add(back, here, -(1 - b) * (eta + 2 * rho)))
        z = w.P(add(add(back, w.F(zh), -eta), here, -(1 - b) * 2 * rho))
        k += 1


def apv(g, x, y, L):
    """Anchored Popov, the step in its additive form."""
    w, z, k = Whole(g), [*x, *y], 0
    z0, seen, eta = z, w.F(z), 1 / (2 * math.sqrt(3) * L)
    while True:
        yield split(z, w.dx)
        b, c = 1 / (k + 2), 1 / (k + 3)
        back = add(mul(b, z0), z, 1 - b)
        seen = w.F(w.P(add(back, seen, -(1 - b) * eta)))
        z = w.P(add(back, seen, -eta))
        m = 4 * L * L * eta * eta
        eta = (1 - b * b - m) * c * eta / ((1 - m) * (1 - b) * b)
        k += 1


def g_eag(g, x, y, theta, alpha, beta):
    """Flexible anchoring."""
    w, z, k = Whole(g), [*x, *y], 0
    v = z
    while True:
        yield split(z, w.dx)
        e, later = alpha / (theta * (k + beta)), alpha / (theta * (k + 1 + beta))
        zb = w.P(add(add(z, sub(z, v), -theta * e), w.F(z), -theta))
        whole = add(sub(z, v), w.F(zb), -theta)
        z = w.P(add(v, whole, 1 / (1 + theta * later)))
        k += 1


def anchored_gda(g, x, y, gamma, lam, o, p, q):
    """z - gamma/(k + o)^p F + lam/(k + o)^q (z0 - z)."""
    w, z, k = Whole(g), [*x, *y], 0
    z0 = z
    while True:
        yield split(z, w.dx)
        t = k + o
        z = w.P(add(add(z, w.F(z), -gamma / t**p), sub(z0, z), lam / t**q))
        k += 1
