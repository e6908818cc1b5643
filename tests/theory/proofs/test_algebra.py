"""Kinds of polynomials by algebra: by hand, and against second derivatives and samples."""

from fractions import Fraction

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from minmaxbench.core.problem import About, Kind
from minmaxbench.core.sets import Box, Space
from minmaxbench.problems.formula import Formula
from minmaxbench.problems.kinds import BOTH, INSIDE, Border
from minmaxbench.problems.planar import Planar
from minmaxbench.problems.samples import sampled_kind
from minmaxbench.problems.symbolic import X, Y
from minmaxbench.theory.proofs.algebra import polynomial_kind
from minmaxbench.theory.proofs.kinds import kind_by_higher_order

ORIGIN = Fraction(0), Fraction(0)


def kind(text, at=ORIGIN, **border):
    """The kind of a point of a polynomial."""
    return polynomial_kind(Formula(text).expression, at, Border(**border))


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("-x**4/2 + 2*x**2*y - y**2", Kind.MINIMAX),
        ("-x**4 + x**2*y - y**2", Kind.NEITHER),
        ("-x**4 + 2*x**2*y - y**2", Kind.MINIMAX),  # -(y - x^2)^2: the best answer gives 0
        ("-x**4 + 2*x**2*y - y**2 - x**6", Kind.NEITHER),
        ("-x**4 + 2*x**2*y - y**2 - x**5", Kind.NEITHER),  # but for x < 0
        ("-x**2/8 + x*y**3 - y**6", Kind.MINIMAX),
        ("x**2*(10*y - 1)", Kind.NEITHER),
        ("x**2*y*(10*y - 1)", Kind.NASH),
        ("y**4/2 - 2*y**2*x + x**2", Kind.MAXIMIN),
        ("x*y**3", Kind.NASH),
        ("x**4 - y**4", Kind.NASH),
        ("(x - 2)*(x - y)*y", Kind.MAXIMIN),  # x a little above y > 0 makes f negative
        ("0*x", Kind.NASH),
    ],
)
def test_by_hand(text, want):
    assert kind(text) is want


def test_the_border_counts():
    text = "-x**2/2 + 2*x*y - y**2"
    assert kind(text) is Kind.MINIMAX
    assert kind(text, ways=(BOTH, (1,))) is Kind.NEITHER
    assert kind(text, ways=((1,), (1,))) is Kind.MINIMAX
    # The answer y = x^3 is cut off where x < 0; y = x^2 is not.
    assert kind("-x**6/2 + 2*x**3*y - y**2") is Kind.MINIMAX
    assert kind("-x**6/2 + 2*x**3*y - y**2", ways=(BOTH, (1,))) is Kind.NEITHER
    assert kind("-x**4/2 + 2*x**2*y - y**2", ways=(BOTH, (1,))) is Kind.MINIMAX
    # x held at the lower bound, with f_yy = 0.
    assert kind("x - y**4", (Fraction(-1), Fraction(0)), held=(True, False), ways=((1,), BOTH)) is (
        Kind.NASH
    )
    assert kind("x + y**4", (Fraction(-1), Fraction(0)), held=(True, False), ways=((1,), BOTH)) is (
        Kind.NEITHER
    )


def test_what_is_no_polynomial_is_left_to_derivatives_along_the_axes():
    f = Formula("cos(y) - 1 + x**4*exp(y)").expression
    assert polynomial_kind(f, ORIGIN, INSIDE) is None
    assert kind_by_higher_order(f, ORIGIN) is Kind.NASH
    # One-sided: a third power is a minimum where x cannot be negative.
    f = Formula("cos(y) - 1 + x**3*exp(y)").expression
    assert kind_by_higher_order(f, ORIGIN) is None
    assert kind_by_higher_order(f, ORIGIN, Border(ways=((1,), BOTH))) is Kind.NASH


COEFFICIENTS = st.lists(st.integers(-4, 4), min_size=12, max_size=12)


@given(COEFFICIENTS, st.sampled_from([BOTH, (1,)]), st.sampled_from([BOTH, (1,)]))
@settings(max_examples=60, deadline=None)
def test_algebra_and_samples_agree(numbers, x_ways, y_ways):
    powers = [(2, 0), (1, 1), (0, 2), (3, 0), (2, 1), (1, 2), (0, 3), (4, 0), (3, 1), (2, 2), (0, 4),
              (6, 0)]  # fmt: skip
    f = sum(n * X**i * Y**j for n, (i, j) in zip(numbers, powers, strict=True))
    f = sympy.sympify(f)
    sets = [Space() if ways == BOTH else Box(0.0, 1.0) for ways in (x_ways, y_ways)]
    problem = Planar("own", str(f + 0 * X) if f != 0 else "0*x", *sets, About(region=(-1.0, 1.0)))
    exact = polynomial_kind(f, ORIGIN, Border(ways=(x_ways, y_ways)))
    sampled = sampled_kind(problem, np.zeros(2))
    assert sampled is (Kind.DEGENERATE if exact is Kind.NEITHER else exact)
