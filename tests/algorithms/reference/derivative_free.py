"""Values of f alone, with the draws of lane 0."""

import math

from reference.lists import add, apply, inner, length, mul, sub


def estimate(g, player, index, z, f, here, mu, q, difference):
    """d/(mu q) times the sum of differences along q directions."""
    d, total = len(z), [0.0] * len(z)
    drawn = g.normal(f"zeroth order {player}", index, q * d)
    for k in range(q):
        u = drawn[k * d : (k + 1) * d]
        u = mul(1 / length(u), u)
        up = f(add(z, u, mu))
        rise = (up - f(add(z, u, -mu))) / 2 if difference == "central" else up - here
        total = add(total, u, rise)
    return mul(d / (mu * q), total)


def zo_gda(g, x, y, eta_x, eta_y, mu, q, difference):
    """Algorithm 1."""
    made = 0
    while True:
        yield x, y
        hx = estimate(g, "x", made, x, lambda z: g.f(z, y), g.f(x, y), mu, q, difference)  # noqa: B023
        x = g.px(add(x, hx, -eta_x))
        hy = estimate(g, "y", made + 1, y, lambda z: g.f(x, z), g.f(x, y), mu, q, difference)  # noqa: B023
        y = g.py(add(y, hy, eta_y))
        made += 2


def weighted_mean(particles, logs):
    """Their mean with the weights exp(logs), stabilised."""
    top = max(logs)
    weights = [math.exp(c - top) for c in logs]
    total = [0.0] * len(particles[0])
    for w, p in zip(weights, particles, strict=True):
        total = add(total, p, w)
    return mul(1 / sum(weights), total)


def mean(particles):
    return [sum(c) / len(particles) for c in zip(*particles, strict=True)]


def cbo_sp(g, x, y, n, delta, lam, sigma, alpha, beta, spread, noise):
    """CBOSP.m."""

    def drawn(player, d, index):
        flat = g.normal(f"particles {player}", index, n * d)
        return [flat[i * d : (i + 1) * d] for i in range(n)]

    def moved(player, particles, at, index, project):
        out = []
        for p, xi in zip(particles, drawn(player, len(at), index), strict=True):
            gap = sub(p, at)
            size = [length(gap)] * len(gap) if noise == "joint" else [abs(c) for c in gap]
            step = [a * b for a, b in zip(size, xi, strict=True)]
            out.append(project(add(add(p, gap, -lam * delta), step, sigma * math.sqrt(delta))))
        return out

    X = [g.px(add(x, u, spread)) for u in drawn("x", len(x), 0)]
    Y = [g.py(add(y, u, spread)) for u in drawn("y", len(y), 0)]
    index = 1
    while True:
        yield x, y
        centre = mean(Y)
        x = g.px(weighted_mean(X, [-alpha * g.f(p, centre) for p in X]))
        X = moved("x", X, x, index, g.px)
        centre = mean(X)
        y = g.py(weighted_mean(Y, [beta * g.f(centre, p) for p in Y]))
        Y = moved("y", Y, y, index, g.py)
        index += 1


class Parent:
    """(1+1)-Cholesky-CMA-ES, Algorithm 1 and the update of its section 3."""

    def __init__(self, d, sigma):
        self.d, self.sigma, self.p = d, sigma, 2 / 11
        self.A = [[float(i == j) for j in range(d)] for i in range(d)]

    def search(self, z, f, draws, project):
        here = f(z)
        for u in draws:
            Au = apply(self.A, u)
            new = project(add(z, Au, self.sigma))
            f_new = f(new)
            good = f_new <= here
            self.p = (1 - 1 / 12) * self.p + (1 / 12 if good else 0.0)
            ratio = (2 / 11) / (1 - 2 / 11)
            self.sigma *= math.exp((self.p - ratio * (1 - self.p)) / (1 + self.d / 2))
            if good:
                z, here = new, f_new
                if self.p < 0.44:
                    c, uu = 2 / (self.d**2 + 6), inner(u, u)
                    a = math.sqrt(1 - c)
                    b = a / uu * (math.sqrt(1 + c * uu / (1 - c)) - 1)
                    self.A = [
                        [a * c0 + b * Au[i] * u[j] for j, c0 in enumerate(row)]
                        for i, row in enumerate(self.A)
                    ]
        return z


def adversarial_cma_es(g, x, y, eta, sigma0, k):
    """Both search, then move a part of the way."""
    px, py, made = Parent(len(x), sigma0), Parent(len(y), sigma0), 0
    while True:
        yield x, y
        us = [g.normal("tries x", made + i, len(x)) for i in range(k)]
        vs = [g.normal("tries y", made + i, len(y)) for i in range(k)]
        ax = px.search(x, lambda z: g.f(z, y), us, g.px)  # noqa: B023
        ay = py.search(y, lambda z: -g.f(x, z), vs, g.py)  # noqa: B023
        x, y = g.px(add(x, sub(ax, x), eta)), g.py(add(y, sub(ay, y), eta))
        made += k
