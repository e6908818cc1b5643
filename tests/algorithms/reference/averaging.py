"""Averaging."""

from reference.extragradient import extragradient
from reference.gradient import gda, gda_alt
from reference.lists import add, sub


def lookahead_minmax(g, x, y, eta, k, alpha, base):
    """k steps of the base, then s + alpha (z - s)."""
    while True:
        walk = {
            "sim": lambda a, b: gda(g, a, b, eta, eta),
            "alt": lambda a, b: gda_alt(g, a, b, eta, eta, "xy"),
            "eg": lambda a, b: extragradient(g, a, b, eta),
        }[base](x, y)
        for _ in range(k):
            yield next(walk)
        zx, zy = next(walk)
        x, y = add(x, sub(zx, x), alpha), add(y, sub(zy, y), alpha)
