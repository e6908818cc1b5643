"""Certificates: recomputed, held against independent roots, and made to fail."""

from __future__ import annotations

import dataclasses
import itertools

import flint
import mpmath
import numpy as np
import pytest
import sympy
from flint import arb
from hypothesis import given, settings
from hypothesis import strategies as st

from minmaxbench.core.problem import About, Kind
from minmaxbench.core.sets import Box, Space
from minmaxbench.errors import UserError
from minmaxbench.problems.certificates import parse
from minmaxbench.problems.kinds import Border
from minmaxbench.problems.planar import Planar
from minmaxbench.problems.registry import get_problem, names
from minmaxbench.problems.search import searched_points
from minmaxbench.problems.symbolic import X, Y
from minmaxbench.theory.proofs import certify
from minmaxbench.theory.proofs.balls import Enclosed
from minmaxbench.theory.proofs.kinds import kind_by_second_order
from minmaxbench.theory.proofs.points import decimal
from minmaxbench.theory.proofs.roots import System, find_roots

PLANAR = names("planar")
QUICK = [
    "cgo_x2y",
    "keswani_f3",
    "forsaken",
    "jin_cos",
    "razaviyayn_cubic",
    "monkey_saddle",
    "jin_sin_sum",
]
FREE, UNIT = Space(), Box(-1.0, 1.0)


def own(text: str, x_set: Space | Box = UNIT, y_set: Space | Box = UNIT) -> Planar:
    return Planar("own", text, x_set, y_set, About("", "", (), (-1.0, 1.0)))


def kinds(problem: Planar) -> list[tuple[float, float, str]]:
    return [(float(p.x), float(p.y), p.kind) for p in certify(problem).points]


@pytest.mark.parametrize("name", PLANAR)
def test_every_planar_problem_ships_a_certificate_of_its_present_definition(name):
    proved = get_problem(name).certificate
    assert proved is not None
    assert proved == parse(proved.text())
    points = get_problem(name).points()
    assert points.complete is proved.complete
    assert points.proof.startswith("certified")


def test_a_changed_formula_has_no_certificate():
    f3 = get_problem("keswani_f3")
    changed = dataclasses.replace(f3, text=f3.text.replace("4*x**2", "5*x**2"))
    assert f3.certificate is not None
    assert changed.certificate is None


@pytest.mark.parametrize(
    "name", [n if n in QUICK else pytest.param(n, marks=pytest.mark.slow) for n in PLANAR]
)
def test_certifying_again_gives_what_is_shipped(name):
    again, shipped = certify(get_problem(name)), get_problem(name).certificate
    assert dataclasses.replace(again, versions=shipped.versions) == shipped


@pytest.mark.parametrize("name", PLANAR)
def test_a_point_is_called_unique_only_where_the_free_players_hessian_is_regular(name):
    for p in get_problem(name).certificate.points:
        if not p.unique:
            continue
        fxx, fxy, fyy = map(arb, p.hessian)
        free = [h for h, held in zip((fxx, fyy), p.held, strict=True) if not held]
        regular = fxx * fyy - fxy * fxy if len(free) == 2 else sum(free, arb(1 - len(free)))
        assert not regular.contains(0), p


@pytest.mark.parametrize("name", PLANAR)
def test_points_agree_with_roots_of_another_library_at_fifty_digits(name):
    problem, proved = get_problem(name), get_problem(name).certificate
    functions = [sympy.lambdify((X, Y), g, "mpmath") for g in _smooth(problem)]
    with mpmath.workdps(50):
        for p in proved.points[::10]:
            if any(p.held) or not p.unique:
                continue
            root = mpmath.findroot(lambda x, y: [f(x, y) for f in functions], (p.x, p.y))
            for found, listed in zip(root, (p.x, p.y), strict=True):
                assert abs(found - mpmath.mpf(listed)) <= mpmath.mpf(p.radius) + mpmath.mpf("1e-40")


def _smooth(problem: Planar) -> list[sympy.Expr]:
    from minmaxbench.problems.symbolic import sigmoid

    return [g.replace(sigmoid, lambda u: 1 / (1 + sympy.exp(-u))) for g in problem.formula.gradient]


