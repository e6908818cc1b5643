"""Stability at stationary points: closed forms, and runs that stay or leave."""

from __future__ import annotations

import numpy as np
import pytest

from minmaxbench.algorithms.registry import get_algorithm
from minmaxbench.core.noise import Draws
from minmaxbench.core.oracle import NumpyOracle
from minmaxbench.core.problem import About
from minmaxbench.core.sets import Box
from minmaxbench.errors import UserError
from minmaxbench.problems.planar import Planar
from minmaxbench.problems.registry import get_problem
from minmaxbench.testing import play
from minmaxbench.theory.dynamics.stability import (
    at_step,
    names,
    radii,
    spectral_radius,
    stability,
    stable_at_large_ratio,
    stable_steps,
)


@pytest.mark.parametrize("eta", [0.01, 0.1, 0.7])
def test_radii_on_xy_are_the_known_ones(eta):
    found = radii((0.0, 1.0, 0.0), eta)
    assert found["gda"] == pytest.approx(np.sqrt(1 + eta**2), abs=1e-12)
    assert found["gda_alt"] == pytest.approx(1, abs=1e-12)
    assert found["extragradient"] == pytest.approx(np.sqrt((1 - eta**2) ** 2 + eta**2), abs=1e-12)
    # OGDA: l^2 = l (1 - 2 i eta) + i eta.
    want = np.abs(np.roots([1, -(1 - 2j * eta), -1j * eta])).max()
    assert found["ogda"] == pytest.approx(want, abs=1e-12)


@pytest.mark.parametrize("hessian", [(1.0, 3.0, -2.0), (-1.0, 2.0, -1.0), (0.5, 1.0, 0.4)])
def test_radius_of_gda_is_that_of_its_jacobian(hessian):
    a, b, c = hessian
    jacobian = np.eye(2) - 0.1 * np.array([[a, b], [-b, -c]])
    want = np.abs(np.linalg.eigvals(jacobian)).max()
    found = spectral_radius(get_algorithm("gda", eta_x=0.1, eta_y=0.1), hessian)
    assert found == pytest.approx(want, abs=1e-12)


@pytest.mark.parametrize("name", names())
@pytest.mark.parametrize(
    "problem", ["dp_f1", "bilinear_xy", "balduzzi_strong_rotation", "jin_quadratic"]
)
def test_runs_converge_where_the_radius_is_below_one_and_only_there(name, problem):
    hessian = tuple(float(h[0, 0]) for h in get_problem(problem).hessian(
        np, np.zeros((1, 1)), np.zeros((1, 1))
    ))  # fmt: skip
    for eta in (0.003, 0.03, 0.3):
        algorithm = at_step(name, eta)
        parameters = dict.fromkeys(algorithm.step_sizes, eta)
        radius = spectral_radius(algorithm, hessian)
        path = play(name, problem, start=(1e-3, 1e-3), steps=60, **parameters)
        rate = (path[-1] / path[30]) ** (1 / 30)
        if abs(radius - 1) > 0.02:
            assert (rate < 1) == (radius < 1)


def test_steps_of_gda_on_a_rotation_end_where_algebra_says():
    # x^2/2 + 10 x y - y^2/2: |1 - eta (1 +- 10 i)| < 1 for eta < 2/101.
    ((low, high),) = stable_steps("gda", (1.0, 10.0, -1.0))
    assert low == pytest.approx(1e-4)
    assert high == pytest.approx(2 / 101, rel=1e-9)
    assert stable_steps("gda", (0.0, 1.0, 0.0)) == []
    # Extragradient on xy: stable for eta < 1.
    ((_, high),) = stable_steps("extragradient", (0.0, 1.0, 0.0))
    assert high == pytest.approx(1, rel=1e-9)


def test_gda_stays_at_points_that_are_no_equilibrium_and_leaves_some_that_are():
    # Daskalakis, Panageas (NeurIPS 2018): the stable points of GDA are more than the local minimax
    # points; and the origin of dp_f1 is local minimax, unstable for GDA.
    assert spectral_radius(get_algorithm("gda"), (-0.25, 0.6, -1.0)) < 1
    assert not stable_at_large_ratio((1.0, 4.0, 1.0))
    assert stable_at_large_ratio((-0.25, 0.6, -1.0))
    assert spectral_radius(get_algorithm("gda"), (-1.0, 0.5, -1.1)) > 1


@pytest.mark.parametrize("a", [-1.0, 0.5])
@pytest.mark.parametrize("b", [0.3, 2.0])
@pytest.mark.parametrize("c", [-1.1, 0.7])
def test_a_fast_max_player_is_attracted_to_strict_local_minimax_points_only(a, b, c):
    slow_x = get_algorithm("gda", eta_x=1e-5, eta_y=0.1)
    assert stable_at_large_ratio((a, b, c)) == (spectral_radius(slow_x, (a, b, c)) < 1)


