"""STay-ON-the-Ridge, with sets and null vectors."""

from reference.lists import add, length, mul, solve


def ston_r(g, x, y, gamma, epsilon):
    """The program StayOnTheRidge.jl; a yield a pass of its inner loop."""
    del x, y
    far = 1e300
    low = [*g.px([-far] * g.dx), *g.py([-far] * g.dy)]
    high = [*g.px([far] * g.dx), *g.py([far] * g.dy)]
    n = g.dx + g.dy
    width = [b - a for a, b in zip(low, high, strict=True)]
    sign = [-1.0] * g.dx + [1.0] * g.dy

    def point(u):
        z = [a + w * c for a, w, c in zip(low, width, u, strict=True)]
        return g.px(z[: g.dx]), g.py(z[g.dx :])

    def v(u):
        gx, gy = g.gx(*point(u)), g.gy(*point(u))
        return [s * w * c for s, w, c in zip(sign, width, [*gx, *gy], strict=True)]

    def jacobian(u):
        xx, xy, yy = g.hessian(*point(u))
        rows = [[*a, *b] for a, b in zip(xx, xy, strict=True)]
        rows += [[xy[j][k] for j in range(g.dx)] + yy[k] for k in range(g.dy)]
        return [
            [sign[j] * width[j] * c * width[k] for k, c in enumerate(r)] for j, r in enumerate(rows)
        ]

    def det(rows):
        if not rows:
            return 1.0
        return sum(
            (-1) ** k * c * det([[*r[:k], *r[k + 1 :]] for r in rows[1:]])
            for k, c in enumerate(rows[0])
        )

    def direction(u, i, S):
        order = [*sorted(S), i]
        J = jacobian(u)
        rows = [[J[j][k] for k in order] for j in sorted(S)]
        # d_i = 1, J_SS d_S = -J_Si: then the sign that the determinant asks for.
        d = [*solve([r[:-1] for r in rows], [-r[-1] for r in rows]), 1.0] if S else [1.0]
        d = mul(1 / length(d), d)
        columns = [*rows, d]
        if (det(columns) > 0) != (len(S) % 2 == 0):
            d = mul(-1.0, d)
        out = [0.0] * n
        for k, c in zip(order, d, strict=True):
            out[k] = c
        return out

    u, i, S, fresh = [0.0] * n, 0, set(), True
    while i < n:
        yield point(u)
        here, d = v(u), direction(u, i, S)
        near = abs(here[i]) <= epsilon
        fresh = fresh or not near
        zero = near and fresh
        if zero or (u[i] == 0 and here[i] < epsilon) or (u[i] == 1 and here[i] > -epsilon):
            S |= {i} if zero else set()
            i, fresh = i + 1, True
            continue
        out = [j for j in sorted(S | {i}) if (u[j] == 0 and d[j] < 0) or (u[j] == 1 and d[j] > 0)]
        new = [min(max(c, 0.0), 1.0) for c in add(u, d, gamma)]
        if out:
            S -= {i - 1} if out[0] == i else {out[0]}
            fresh = fresh and out[0] != i
            i = max(i - 1, 0) if out[0] == i else i
            continue
        ahead = v(new)
        turn = [
            j
            for j in range(i)
            if j not in S and ((u[j] == 0 and ahead[j] > 0) or (u[j] == 1 and ahead[j] < 0))
        ]
        if turn:
            S |= {turn[0]}
            continue
        u = new
    while True:
        yield point(u)
