"""Stored cycles: every one integrated or iterated again, against theory, and what papers say."""

import math
import re
from pathlib import Path

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from minmaxbench.algorithms.registry import get_algorithm
from minmaxbench.problems.cycles import FLOW, Cycle, Shape, known_cycles
from minmaxbench.problems.planar import Planar
from minmaxbench.problems.registry import get_problem, names
from minmaxbench.theory.dynamics import flow, orbits
from minmaxbench.theory.dynamics.stability import spectral_radius

PLANAR = names("planar")
STORED = [(name, c) for name in PLANAR for c in known_cycles(get_problem(name)) or ()]
CLOSED = [pytest.param(n, c, id=f"{n}-{i}") for i, (n, c) in enumerate(STORED)
          if c.dynamics == FLOW]  # fmt: skip
DISCRETE = [pytest.param(n, c, id=f"{n}-{c.dynamics}-{i}") for i, (n, c) in enumerate(STORED)
            if c.dynamics != FLOW]  # fmt: skip


def stored(name, dynamics):
    """The cycles of a problem under one dynamics."""
    return [c for c in known_cycles(get_problem(name)) if c.dynamics == dynamics]


@pytest.mark.parametrize("name", PLANAR)
def test_every_planar_problem_has_data_of_its_present_definition(name):
    assert known_cycles(get_problem(name)) is not None


def test_the_page_counts_what_is_stored():
    page = Path(__file__).parents[3].joinpath("docs", "cycles.md").read_text()
    said = re.search(
        r"Of (\d+) planar problems (\d+) have limit cycles of the flow: (\d+) that attract and (\d+) that "
        r"repel; (\d+) have families of closed\s+orbits",
        page,
    )
    flows = [(name, cycle) for name, cycle in STORED if cycle.dynamics == FLOW]
    bands = {name for name, cycle in flows if cycle.shape is Shape.FAMILY}
    limits = [(name, cycle) for name, cycle in flows if cycle.shape is not Shape.FAMILY]
    attract = sum(cycle.multiplier < 1 for _, cycle in limits)
    counts = (
        len(PLANAR), len({name for name, _ in limits}), attract, len(limits) - attract, len(bands)
    )  # fmt: skip
    assert tuple(map(int, said.groups())) == counts


def test_a_changed_formula_has_no_cycles_known():
    old = get_problem("letcher_zero_sum")
    changed = Planar(old.name, old.text + " + x*y/100", old.x_set, old.y_set, old.about)
    assert known_cycles(old)
    assert known_cycles(changed) is None
    assert known_cycles(get_problem("bilinear_d")) is None


@pytest.mark.parametrize(("name", "cycle"), CLOSED)
def test_a_stored_cycle_of_the_flow_closes_with_its_multiplier(name, cycle):
    problem = get_problem(name)
    # In the direction in which it attracts; the multipliers are inverse to each other.
    sign = -1.0 if cycle.multiplier > 1 else 1.0
    loop = flow.flow(problem, np.array(cycle.state), cycle.period, sign)
    assert np.abs(loop.gap).max() <= 1e-10
    assert loop.winding == tuple(int(sign) * turns for turns in cycle.winding)
    want = cycle.multiplier**sign
    assert math.exp(loop.log_multiplier) == pytest.approx(want, rel=1e-8, abs=1e-8)
    # The monodromy matrix has that eigenvalue, and 1 along the flow.
    assert np.linalg.det(loop.monodromy) == pytest.approx(want, abs=1e-8)
    scale = np.abs(loop.monodromy).max()
    assert np.trace(loop.monodromy) == pytest.approx(1 + want, abs=1e-8 * scale)
    if any(cycle.winding):
        # In reversed time the turns are counted backwards.
        np.testing.assert_allclose(np.ptp(loop.extent, axis=1), 2 * np.array(cycle.amplitude))
    else:
        np.testing.assert_allclose(loop.extent, cycle.extent, atol=1e-8)
    assert (cycle.shape is Shape.FAMILY) == (cycle.stability == "neutral")


