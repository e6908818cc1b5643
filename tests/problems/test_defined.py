"""A formula must be real and finite wherever a run may look; where it is not, it is refused."""

import numpy as np
import pytest

from minmaxbench.core.sets import Ball, Box, Space, Torus
from minmaxbench.errors import UserError
from minmaxbench.problems.defined import check_defined
from minmaxbench.problems.planar import Planar
from minmaxbench.problems.registry import PROBLEMS, get_problem

FREE, REGION = (Space(), Space()), (-2.0, 2.0)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("sqrt(x)", r"argument of 'sqrt\(x\)' must not be negative"),
        ("y + log(x)", r"argument of 'log\(x\)' must be positive"),
        ("x**x", r"base of 'x\*\*x' must not be negative"),
        ("x**y", "base of"),
        ("x**0.5*y", r"base of 'x\*\*0.5' must not be negative"),
        ("(x*x)**y", "base of"),
        ("x**-2", r"base of 'x\*\*-2' must not be zero"),
        ("y/x", "denominator of 'y/x' must not be zero"),
        ("sin(x)/x", r"\(x, y\) = \(0, -2\)"),
        ("1/(x*y - 1)", "denominator"),
        ("1/(x - 0.3123)**2", r"\(x, y\) = \(0.3123, "),
        ("log((x - 0.507)**2 - 1e-9)", r"\(x, y\) = \(0.507"),
        ("log(x**2 + y**2)", r"\(x, y\) = \(0, 0\)"),
        ("exp(1000*x)", "must be finite in float64"),
        ("exp(exp(10))*x", "must be finite in float64"),
        # Outside the start region, but on the players' sets, which are all of R.
        ("log(x + 3)*y", r"argument of 'log\(x \+ 3\)'"),
    ],
)
def test_a_formula_that_is_not_defined_everywhere_is_refused_with_the_point(text, says):
    with pytest.raises(
        UserError, match=f"not defined on all of the players' sets.*{says}"
    ) as error:
        check_defined(text, FREE, REGION)
    assert "(x, y) = (" in str(error.value)


@pytest.mark.parametrize(
    "text",
    [
        "exp(x**4)*y",  # overflows far out only
        "y/exp(-x**4)",  # the denominator underflows far out only
        "1/(1e-9 + x**2)",
        "log(1 + x**2 + 1e-9)",
        "sqrt(x**2 + y**2)",
        "sqrt(1 - cos(x))",
        "2**x*y",
        "(1 + x*x)**y",
        "softplus(500*x) + sigmoid(-500*y)",
        "x*y",
    ],
)
def test_a_formula_that_is_defined_everywhere_passes(text):
    check_defined(text, FREE, REGION)


def test_the_sets_say_where_a_formula_must_be_defined():
    check_defined("sqrt(x)*y", (Box(0.0, 4.0), Space()), REGION)
    check_defined("log(x)*y", (Box(0.1, np.inf), Space()), REGION)
    check_defined("log(-x)*y", (Box(-np.inf, -9.0), Space()), REGION)
    check_defined("log(2 + x)*y", (Ball(1.5), Space()), REGION)
    check_defined("log(4 + x)*y", (Torus(2 * np.pi), Space()), REGION)
    check_defined("log(x + 4)*y", (Box(-3.0, 50.0), Space()), REGION)
    for sets in ((Box(0.0, 4.0), Space()), (Ball(2.5), Space()), (Torus(6.0), Space())):
        with pytest.raises(UserError, match="not defined"):
            check_defined("log(x)*y", sets, REGION)


@pytest.mark.parametrize("name", [n for n in PROBLEMS if PROBLEMS.get(n).group == "planar"])
def test_shipped_formulas_are_defined_on_their_sets(name):
    problem = get_problem(name)
    if isinstance(problem, Planar):
        check_defined(problem.text, (problem.x_set, problem.y_set), problem.about.region)
