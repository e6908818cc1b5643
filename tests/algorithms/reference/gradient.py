"""Gradient descent ascent and its relatives."""

from reference.lists import add


def gda(g, x, y, eta_x, eta_y):
    """Arrow, Hurwicz: both players at once."""
    while True:
        yield x, y
        x, y = g.px(add(x, g.gx(x, y), -eta_x)), g.py(add(y, g.gy(x, y), eta_y))


def gda_alt(g, x, y, eta_x, eta_y, order):
    """One after the other; the second player sees the first one's move."""
    while True:
        yield x, y
        if order == "xy":
            x = g.px(add(x, g.gx(x, y), -eta_x))
            y = g.py(add(y, g.gy(x, y), eta_y))
        else:
            y = g.py(add(y, g.gy(x, y), eta_y))
            x = g.px(add(x, g.gx(x, y), -eta_x))


def gdmax(g, x, y, eta_x, eta_y, k, order):
    """k ascent steps and one descent step."""
    while True:
        yield x, y
        if order == "xy":
            x = g.px(add(x, g.gx(x, y), -eta_x))
        for _ in range(k):
            y = g.py(add(y, g.gy(x, y), eta_y))
        if order == "yx":
            x = g.px(add(x, g.gx(x, y), -eta_x))


def gda_two_timescale(g, x, y, eta, tau):
    """eta for y, eta/tau for x."""
    return gda(g, x, y, eta / tau, eta)