@pytest.mark.parametrize(("name", "cycle"), DISCRETE)
def test_a_stored_set_of_an_algorithm_is_gone_round_again(name, cycle):
    runner = orbits.Runner(get_problem(name), cycle.dynamics, cycle.step)
    steps = math.ceil(6 * cycle.period)
    path = runner.orbit(np.array([cycle.state]), steps)[:, 0]
    if any(cycle.winding):
        turned = (path[-1] - path[0]) / runner.periods * cycle.period / steps
        np.testing.assert_allclose(turned, cycle.winding, atol=0.1)
        assert cycle.shape in (Shape.CIRCLE, Shape.FAMILY)
        return
    (a, b), (c, d) = cycle.extent
    low, high = np.array([a, c]), np.array([b, d])
    width = (high - low).max()
    # Where neighbours part, rounding of another machine leads to another orbit of the same set.
    slack = (0.05 if cycle.shape is Shape.IRREGULAR else 1e-6) * width
    assert (path >= low - slack).all()
    assert (path <= high + slack).all()
    if cycle.shape is Shape.PERIODIC:
        gap = np.abs(path[int(cycle.period) :] - path[: -int(cycle.period)])
        assert gap.max() <= 1e-8 * (1 + width)
    elif cycle.shape is not Shape.IRREGULAR:
        around = path - (low + high) / 2
        angle = np.unwrap(np.arctan2(around[:, 1], around[:, 0]))
        turns = abs(angle[-1] - angle[0]) / (2 * np.pi)
        assert turns == pytest.approx(steps / cycle.period, abs=0.5)
        np.testing.assert_allclose(path.min(0), low, atol=0.01 * width)
        np.testing.assert_allclose(path.max(0), high, atol=0.01 * width)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "cycle"), DISCRETE)
def test_a_stored_set_of_an_algorithm_measured_again_is_the_same(name, cycle):
    runner = orbits.Runner(get_problem(name), cycle.dynamics, cycle.step)
    again = orbits.measure(runner, cycle.dynamics, cycle.step, np.array([cycle.state]))
    assert again is not None
    assert again.shape is cycle.shape
    if cycle.shape is not Shape.IRREGULAR:
        assert again.period == pytest.approx(cycle.period, abs=2 * cycle.precision + 1e-9)
        np.testing.assert_allclose(again.extent, cycle.extent, atol=1e-6)
        assert again.winding == cycle.winding
        assert again.multiplier == pytest.approx(cycle.multiplier, rel=1e-3, abs=1e-6)


@pytest.mark.parametrize(("name", "cycle"), [c for c in DISCRETE
                                             if c.values[1].shape is Shape.CIRCLE])  # fmt: skip
def test_a_run_that_starts_beside_an_attracting_circle_ends_on_it(name, cycle):
    if cycle.multiplier > 0.9:
        pytest.skip("attracts slowly")
    runner = orbits.Runner(get_problem(name), cycle.dynamics, cycle.step)
    row = np.array([cycle.state]) * (1 + 1e-2)
    path = runner.orbit(runner.run(row, math.ceil(8 * cycle.period)), math.ceil(2 * cycle.period))
    found = np.array([path.min((0, 1)), path.max((0, 1))]).T
    np.testing.assert_allclose(found, cycle.extent, atol=2e-2 * np.ptp(cycle.extent))


def test_a_cycle_of_the_theory():
    # y' = x + eps (y - y^3), x' = -y: averaging gives r' = eps (r/2 - 3 r^3/8), so r = sqrt(4/3)
    # and a multiplier of exp(-2 pi eps), both up to order eps.
    problem = get_problem("hsieh_almost_bilinear_eps01")
    cycle = flow.close(problem, np.array([1.0, 0.5]), 1.0)
    assert cycle is not None
    assert cycle.amplitude == pytest.approx((math.sqrt(4 / 3),) * 2, rel=0.01)
    assert cycle.period == pytest.approx(2 * math.pi, rel=0.01)
    assert cycle.multiplier == pytest.approx(math.exp(-0.2 * math.pi), rel=0.02)
    (small,) = stored("hsieh_almost_bilinear_eps001", FLOW)
    assert small.amplitude == pytest.approx((math.sqrt(4 / 3),) * 2, rel=1e-3)
    assert small.multiplier == pytest.approx(math.exp(-0.02 * math.pi), rel=1e-3)


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["letcher_zero_sum", "bilinear_xy", "cgd_convex", "ftr_f1", "fiez_torus"]
)
def test_the_search_finds_what_is_stored(name):
    found, want = flow.flow_cycles(get_problem(name)), stored(name, FLOW)
    assert [c.shape for c in found] == [c.shape for c in want]
    np.testing.assert_allclose([c.period for c in found], [c.period for c in want], rtol=1e-9)


