"""Smoothed methods."""

from reference.lists import add, mul, sub


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


def pesg(g, x, y, eta, momentum, clip, lam, stage, factor):
    """The program of LibAUC, both players at the old point."""
    held, buffer = x, None
    while True:
        mean = [0.0] * len(x)
        for _ in range(stage):
            yield x, y
            seen = [min(max(c, -clip), clip) for c in g.gx(x, y)]
            seen = add(seen, sub(x, held), lam)
            buffer = seen if buffer is None else add(mul(1 - momentum, buffer), seen, momentum)
            up = g.gy(x, y)
            x, y = g.px(add(x, buffer, -eta)), g.py(add(y, up, eta))
            mean = add(mean, x)
        held = mul(1 / stage, mean)
        eta /= factor
