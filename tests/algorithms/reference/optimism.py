"""Optimism: rules that remember a gradient."""

from reference.lists import add


def ogda(g, x, y, eta, first):
    """z - 2 eta F(z) + eta F(z_prev); F before the first is repeated or zero."""
    old = None
    while True:
        yield x, y
        a, b = g.gx(x, y), g.gy(x, y)
        if old is None:
            old = (a, b) if first == "repeat" else ([0.0] * len(a), [0.0] * len(b))
        x = g.px(add(add(x, a, -2 * eta), old[0], eta))
        y = g.py(add(add(y, b, 2 * eta), old[1], -eta))
        old = a, b


def popov(g, x, y, eta):
    """w_k = z_k - eta F(w_{k-1}), z_{k+1} = z_k - eta F(w_k), w_{-1} = z_0."""
    wx, wy = x, y
    while True:
        yield x, y
        wx, wy = g.px(add(x, g.gx(wx, wy), -eta)), g.py(add(y, g.gy(wx, wy), eta))
        x, y = g.px(add(x, g.gx(wx, wy), -eta)), g.py(add(y, g.gy(wx, wy), eta))