def test_no_cycle_where_orbits_come_to_rest_or_leave():
    for name, start, sign in (("cgd_convex", (1.0, 1.0), 1.0), ("cgd_convex", (1.0, 1.0), -1.0),
                              ("balduzzi_strong_rotation", (1.0, 0.5), 1.0)):  # fmt: skip
        assert flow.close(get_problem(name), np.array(start), sign) is None
    assert orbits.method_cycles(get_problem("cgd_convex"), "gda") == []


def test_a_period_two_orbit_by_hand():
    # GDA on x^2 - y^2 with step 1 maps z to -z, exactly: every point has period two.
    runner = orbits.Runner(get_problem("cgd_convex"), "gda", 1.0)
    cycle = orbits.measure(runner, "gda", 1.0, np.array([[0.5, 0.25]]))
    assert cycle is not None
    assert (cycle.shape, cycle.period) == (Shape.PERIODIC, 2.0)
    assert cycle.multiplier == pytest.approx(1.0, rel=1e-6)
    assert cycle.amplitude == (0.5, 0.25)
    assert cycle.stability == "neutral"


def test_exponents_agree_with_the_spectral_radius_at_a_fixed_point():
    runner = orbits.Runner(get_problem("dp_f1"), "ogda", 0.05)
    found = orbits._exponents(runner, np.zeros((1, 4)), 400)
    want = math.log(spectral_radius(get_algorithm("ogda", eta=0.05), (-0.25, 0.6, -1.0)))
    assert found[0] == pytest.approx(want, abs=5e-3)


def test_a_line_says_what_a_cycle_is():
    cycle = Cycle("gda", 0.05, Shape.CIRCLE, (1.0, 0.0), 99.5, 1e-9, ((-1, 1), (-2, 2)), 0.5)
    assert cycle.summary == (
        "gda at step 0.05: attracting invariant circle through (1, 0), period 99.5 steps, "
        "x in [-1, 1], y in [-2, 2], multiplier 0.5"
    )
    assert cycle.amplitude == (1, 2)


# What papers say: docs/cycles.md has a row for each of these.


def runs(name, method, starts, steps):
    """The last of so many iterates at the step 0.05, (lanes, 2)."""
    runner = orbits.Runner(get_problem(name), method, orbits.STEP)
    return runner.run(runner.first(np.array(starts, dtype=float)), steps)[:, :2]


def test_hsieh_almost_bilinear_methods_cycle_at_the_radius_of_averaging():
    # A step eta adds eta/2 to the growth rate of GDA and takes as much from the extragradient's.
    eps, eta = 0.1, orbits.STEP
    for method, radius in (
        (FLOW, math.sqrt(4 / 3)),
        ("gda", math.sqrt(4 / 3 * (1 + eta / eps))),
        ("extragradient", math.sqrt(4 / 3 * (1 - eta / eps))),
        ("ogda", math.sqrt(4 / 3 * (1 - eta / eps))),
    ):
        (cycle,) = stored("hsieh_almost_bilinear_eps01", method)
        assert cycle.amplitude == pytest.approx((radius, radius), rel=0.01)
        assert cycle.stability == "attracting"


def test_hsieh_extragradient_leaves_the_cycle_when_its_step_exceeds_eps():
    name = "hsieh_almost_bilinear_eps001"
    assert len(stored(name, FLOW)) == len(stored(name, "gda")) == 1
    for method in ("extragradient", "ogda"):
        assert stored(name, method) == []
        assert np.abs(runs(name, method, [(2, 2), (0.1, 0.1)], 8000)).max() < 1e-2
    # And where they end is no equilibrium: f is convex in y there.
    assert not get_problem(name).points().equilibria.size


def test_hsieh_forsaken_point_is_shielded_by_a_repelling_cycle():
    problem = get_problem("forsaken")
    inner, outer = stored("forsaken", FLOW)
    assert (inner.stability, outer.stability) == ("repelling", "attracting")
    known = problem.points()
    (a, b), (c, d) = inner.extent
    assert a < known.x[0, 0] < b
    assert c < known.y[0, 0] < d
    # The point attracts the flow within it, and nothing without.
    start = np.array(inner.state)
    centre = np.array([known.x[0, 0], known.y[0, 0]])
    for factor, inside in ((0.8, True), (1.2, False)):
        path = solve_ivp(lambda _, z: flow.field(problem, z[None])[0], (0, 150),
                         centre + factor * (start - centre), "DOP853", rtol=1e-8)  # fmt: skip
        distance = np.abs(path.y[:, -1] - centre).max()
        assert distance < 1e-3 if inside else distance > 0.5