def test_what_cannot_be_judged_is_refused():
    with pytest.raises(UserError, match="no Jacobian"):
        spectral_radius(get_algorithm("greedy_max"), (1.0, 0.0, -1.0))
    with pytest.raises(UserError, match="finite Hessian"):
        spectral_radius(get_algorithm("gda"), (float("nan"), 0.0, -1.0))
    with pytest.raises(UserError, match="got 'adam'"):
        stable_steps("adam", (1.0, 0.0, -1.0))


# -- points where a bound holds a player ------------------------------------------------------


@pytest.mark.parametrize("name", ["gda", "gda_alt", "ogda", "extragradient", "gdmax"])
@pytest.mark.parametrize("eta", [0.01, 0.3])
def test_a_player_whom_a_bound_holds_is_out_of_the_game(name, eta):
    # What is left is the other player's own curvature: the coupling does not matter.
    for curvature in (2.0, -1.0):
        alone = {
            (True, False): (0.3, 5.0, -curvature), (False, True): (curvature, 5.0, 0.3),
        }  # fmt: skip
        for held, hessian in alone.items():
            found = spectral_radius(at_step(name, eta), hessian, held)
            uncoupled = (curvature, 0.0, -curvature)
            if name == "gdmax":
                want = abs(1 - eta * curvature) ** (5 if held[0] else 1)
            else:
                want = spectral_radius(at_step(name, eta), uncoupled)
            assert found == pytest.approx(want, abs=1e-6)
    assert spectral_radius(at_step(name, eta), (1.0, 5.0, 1.0), (True, True)) < 1e-6


def test_runs_stay_at_held_points_where_the_radius_says_so():
    # jin_cos: two edges hold x, where y is at a maximum (stable) or at a minimum.
    problem = get_problem("jin_cos")
    found = stability(problem, 0.05)
    held = [here for here in found if here.border.held == (True, False)]
    assert len(held) == 4
    for here in held:
        oracle = NumpyOracle(problem, Draws(np.zeros((1, 2), dtype=np.uint32)))
        for name in ("gda", "ogda", "extragradient"):
            algorithm = at_step(name, 0.05)
            start = np.array([[here.x * (1 - 1e-3)]]), np.array([[here.y + 1e-3]])
            state = algorithm.init(*start, oracle)
            for _ in range(60):
                state = algorithm.step(state, oracle)
            gap = abs(float(state.y[0, 0]) - here.y)
            assert (gap < 1e-3) == (here.radius[name] < 1)
            assert "a bound holds x" in here.title


def test_steps_are_scanned_together_as_one_by_one():
    for name in names():
        for hessian in ((1.0, 3.0, -2.0), (-0.25, 0.6, -1.0)):
            inside = stable_steps(name, hessian, 1e-3, 2.0)
            for eta in np.geomspace(2e-3, 1.9, 7):
                radius = spectral_radius(at_step(name, float(eta)), hessian)
                if abs(radius - 1) > 1e-6:
                    assert (radius < 1) == any(low < eta < high for low, high in inside)


def test_a_point_that_a_bound_merely_touches_is_not_judged():
    about = About(region=(-1.0, 1.0))
    text = "-x**2/2 + 2*x*y - y**2"
    problem = Planar("own", text, Box(-1.0, 1.0), Box(0.0, 1.0), about)
    found = {(here.x, here.y): here for here in stability(problem)}
    assert found[0, 0].radius == {}
    assert found[-1, 0].radius["gda"] < 1


def test_rows_can_be_chosen_and_wrong_ones_are_refused():
    problem = get_problem("keswani_f3")
    assert [here.row for here in stability(problem, rows=[3, 1])] == [3, 1]
    (only,) = stability(problem, rows=problem.points().equilibria)
    assert only.kind == "local minimax"
    assert only.summary("gda").startswith("gda: radius ")
    assert "attracts at" in only.summary("gda")
    with pytest.raises(UserError, match="lists 11 points"):
        stability(problem, rows=[11])
    with pytest.raises(UserError, match="positive number"):
        stability(problem, eta=0.0)
    with pytest.raises(UserError, match="planar"):
        stability(get_problem("bilinear_d", 2))


@pytest.mark.parametrize("name", ["adam_gda", "adagrad_gda", "anchored_gda"])
def test_methods_whose_steps_are_not_linear_or_not_alike_are_told_apart(name):
    assert name not in names()
    with pytest.raises(UserError, match=r"not linear|change with their number"):
        spectral_radius(get_algorithm(name), (1.0, 0.5, -1.0))
