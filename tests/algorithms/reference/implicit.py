"""Implicit methods, by dense systems with I + eta J; a yield a tick."""

from reference.lists import add, apply, length, mul, solve, split, sub
from reference.whole import Whole


def shifted(jacobian, eta):
    """I + eta J."""
    return [[float(i == j) + eta * c for j, c in enumerate(r)] for i, r in enumerate(jacobian)]


def proximal_point(g, x, y, eta, tol, max_newton):
    """Newton on w + eta F(w) = z; coordinates that the projection moves are set to what it gives."""
    w, z = Whole(g), [*x, *y]
    while True:
        new, tries = z, 0
        while True:
            yield split(z, w.dx)
            outside = add(z, w.F(new), -eta)
            inside = w.P(outside)
            error = sub(new, inside)
            if length(error) <= tol * max(length(z), 1.0) or tries >= max_newton:
                break
            system = shifted(w.J(new), eta)
            free = [a == b for a, b in zip(inside, outside, strict=True)]
            rows = [
                [c if free[i] and free[j] else float(i == j) for j, c in enumerate(row)]
                for i, row in enumerate(system)
            ]
            new = w.P(sub(new, solve(rows, error)))
            tries += 1
        z = new


def ogda_second_order(g, x, y, eta0, alpha, beta, mu):
    """The program of Jiang, in lists."""
    w, z, eta = Whole(g), [*x, *y], eta0
    here, v = w.F(z), [0.0] * len(z)
    while True:
        yield split(z, w.dx)
        jacobian = w.J(z)
        d = solve(shifted(jacobian, eta), add(mul(-eta, here), v, -1.0))
        ahead = w.P(add(z, d))
        d = sub(ahead, z)
        there = w.F(ahead)
        error = sub(sub(there, here), apply(jacobian, d))
        if eta * length(error) <= 0.5 * alpha * length(d):
            z, here, v = ahead, there, mul(1 / (1 / eta + mu), error)
            eta = min(eta * (1 + 2 * eta * mu) ** 0.5 / beta, 1e50)
        else:
            eta *= beta


def hipnex(g, x, y, L, sigma, tol):
    """The program of Pereira, its two inner loops written out."""
    w, centre = Whole(g), [*x, *y]
    theta, hat = 0.5, 0.25
    eta_l = 2 * hat / sigma
    root = ((theta + eta_l / 4) ** 2 - theta * (theta - hat)) ** 0.5
    tau = (theta - hat) / (theta + eta_l / 4 + root)
    z = centre
    here = w.F(z)
    lam = (2 * theta / (L * length(here))) ** 0.5 if length(here) else 1.0
    while length(here) > tol:
        while length(add(sub(z, centre), here, lam)) <= 2 * hat / (lam * L):
            while lam * length(sub(z, centre)) >= eta_l / L:
                yield split(z, w.dx)
                centre, lam = add(centre, here, -tau * lam), lam * (1 - tau)
            yield split(z, w.dx)
            lam /= 1 - tau
        yield split(z, w.dx)
        z = w.P(sub(z, solve(shifted(w.J(z), lam), add(sub(z, centre), here, lam))))
        here = w.F(z)
    while True:
        yield split(z, w.dx)
