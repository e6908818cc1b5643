"""Methods in which y answers x, with dense matrices."""

from reference.lists import add, apply, inner, mul, solve, sub, symmetric_eigen, transpose


def follow_the_ridge(g, x, y, eta_x, eta_y):
    """y gets eta_x hyy^{-1} hyx gx more."""
    while True:
        yield x, y
        _, xy, yy = g.hessian(x, y)
        a, b = g.gx(x, y), g.gy(x, y)
        ridge = solve(yy, apply(transpose(xy), a))
        x, y = g.px(add(x, a, -eta_x)), g.py(add(add(y, b, eta_y), ridge, eta_x))


def tgda(g, x, y, eta_x, eta_y):
    """gx - hxy hyy^{-1} gy."""
    while True:
        yield x, y
        _, xy, yy = g.hessian(x, y)
        a, b = g.gx(x, y), g.gy(x, y)
        total = sub(a, apply(xy, solve(yy, b)))
        x, y = g.px(add(x, total, -eta_x)), g.py(add(y, b, eta_y))


def gdn(g, x, y, eta):
    """y by Newton at the new x."""
    while True:
        yield x, y
        x = g.px(add(x, g.gx(x, y), -eta))
        y = g.py(sub(y, solve(g.hessian(x, y)[2], g.gy(x, y))))


def complete_newton(g, x, y):
    """x by the Schur complement."""
    while True:
        yield x, y
        xx, xy, yy = g.hessian(x, y)
        columns = [solve(yy, row) for row in xy]
        D = [
            [c - inner(row, columns[j]) for j, c in enumerate(top)]
            for top, row in zip(xx, xy, strict=True)
        ]
        x = g.px(sub(x, solve(D, g.gx(x, y))))
        y = g.py(sub(y, solve(g.hessian(x, y)[2], g.gy(x, y))))


def cesp(g, x, y, eta, rho_x, rho_y):
    """Pushes along extreme eigenvectors."""

    def push(values, vectors, k, gradient, rho):
        v = vectors[k]
        longest = max(range(len(v)), key=lambda i: abs(v[i]))
        v = mul(1.0 if v[longest] >= 0 else -1.0, v)
        sign = 1.0 if inner(v, gradient) >= 0 else -1.0
        return mul(values[k] / (2 * rho) * sign, v)

    while True:
        yield x, y
        xx, _, yy = g.hessian(x, y)
        a, b = g.gx(x, y), g.gy(x, y)
        new_x, new_y = add(x, a, -eta), add(y, b, eta)
        values, vectors = symmetric_eigen(xx)
        k = min(range(len(values)), key=lambda i: values[i])
        if values[k] < 0:
            new_x = add(new_x, push(values, vectors, k, a, rho_x))
        values, vectors = symmetric_eigen(yy)
        k = max(range(len(values)), key=lambda i: values[i])
        if values[k] > 0:
            new_y = add(new_y, push(values, vectors, k, b, rho_y))
        x, y = g.px(new_x), g.py(new_y)
