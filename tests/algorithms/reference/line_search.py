"""Methods with a line search; a yield a gradient."""

from reference.adaptive_extragradient import relaxed
from reference.lists import add, length, split, sub
from reference.whole import Whole


def eg_plus_curvature(g, x, y, nu, tau, lam, delta, max_backtrack):
    """gamma from nu/|J| and backtracking; a yield a gradient."""
    w, z = Whole(g), [*x, *y]
    while True:
        yield split(z, w.dx)
        here, norm = w.F(z), w.norm_of_jacobian(z)
        gamma = nu / norm if norm > 0 else 0.0
        for tries in range(max_backtrack + 1):
            yield split(z, w.dx)
            Hz = add(z, here, -gamma)
            zb = w.P(Hz)
            there = w.F(zb)
            short = gamma * length(sub(there, here)) > nu * length(sub(zb, z))
            if not short or tries == max_backtrack:
                break
            gamma *= tau
        z = relaxed(w, z, zb, Hz, add(zb, there, -gamma), delta, lam)


def fbf_search(g, x, y, eta0, theta, beta, delta):
    """Tseng with a line search; a yield a gradient."""
    w, z, eta = Whole(g), [*x, *y], eta0
    while True:
        yield split(z, w.dx)
        here = w.F(z)
        eta *= delta
        while True:
            yield split(z, w.dx)
            zb = w.P(add(z, here, -eta))
            there = w.F(zb)
            if not eta * length(sub(there, here)) > theta * length(sub(zb, z)):
                break
            eta *= beta
        z = w.P(add(zb, sub(there, here), -eta))
