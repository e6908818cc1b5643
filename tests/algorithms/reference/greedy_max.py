"""Greedy-max a tick at a time: what is held as accepted before each ascent step."""

import math

from reference.lists import add, length, mul, symmetric_eigen


def greedy_max(g, x, y, eta, eps, inner_eps, L, r_max, tau1, proposal, scale, max_ascents):
    """Algorithms 1 and 2; nothing moves once more than r_max proposals in a row were rejected."""
    i = r = 0
    eps_i, f_old = inner_eps, math.inf
    while r <= r_max:
        X, Y, ascents = g.px(add(x, propose(g, x, y, i, proposal, scale))), y, 0
        while True:
            yield x, y
            up = g.gy(X, Y)
            beyond = g.py(add(Y, up, eta))
            if length(slope(g, Y, up, beyond, eta)) <= eps_i / (1 - 2 * eta * L):
                break
            if ascents >= max_ascents:
                break
            Y, ascents = beyond, ascents + 1
        f_new = g.f(X, Y)
        accept = True
        if f_new > f_old - eps / 4:
            reject = max(0.0, 1 - math.exp(-i / tau1)) if tau1 else 1.0
            # Our lanes accept when a uniform draw is below exp(-i/tau1).
            accept = 1 - g.uniform("acceptance", i, 1)[0] >= reject if tau1 else False
        if accept:
            x, y, f_old, r = X, Y, f_new, 0
            eps_i = eps_i / (1 - 2 * eta * L) ** 2
        else:
            r += 1
        i += 1
    yield x, y


def greedy_max_program(g, x, y, eta, delta, eps, r_max, proposal, scale):
    """The authors' program."""
    held_x, held_y, z_old = x, y, 1000.0
    rejected, proposals, fresh = 0, 0, False
    while rejected <= r_max:
        yield held_x, held_y
        # In the step that has just proposed, the gradient is still taken at the old x.
        up = g.gy(held_x if fresh else x, y)
        beyond = g.py(add(y, up, eta))
        steep = length(slope(g, y, up, beyond, eta))
        y = beyond
        if not fresh and steep <= eps:
            z_new = g.f(x, y)
            if z_new < z_old - delta:
                held_x, held_y, z_old, rejected = x, y, z_new, 0
            else:
                rejected += 1
            x = g.px(add(held_x, propose(g, held_x, held_y, proposals, proposal, scale)))
            y = held_y
            proposals += 1
            fresh = True
        else:
            fresh = False
    yield held_x, held_y


def greedy_max_second_order(
    g, x, y, eta, eps, inner_eps, L, r_max, tau1, proposal, scale, max_ascents, curvature, rho
):
    """Greedy ascent of second order; defaults alone (no schedule, no random acceptance)."""
    assert L == 0
    assert tau1 == 0
    i = r = 0
    f_old = math.inf
    while r <= r_max:
        X, Y, ascents = g.px(add(x, propose(g, x, y, i, proposal, scale))), y, 0
        while True:
            yield x, y
            up = g.gy(X, Y)
            beyond = g.py(add(Y, up, eta))
            if length(slope(g, Y, up, beyond, eta)) > inner_eps and ascents < max_ascents:
                Y, ascents = beyond, ascents + 1
                continue
            values, vectors = symmetric_eigen(g.hessian(X, Y)[2])
            k = max(range(len(values)), key=lambda j: values[j])
            v = vectors[k]
            longest = max(range(len(v)), key=lambda j: abs(v[j]))
            v = mul(1.0 if v[longest] >= 0 else -1.0, v)
            sign = 1.0 if sum(a * b for a, b in zip(v, up, strict=True)) >= 0 else -1.0
            pushed = g.py(add(Y, v, sign * values[k] / (2 * rho)))
            bent = values[k] > curvature and pushed != Y
            Y = pushed if bent else Y
            if not bent or ascents >= max_ascents:
                break
            ascents += 1
        f_new = g.f(X, Y)
        if f_new <= f_old - eps / 4:
            x, y, f_old, r = X, Y, f_new, 0
        else:
            r += 1
        i += 1
    yield x, y


def greedy_max_rate(g, x, y, eta_x, eta_y, k, rate, stale, restore, first):
    """The notebooks' skeleton."""
    j, last = first, 1e7
    while True:
        yield x, y
        old = last if stale else g.f(x, y)
        X, Y = g.px(add(x, g.gx(x, y), -eta_x)), y
        for _ in range(k):
            Y = g.py(add(Y, g.gy(X, Y), eta_y))
        last = g.f(X, Y)
        if j % rate == 0 or last <= old:
            x, y = X, Y
        elif not restore:
            y = Y
        j += 1


def slope(g, y, up, beyond, eta):
    """The gradient, or on a set the projected step over eta."""
    return mul(1 / eta, add(beyond, y, -1.0)) if g.problem.y_set.constrained else up


def propose(g, x, y, i, proposal, scale):
    """Draw number i of the distribution Q."""
    d = len(x)
    if proposal == "gradient":
        return mul(-scale, g.gx(x, y))
    if proposal == "low_rank":
        rank = min(4, d)
        steps = g.normal("proposal", i, rank)
        signs = [-1.0 if u < 0.5 else 1.0 for u in g.uniform("proposal basis", 0, d)]
        of = [1 / len(range(j, d, rank)) ** 0.5 for j in range(rank)]
        return [scale * signs[c] * of[c % rank] * steps[c % rank] for c in range(d)]
    step = g.normal("proposal", i, d)
    if proposal == "ball":
        reach = g.uniform("proposal radius", i, 1)[0] ** (1 / d)
        return mul(scale * reach / length(step), step)
    return mul(scale if proposal == "gaussian" else scale / d**0.5, step)
