"""A game on one list z = x + y."""

from reference.lists import mul, split, symmetric_eigenvalues


class Whole:
    """A game on z = x + y, one list: F and P."""

    def __init__(self, g):
        self.g, self.dx = g, g.dx

    def F(self, z):  # noqa: N802
        x, y = split(z, self.dx)
        return [*self.g.gx(x, y), *mul(-1.0, self.g.gy(x, y))]

    def P(self, z):  # noqa: N802
        x, y = split(z, self.dx)
        return [*self.g.px(x), *self.g.py(y)]

    def norm_of_jacobian(self, z):
        x, y = split(z, self.dx)
        xx, xy, yy = self.g.hessian(x, y)
        rows = [[*a, *b] for a, b in zip(xx, xy, strict=True)]
        rows += [[*(row[j] for row in xy), *b] for j, b in zip(range(len(yy)), yy, strict=True)]
        return max(abs(v) for v in symmetric_eigenvalues(rows))
