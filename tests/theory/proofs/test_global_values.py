"""Global minimax and maximin values: every planar problem is decided, and nothing is claimed wrongly."""

import math

import numpy as np
import pytest
import sympy

from minmaxbench.core.problem import About
from minmaxbench.core.sets import Box, Space
from minmaxbench.problems.planar import Planar
from minmaxbench.problems.registry import get_problem, names
from minmaxbench.problems.symbolic import X
from minmaxbench.theory.proofs import certify
from minmaxbench.theory.proofs.minimax.saddle import _positive_on

PLANAR = names(group="planar")
UNIT, FREE = Box(-1.0, 1.0), Space()


def own(text, *sets):
    return Planar("own", text, *(sets or (FREE, FREE)), About("", "", (), (-1.0, 1.0)))


@pytest.mark.parametrize("name", PLANAR)
def test_both_values_of_every_planar_problem_are_decided(name):
    proved = get_problem(name).certificate
    for found in (proved.minimax, proved.maximin):
        assert found.decided
        assert found.method
        assert (found.value is None) is (found.status == "none")
    if proved.minimax.value and proved.maximin.value:
        # Weak duality.
        assert proved.maximin.value[0] <= proved.minimax.value[1]


@pytest.mark.parametrize("name", [n for n in PLANAR if get_problem(n).certificate.maximin.value])
def test_the_maximin_value_against_a_grid(name):
    problem = get_problem(name)
    proved, (low, high) = problem.certificate.maximin, problem.about.region
    assert not proved.value[1] - proved.value[0] > 1e-3 * (1 + abs(proved.value[1]))
    y = problem.y_set.project(np, np.linspace(low, high, 41)[:, None])
    ends = [np.clip([a, b], -20.0, 20.0) for a, b in proved.where]
    inside = np.concatenate([np.linspace(a, b, 41) for a, b in ends])[:, None]
    reach = np.concatenate([np.linspace(low, high, 4001), np.sinh(np.linspace(-9, 9, 4001))])
    x = np.unique(problem.x_set.project(np, reach[:, None]))[:, None]

    def least(at):
        return problem.value(np, x, np.broadcast_to(at, x.shape)).min()

    slack = 3e-3 * (1 + abs(proved.value[0]))
    with np.errstate(all="ignore"):
        assert max(least(at) for at in y) <= proved.value[1] + slack
        # Some y of the intervals has the value, as far as a grid tells.
        assert max(least(at) for at in inside) == pytest.approx(proved.value[1], abs=0.05)


@pytest.mark.parametrize(
    ("name", "minimax", "maximin"),
    [
        ("letcher_zero_sum", 1 / 4, -1 / 4),
        ("hsieh_almost_bilinear_eps01", 0.1 / 4, 0.0),
        ("adolphs_cesp", None, (lambda y: -(y**4) / 4 + 4 * y**3 / 3 - y**2)(2 + math.sqrt(2))),
        ("ttur_toy", 100.0, 100.0),
        ("dirac_gan", -2 * math.log(2), -2 * math.log(2)),
        ("keswani_f3", 0.0, None),
        ("karlin_71_1", -8 / 9, -1.0),
        ("jin_sin_sum", 1.0, -1.0),
    ],
)
def test_values_that_pencil_and_paper_give(name, minimax, maximin):
    proved = get_problem(name).certificate
    for found, value in ((proved.minimax, minimax), (proved.maximin, maximin)):
        if value is not None:
            low, high = found.value
            assert low - 1e-9 <= value <= high + 1e-9


def test_f3_is_nowhere_below_zero_for_the_min_player_but_zero_far_out():
    # phi(x) = 0 at 0 and where no y makes 4 x^2 - y^4/10 - (x^3/20 - 3x + y)^2 positive.
    found = get_problem("keswani_f3").certificate.minimax
    (far, left), centre, (right, _) = found.where
    assert (far, centre, left) == (-math.inf, (0.0, 0.0), -right)
    y = np.linspace(-30, 30, 60_001)

    def best(x):
        return (4 * x**2 - y**4 / 10 - (x**3 / 20 - 3 * x + y) ** 2).max()

    assert best(right - 1e-3) > 0 > best(right + 1e-3)


