"""Cycles that wind round a torus, and bands of them: by formula, by hand, by another integrator."""

import json

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from minmaxbench.core.problem import About
from minmaxbench.core.sets import Space, Torus
from minmaxbench.problems.cycles import FLOW, Cycle, CycleList, Shape, known_cycles, parse
from minmaxbench.problems.planar import Planar
from minmaxbench.problems.registry import get_problem
from minmaxbench.theory.dynamics import flow, orbits
from minmaxbench.theory.dynamics.torus import smooth_gap, turns, winding, wrapped

TURN = 2 * np.pi


def own(text, x_set=None, y_set=None):
    """A planar problem on the torus, in no registry."""
    about = About(region=(-np.pi, np.pi))
    return Planar("own", text, x_set or Torus(TURN), y_set or Torus(TURN), about)


def ways(cycles):
    """How they go round, sorted."""
    return sorted(cycle.winding for cycle in cycles)


@pytest.mark.parametrize("start", [(0.3, 1.2), (2.9, -3.0), (-2.0, 1.0)])
def test_orbits_of_a_band_round_a_torus_close_in_the_time_of_a_formula(start):
    # f = cos(x - y): x' = y' = sin(x - y), so x - y stays, and every orbit is closed, up or down.
    cycle = flow.close(own("cos(x - y)"), np.array(start), 1.0)
    assert cycle is not None
    assert cycle.shape is Shape.FAMILY
    speed = np.sin(start[0] - start[1])
    assert cycle.period == pytest.approx(TURN / abs(speed), rel=1e-10)
    assert cycle.winding == (np.sign(speed), np.sign(speed))
    assert cycle.multiplier == pytest.approx(1, abs=1e-12)
    # It begins where x is in the middle, so that orbits can be compared.
    assert cycle.state[0] == pytest.approx(0, abs=1e-9)
    assert np.sin(cycle.state[0] - cycle.state[1]) == pytest.approx(speed)
    # In reversed time it is the same.
    back = flow.close(own("cos(x - y)"), np.array(start), -1.0)
    assert back is not None
    assert back.winding == cycle.winding
    assert back.period == pytest.approx(cycle.period)


@pytest.mark.slow
def test_one_orbit_of_a_band_stands_for_all_that_go_round_alike():
    assert ways(flow.flow_cycles(own("cos(x - y)"))) == [(-1, -1), (1, 1)]


LIMIT = "cos(x - y) - cos(x)/5 + 3*sin(x)/10 - 2*cos(y)/5 - sin(2*y)/5 - 2*sin(x + y)/5 - 2*cos(x + y)/5"


def test_a_limit_cycle_that_winds_attracts_as_its_multiplier_says():
    problem = own(LIMIT)
    start = np.array([0.0, -1.3])
    cycle = flow.close(problem, start, 1.0)
    assert cycle is not None
    assert (cycle.shape, cycle.winding, cycle.stability) == (Shape.CYCLE, (1, 1), "attracting")
    state = np.array(cycle.state)
    along = flow.field(problem, state[None])[0]
    across = np.array([-along[1], along[0]]) / np.hypot(*along)
    ends = [
        solve_ivp(
            lambda _, z: flow.field(problem, z[None])[0], (0, cycle.period), state + nudge * across,
            "LSODA", rtol=1e-11, atol=1e-13,
        ).y[:, -1] - TURN * np.array(cycle.winding)
        for nudge in (0.0, 1e-5)
    ]  # fmt: skip
    assert np.abs(ends[0] - state).max() < 1e-7
    assert across @ (ends[1] - ends[0]) / 1e-5 == pytest.approx(cycle.multiplier, rel=1e-3)


def test_the_bands_of_fiez_and_ratliffs_torus():
    problem = get_problem("fiez_torus")
    known = known_cycles(problem)
    mine = [c for c in known if c.dynamics == FLOW]
    assert ways(mine) == [(-1, -1), (0, 0), (1, 1)]
    for cycle in mine:
        assert cycle.shape is Shape.FAMILY
        # Another integrator, other tolerances: it returns, moved by whole turns.
        path = solve_ivp(
            lambda _, z: flow.field(problem, z[None])[0], (0, cycle.period), cycle.state,
            "Radau", rtol=1e-10, atol=1e-12,
        )  # fmt: skip
        gap = path.y[:, -1] - cycle.state - TURN * np.array(cycle.winding)
        assert np.abs(gap).max() < 1e-6
    gda = [c for c in known if c.dynamics == "gda"]
    assert ways(gda) == [(-1, -1), (1, 1)]
    for cycle in gda:
        assert (cycle.shape, cycle.stability) == (Shape.CIRCLE, "attracting")
        assert "round the torus" in cycle.summary


