"""Methods in which a player thinks of what the other will do."""

import math

from reference.lists import add, apply, inner, mul, sub, transpose
from reference.second_order import jacobian_step


def sga(g, x, y, eta, lam, align):
    """F + lam A'F with A = (J - J')/2."""

    def direction(w, z):
        F, J = w.F(z), w.J(z)
        Jt = transpose(J)
        AtF = mul(0.5, sub(apply(Jt, F), apply(J, F)))
        sign = 1.0
        if align:
            both = inner(F, apply(Jt, F)) * inner(AtF, apply(Jt, F)) / len(z) + 0.1
            sign = math.copysign(1.0, both)
        return add(F, AtF, lam * sign)

    return jacobian_step(g, x, y, direction, eta)


def off_diagonal(w, z):
    """H_o, the off-diagonal blocks of J."""
    n, dx = len(z), w.dx
    J = w.J(z)
    return [[J[i][j] if (i < dx) != (j < dx) else 0.0 for j in range(n)] for i in range(n)]


def lookahead_opponent(g, x, y, eta, alpha):
    """(I - alpha H_o) F."""

    def direction(w, z):
        F = w.F(z)
        return add(F, apply(off_diagonal(w, z), F), -alpha)

    return jacobian_step(g, x, y, direction, eta)


def chi(w, z):
    """diag(H_o' grad L): the rows of player i hold how the other's gradient turns in player i."""
    Ho, F = off_diagonal(w, z), w.F(z)
    # grad of player 1's loss f by y is -F_y, of player 2's loss -f by x is -F_x.
    return apply(transpose(Ho), mul(-1.0, F))


def lola(g, x, y, eta, alpha):
    """(I - alpha H_o) F - alpha chi."""

    def direction(w, z):
        F = w.F(z)
        return add(add(F, apply(off_diagonal(w, z), F), -alpha), chi(w, z), -alpha)

    return jacobian_step(g, x, y, direction, eta)


def sos(g, x, y, eta, alpha, a, b):
    """xi0 - p alpha chi."""

    def direction(w, z):
        F = w.F(z)
        xi0 = add(F, apply(off_diagonal(w, z), F), -alpha)
        push = mul(-alpha, chi(w, z))
        dot, size = inner(push, xi0), math.sqrt(inner(F, F))
        p1 = 1.0 if dot >= 0 else min(1.0, -a * inner(xi0, xi0) / dot)
        p2 = size**2 if size < b else 1.0
        return add(xi0, push, min(p1, p2))

    return jacobian_step(g, x, y, direction, eta)


def lead(g, x, y, eta, beta, alpha):
    """Momentum and the magnetic force."""
    old_x, old_y = x, y
    while True:
        yield x, y
        _, xy, _ = g.hessian(x, y)
        sx, sy = sub(x, old_x), sub(y, old_y)
        new_x = add(add(add(x, sx, beta), g.gx(x, y), -eta), apply(xy, sy), -alpha)
        new_y = add(add(add(y, sy, beta), g.gy(x, y), eta), apply(transpose(xy), sx), alpha)
        old_x, old_y, x, y = x, y, g.px(new_x), g.py(new_y)


def unrolled(g, x, y, eta_x, eta_y, eta_in, k):
    """Forward: dy^j/dx is carried along with y^j."""
    while True:
        yield x, y
        there = y
        slopes = [[0.0] * len(x) for _ in y]
        for _ in range(k):
            _, xy, yy = g.hessian(x, there)
            turned = [apply(transpose(slopes), row) for row in yy]
            slopes = [
                add(row, add(a, b), eta_in)
                for row, a, b in zip(slopes, transpose(xy), turned, strict=True)
            ]
            there = add(there, g.gy(x, there), eta_in)
        total = add(g.gx(x, there), apply(transpose(slopes), g.gy(x, there)))
        x, y = g.px(add(x, total, -eta_x)), g.py(add(y, g.gy(x, y), eta_y))
