"""Primal-dual methods."""

from reference.lists import add, sub


def pdhg(g, x, y, tau, sigma, theta):
    """x, then y at x+ + theta (x+ - x)."""
    while True:
        yield x, y
        new = g.px(add(x, g.gx(x, y), -tau))
        y = g.py(add(y, g.gy(add(new, sub(new, x), theta), y), sigma))
        x = new


def sapd(g, x, y, tau, sigma, theta):
    """y with momentum of the gradient, then x at the new y."""
    old = g.gy(x, y)
    while True:
        yield x, y
        gy = g.gy(x, y)
        y = g.py(add(y, add(gy, sub(gy, old), theta), sigma))
        x, old = g.px(add(x, g.gx(x, y), -tau)), gy