def test_letcher_every_method_goes_round():
    starts = np.random.default_rng(0).standard_normal((50, 2))
    for method in ("gda", "ogda", "extragradient"):
        (cycle,) = stored("letcher_zero_sum", method)
        assert cycle.shape is Shape.CIRCLE
        end = runs("letcher_zero_sum", method, starts, 2000)
        (a, b), (c, d) = cycle.extent
        assert ((end >= (a - 1e-6, c - 1e-6)) & (end <= (b + 1e-6, d + 1e-6))).all()
        assert np.hypot(*end.T).min() > 0.5


@pytest.mark.parametrize("name", ["hidden_matching_pennies", "dirac_gan", "bilinear_xy"])
def test_recurrence_of_hidden_bilinear_games(name):
    # Orbits of the flow close through every point, so none attracts; GDA spirals out of them all.
    problem = get_problem(name)
    periods = []
    for start in ((0.5, 0.2), (1.0, 0.3)):
        cycle = flow.close(problem, np.array(start), 1.0)
        assert cycle is not None
        assert cycle.shape is Shape.FAMILY
        periods.append(cycle.period)
        path = np.hypot(*runs(name, "gda", [start], 500)[0])
        assert path > np.hypot(*start)
    assert (periods[1] > periods[0] * (1 + 1e-3)) == (name != "bilinear_xy")
    (shown,) = stored(name, FLOW)
    assert shown.stability == "neutral"


def test_grimmer_the_flow_cycles_for_strong_coupling_too():
    for coupling, count in ((1, 0), (10, 1), (11, 1), (100, 1)):
        found = stored(f"grimmer_A{coupling}", FLOW)
        assert [c.stability for c in found] == ["attracting"] * count
    # At the only stationary point, f is concave in x and convex in y: it repels the flow.
    known = get_problem("grimmer_A100").points()
    assert np.abs(np.hstack([known.x, known.y])).max() < 1e-9
    # The step 0.05 is far too long there: a turn of the flow is 19 steps for A = 10, and GDA does
    # not stay on the flow's cycle.
    (cycle,) = stored("grimmer_A10", FLOW)
    assert cycle.period / orbits.STEP < 20
    (gda,) = stored("grimmer_A10", "gda")
    assert gda.shape is Shape.IRREGULAR
    assert gda.multiplier > 10


def test_pethick_global_forsaken_has_two_cycles_about_its_equilibrium():
    inner, outer = stored("global_forsaken", FLOW)
    if inner.amplitude > outer.amplitude:
        inner, outer = outer, inner
    assert (inner.stability, outer.stability) == ("repelling", "attracting")
    for method in ("ogda", "extragradient"):
        (cycle,) = stored("global_forsaken", method)
        assert inner.amplitude < cycle.amplitude < outer.amplitude


def test_stonr_f2_methods_cycle_from_outside_a_repelling_cycle_only():
    (cycle,) = stored("stonr_f2", FLOW)
    assert cycle.stability == "repelling"
    a, b = cycle.amplitude
    assert 0.8 < b < a < 0.85
    end = runs("stonr_f2", "extragradient", [(0.5, 0.5), (0.9, 0.9)], 8000)
    assert np.abs(end[0]).max() < 1e-3
    assert np.abs(end[1]).max() > 0.5


def test_keswani_gda_and_omd_cycle_on_f3():
    (cycle,) = stored("keswani_f3", FLOW)
    assert cycle.stability == "attracting"
    (a, b), (c, d) = cycle.extent
    # About the local minimax point (0, 0), from the start of the paper.
    assert a < 0 < b
    assert c < 0 < d
    for method in ("gda", "ogda"):
        (mine,) = stored("keswani_f3", method)
        end = runs("keswani_f3", method, [(5.5, 5.5)], 3000)[0]
        (a, b), (c, d) = mine.extent
        assert a - 1e-6 <= end[0] <= b + 1e-6
        assert c - 1e-6 <= end[1] <= d + 1e-6
    # F3 of Wang et al. is a tenth of it: the same orbit, ten times as slow.
    (slow,) = stored("ftr_f3", FLOW)
    assert slow.period == pytest.approx(10 * cycle.period, rel=1e-9)
    np.testing.assert_allclose(slow.extent, cycle.extent, atol=1e-8)