@pytest.mark.parametrize("name", PLANAR)
def test_the_numerical_search_finds_nothing_that_a_certificate_excludes(name):
    problem, proved = get_problem(name), get_problem(name).certificate
    if proved.curves:
        return
    listed, searched = problem.points(), searched_points(problem)
    gap = problem.distances(np, searched.x, searched.y)
    assert (gap.min(1) < 1e-5).all()
    # What the search missed is few, and never an equilibrium.
    assert len(listed) - len(searched) in range(5)


@given(
    st.lists(st.integers(-30, 30), min_size=1, max_size=3, unique=True),
    st.lists(st.integers(-30, 30), min_size=1, max_size=3, unique=True),
    st.integers(-20, 20),
)
@settings(max_examples=15, deadline=None)
def test_all_roots_of_a_product_are_found_and_no_others(xs, ys, shear):
    first = sympy.Mul(*[X - sympy.Rational(a, 32) for a in xs])
    second = sympy.Mul(*[Y - sympy.Rational(b, 32) for b in ys])
    mix = sympy.Rational(shear, 10)
    system = System([Enclosed(first + mix * second), Enclosed(second)], (0, 1), {})
    roots = find_roots(system, ((-1.01, 1.02), (-1.03, 1.01)))
    assert not roots.open
    want = sorted(itertools.product((a / 32 for a in xs), (b / 32 for b in ys)))
    got = sorted(tuple(round(float(c.mid()), 12) + 0.0 for c in root) for root in roots.found)
    assert len(got) == len(want)
    assert np.allclose(got, want, atol=1e-11)


def test_kinds_on_the_border_by_hand():
    # No stationary point inside: x falls to 1, y falls to 1, where 2x > 0 and -2y < 0 hold them.
    assert kinds(own("x**2 - y**2", Box(1.0, 2.0), Box(1.0, 2.0))) == [(1, 1, "local Nash")]
    # f_x = 1 drives x to its lower end; there f = -1 - y^2.
    assert kinds(own("x - y**2")) == [(-1, 0, "local Nash")]
    # The wrong curvature for x on the edge that holds y.
    assert (0, 1, "no equilibrium") in kinds(own("-x**2 + y"))


def test_a_box_without_stationary_points_is_an_empty_list():
    proved = certify(own("x + y + x*y/10", FREE, FREE))
    assert proved.complete
    assert not proved.points


@pytest.mark.parametrize(("text", "what"), [("x**2 - y**2 + 1/x", "smooth"), ("log(x) - y**2", "")])
def test_a_formula_that_is_not_smooth_in_the_box_is_left_open(text, what):
    proved = certify(own(text, FREE, FREE))
    assert not proved.complete
    assert any(what in cell.reason for cell in proved.open)


def test_a_cone_has_an_open_cell_at_its_tip_and_neither_point_nor_curve():
    # The common factor 1/r of both derivatives has a pole where what is left of them vanishes.
    proved = certify(own("sqrt(x**2 + y**2)", FREE, FREE))
    assert not proved.points
    assert not proved.curves
    assert all(c.x[0] <= 0 <= c.x[1] and c.y[0] <= 0 <= c.y[1] for c in proved.open)
    assert proved.open


def test_certifying_leaves_the_precision_of_others_alone():
    before = flint.ctx.prec
    certify(own("x**2 - y**2"))
    assert flint.ctx.prec == before


@pytest.mark.parametrize("sets", list(itertools.product((UNIT, FREE), repeat=2)))
def test_a_global_saddle_point_is_proved_on_boxes_lines_and_both(sets):
    found = certify(own("x**2 - y**2", *sets))
    assert found.minimax.value == found.maximin.value == (0.0, 0.0)
    assert found.minimax.where == found.maximin.where == ((0.0, 0.0),)


def test_an_irrational_global_minimax_point_is_enclosed():
    found = certify(own("x**4 - x**2 - y**2", FREE, FREE)).minimax
    assert found.value == (-0.25, -0.25)
    for sign, (low, high) in zip((-1, 1), found.where, strict=True):
        assert 0 < high - low < 1e-15
        assert low < sign / sympy.sqrt(2) < high


def test_degenerate_points_and_curves_are_said_to_be_so():
    monkey = certify(get_problem("monkey_saddle"))
    assert [p.unique for p in monkey.points if p.x == "0"] == [False]
    assert "degenerate" in monkey.open[0].reason
    assert certify(own("(x - y)**2")).curves
    assert not certify(own("(x - y)**2")).complete
    quartic = certify(own("x**4 - y**4 + x**2*y**2", FREE, FREE))
    assert [(p.kind, p.by) for p in quartic.points] == [("local Nash", "higher order")]


