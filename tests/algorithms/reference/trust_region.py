"""Powell's dogleg, by dense systems; a yield a tick."""

from reference.lists import add, apply, inner, length, mul, split, sub, symmetric_eigen, transpose
from reference.whole import Whole


def newton_dogleg(g, x, y, radius, most, eta):
    """Nocedal and Wright's Algorithm 11.5, its step from section 4.1."""
    w, z, region = Whole(g), [*x, *y], min(radius, most)
    here = w.F(z)
    while True:
        yield split(z, w.dx)
        jacobian = w.J(z)
        p, at_border = dogleg(jacobian, newton(w, z, here), here, region)
        ahead = w.P(add(z, p))
        p, there = sub(ahead, z), w.F(ahead)
        model = add(here, apply(jacobian, p))
        actual = inner(here, here) - inner(there, there)
        foreseen = inner(here, here) - inner(model, model)
        gain = actual / foreseen if foreseen else 1.0
        if gain < 0.25:
            region = region / 4
        elif gain > 0.75 and at_border:
            region = min(2 * region, most)
        if gain > eta:
            z, here = ahead, there


def newton(w, z, here):
    """The shortest p with J p = -F: the rows of y turned, the Hessian times p is what they are."""
    turned = [*here[: w.dx], *mul(-1.0, here[w.dx :])]
    p = mul(0.0, here)
    for value, v in zip(*symmetric_eigen(w.H(z)), strict=True):
        if abs(value) > 1e-12:
            p = add(p, v, -inner(v, turned) / value)
    return p


def dogleg(jacobian, to_root, here, region):
    """The step, and whether the region ends it."""
    if length(to_root) <= region:
        return to_root, False
    down = apply(transpose(jacobian), here)
    bent = apply(jacobian, down)
    steep = mul(-inner(down, down) / inner(bent, bent), down)
    if length(steep) >= region:
        return mul(-region / length(down), down), True
    gap = sub(to_root, steep)
    a, b = inner(gap, gap), inner(steep, gap)
    c = inner(steep, steep) - region * region
    return add(steep, gap, ((b * b - a * c) ** 0.5 - b) / a), True
