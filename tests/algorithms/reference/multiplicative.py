"""Multiplicative weights."""

import math

from reference.lists import add, mul, sub


def omwu(g, x, y, eta, b):
    """Probabilities times exp of the corrected gradients."""
    old = g.gx(x, y), g.gy(x, y)
    while True:
        yield x, y
        gx, gy = g.gx(x, y), g.gy(x, y)
        dx, dy = add(gx, sub(gx, old[0]), b), add(gy, sub(gy, old[1]), b)
        x, y = weighed(x, mul(-eta, dx)), weighed(y, mul(eta, dy))
        old = gx, gy


def weighed(z, logs):
    """z exp(logs) over its sum."""
    most = max(logs)
    w = [a * math.exp(c - most) for a, c in zip(z, logs, strict=True)]
    return mul(1 / sum(w), w)
