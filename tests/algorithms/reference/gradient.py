"""Gradient descent ascent and its relatives."""

import math

from reference.lists import add, sub


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


def gda_momentum(g, x, y, eta, beta, alternating):
    """z - eta F(z) + beta (z - z_prev)."""
    old_x, old_y = x, y
    while True:
        yield x, y
        new_x = g.px(add(add(x, g.gx(x, y), -eta), sub(x, old_x), beta))
        up = g.gy(new_x if alternating else x, y)
        new_y = g.py(add(add(y, up, eta), sub(y, old_y), beta))
        old_x, old_y, x, y = x, y, new_x, new_y


def alex_gda(g, x, y, eta_x, eta_y, gamma, delta):
    """Each player is seen further along its step."""
    tilde_y = y
    while True:
        yield x, y
        a = g.gx(x, tilde_y)
        tilde_x, x = g.px(add(x, a, -gamma * eta_x)), g.px(add(x, a, -eta_x))
        b = g.gy(tilde_x, y)
        tilde_y, y = g.py(add(y, b, delta * eta_y)), g.py(add(y, b, eta_y))


def slingshot(g, x, y, m, M, T):
    """(h, -h), then (-h, h)."""
    j = 0
    while True:
        c = math.cos((2 * (j % T) + 1) * math.pi / (2 * T))
        h = 1 / math.sqrt((M + m) / 2 + (M - m) / 2 * c)
        for eta_x, eta_y in ((h, -h), (-h, h)):
            yield x, y
            x, y = g.px(add(x, g.gx(x, y), -eta_x)), g.py(add(y, g.gy(x, y), eta_y))
        j += 1
