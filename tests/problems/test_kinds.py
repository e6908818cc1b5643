"""Kinds at the border, by the definitions: the rule, the numerical search, brute force."""

from __future__ import annotations

from functools import partial
from operator import lt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minmaxbench.core.problem import About, Kind
from minmaxbench.core.sets import Box, Space
from minmaxbench.problems.kinds import BOTH, Border, second_order
from minmaxbench.problems.planar import Planar
from minmaxbench.problems.search import searched_points

FREE, UNIT = Space(), Box(-1.0, 1.0)


def own(text, x_set=FREE, y_set=FREE):
    """A planar problem in no registry."""
    return Planar("own", text, x_set, y_set, About(region=(-1.0, 1.0)))


def searched(text, x_set=FREE, y_set=FREE):
    """The points that the numerical search lists, with their kinds."""
    found = searched_points(own(text, x_set, y_set))
    at = zip(found.x[:, 0].round(6) + 0.0, found.y[:, 0].round(6) + 0.0, strict=True)
    return dict(zip(at, found.kind, strict=True))


def minimax_of_a_quadratic(a, b, c, x_ways, y_ways):
    """Jin et al.'s definition for a s^2/2 + b s t + c t^2/2 itself, by its best answers."""
    if any(c > 0 for _ in y_ways):
        return False
    for s in x_ways:
        answers = [0.0, *(t for t in [-b * s / c] if np.sign(t) in y_ways)]
        if max(a / 2 + b * s * t + c * t * t / 2 for t in answers) < 0:
            return False
    return True


WAYS = st.sampled_from([BOTH, (1,), (-1,)])
CURVATURE = st.integers(-5, 5).filter(bool)


@given(CURVATURE, st.integers(-5, 5), CURVATURE, WAYS, WAYS)
@settings(max_examples=500, deadline=None)
def test_second_derivatives_decide_as_the_definitions_do(a, b, c, x_ways, y_ways):
    kind = second_order((a, b, c), Border(ways=(x_ways, y_ways)), partial(lt, 1e-9))
    nash = a > 0 > c
    minimax = minimax_of_a_quadratic(a, b, c, x_ways, y_ways)
    maximin = minimax_of_a_quadratic(-c, -b, -a, y_ways, x_ways)
    if kind is None:
        # Only where the answer makes the curvature zero.
        assert a * c == b * b
        return
    assert (kind is Kind.NASH) == nash
    if not nash:
        assert (kind is Kind.MINIMAX) == minimax
        assert (kind is Kind.MAXIMIN) == (maximin and not minimax)


@pytest.mark.parametrize(
    ("text", "sets", "point", "kind"),
    [
        # For x < 0 the best y is 0, and the maximum -x^2/2 < 0.
        ("-x**2/2 + 2*x*y - y**2", (UNIT, Box(0.0, 1.0)), (0, 0), Kind.NEITHER),
        # As x cannot be negative, y can always answer.
        ("-x**2/2 + 2*x*y - y**2", (Box(0.0, 1.0), Box(0.0, 1.0)), (0, 0), Kind.MINIMAX),
        # The answer to x <= 0 would be y < 0.
        ("-x**2/2 + 2*x*y - y**2", (Box(-1.0, 0.0), Box(0.0, 1.0)), (0, 0), Kind.NEITHER),
        # The players exchanged: the min-player's answer is cut off.
        ("y**2/2 - 2*x*y + x**2", (Box(0.0, 1.0), UNIT), (0, 0), Kind.NEITHER),
        ("y**2/2 - 2*x*y + x**2", (Box(0.0, 1.0), Box(0.0, 1.0)), (0, 0), Kind.MAXIMIN),
        # On the upper bound.
        ("-(x-1)**2/2 + 2*(x-1)*(y-1) - (y-1)**2", (Box(0.0, 1.0), Box(0.0, 1.0)), (1, 1),
         Kind.MINIMAX),
        ("-(x-1)**2/2 - 2*(x-1)*(y-1) - (y-1)**2", (Box(0.0, 1.0), Box(0.0, 1.0)), (1, 1),
         Kind.NEITHER),
        # Half-lines have one border.
        ("-x**2/2 + 2*x*y - y**2", (FREE, Box(0.0, np.inf)), (0, 0), Kind.NEITHER),
    ],
)  # fmt: skip
def test_a_bound_that_barely_holds_cuts_off_answers(text, sets, point, kind):
    assert searched(text, *sets)[point] is kind


def test_a_corner_that_holds_one_player_and_lets_the_other_rest_is_found():
    assert searched("x - y**2", UNIT, Box(0.0, 1.0)) == {(-1, 0): Kind.NASH}
    assert searched("x + y**2", UNIT, Box(0.0, 1.0))[-1, 0] is Kind.NEITHER
