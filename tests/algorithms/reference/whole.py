"""A game on one list z = x + y."""

from reference.lists import mul, split, symmetric_eigenvalues, transpose


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

    def H(self, z):  # noqa: N802
        """The Hessian of f as rows."""
        xx, xy, yy = self.g.hessian(*split(z, self.dx))
        top = [[*a, *b] for a, b in zip(xx, xy, strict=True)]
        return top + [[*a, *b] for a, b in zip(transpose(xy), yy, strict=True)]

    def J(self, z):  # noqa: N802
        """The Jacobian of F: the rows of y with their sign turned."""
        rows = self.H(z)
        return rows[: self.dx] + [mul(-1.0, row) for row in rows[self.dx :]]

    def norm_of_jacobian(self, z):
        return max(abs(v) for v in symmetric_eigenvalues(self.H(z)))
