"""Extragradient and its relatives."""

from reference.lists import add, mul, sub


def extragradient(g, x, y, eta):
    """Korpelevich: step with the gradient seen at the look-ahead point."""
    while True:
        yield x, y
        bx, by = g.px(add(x, g.gx(x, y), -eta)), g.py(add(y, g.gy(x, y), eta))
        x, y = g.px(add(x, g.gx(bx, by), -eta)), g.py(add(y, g.gy(bx, by), eta))


def eg_two_timescale(g, x, y, eta, tau):
    """Extragradient with eta/tau for x."""
    while True:
        yield x, y
        bx, by = g.px(add(x, g.gx(x, y), -eta / tau)), g.py(add(y, g.gy(x, y), eta))
        x, y = g.px(add(x, g.gx(bx, by), -eta / tau)), g.py(add(y, g.gy(bx, by), eta))


def eg_plus(g, x, y, eta, alpha):
    """The second step alpha times as long."""
    while True:
        yield x, y
        bx, by = g.px(add(x, g.gx(x, y), -eta)), g.py(add(y, g.gy(x, y), eta))
        x = g.px(add(x, g.gx(bx, by), -alpha * eta))
        y = g.py(add(y, g.gy(bx, by), alpha * eta))


def eg_alt(g, x, y, eta, variant):
    """Four methods of one name."""
    while True:
        yield x, y
        if variant == "gauss_seidel":
            bx = g.px(add(x, g.gx(x, y), -eta))
            by = g.py(add(y, g.gy(bx, y), eta))
            x = g.px(add(x, g.gx(bx, by), -eta))
            y = g.py(add(y, g.gy(x, by), eta))
        elif variant == "bonettini":
            by = g.py(add(y, g.gy(x, y), eta))
            x = g.px(add(x, g.gx(x, by), -eta))
            y = g.py(add(y, g.gy(x, y), eta))
        elif variant == "again":
            bx, by = g.px(add(x, g.gx(x, y), -eta)), g.py(add(y, g.gy(x, y), eta))
            x = g.px(add(x, g.gx(bx, by), -eta))
            bx, by = g.px(add(x, g.gx(x, y), -eta)), g.py(add(y, g.gy(x, y), eta))
            y = g.py(add(y, g.gy(bx, by), eta))
        else:
            bx, by = g.px(add(x, g.gx(x, y), -eta)), g.py(add(y, g.gy(x, y), eta))
            x, y = g.px(add(x, g.gx(x, by), -eta)), g.py(add(y, g.gy(bx, y), eta))


def rapp(g, x, y, gamma, T, lam):
    """T inner steps from the centre z, then relaxation."""
    while True:
        yield x, y
        wx, wy = x, y
        for _ in range(T):
            wx, wy = g.px(add(x, g.gx(wx, wy), -gamma)), g.py(add(y, g.gy(wx, wy), gamma))
        x = g.px(add(mul(1 - lam, x), wx, lam))
        y = g.py(add(mul(1 - lam, y), wy, lam))


def fbf(g, x, y, eta):
    """Tseng: zb - eta (F(zb) - F(z))."""
    while True:
        yield x, y
        a, b = g.gx(x, y), g.gy(x, y)
        bx, by = g.px(add(x, a, -eta)), g.py(add(y, b, eta))
        a2, b2 = g.gx(bx, by), g.gy(bx, by)
        x, y = g.px(add(bx, sub(a2, a), -eta)), g.py(add(by, sub(b2, b), eta))


def dseg(g, x, y, gamma, eta, b, p, q):
    """Two decaying steps."""
    t = 0
    while True:
        yield x, y
        far, near = gamma / (t + b) ** p, eta / (t + b) ** q
        bx, by = g.px(add(x, g.gx(x, y), -far)), g.py(add(y, g.gy(x, y), far))
        x, y = g.px(add(x, g.gx(bx, by), -near)), g.py(add(y, g.gy(bx, by), near))
        t += 1
