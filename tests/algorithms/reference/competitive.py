"""Competitive gradient descent, by one dense system for both steps."""

import math

from reference.lists import add, mul, solve, transpose


def local_game(g, x, y, ax, ay, look):
    """dx = -Ax (gx + B dy look), dy = Ay (gy + B' dx look), solved together for (dx, dy)."""
    _, xy, _ = g.hessian(x, y)
    gx, gy, nx, ny = g.gx(x, y), g.gy(x, y), len(x), len(y)
    unit = [[float(i == j) for j in range(max(nx, ny))] for i in range(max(nx, ny))]
    system = [unit[i][:nx] + mul(look * ax[i], row) for i, row in enumerate(xy)]
    system += [mul(-look * ay[i], row) + unit[i][:ny] for i, row in enumerate(transpose(xy))]
    right = [-a * c for a, c in zip(ax, gx, strict=True)] + [
        a * c for a, c in zip(ay, gy, strict=True)
    ]
    both = solve(system, right)
    return both[:nx], both[nx:]


def cgd(g, x, y, eta):
    """dx = -eta (gx + hxy dy), dy = eta (gy + hyx dx)."""
    return cgo(g, x, y, eta, eta)


def cgo(g, x, y, eta, alpha):
    """The same with alpha in the answers: eta/alpha times CGD's steps of length alpha."""
    while True:
        yield x, y
        ax, ay = [eta] * len(x), [eta] * len(y)
        dx, dy = local_game(g, x, y, ax, ay, alpha / eta)
        x, y = g.px(add(x, dx)), g.py(add(y, dy))


def acgd(g, x, y, eta, beta, eps):
    """RMSprop's steps in the place of eta."""
    vx, vy, t = [0.0] * len(x), [0.0] * len(y), 0
    while True:
        yield x, y
        t += 1
        vx = [beta * v + (1 - beta) * c * c for v, c in zip(vx, g.gx(x, y), strict=True)]
        vy = [beta * v + (1 - beta) * c * c for v, c in zip(vy, g.gy(x, y), strict=True)]
        step = eta * math.sqrt(1 - beta**t)
        ax, ay = ([step / (math.sqrt(c) + eps) for c in v] for v in (vx, vy))
        dx, dy = local_game(g, x, y, ax, ay, 1.0)
        x, y = g.px(add(x, dx)), g.py(add(y, dy))
