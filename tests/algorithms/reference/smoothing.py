"""Smoothed methods."""

from reference.lists import add, sub


def smoothed_gda(g, x, y, c, alpha, r, beta):
    """x is held near z, which follows it."""
    z = x
    while True:
        yield x, y
        x = g.px(add(x, add(g.gx(x, y), sub(x, z), r), -c))
        y = g.py(add(y, g.gy(x, y), alpha))
        z = add(z, sub(x, z), beta)


def ds_gda(g, x, y, c, alpha, r1, r2, beta, mu):
    """Both are."""
    z, v = x, y
    while True:
        yield x, y
        x = g.px(add(x, add(g.gx(x, y), sub(x, z), r1), -c))
        y = g.py(add(y, add(g.gy(x, y), sub(y, v), -r2), alpha))
        z, v = add(z, sub(x, z), beta), add(v, sub(y, v), mu)
