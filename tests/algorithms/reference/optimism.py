"""Optimism: rules that remember a gradient."""

from reference.lists import add, mul, sub


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


def ogda_general(g, x, y, eta, alpha, beta, first):
    """z - eta [(alpha + beta) F(z) - beta F(z_prev)]."""
    return corrected(g, x, y, eta * (alpha + beta), eta * beta, first)


def ogda_plus(g, x, y, eta, gamma):
    """z - eta [(1 + gamma) F(z) - F(z_prev)]."""
    return corrected(g, x, y, eta * (1 + gamma), eta, "repeat")


def corrected(g, x, y, a, b, first):
    """z - a F(z) + b F(z_prev)."""
    old = None
    while True:
        yield x, y
        down, up = g.gx(x, y), g.gy(x, y)
        if old is None:
            old = (down, up) if first == "repeat" else (mul(0.0, down), mul(0.0, up))
        x = g.px(add(add(x, down, -a), old[0], b))
        y = g.py(add(add(y, up, a), old[1], -b))
        old = down, up


def ogda_alt(g, x, y, eta, back, first):
    """OGD in turn, steps a and c."""
    a, c = 2 * eta, 2 * eta * back
    old_x = old_y = None
    while True:
        yield x, y
        down = g.gx(x, y)
        if old_x is None:
            old_x = down if first == "repeat" else mul(0.0, down)
        x = g.px(add(add(x, down, -a), old_x, c))
        up = g.gy(x, y)
        if old_y is None:
            old_y = up if first == "repeat" else mul(0.0, up)
        y = g.py(add(add(y, up, a), old_y, -c))
        old_x, old_y = down, up


def nupi(g, x, y, eta, nu, Ki, Kp, first):
    """A PI controller on F, player by player."""

    def controlled(e, xi):
        new = add(mul(nu, xi), e, 1 - nu)
        return add(mul(Ki, e), sub(new, xi), Kp), new

    xi_x = xi_y = None
    while True:
        yield x, y
        down, up = g.gx(x, y), g.gy(x, y)
        if xi_x is None:
            keep = 1.0 if first == "repeat" else 0.0
            xi_x, xi_y = mul(keep, down), mul(keep, up)
        move_x, xi_x = controlled(down, xi_x)
        move_y, xi_y = controlled(up, xi_y)
        x, y = g.px(add(x, move_x, -eta)), g.py(add(y, move_y, eta))


def reflected_gradient(g, x, y, eta):
    """F at 2 z - z_prev."""
    old_x, old_y = x, y
    while True:
        yield x, y
        rx, ry = add(mul(2.0, x), old_x, -1.0), add(mul(2.0, y), old_y, -1.0)
        new_x, new_y = g.px(add(x, g.gx(rx, ry), -eta)), g.py(add(y, g.gy(rx, ry), eta))
        old_x, old_y, x, y = x, y, new_x, new_y
