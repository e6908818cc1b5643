"""The sampled test on points whose kind is known by hand."""

import numpy as np
import pytest

from minmaxbench.core.problem import About, Kind
from minmaxbench.core.sets import Box, Space
from minmaxbench.problems.planar import Planar
from minmaxbench.problems.registry import get_problem
from minmaxbench.problems.samples import sampled_kind


def at_origin(text, x_set=None, y_set=None):
    """The kind of (0, 0)."""
    about = About(region=(-1.0, 1.0))
    problem = Planar("own", text, x_set or Space(), y_set or Space(), about)
    return sampled_kind(problem, np.zeros(2))


@pytest.mark.parametrize(
    "text",
    [
        "-x**4/2 + 2*x**2*y - y**2",  # y = x^2: f = x^4/2
        "-x**6 + 3*x**3*y - y**2",  # y = 3/2 x^3
        "-x**2/8 + x*y**3 - y**6",  # y = (x/2)^(1/3)
        "-99/100*x**4 + 2*x**2*y - y**2",  # y = x^2, by a hair
        "x**3 - 3*x*y**2",  # y > |x|/sqrt(3) where x < 0
        "-x**8 + 3*x**4*y - y**2",  # seen from afar only
        "-x**2*cos(x)/2 + 2*x*sin(y) - 2*y**2",  # y = x/2 to third order
        "(1 - cos(x))*(2*y - (1 - cos(x))) - y**2",  # y = x^2/2, f = 0
    ],
)
def test_a_weak_minimax_point_is_found_whatever_the_curve_of_its_answers(text):
    assert at_origin(text) is Kind.MINIMAX


@pytest.mark.parametrize(
    "text",
    [
        "-x**4 + x**2*y - y**2",  # at best -3/4 x^4
        "-x**2/2 + x*y**3 - y**6",  # at best -x^2/4
        "-101/100*x**4 + 2*x**2*y - y**2",
        "x**2*(10*y - 1)",  # the answer stays at y = 1/10
        "x**2*(50*y - 1)",
        "-x**8 - y**2",
        "-x**4 - y**4",
    ],
)
def test_what_only_looks_like_a_minimax_point_is_none(text):
    assert at_origin(text) is Kind.DEGENERATE


def test_maximin_points_are_found_with_the_players_exchanged():
    assert at_origin("y**4/2 - 2*y**2*x + x**2") is Kind.MAXIMIN
    assert at_origin("y**4 - y**2*x + x**2") is Kind.DEGENERATE


def test_answers_stay_in_the_set():
    text = "-x**4/2 + 2*x**2*y - y**2"
    assert at_origin(text, y_set=Box(0.0, 1.0)) is Kind.MINIMAX
    assert at_origin(text, y_set=Box(-1.0, 0.0)) is Kind.DEGENERATE
    assert at_origin("-x**6/2 + 2*x**3*y - y**2", y_set=Box(0.0, 1.0)) is Kind.DEGENERATE
    assert at_origin("-x**6/2 + 2*x**3*y - y**2", Box(0.0, 1.0), Box(0.0, 1.0)) is Kind.MINIMAX


def test_proved_kinds_pass_the_test():
    # The sampled test knows nothing of second derivatives.
    checked = 0
    for name in (
        "keswani_f3",
        "ftr_f1",
        "grimmer_A1",
        "kbeam_f13",
        "zheng_convex_nonconcave",
    ):
        problem = get_problem(name)
        for p in problem.certificate.points:
            kind = sampled_kind(problem, np.array([float(p.x), float(p.y)]))
            want = Kind(p.kind) if p.kind != "no equilibrium" else Kind.DEGENERATE
            assert kind is want, (name, p)
            checked += 1
    assert checked > 20
