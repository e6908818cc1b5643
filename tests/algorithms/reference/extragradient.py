"""Extragradient and its relatives."""

from reference.lists import add


def extragradient(g, x, y, eta):
    """Korpelevich: step with the gradient seen at the look-ahead point."""
    while True:
        yield x, y
        bx, by = g.px(add(x, g.gx(x, y), -eta)), g.py(add(y, g.gy(x, y), eta))
        x, y = g.px(add(x, g.gx(bx, by), -eta)), g.py(add(y, g.gy(bx, by), eta))
