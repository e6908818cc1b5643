"""Enclosed constants of planar problems: against samples, against algebra, under instances."""

import math
from dataclasses import replace

import numpy as np
import pytest

from minmaxbench.core.constants import MEANINGS, Constant, How, scaled, swapped
from minmaxbench.core.estimates import hessian_norms, start_samples
from minmaxbench.core.problem import About
from minmaxbench.core.sets import Space
from minmaxbench.errors import UserError
from minmaxbench.problems.classes import classes_of
from minmaxbench.problems.planar import Planar
from minmaxbench.problems.registry import get_problem, names
from minmaxbench.theory.proofs.lojasiewicz import Lojasiewicz

PLANAR = names(group="planar")
ROUGH = {"rde_L4"}
"""At the origin its Hessian is not bounded."""


def grid(problem, n=201):
    """Points of the start region: a grid, its border included."""
    x, y = (np.linspace(*ends, n) for ends in problem.start_box)
    x, y = np.meshgrid(x, y)
    return x.reshape(-1, 1), y.reshape(-1, 1)


@pytest.mark.parametrize("name", PLANAR)
def test_every_planar_problem_ships_constants_of_its_present_definition(name):
    problem = get_problem(name)
    assert problem.enclosures is not None
    assert problem.enclosures.region == problem.start_box
    assert set(problem.constants) <= set(MEANINGS)
    enclosed = [c for c in problem.constants.values() if c.how is How.ENCLOSED]
    assert enclosed or name in ROUGH


@pytest.mark.parametrize("name", [name for name in PLANAR if name not in ROUGH])
def test_an_enclosed_l_is_a_bound_and_is_reached(name):
    problem = get_problem(name)
    c = problem.constants["L"]
    assert c.how is How.ENCLOSED
    assert c.other <= c.value <= 1.01 * c.other
    largest = hessian_norms(problem, *grid(problem)).max()
    assert 0.98 * c.value <= largest <= c.value * (1 + 1e-12)


@pytest.mark.parametrize("name", [name for name in PLANAR if name not in ROUGH])
def test_an_enclosed_b_is_a_bound_and_is_reached(name):
    problem = get_problem(name)
    c = problem.constants["b"]
    assert c.other <= c.value <= 1.01 * c.other
    largest = np.abs(problem.value(np, *grid(problem))).max()
    assert 0.98 * c.value <= largest <= c.value * (1 + 1e-12)


@pytest.mark.parametrize("name", [name for name in PLANAR if name not in ROUGH])
def test_the_other_constants_hold_on_samples(name):
    problem = get_problem(name)
    known, (x, y) = problem.constants, grid(problem, 101)
    a, b, c = problem.hessian(np, x, y)
    size = 1e-9 * known["L"].value
    if "mu_x" in known:
        assert a.min() >= known["mu_x"].value - size
    if "mu_y" in known:
        assert (-c).min() >= known["mu_y"].value - size
    if "alpha" in known:
        ends = problem.enclosures.extrema
        eta = -2 * min(ends["min f_xx"][0], -ends["max f_yy"][1])
        dominance = np.minimum(a + b * b / (eta - c), -c + b * b / (eta + a))
        assert dominance.min() >= known["alpha"].value - size
    if "rho" in known:
        holds_weak_minty(problem, known["rho"].value, x, y)


def test_the_pl_constants_are_bounds_and_are_reached():
    # Yang, Kiyavash, He (NeurIPS 2020): two-sided PL, neither convex nor concave.
    problem = get_problem("yang_two_sided_pl")
    known, (x, y) = problem.constants, grid(problem, 801)
    assert "mu_x" not in known
    assert "mu_y" not in known
    f, (gx, gy) = problem.value(np, x, y), problem.grad(np, x, y)
    gaps = f - problem.value(np, 0 * x, y), problem.value(np, x, 0 * y) - f
    for name, slope, gap in zip(("pl_x", "pl_y"), (gx, gy), gaps, strict=True):
        quotient = slope[gap > 1e-6, 0] ** 2 / (2 * gap[gap > 1e-6])
        assert known[name].value <= quotient.min() <= 1.01 * known[name].other
        assert known[name].value > 0.99 * known[name].other
    assert {"two-sided-PL", "nonconvex-PL"} <= set(classes_of(problem))


