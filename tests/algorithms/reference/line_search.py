"""Methods with a line search; a yield a gradient."""

from reference.adaptive_extragradient import relaxed
from reference.lists import add, inner, length, split, sub
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


def feg_adaptive(g, x, y, tau0, eta0, delta):
    """FEG-A; a yield a trial."""
    w, z, tau, eta, k = Whole(g), [*x, *y], tau0, eta0, 0
    start, here = z, w.F(z)
    while True:
        b = 1 / (k + 1)
        while True:
            yield split(z, w.dx)
            back = add(z, sub(start, z), b)
            ahead = w.P(add(back, here, -(1 - b) * eta))
            middle = w.F(ahead)
            new = w.P(add(add(back, middle, -tau), here, -(1 - b) * (eta - tau)))
            there = w.F(new)
            change, step = sub(there, here), sub(new, z)
            long = tau * length(sub(there, middle)) > length(sub(new, ahead)) * (1 + 1e-12)
            curved = inner(change, step) + 1e-12 * length(change) * length(step)
            bent = k > 0 and curved < (eta - tau) / 2 * inner(change, change)
            if not long and not bent:
                break
            tau *= 1 - delta if long else 1
            eta *= 1 - delta if bent else 1
        z, here, k = new, there, k + 1
