"""Certificates of functions that once were certified wrongly, or not at all."""

from __future__ import annotations

import pytest

from minmaxbench.core.problem import About
from minmaxbench.core.sets import Box, Space, Torus
from minmaxbench.errors import UserError
from minmaxbench.problems.planar import Planar
from minmaxbench.problems.registry import get_problem
from minmaxbench.theory import certify

FREE, UNIT, UP = Space(), Box(-1.0, 1.0), Box(0.0, 1.0)


def own(text, x_set=FREE, y_set=FREE, region=(-1.0, 1.0)):
    """A planar problem in no registry."""
    return Planar("own", text, x_set, y_set, About(region=region))


def points(problem):
    """Place, kind, and what decided it."""
    return {(float(p.x), float(p.y)): (p.kind, p.by) for p in certify(problem).points}


# -- kinds on the border ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "sets", "point", "kind", "by"),
    [
        ("-x**2/2 + 2*x*y - y**2", (UNIT, UP), (0, 0), "no equilibrium", "second order"),
        ("-x**2/2 + 2*x*y - y**2", (UP, UP), (0, 0), "local minimax", "second order"),
        ("y**2/2 - 2*x*y + x**2", (UP, UNIT), (0, 0), "no equilibrium", "second order"),
        ("-x**2/2 + 2*x*y - y**2", (FREE, Box(0.0, float("inf"))), (0, 0), "no equilibrium",
         "second order"),
        ("-x**4/2 + 2*x**2*y - y**2", (UNIT, UP), (0, 0), "local minimax", "higher order"),
        # A quadruple root on an edge that holds x.
        ("x - y**4", (UNIT, UNIT), (-1, 0), "local Nash", "higher order"),
        ("x + y**4", (UNIT, UNIT), (-1, 0), "no equilibrium", "higher order"),
    ],
)  # fmt: skip
def test_kinds_on_the_border(text, sets, point, kind, by):
    assert points(own(text, *sets))[point] == (kind, by)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("-x**4/2 + 2*x**2*y - y**2", "local minimax"),
        ("-x**6 + 3*x**3*y - y**2", "local minimax"),
        ("y**4/2 - 2*y**2*x + x**2", "local maximin"),
        ("-x**4 + x**2*y - y**2", "no equilibrium"),
    ],
)
def test_weak_kinds_whose_answer_is_a_curve_are_proved(text, kind):
    proved = certify(own(text))
    (point,) = proved.points
    assert (point.kind, point.by, point.unique) == (kind, "higher order", False)
    # Nothing is open but the point itself.
    (cell,) = proved.open
    assert cell.x[0] <= 0 <= cell.x[1]
    assert cell.y[0] <= 0 <= cell.y[1]


# -- where the search ended in nothing --------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "point"),
    [("log(x)*y", (1, 0)), ("log(x + 2)*y", (-1, 0)), ("sqrt(x)*y - y**2", None)],
)
def test_a_function_is_searched_up_to_the_border_of_its_domain(text, point):
    proved = certify(own(text, region=(-1.0, 1.0)))
    assert [(float(p.x), float(p.y)) for p in proved.points] == ([point] if point else [])
    (cell,) = proved.open
    assert cell.x[1] - cell.x[0] < 1e-5
    assert "not smooth" in cell.reason


def test_a_slanting_border_of_a_domain_is_shown_in_strips():
    proved = certify(own("sqrt(x + y)*y", region=(-1.0, 1.0)))
    area = sum((c.x[1] - c.x[0]) * (c.y[1] - c.y[0]) for c in proved.open)
    assert 0 < area < 64 / 8
    assert len(proved.open) < 40
    for cell in proved.open:
        assert cell.x[0] + cell.y[0] <= 0 <= cell.x[1] + cell.y[1]


def test_where_a_function_has_no_value_nothing_is_stationary():
    proved = certify(own("1/(x - y) + x*y"))
    assert proved.complete
    (point,) = proved.points
    assert float(point.x) == pytest.approx(-(0.25 ** (1 / 3)))


@pytest.mark.parametrize(
    ("text", "curves"),
    [
        ("x*y**3", {"y = 0"}),
        ("x**3*y**2", {"x = 0", "y = 0"}),
        ("(x - 1)**3*(y - 1)", {"x - 1 = 0"}),
        ("sin(x)*y**3", {"y = 0"}),
        ("(x**2 + y**2 - 1)**3", {"x**2 + y**2 - 1 = 0"}),
        ("x**2*y - x**4*y**2", {"x = 0", "2*x**2*y - 1 = 0"}),
    ],
)
def test_a_multiple_factor_of_both_derivatives_is_a_curve(text, curves):
    proved = certify(own(text))
    assert set(proved.curves) == curves
    assert not proved.open
    # No point of a curve is alone.
    assert not any(p.unique for p in proved.points if eval_all(proved.curves, p))


