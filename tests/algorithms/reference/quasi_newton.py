"""Anderson mixing by Gram and Schmidt, and the J-symmetric update as its paper writes it."""

from reference.lists import add, apply, inner, length, mul, solve, split, sub
from reference.whole import Whole


def least_squares(columns, b):
    """argmin |sum c_j columns_j - b|^2, the columns made orthonormal twice over."""
    basis, rows = [], []
    for column in columns:
        row = [0.0] * len(basis)
        for _ in range(2):
            for j, q in enumerate(basis):
                part = inner(q, column)
                row[j] += part
                column = add(column, q, -part)
        size = length(column)
        basis.append(mul(1 / size, column))
        rows.append([*row, size])
    right = [inner(q, b) for q in basis]
    found = [0.0] * len(columns)
    for k in reversed(range(len(columns))):
        known = sum(rows[j][k] * found[j] for j in range(k + 1, len(columns)))
        found[k] = (right[k] - known) / rows[k][k]
    return found


def gda_am(g, x, y, eta, depth, epsilon, base):
    """The authors' numpyAA, type 2."""
    w, z, S, Y, old = Whole(g), [*x, *y], [], [], None
    while True:
        yield split(z, w.dx)
        x, y = split(z, w.dx)
        if base == "alt":
            x_new = g.px(add(x, g.gx(x, y), -eta))
            image = [*x_new, *g.py(add(y, g.gy(x_new, y), eta))]
        else:
            image = w.P(add(z, w.F(z), -eta))
        gap = sub(z, image)
        if old is not None:
            S, Y = [*S, sub(z, old[0])][-depth:], [*Y, sub(gap, old[1])][-depth:]
        old = z, gap
        size = epsilon * (sum(inner(s, s) for s in S) + sum(inner(s, s) for s in Y))
        new = image
        if size > 0:
            root = size**0.5
            n = len(S)
            tall = [[*c, *mul(root, [float(j == k) for k in range(n)])] for j, c in enumerate(Y)]
            gamma = least_squares(tall, [*gap, *[0.0] * n])
            for c, s, d in zip(gamma, S, Y, strict=True):
                new = add(new, sub(s, d), -c)
        z = w.P(new)
        if base == "sim" and len(S) == depth:
            S, Y, old = [], [], None


def j_symmetric(g, x, y, eta):
    """B, J-symmetric, by dense solves."""
    w, z = Whole(g), [*x, *y]
    n, here = len(z), w.F(z)
    sign = [1.0] * w.dx + [-1.0] * (n - w.dx)
    B = [[float(i == j) / eta for j in range(n)] for i in range(n)]
    while True:
        yield split(z, w.dx)
        new = w.P(sub(z, solve(B, here)))
        s, there = sub(new, z), w.F(new)
        r, square = sub(sub(there, here), apply(B, s)), inner(s, s)
        if square > 1e-20 * (1 + inner(z, z)):
            Js = [a * b for a, b in zip(sign, s, strict=True)]
            rJ = [a * b for a, b in zip(r, sign, strict=True)]
            down = inner(Js, r) / square**2
            B = [
                [
                    B[i][j] + (Js[i] * rJ[j] + r[i] * s[j]) / square - down * Js[i] * s[j]
                    for j in range(n)
                ]
                for i in range(n)
            ]
        z, here = new, there