def test_kinds_from_enclosures():
    def kind(a, b, c, held=(False, False), radius=0.01):
        return kind_by_second_order(tuple(arb(v, radius) for v in (a, b, c)), Border(held))

    assert kind(1, 5, -1) is Kind.NASH
    assert kind(-1, 2, -1) is Kind.MINIMAX
    assert kind(1, 2, 1) is Kind.MAXIMIN
    assert kind(-1, 0, 1) is Kind.NEITHER
    assert kind(0, 1, -1) is Kind.MINIMAX
    assert kind(-1, 1, -1) is None
    assert kind(-1, 0, -1, (True, False)) is Kind.NASH
    assert kind(-1, 0, -1, (False, True)) is Kind.NEITHER
    assert kind(0, 0, -1, (False, True)) is None


@given(st.floats(-1e6, 1e6), st.floats(0, 1e-3))
@settings(max_examples=50, deadline=None)
def test_decimals_hold_the_ball(middle, radius):
    ball = arb(middle, radius)
    text, reach = decimal(ball)
    assert arb(text, arb(reach)).contains(ball)


@pytest.mark.parametrize("name", ["jin_cos", "grimmer_A10", "omd_fig1", "forsaken", "rde_L1"])
def test_the_global_minimax_value_against_a_fine_grid(name):
    problem, proved = get_problem(name), get_problem(name).certificate.minimax
    x, y = (np.linspace(s.lower, s.upper, 801) for s in (problem.x_set, problem.y_set))
    gx, gy = np.meshgrid(x, y, indexing="ij")
    values = problem.value(np, gx.reshape(-1, 1), gy.reshape(-1, 1)).reshape(801, 801)
    phi = values.max(1)
    slack = 1e-2 * np.ptp(values)
    assert proved.value[0] - slack <= phi.min() <= proved.value[1] + slack
    assert any(a - 0.03 <= x[phi.argmin()] <= b + 0.03 for a, b in proved.where)


# -- statements of papers, docs/certificates.md ------------------------------------------------


def test_jin_cos_has_a_global_minimax_point_that_is_not_stationary():
    # Jin, Netrapalli, Jordan (ICML 2020): the global minimax point need not be stationary.
    proved = get_problem("jin_cos").certificate
    ((low, high),) = proved.minimax.where
    assert low <= 0 <= high
    assert proved.complete
    assert not proved.minimax.rows


def test_jin_quadratic_on_a_box_has_no_local_minimax_point():
    # Jin, Netrapalli, Jordan (ICML 2020): local minimax points may not exist, y^2 - 2xy.
    proved = get_problem("jin_no_local_minimax").certificate
    assert proved.complete
    assert not any(Kind(p.kind).equilibrium for p in proved.points)


def test_letcher_game_has_one_stationary_point_and_no_equilibrium():
    # Letcher (ICLR 2021): a game whose only stationary point is a strict maximum of both losses.
    proved = get_problem("letcher_zero_sum").certificate
    assert [(p.x, p.y, p.kind) for p in proved.points] == [("0", "0", "no equilibrium")]


def test_forsaken_has_a_single_stationary_point_but_it_is_local_maximin():
    # Hsieh, Mertikopoulos, Cevher (ICML 2021): a critical point near (0.08, 0.4), called a solution.
    (point,) = get_problem("forsaken").certificate.points
    assert abs(float(point.x) - 0.08) < 0.005
    assert abs(float(point.y) - 0.4) < 0.02
    assert point.kind == "local maximin"
    assert point.by == "second order"


def test_keswani_f3_has_one_equilibrium_among_eleven_stationary_points():
    proved = get_problem("keswani_f3").certificate
    assert len(proved.points) == 11
    (only,) = [p for p in proved.points if Kind(p.kind).equilibrium]
    assert (float(only.x), float(only.y), only.kind) == (0, 0, "local minimax")


def test_what_is_not_planar_is_refused_in_a_sentence():
    with pytest.raises(UserError, match="Only planar problems"):
        certify(get_problem("f3_active_subspace_d", 4))
