"""Extragradient on regularised games."""

from reference.lists import add, split, sub
from reference.whole import Whole


def eg_regularised(g, x, y, eta, lam):
    """Extragradient on F + lam (z - z0)."""
    w, z = Whole(g), [*x, *y]
    start = z
    while True:
        yield split(z, w.dx)
        ahead = w.P(add(z, add(w.F(z), sub(z, start), lam), -eta))
        z = w.P(add(z, add(w.F(ahead), sub(ahead, start), lam), -eta))


def rain(g, x, y, eta, lam, gamma):
    """Anchors at all iterates, one by one."""
    w, z, past = Whole(g), [*x, *y], []

    def pulled(u):
        total = w.F(u)
        for j, anchor in enumerate(past, 1):
            total = add(total, sub(u, anchor), lam * gamma * (1 + gamma) ** j)
        return total

    while True:
        yield split(z, w.dx)
        ahead = w.P(add(z, pulled(z), -eta))
        z = w.P(add(z, pulled(ahead), -eta))
        past.append(z)