def eval_all(curves, point):
    """Whether a point lies on one of the curves."""
    at = {"x": float(point.x), "y": float(point.y)}
    return any(abs(eval(curve.split(" = ")[0], {}, at)) < 1e-12 for curve in curves)


def test_a_degenerate_point_on_the_border_of_a_torus_is_listed_once():
    # With period 2 the borders -1 and 1 are the same place: a triple root there.
    text = "-(x-1)**2*(x+1)**2*(x-1)*(x+1)*x - y**2"
    proved = certify(own(text, Torus(2.0), FREE))
    at = [(p.x, p.y) for p in proved.points if abs(abs(float(p.x)) - 1) < 1e-9]
    assert len(at) == 1


def test_many_points_are_found_in_a_minute_with_progress():
    seen = []
    problem = own("sin(8*x)*cos(8*y) + x**2 - y**2")
    proved = certify(problem, progress=lambda what, share: seen.append((what, share)))
    assert len(proved.points) > 400
    shares = [share for what, share in seen if what == "cells"]
    assert len(shares) > 10
    assert shares == sorted(shares)
    assert shares[-1] > 0.9
    assert {"points", "global values"} <= {what for what, _ in seen}


# -- the box ----------------------------------------------------------------------------------


def test_the_box_can_be_chosen_where_a_player_is_free():
    problem = own("x*(x - 1)*(x - 8) - y**2")
    assert len(certify(problem).points) == 1
    proved = certify(problem, box=((-10.0, 10.0), None))
    assert len(proved.points) == 2
    assert proved.box == ((-10.0, 10.0), (-4.0, 4.0))
    assert "[-10, 10] x [-4, 4]" in proved.summary
    assert proved.definition == problem.definition


@pytest.mark.parametrize(
    ("box", "sets", "match"),
    [
        (((1.0, 0.0), None), (FREE, FREE), "low < high"),
        (((0.0, float("inf")), None), (FREE, FREE), "low < high"),
        ((None, (0.0, 0.5)), (FREE, UNIT), r"moves in R only.*y in \[-1, 1\]"),
        (((0.0, 0.5), None), (Torus(1.0), UNIT), "moves in R only"),
        (((0.0, 0.5), None), (Box(0.0, float("inf")), UNIT), "moves in R only"),
    ],
)
def test_a_box_that_cannot_be_searched_is_refused(box, sets, match):
    with pytest.raises(UserError, match=match):
        certify(own("x*y", *sets), box=box)


# -- the global minimax value -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value", "where", "rows"),
    [
        ("x*y", 0, [0], (0,)),
        ("x*y - x**2/20", 0, [0], (0,)),
        ("x*y**3 - x", 0, [0], (0,)),
        ("(x**2 - 1)*y + x", -1, [-1], (0,)),
        ("(x**2 - 1)*y + x**2", 1, [-1, 1], (0, 1)),
        ("x**2*y**4 - y**2 + 2*y", 1, [0], (0,)),
        ("log(x)*y + x", 1, [1], (0,)),
        ("(x - 1)*y**3 - y**2 + y + x", 1.25, [1], ()),
    ],
)
def test_where_the_leading_coefficient_vanishes_the_supremum_may_be_finite(
    text, value, where, rows
):
    found = certify(own(text)).minimax
    assert found.status == "proved"
    assert found.value[0] <= value <= found.value[1]
    assert [(a + b) / 2 for a, b in found.where] == pytest.approx(where)
    assert found.rows == rows
    assert "infinite for every other x" in found.summary("x")


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("(x**2 + 1)*y", "none"),
        ("x**2*y**2 - y + x", "none"),
        ("x*y**2", "not decided"),
        ("x**2*y**2 - y**2 + 2*y", "not decided"),
        ("sin(x)*y", "not decided"),
        ("-x**2*y**2 + y", "not decided"),
    ],
)
def test_no_value_is_claimed_where_none_is_proved(text, status):
    found = certify(own(text)).minimax
    assert (found.status, found.value) == (status, None)


def test_half_lines_are_no_boxes():
    assert certify(own("x*y", Box(0.0, float("inf")), UNIT)).minimax.status == "not decided"


def test_a_multiple_root_of_the_maximum_is_one_place():
    assert certify(own("x**6 - y**2")).minimax.where == ((0.0, 0.0),)


def test_bilinear_games_ship_their_global_minimax():
    for name in ("bilinear_xy", "degenerate_coupled_1d"):
        found = get_problem(name).certificate.minimax
        assert (found.status, found.value, found.where, found.rows) == (
            "proved", (0.0, 0.0), ((0.0, 0.0),), (0,),
        )  # fmt: skip
