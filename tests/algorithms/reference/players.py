"""Players wearing Adam at rates of their own, the unrolled one, and greedy-max with Adam."""

import math

from reference.adaptive import Moments
from reference.lists import add, apply, mul, transpose


def scaled(d, rate):
    return mul(rate, d)


def adam_players(g, x, y, eta_x, eta_y, beta1, beta2, eps, rule, k):
    """Written out rule by rule."""
    of_x, of_y = Moments(len(x), beta1, beta2), Moments(len(y), beta1, beta2)

    def down(x, y):
        of_x.see(g.gx(x, y))
        return mul(-eta_x, of_x.direction(eps))

    def up(x, y):
        of_y.see(g.gy(x, y))
        return mul(eta_y, of_y.direction(eps))

    slow, made = (x, y), 0
    old_x, old_y = mul(0.0, x), mul(0.0, y)
    while True:
        yield x, y
        dx, dy = down(x, y), up(x, y)
        if rule == "optimistic":
            x = g.px(add(add(x, dx, 2.0), old_x, -1.0))
            y = g.py(add(add(y, dy, 2.0), old_y, -1.0))
            old_x, old_y = dx, dy
        elif rule == "extra":
            at = g.px(add(x, dx)), g.py(add(y, dy))
            x, y = g.px(add(x, down(*at))), g.py(add(y, up(*at)))
        else:
            x, y = g.px(add(x, dx)), g.py(add(y, dy))
            for _ in range(k - 1):
                y = g.py(add(y, up(x, y)))
        made += 1
        if rule == "lookahead" and made % 6 == 0:
            x = g.px(add(mul(0.5, x), slow[0], 0.5))
            y = g.py(add(mul(0.5, y), slow[1], 0.5))
            slow = x, y


def unrolled_adam(g, x, y, eta_x, eta_y, beta1, beta2, eps, k):
    """The derivative through Adam's steps forwards: each y^j carries its Jacobian in x."""
    of_x, of_y = Moments(len(x), beta1, beta2), Moments(len(y), beta1, beta2)
    dx, dy = len(x), len(y)
    while True:
        yield x, y
        z, m, v = y, of_y.m, of_y.v
        dz, dm, dv = ([[0.0] * dx for _ in range(dy)] for _ in range(3))
        for j in range(k):
            t = of_y.t + j + 1
            one, two = 1 - beta1**t, 1 - beta2**t
            grad = g.gy(x, z)
            _, h_xy, h_yy = g.hessian(x, z)
            # d grad_i / d x_c = h_yx[i][c] + sum_l h_yy[i][l] dz[l][c]
            slope = [
                [h_xy[c][i] + sum(h_yy[i][n] * dz[n][c] for n in range(dy)) for c in range(dx)]
                for i in range(dy)
            ]
            m = [beta1 * a + (1 - beta1) * b for a, b in zip(m, grad, strict=True)]
            v = [beta2 * a + (1 - beta2) * b * b for a, b in zip(v, grad, strict=True)]
            new = []
            for i in range(dy):
                root = math.sqrt(v[i] / two)
                new.append(z[i] + eta_y * m[i] / one / (root + eps))
                for c in range(dx):
                    dm[i][c] = beta1 * dm[i][c] + (1 - beta1) * slope[i][c]
                    dv[i][c] = beta2 * dv[i][c] + (1 - beta2) * 2 * grad[i] * slope[i][c]
                    by_root = -m[i] / one / (root + eps) ** 2
                    d_root = dv[i][c] / two / (2 * root) if root else 0.0
                    dz[i][c] += eta_y * (dm[i][c] / one / (root + eps) + by_root * d_root)
            z = new
        whole = add(g.gx(x, z), apply(transpose(dz), g.gy(x, z)))
        of_x.see(whole)
        of_y.see(g.gy(x, y))
        x = g.px(add(x, of_x.direction(eps), -eta_x))
        y = g.py(add(y, of_y.direction(eps), eta_y))


def greedy_max_adam(
    g, x, y, eta_x, eta_y, beta1, beta2, adam_eps, k, accept, eps, tau1, rate, chance
):
    """As the notebooks and the pseudo-code read, on exact values."""
    of_x, of_y = Moments(len(x), beta1, beta2), Moments(len(y), beta1, beta2)
    i, f_old = 0, math.inf

    def up(X, Y):
        of_y.see(g.gy(X, Y))
        return g.py(add(Y, of_y.direction(adam_eps), eta_y))

    while True:
        yield x, y
        u = g.uniform("acceptance", i, 1)[0]
        if accept in ("images", "temperature"):
            f_old = g.f(x, y)
        of_x.see(g.gx(x, y))
        X = g.px(add(x, of_x.direction(adam_eps), -eta_x))
        if accept in ("published", "constant"):
            Y = y
            for _ in range(k):
                Y = up(X, Y)
            f_new = g.f(X, Y)
            sure = f_new <= f_old - eps / 4
            luck = {"published": math.exp(-i / tau1), "constant": 1 / rate}
            if sure or u < luck[accept]:
                x, y, f_old = X, Y, f_new
        else:
            Y = up(x, y)
            f_new = g.f(X, Y)
            for _ in range(k - 1):
                f_new = g.f(X, Y)
                Y = up(X, Y)
            if accept in ("images", "temperature") and k > 1:
                f_new = g.f(X, Y)
            if accept in ("mixture", "coin"):
                f_new = -f_new
            yes = f_new <= f_old - eps / 4
            if accept == "temperature":
                yes = yes or u < 1 / (4 + math.exp((i / 20000) ** 2))
            elif accept in ("coin", "coin_both"):
                yes = u < chance
            else:
                yes = yes or i % rate == 0
            if accept in ("images", "temperature", "coin_both"):
                x, y = (X, Y) if yes else (x, y)
            else:
                x, y, f_old = (X if yes else x), Y, f_new
        i += 1
