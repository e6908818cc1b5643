"""Where a formula is real and smooth: conditions on the arguments of logarithms, roots and fractions."""

from __future__ import annotations

from collections.abc import Iterable

import sympy

from minmaxbench.problems.symbolic import X, Y
from minmaxbench.theory.proofs.balls import Enclosed, Point


class Domain:
    """The points at which expressions are real and smooth."""

    def __init__(self, expressions: Iterable[sympy.Expr]) -> None:
        positive, nonzero = _conditions(expressions)
        self._positive = [(Enclosed(e), e.free_symbols) for e in positive]
        self._nonzero = [(Enclosed(e), e.free_symbols) for e in nonzero - positive]

    def excludes(self, point: Point) -> bool:
        """Whether no point of a box belongs to the domain."""
        return any(enclosed.value(point) < 0 for enclosed, _ in self._positive)

    def axes(self, point: Point) -> set[int]:
        """The variables in which a box must be cut to tell the domain from its border."""
        met = [*self._positive, *self._nonzero]
        symbols = [free for enclosed, free in met if not abs(enclosed.value(point)) > 0]
        return {axis for axis, v in enumerate((X, Y)) if any(v in free for free in symbols)}


def poles(f: sympy.Expr) -> set[sympy.Expr]:
    """Factors of arguments of f at whose zeros f itself has no value."""
    found = set()
    for part in sympy.preorder_traversal(f):
        if isinstance(part, sympy.log) and part.free_symbols:
            found.add(part.args[0])
        elif isinstance(part, sympy.Pow) and part.exp.is_negative and part.base.free_symbols:
            found.add(part.base)
    return set().union(*map(factors, found))


def factors(expression: sympy.Expr) -> set[sympy.Expr]:
    """The different factors of an expression that are no numbers."""
    numerator, _ = sympy.fraction(sympy.factor(sympy.together(expression)))
    return {p for p, _ in sympy.factor_list(numerator)[1] if p.free_symbols}


def _conditions(expressions: Iterable[sympy.Expr]) -> tuple[set[sympy.Expr], set[sympy.Expr]]:
    """What must be positive, and what must not be zero."""
    positive, nonzero = set(), set()
    for part in (p for e in expressions for p in sympy.preorder_traversal(e)):
        if isinstance(part, sympy.log) and part.free_symbols:
            positive.add(part.args[0])
        elif isinstance(part, sympy.Pow) and part.base.free_symbols:
            if not part.exp.is_integer:
                positive.add(part.base)
            elif part.exp.is_negative:
                nonzero.add(part.base)
    return positive, nonzero