def test_most_runs_of_gda_on_the_torus_go_round_it():
    runner = orbits.Runner(get_problem("fiez_torus"), "gda", 0.05)
    starts = np.random.default_rng(3).uniform(-np.pi, np.pi, (200, 2))
    rows = runner.run(runner.first(starts), 20_000)
    path = runner.orbit(rows, 2000)
    turned = np.abs((path[-1] - path[0]) / TURN).min(1)
    assert 0.8 < (turned > 5).mean() < 0.95


@pytest.mark.slow
@pytest.mark.parametrize("name", ["ogda", "extragradient"])
def test_on_the_torus_ogda_and_the_extragradient_only_take_long(name):
    """Most are on their way round after 20,000 steps, and all at rest after 200,000: no set is listed."""
    problem = get_problem("fiez_torus")
    runner = orbits.Runner(problem, name, 0.05)
    starts = np.random.default_rng(0).uniform(-np.pi, np.pi, (60, 2))
    rows = runner.first(starts)

    def moving(rows):
        path = runner.orbit(rows, 400)
        return (np.abs(path[-1] - path[0]).max(1) > 1e-3).mean()

    rows = runner.run(rows, 20_000)
    assert 0.5 < moving(rows) < 0.9
    rows = runner.run(rows, 180_000)
    assert moving(rows) == 0.0
    assert not [c for c in known_cycles(problem) if c.dynamics == name]


def test_on_a_cylinder_orbits_wind_round_its_one_side_only():
    # A pendulum: f = y^2/2 + cos(x), so x' = sin(x), y' = y: no orbit returns. With the players'
    # parts exchanged, f = sin(x) sin(y) + y cos(x) for a free y, some do; none winds in y.
    problem = own("sin(x)*y - y**3/30", y_set=Space())
    for start in ((0.1, 0.5), (1.0, 2.0), (-2.0, -0.5)):
        cycle = flow.close(problem, np.array(start), 1.0)
        assert cycle is None or cycle.winding[1] == 0


@pytest.mark.parametrize("middle", [(0.0, 0.0), (np.pi, 0.0), (np.pi, np.pi), (0.0, -np.pi)])
def test_a_closed_orbit_across_the_border_of_a_torus_is_like_one_in_its_middle(middle):
    # The same closed orbits about (0, 0), moved by half periods.
    x0, y0 = middle
    sign = np.cos(x0) * np.cos(y0)
    here = flow.close(own("sin(x)*sin(y)"), np.array([0.5, 0.2]), 1.0)
    there = flow.close(own(f"{sign:g}*sin(x)*sin(y)"), np.array([x0 + 0.5, y0 + 0.2]), 1.0)
    assert here is not None
    assert there is not None
    assert there.shape is here.shape is Shape.FAMILY
    assert there.winding == (0, 0)
    assert there.period == pytest.approx(here.period, rel=1e-8)
    assert there.amplitude == pytest.approx(here.amplitude, rel=1e-7)
    # Shown with its middle on the torus, not a turn further.
    for low, high in there.extent:
        assert abs(low + high) / 2 <= np.pi + 1e-9


# -- counting turns ---------------------------------------------------------------------------


def test_gaps_without_their_turns():
    period = np.array([2.0, np.inf])
    gap = np.array([[5.2, 5.2], [-0.4, 7.0]])
    np.testing.assert_allclose(turns(gap, period), [[3, 0], [0, 0]])
    np.testing.assert_allclose(wrapped(gap, period), [[-0.8, 5.2], [-0.4, 7.0]])
    np.testing.assert_allclose(smooth_gap(np.array([1e-5, 3.0]), period), [1e-5, 3.0])
    np.testing.assert_allclose(smooth_gap(np.array([2.0 + 1e-5, 3.0]), period), [1e-5, 3.0])


@pytest.mark.parametrize(
    ("rate", "ratio"),
    [
        ((0.2, 0.2), (1, 1)),
        ((-0.2, 0.2), (-1, 1)),
        ((0.1, -0.3), (1, -3)),
        ((0.6, 0.4), (3, 2)),
        ((0.0, -0.4), (0, -1)),
        ((1.0, (np.sqrt(5) - 1) / 2), (1, 1)),  # in no ratio
    ],
)
def test_the_smallest_numbers_of_turns(rate, ratio):
    assert winding(np.array(rate)) == ratio


def test_winding_is_written_where_there_is_any_and_read_again():
    plain = Cycle(FLOW, 0.0, Shape.CYCLE, (0.0, 1.0), 2.0, 0.0, ((0.0, 1.0), (0.0, 1.0)), 0.5)
    turned = Cycle(
        FLOW, 0.0, Shape.FAMILY, (0.0, 1.0), 2.0, 0.0, ((0.0, 6.0), (0.0, 1.0)), 1.0, (1, -2)
    )
    found = CycleList("p", "d", {}, {}, (plain, turned))
    entries = json.loads(found.text())["cycles"]
    assert ["winding" in entry for entry in entries] == [False, True]
    assert tuple(map(parse, entries)) == (plain, turned)
    assert "(1, -2) times round the torus" in turned.summary
