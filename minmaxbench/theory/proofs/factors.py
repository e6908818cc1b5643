"""Common factors of both derivatives: where one vanishes, whole curves of points are stationary."""

from __future__ import annotations

import numpy as np
import sympy
from flint import arb

from minmaxbench.theory.proofs.balls import Enclosed
from minmaxbench.theory.proofs.cells import Cell, ball_box, covered, halves
from minmaxbench.theory.proofs.domain import Domain, factors, poles

DEPTH, CELLS = 20, 4096
"""A common factor is looked at in cells that are halved so often, and so many of them."""
SAMPLES = 33
"""Its signs are looked at on a grid of so many points a side."""


def common_factor(
    gradient: tuple[sympy.Expr, sympy.Expr],
) -> tuple[sympy.Expr | None, tuple[sympy.Expr, sympy.Expr]]:
    """The greatest common factor of two expressions, None for a number, and what is left of them.

    exp(-r^2) of a damped polynomial would hide the polynomial's roots far out; the common factor of
    sin(x + y) is a curve of stationary points.
    """
    try:
        fx, fy = (sympy.factor(g) for g in gradient)
        factor = sympy.gcd(fx, fy)
    except sympy.PolynomialError:
        return None, gradient
    if not factor.free_symbols:
        return None, gradient
    return factor, (sympy.cancel(fx / factor), sympy.cancel(fy / factor))


def zero_set(
    f: sympy.Expr, factor: sympy.Expr, box: Cell, domain: Domain
) -> tuple[list[str], list[Cell]]:
    """Equations of the curves on which a factor of f's derivatives vanishes in a box.

    And cells of the box that are not decided.
    """
    whole = Enclosed(factor)
    if not _undecided(whole, box, domain):
        return [], []
    curves, left = [], []
    for part in _parts(factor):
        enclosed = Enclosed(part)
        cells = _undecided(enclosed, box, domain)
        if cells and _changes_sign(enclosed, box):
            curves.append(f"{part} = 0")
        else:
            left += cells
    # An equation says where the factor vanishes, but not where it is not finite. Where f itself has
    # no value there, nothing is stationary.
    if not factors(1 / factor) <= poles(f):
        left += [
            c for c in _undecided(whole, box, domain) if not whole.value(ball_box(c)).is_finite()
        ]
    return curves, covered(left, box)


def _parts(factor: sympy.Expr) -> list[sympy.Expr]:
    """The different factors of the numerator: a double one vanishes without a change of sign."""
    numerator, _ = sympy.fraction(sympy.factor(sympy.together(factor)))
    powers = [(p, n) for p, n in sympy.factor_list(numerator)[1] if p.free_symbols]
    if len(powers) == 1 and powers[0][1] == 1:
        return [numerator.primitive()[1]]
    return [p for p, _ in powers]


def _changes_sign(enclosed: Enclosed, box: Cell) -> bool:
    x, y = (np.linspace(low, high, SAMPLES) for low, high in box)
    samples = [enclosed.value((arb(a), arb(b))) for a in x for b in y]
    return any(v > 0 for v in samples) and any(v < 0 for v in samples)


def _undecided(enclosed: Enclosed, box: Cell, domain: Domain) -> list[Cell]:
    """The cells of a box in which bisection does not prove that an expression has no zero."""

    def left(cells: list[Cell]) -> list[Cell]:
        boxes = [(c, ball_box(c)) for c in cells]
        return [c for c, z in boxes if enclosed.value(z).contains(0) and not domain.excludes(z)]

    cells = [box]
    for depth in range(DEPTH):
        cells = left(cells)
        if len(cells) > CELLS:
            break
        cells = [half for c in cells for half in halves(c, depth % 2)]
    return left(cells)
