"""Second, plain implementations, written from the published rules: scalars, lists and loops.

They share no code with the package, run one seed at a time, and are as slow as they look. ``gx`` and
``gy`` map (x, y), two lists, to lists; ``px`` and ``py`` project. Each returns the iterates.
"""


def same(v):
    return list(v)


def plus(a, s, b):
    return [ai + s * bi for ai, bi in zip(a, b, strict=True)]


def length(a):
    return sum(c * c for c in a) ** 0.5


def gda(gx, gy, x, y, n, eta_x, eta_y, px=same, py=same):
    """Arrow, Hurwicz: both players at once."""
    path = [(x, y)]
    for _ in range(n):
        x, y = px(plus(x, -eta_x, gx(x, y))), py(plus(y, eta_y, gy(x, y)))
        path.append((x, y))
    return path


def gda_alt(gx, gy, x, y, n, eta_x, eta_y, order, px=same, py=same):
    """One after the other; the second player sees the first one's move."""
    path = [(x, y)]
    for _ in range(n):
        if order == "xy":
            x = px(plus(x, -eta_x, gx(x, y)))
            y = py(plus(y, eta_y, gy(x, y)))
        else:
            y = py(plus(y, eta_y, gy(x, y)))
            x = px(plus(x, -eta_x, gx(x, y)))
        path.append((x, y))
    return path


def gdmax(gx, gy, x, y, n, eta_x, eta_y, k, order, px=same, py=same):
    """k ascent steps and one descent step."""
    path = [(x, y)]
    for _ in range(n):
        if order == "xy":
            x = px(plus(x, -eta_x, gx(x, y)))
        for _ in range(k):
            y = py(plus(y, eta_y, gy(x, y)))
        if order == "yx":
            x = px(plus(x, -eta_x, gx(x, y)))
        path.append((x, y))
    return path


def ogda(gx, gy, x, y, n, eta, first, px=same, py=same):
    """z - 2 eta F(z) + eta F(z_prev); F before the first is repeated or zero."""
    path, old = [(x, y)], None
    for _ in range(n):
        a, b = gx(x, y), gy(x, y)
        if old is None:
            old = (a, b) if first == "repeat" else ([0.0] * len(a), [0.0] * len(b))
        x = px([xi - 2 * eta * ai + eta * oi for xi, ai, oi in zip(x, a, old[0], strict=True)])
        y = py([yi + 2 * eta * bi - eta * oi for yi, bi, oi in zip(y, b, old[1], strict=True)])
        old = (a, b)
        path.append((x, y))
    return path


def popov(gx, gy, x, y, n, eta, px=same, py=same):
    """w_k = z_k - eta F(w_{k-1}), z_{k+1} = z_k - eta F(w_k), w_{-1} = z_0. Also returns the w_k."""
    path, ws = [(x, y)], []
    wx, wy = x, y
    for _ in range(n):
        wx, wy = px(plus(x, -eta, gx(wx, wy))), py(plus(y, eta, gy(wx, wy)))
        ws.append((wx, wy))
        x, y = px(plus(x, -eta, gx(wx, wy))), py(plus(y, eta, gy(wx, wy)))
        path.append((x, y))
    return path, ws


def extragradient(gx, gy, x, y, n, eta, px=same, py=same):
    """Korpelevich: step with the gradient seen at the look-ahead point."""
    path = [(x, y)]
    for _ in range(n):
        bx, by = px(plus(x, -eta, gx(x, y))), py(plus(y, eta, gy(x, y)))
        x, y = px(plus(x, -eta, gx(bx, by))), py(plus(y, eta, gy(bx, by)))
        path.append((x, y))
    return path


def greedy_max(f, gy, x, y, deltas, lucks, outer, *, eta, eps, eps0, L, r_max, tau1):
    """Algorithms 1 and 2: the accepted points, and the calls (values, gradients) made by then."""
    import math

    i = r = values = gradients = 0
    eps_i, f_old, path = eps0, math.inf, []
    while r <= r_max and i < outer:
        X = plus(x, 1.0, deltas(i))
        Y = y
        while True:
            g = gy(X, Y)
            gradients += 1
            if length(g) <= eps_i / (1 - 2 * eta * L):
                break
            Y = plus(Y, eta, g)
        f_new = f(X, Y)
        values += 1
        accept = True
        if f_new > f_old - eps / 4:
            reject = max(0.0, 1 - math.exp(-i / tau1)) if tau1 else 1.0
            accept = lucks(i) >= reject if tau1 else False
        if accept:
            x, y, f_old, r = X, Y, f_new, 0
            eps_i = eps_i / (1 - 2 * eta * L) ** 2
        else:
            r += 1
        i += 1
        path.append((x, y, values, gradients, r))
    return path


def greedy_program(f, gy, x, y, deltas, ticks, *, eta, delta, eps, r_max):
    """The authors' program: what it holds as accepted before each of its ascent steps."""
    held_x, held_y, z_old = x, y, 1000.0
    rejected, proposals, fresh, path = 0, 0, False, []
    for _ in range(ticks):
        path.append((held_x, held_y))
        if rejected > r_max:
            break
        # In the step that has just proposed, the gradient is still taken at the old x.
        g = gy(held_x if fresh else x, y)
        y = plus(y, eta, g)
        if not fresh and length(g) <= eps:
            z_new = f(x, y)
            if z_new < z_old - delta:
                held_x, held_y, z_old, rejected = x, y, z_new, 0
            else:
                rejected += 1
            x, y = plus(held_x, 1.0, deltas(proposals)), held_y
            proposals += 1
            fresh = True
        else:
            fresh = False
    return path
