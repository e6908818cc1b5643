"""Methods that use the Hessian, with dense matrices."""

import math

from reference.lists import add, apply, inner, mul, solve, split, sub, symmetric_eigen, transpose
from reference.whole import Whole


def jacobian_step(g, x, y, direction, eta):
    """z - eta direction(whole game, z)."""
    w, z = Whole(g), [*x, *y]
    while True:
        yield split(z, w.dx)
        z = w.P(add(z, direction(w, z), -eta))


def hgd(g, x, y, eta):
    """z - eta J'F."""
    return jacobian_step(g, x, y, lambda w, z: apply(transpose(w.J(z)), w.F(z)), eta)


def consensus(g, x, y, eta, gamma):
    """z - eta (F + gamma J'F)."""

    def direction(w, z):
        return add(w.F(z), apply(transpose(w.J(z)), w.F(z)), gamma)

    return jacobian_step(g, x, y, direction, eta)


def lss(g, x, y, eta, xi, regulariser):
    """(F + J'(J'J + lam)^{-1} J'F)/2."""

    def direction(w, z):
        F, J = w.F(z), w.J(z)
        Jt = transpose(J)
        lam = xi if regulariser == "constant" else xi * (1 - math.exp(-inner(F, F)))
        square = [apply(Jt, column) for column in transpose(J)]
        system = [
            [c + lam * (i == j) for j, c in enumerate(row)]
            for i, row in enumerate(transpose(square))
        ]
        return mul(0.5, add(F, apply(Jt, solve(system, apply(Jt, F)))))

    return jacobian_step(g, x, y, direction, eta)


def lss_two_timescale(g, x, y, a, b, xi):
    """v chases the solve."""
    w, z = Whole(g), [*x, *y]
    v = mul(0.0, z)
    while True:
        yield split(z, w.dx)
        F, J = w.F(z), w.J(z)
        Jt = transpose(J)
        lam = xi * (1 - math.exp(-inner(F, F)))
        new = w.P(add(z, add(F, apply(Jt, v)), -a / 2))
        error = add(sub(apply(Jt, apply(J, v)), apply(Jt, F)), v, lam)
        z, v = new, add(v, error, -b)


def newton_root(g, x, y, eta):
    """z - eta J^{-1} F."""

    def direction(w, z):
        # J is the Hessian with the rows of y turned, and so is F: a symmetric system, which may be
        # singular.
        values, vectors = symmetric_eigen(w.H(z))
        F = w.F(z)
        gradient = [*F[: w.dx], *mul(-1.0, F[w.dx :])]
        found = mul(0.0, F)
        for value, v in zip(values, vectors, strict=True):
            if abs(value) > 1e-12:
                found = add(found, v, inner(v, gradient) / value)
        return found

    return jacobian_step(g, x, y, direction, eta)
