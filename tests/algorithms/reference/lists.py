"""Vectors as lists of floats."""


def add(a, b, s=1.0):
    """a + s b."""
    return [ai + s * bi for ai, bi in zip(a, b, strict=True)]


def sub(a, b):
    """a - b."""
    return [ai - bi for ai, bi in zip(a, b, strict=True)]


def mul(s, a):
    """s a."""
    return [s * ai for ai in a]


def inner(a, b):
    """<a, b>."""
    return sum(ai * bi for ai, bi in zip(a, b, strict=True))


def length(a):
    """|a|."""
    return inner(a, a) ** 0.5


def split(z, dx):
    """(x, y) of z."""
    return z[:dx], z[dx:]


def solve(matrix, b):
    """Gauss's elimination with pivots; rows of zeros give 0."""
    rows, n = [[*row, c] for row, c in zip(matrix, b, strict=True)], len(b)
    for k in range(n):
        best = max(range(k, n), key=lambda i: abs(rows[i][k]))
        rows[k], rows[best] = rows[best], rows[k]
        if rows[k][k] == 0:
            continue
        for i in range(n):
            if i != k and rows[i][k] != 0:
                factor = rows[i][k] / rows[k][k]
                rows[i] = [a - factor * c for a, c in zip(rows[i], rows[k], strict=True)]
    return [rows[k][n] / rows[k][k] if rows[k][k] else 0.0 for k in range(n)]


def apply(matrix, a):
    """A a."""
    return [inner(row, a) for row in matrix]


def transpose(matrix):
    """A'."""
    return [list(column) for column in zip(*matrix, strict=True)]


def symmetric_eigen(matrix, sweeps=60):
    """Eigenvalues and eigenvectors (as rows) by Jacobi's rotations."""
    n = len(matrix)
    a = [list(row) for row in matrix]
    v = [[float(i == j) for j in range(n)] for i in range(n)]
    for _ in range(sweeps):
        for p in range(n):
            for q in range(p + 1, n):
                if a[p][q] == 0:
                    continue
                theta = (a[q][q] - a[p][p]) / (2 * a[p][q])
                t = (1 if theta >= 0 else -1) / (abs(theta) + (theta * theta + 1) ** 0.5)
                c = 1 / (t * t + 1) ** 0.5
                s = t * c
                for k in range(n):
                    a[k][p], a[k][q] = c * a[k][p] - s * a[k][q], s * a[k][p] + c * a[k][q]
                for k in range(n):
                    a[p][k], a[q][k] = c * a[p][k] - s * a[q][k], s * a[p][k] + c * a[q][k]
                for k in range(n):
                    v[k][p], v[k][q] = c * v[k][p] - s * v[k][q], s * v[k][p] + c * v[k][q]
    return [a[k][k] for k in range(n)], transpose(v)


def symmetric_eigenvalues(matrix):
    """The eigenvalues alone."""
    return symmetric_eigen(matrix)[0]
