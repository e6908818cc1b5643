"""Adaptive methods."""

import math

from reference.lists import add, inner, mul, split
from reference.whole import Whole


class Moments:
    """Adam's moments of one gradient after the other."""

    def __init__(self, n, b1, b2):
        self.m, self.v, self.t, self.b1, self.b2 = [0.0] * n, [0.0] * n, 0, b1, b2

    def see(self, g):
        self.t += 1
        self.m = [self.b1 * a + (1 - self.b1) * b for a, b in zip(self.m, g, strict=True)]
        self.v = [self.b2 * a + (1 - self.b2) * b * b for a, b in zip(self.v, g, strict=True)]

    def direction(self, eps):
        one, two = 1 - self.b1**self.t, 1 - self.b2**self.t
        both = zip(self.m, self.v, strict=True)
        return [(a / one) / (math.sqrt(b / two) + eps) for a, b in both]

    def raw(self, eps):
        return [a / (math.sqrt(b) + eps) for a, b in zip(self.m, self.v, strict=True)]

    def correction(self):
        return math.sqrt(1 - self.b2**self.t) / (1 - self.b1**self.t)


def adam_gda(g, x, y, eta, beta1, beta2, eps, alternating):
    """Adam for each player."""
    of_x, of_y = Moments(len(x), beta1, beta2), Moments(len(y), beta1, beta2)
    while True:
        yield x, y
        of_x.see(g.gx(x, y))
        new = g.px(add(x, of_x.direction(eps), -eta))
        of_y.see(g.gy(new if alternating else x, y))
        x, y = new, g.py(add(y, of_y.direction(eps), eta))


def optimistic_adam(g, x, y, eta, beta1, beta2, eps, first):
    """z - 2 eta d + eta d_prev."""
    w, z = Whole(g), [*x, *y]
    moments, old = Moments(len(z), beta1, beta2), None
    while True:
        yield split(z, w.dx)
        moments.see(w.F(z))
        d = moments.direction(eps)
        if old is None:
            old = d if first == "repeat" else mul(0.0, d)
        z, old = w.P(add(add(z, d, -2 * eta), old, eta)), d


def optimistic_adam_keswani(g, x, y, eta, beta1, beta2, eps):
    """Raw moments, the present step for both directions."""
    w, z = Whole(g), [*x, *y]
    moments, old = Moments(len(z), beta1, beta2), mul(0.0, z)
    while True:
        yield split(z, w.dx)
        moments.see(w.F(z))
        d, step = moments.raw(eps), eta * moments.correction()
        z, old = w.P(add(add(z, d, -2 * step), old, step)), d


def extra_adam(g, x, y, eta, beta1, beta2, eps):
    """Moments updated twice a step."""
    w, z = Whole(g), [*x, *y]
    moments = Moments(len(z), beta1, beta2)
    while True:
        yield split(z, w.dx)
        moments.see(w.F(z))
        zb = w.P(add(z, moments.raw(eps), -eta * moments.correction()))
        moments.see(w.F(zb))
        z = w.P(add(z, moments.raw(eps), -eta * moments.correction()))


def adagrad_gda(g, x, y, eta_x, eta_y, v0):
    """eta/sqrt(v) with v the sum of squares."""
    vx = vy = v0
    while True:
        yield x, y
        a, b = g.gx(x, y), g.gy(x, y)
        vx, vy = vx + inner(a, a), vy + inner(b, b)
        x = g.px(add(x, a, -eta_x / math.sqrt(vx) if vx else 0.0))
        y = g.py(add(y, b, eta_y / math.sqrt(vy) if vy else 0.0))


def tiada(g, x, y, eta_x, eta_y, alpha, beta, v0x, v0y, use_max):
    """x over max(vx, vy)^alpha, y over vy^beta."""
    vx, vy = v0x, v0y
    while True:
        yield x, y
        a, b = g.gx(x, y), g.gy(x, y)
        vx, vy = vx + inner(a, a), vy + inner(b, b)
        of_x = max(vx, vy) if use_max else vx
        x = g.px(add(x, a, -eta_x / of_x**alpha if of_x else 0.0))
        y = g.py(add(y, b, eta_y / vy**beta if vy else 0.0))


def neada_adagrad(g, x, y, eta_x, eta_y, v0x, v0y, max_inner):
    """Ascend while |gy|^2 > 1/(t + 1), then descend once; a yield a tick."""
    vx, vy, t = v0x, v0y, 0
    while True:
        for _ in range(max_inner):
            b = g.gy(x, y)
            if not inner(b, b) > 1 / (t + 1):
                break
            yield x, y
            vy += inner(b, b)
            y = g.py(add(y, b, eta_y / math.sqrt(vy)))
        yield x, y
        a = g.gx(x, y)
        vx += inner(a, a)
        x = g.px(add(x, a, -eta_x / math.sqrt(vx) if vx else 0.0))
        t += 1