@pytest.mark.parametrize(
    ("text", "least"),
    [
        # Two minima: a point between, where the slope is zero and f is not least.
        ("x**4 - x**2 - y**2", None),
        # The best x moves with y.
        ("(x - y/2)**2 + 3*sin(x - y/2)**2 - y**2", None),
        # Only one minimum, but for f_xx < 0 on the way.
        ("x**2 + 3*sin(x)**2 - y**2", 0.17469),
    ],
)
def test_a_pl_constant_is_claimed_only_where_it_holds(text, least):
    problem = Planar("own", text, Space(), Space(), About(region=(-5.0, 5.0)))
    problem.__dict__["certificate"] = get_problem("cgd_convex").certificate
    found = Lojasiewicz.of(problem, 0)
    low = -math.inf if found is None else found.enclosed(0.005)[0][0]
    assert low == pytest.approx(least, rel=0.01) if least else not low > 0


def holds_weak_minty(problem, rho, x, y):
    """<F, z - z*> >= rho |F|^2 at samples, for the solution in the region."""
    box = problem.start_box
    points = problem.points()
    inside = [
        k
        for k in range(len(points))
        if all(a <= z[k, 0] <= b for z, (a, b) in zip((points.x, points.y), box, strict=True))
    ]
    (k,) = inside
    gx, gy = problem.grad(np, x, y)
    left = gx * (x - points.x[k]) - gy * (y - points.y[k])
    square = gx * gx + gy * gy
    assert (left - rho * square >= -1e-9 * (1 + square)).all()


def test_constants_that_algebra_gives():
    jin = get_problem("jin_quadratic").constants
    assert jin["L"].value == pytest.approx(7.0, rel=1e-12)
    assert jin["mu_y"].value == 2.0
    assert "mu_x" not in jin
    assert get_problem("bilinear_xy").constants["rho"].value == pytest.approx(0.0, abs=1e-12)
    # F = Mz has rho = min(p, r)/(p r + q^2): the comonotone quadratic was made for -1/3.
    rho = get_problem("comonotone_quadratic").constants["rho"]
    assert rho.value == pytest.approx(-1 / 3, rel=1e-9)
    assert rho.value <= -1 / 3 <= rho.other + 1e-12
    # Pethick et al., ICLR 2022: rho = -0.119732, and it lies above -1/(2L).
    known = get_problem("global_forsaken").constants
    assert known["rho"].value <= -0.119732 <= known["rho"].other + 1e-5
    assert known["rho"].value > -1 / (2 * known["L"].value)
    # Grimmer et al.: with A = 100 the coupling dominates, with A = 1 it does not.
    assert get_problem("grimmer_A100").constants["alpha"].value > 0
    assert get_problem("grimmer_A1").constants["alpha"].other < 0


def test_a_repeated_enclosure_is_that_of_the_package():
    from minmaxbench.theory.proofs.constants import enclose

    for name in ("jin_cos", "cgo_x2y", "parrilo_31", "kbeam_seesaw"):
        problem = get_problem(name)
        assert enclose(problem).extrema == problem.enclosures.extrema


def test_a_changed_formula_has_no_enclosures_and_says_estimated():
    changed = replace(get_problem("forsaken"), text="x**4 + x*y - y**2")
    assert changed.enclosures is None
    assert changed.constants["L"].how is How.ESTIMATED


def test_a_problem_that_is_not_planar_is_refused():
    from minmaxbench.theory.proofs.constants import enclose

    with pytest.raises(UserError, match="Only planar"):
        enclose(get_problem("bilinear_d"))


@pytest.mark.parametrize("name", ["forsaken", "jin_quadratic", "zheng_convex_nonconcave"])
@pytest.mark.parametrize("instance", [1, 3, -2])
def test_constants_move_with_instances(name, instance):
    problem = get_problem(name, instance=instance)
    x, y = start_samples(problem, 4000)
    known = problem.constants
    assert hessian_norms(problem, x, y).max() <= known["L"].value * (1 + 1e-9)
    assert hessian_norms(problem, x, y).max() >= 0.9 * known["L"].value
    assert np.abs(problem.value(np, x, y)).max() <= known["b"].value * (1 + 1e-9)
    base = get_problem(name).constants
    names_ = {MEANINGS[n].swapped or n if instance < 0 else n for n in base}
    assert set(known) == names_


def test_scaling_and_swapping():
    known = {"L": Constant(8.0, How.CLOSED), "mu_x": Constant(2.0, How.CLOSED, 4.0)}
    assert scaled(known, 2.0) == {
        "L": Constant(2.0, How.CLOSED),
        "mu_x": Constant(0.5, How.CLOSED, 1.0),
    }
    assert swapped(known) == {
        "L": Constant(8.0, How.CLOSED),
        "mu_y": Constant(2.0, How.CLOSED, 4.0),
    }


def test_every_problem_has_l_and_b_or_says_why_not():
    for name in names():
        problem = get_problem(name)
        known = problem.constants
        assert known["L"].value > 0
        assert math.isfinite(known["L"].value)
        assert ("b" in known) is not ("variational-inequality" in problem.about.classes)