@pytest.mark.parametrize(
    ("text", "sets"),
    [
        ("x*y**2", (FREE, FREE)),
        ("sin(x)*y", (FREE, FREE)),
        ("exp(-x)*y - y**2", (FREE, FREE)),
        ("exp(-x**2)*(1 - y**2)", (FREE, FREE)),
        ("x*y", (Box(0.0, math.inf), UNIT)),
        ("x - y**2 + x*exp(-y**2)", (FREE, FREE)),
        # Large at |x| = 1, and below all numbers far out.
        ("100*x**2 - x**4 - y**4 + y**2", (FREE, FREE)),
    ],
)
def test_nothing_is_claimed_where_no_argument_holds(text, sets):
    assert not certify(own(text, *sets)).minimax.decided


@pytest.mark.parametrize(
    ("text", "sets", "value"),
    [
        # The slope at the point is small, not zero: (0, 0) is no saddle point.
        ("x**2 - x/100000 - y**2", (UNIT, UNIT), -2.5e-11),
        # Answers far out are better than y = 0, and good ones.
        ("x**2 + 9*y - y**2/10 + sin(y)", (FREE, FREE), None),
        ("x**2 - y**2 + 40*cos(y)", (FREE, FREE), 40.0),
        ("(x - 3)**2*(1 + cos(y)) - y**4 + y**2", (FREE, FREE), 0.25),
        ("(x - 20)**4 - (y - x)**2", (FREE, UNIT), None),
    ],
)
def test_other_values_against_a_grid(text, sets, value):
    problem = own(text, *sets)
    found = certify(problem).minimax
    assert found.status == "proved"
    x, y = np.meshgrid(np.linspace(-50, 50, 2001), np.linspace(-60, 60, 2401), indexing="ij")
    x, y = (s.project(np, z.reshape(-1, 1)) for s, z in zip(sets, (x, y), strict=True))
    phi = problem.value(np, x, y).reshape(2001, 2401).max(1)
    expected = phi.min() if value is None else value
    assert found.value[0] - 1e-6 <= expected <= found.value[1] + 5e-2 * (1 + abs(expected))


@pytest.mark.parametrize(
    ("g", "at", "positive"),
    [
        ("x**2", 0, True),
        ("x**2 + 3*sin(x)**2", 0, True),
        # Zero at 0, and convex, but with a slope there: negative beside it.
        ("x**2 - x/1000", 0, False),
        ("x**2*(x - 1/2)**2", 0, False),
        ("x + 1", -1, True),
        ("(x + 1)*(1/2 - x)", -1, False),
        ("-x**2", 0, False),
    ],
)
def test_a_function_is_proved_positive_off_its_zero_only_where_it_is(g, at, positive):
    g = sympy.sympify(g, locals={"x": X})
    assert _positive_on(g, X, (-1.0, 1.0), sympy.Integer(at)) is positive


def test_damped_polynomials_are_decided_by_algebra():
    nowhere = certify(own("(1 + x**2)*exp(-x**2 - y**2)")).minimax
    assert nowhere.status == "none"
    # sup over y is attained on the line y = x, everywhere.
    line = certify(own("-(x - y)**2*exp(-x**2 - y**2)")).minimax
    assert (line.value, line.where) == ((0.0, 0.0), ((-math.inf, math.inf),))
    # -x^2 (x - 1)^2 - (x^2 - x) ...: P(x, y) <= 0 for all y only where x (x - 1) >= 0.
    parts = certify(own("-(x**2 - x + y**2)*exp(-x**2 - y**2)")).minimax
    assert parts.where == ((-math.inf, 0.0), (1.0, math.inf))
