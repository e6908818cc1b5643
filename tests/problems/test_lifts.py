"""Lifts of kernels that move in sets: what happens in a pair of coordinates is the kernel's."""

import numpy as np
import pytest

from minmaxbench.algorithms.registry import get_algorithm
from minmaxbench.core.noise import Draws, run_keys
from minmaxbench.core.oracle import NumpyOracle
from minmaxbench.core.problem import About
from minmaxbench.core.sets import Ball, Box, Product, Space, Torus
from minmaxbench.problems.planar import Planar
from minmaxbench.problems.registry import get_problem, names
from minmaxbench.problems.transforms.instances import get_instance
from minmaxbench.problems.transforms.lifts import (
    ActiveSubspace,
    Slab,
    WeightedSum,
    decaying_weights,
    mean_weights,
    random_rotations,
    unit_weights,
)

ABOUT = About(region=(-1.0, 1.0))
SETS = [Space(), Box(-0.5, 1.0), Ball(0.7), Torus(1.5), Box(0.0, np.inf), Box((-0.5,), (0.25,))]


def kernel(x_set, y_set):
    """A planar problem in no registry."""
    return Planar("kernel", "x*y + x**2/2 - y**2", x_set, y_set, ABOUT)


@pytest.mark.parametrize("x_set", SETS)
@pytest.mark.parametrize("y_set", SETS[1:4])
@pytest.mark.parametrize("rotated", [False, True])
def test_a_sum_moves_in_the_kernels_sets_in_every_pair_of_coordinates(x_set, y_set, rotated):
    d, rng = 7, np.random.default_rng(0)
    base = kernel(x_set, y_set)
    rotations = random_rotations("lift", d) if rotated else None
    lift = WeightedSum("lift", base, ABOUT, mean_weights(d), rotations)
    x, y, u, v = rng.normal(0, 2, (4, 5, d))
    px, py = lift.x_set.project(np, x), lift.y_set.project(np, y)
    for (whole, moved), mine, s in zip(
        zip(lift._turn(np, x, y), lift._turn(np, px, py), strict=True),
        (lift.x_set, lift.y_set), (x_set, y_set), strict=True,
    ):  # fmt: skip
        want = s.project(np, whole.reshape(-1, 1)).reshape(whole.shape)
        np.testing.assert_allclose(moved, want, atol=1e-12)
        assert mine.constrained == s.constrained
    gaps = lift.x_set.difference(np, x, u), lift.y_set.difference(np, y, v)
    turned = lift._turn(np, *gaps)
    for part, a, b, s in zip(
        turned, lift._turn(np, x, y), lift._turn(np, u, v), (x_set, y_set), strict=True
    ):
        want = s.difference(np, a.reshape(-1, 1), b.reshape(-1, 1)).reshape(a.shape)
        np.testing.assert_allclose(part, want, atol=1e-12)


@pytest.mark.parametrize("x_set", SETS)
@pytest.mark.parametrize("y_set", SETS[:4])
def test_an_active_subspace_moves_in_the_kernels_sets_along_its_directions(x_set, y_set):
    lift = ActiveSubspace("lift", kernel(x_set, y_set), ABOUT, 4, 6)
    rng = np.random.default_rng(1)
    x, y = rng.normal(0, 2, (5, 4)), rng.normal(0, 2, (5, 6))
    px, py = lift.x_set.project(np, x), lift.y_set.project(np, y)
    s, t = lift._kernel_point(np, x, y)
    ps, pt = lift._kernel_point(np, px, py)
    np.testing.assert_allclose(ps, x_set.project(np, s), atol=1e-12)
    np.testing.assert_allclose(pt, y_set.project(np, t), atol=1e-12)
    # The nearest point: nothing moves across the direction.
    np.testing.assert_allclose(px - x, (ps - s) * lift.u, atol=1e-12)
    assert (lift.x_set.constrained, lift.y_set.constrained) == (
        x_set.constrained, y_set.constrained,
    )  # fmt: skip


def test_a_point_one_period_along_the_direction_of_a_torus_is_the_same():
    torus = Slab(Torus(1.5), np.array([0.6, 0.8]))
    z = np.array([[0.3, -0.2]])
    moved = z + 1.5 * torus.u + np.array([[0.8, -0.6]])
    np.testing.assert_allclose(torus.difference(np, moved, z), [[0.8, -0.6]], atol=1e-12)


def test_global_forsaken_keeps_its_ball_in_every_pair_of_coordinates():
    for d in (1, 2, 20):
        problem = get_problem("global_forsaken_mean_d", d)
        for s in (problem.x_set, problem.y_set):
            ones = np.ones((1, d))
            assert np.array_equal(s.project(np, ones), ones)
            np.testing.assert_allclose(s.project(np, 5 * ones), 4 / 3 * ones)
            np.testing.assert_allclose(s.project(np, -2 * ones), -4 / 3 * ones)
        assert "4" in problem.x_set.describe("x") or "1.33" in problem.x_set.describe("x")


@pytest.mark.parametrize("name", ["gda", "ogda", "extragradient"])
def test_methods_do_in_every_pair_of_coordinates_what_they_do_on_the_kernel(name):
    d, rng = 20, np.random.default_rng(2)
    starts = rng.uniform(-2, 2, (2, d))
    steps = dict.fromkeys(get_algorithm(name).step_sizes, 0.05)
    ends = []
    for problem, x, y, scale in (
        (get_problem("global_forsaken"), *starts[:, :, None], 1),
        # The mean has a d-th of the gradient.
        (get_problem("global_forsaken_mean_d", d), *starts[:, None, :], d),
    ):
        algorithm = get_algorithm(name, **{k: scale * v for k, v in steps.items()})
        oracle = NumpyOracle(problem, Draws(run_keys("lift", np.arange(len(x)))))
        state = algorithm.init(oracle.project_x(x), oracle.project_y(y), oracle)
        for _ in range(1500):
            state = algorithm.step(state, oracle)
        ends.append(np.concatenate([state.x.ravel(), state.y.ravel()]))
    np.testing.assert_allclose(ends[1], ends[0], atol=1e-6)
    # It goes round, and does not converge to (0, 0).
    assert np.abs(ends[1]).max() > 0.5


def test_an_instance_of_a_lift_moves_its_set_along():
    problem = get_instance(get_problem("global_forsaken_mean_d", 5), 2)
    far = problem.x_map.forth(np, 10 * np.ones((1, 5)))
    back = problem.x_map.back(np, problem.x_set.project(np, far))
    np.testing.assert_allclose(back, np.full((1, 5), 4 / 3), atol=1e-12)


@pytest.mark.parametrize("name", names(group="family"))
def test_the_sets_of_a_family_hold_its_points_and_its_published_starts(name):
    problem = get_problem(name)
    known = problem.points()
    np.testing.assert_allclose(problem.x_set.project(np, known.x), known.x, atol=1e-12)
    np.testing.assert_allclose(problem.y_set.project(np, known.y), known.y, atol=1e-12)
    for x0, y0 in problem.about.starts:
        x, y = problem.place(np.full((1, problem.dx), x0), np.full((1, problem.dy), y0))
        np.testing.assert_allclose(problem.x_set.project(np, x), x, atol=1e-12)
        np.testing.assert_allclose(problem.y_set.project(np, y), y, atol=1e-12)


def test_powers_of_sets():
    assert Box((-1.0,), (2.0,)).to_the_power(3) == Box(-1.0, 2.0)
    assert Ball(2.0).to_the_power(3) == Box(-2.0, 2.0)
    assert Torus(2.0).to_the_power(3) == Torus(2.0)
    assert Space().to_the_power(3) == Space()
    simplex = Product(((Ball(1.0), 1),)).to_the_power(2)
    np.testing.assert_allclose(simplex.project(np, np.array([[3.0, -0.5]])), [[1.0, -0.5]])


# -- weights and constants --------------------------------------------------------------------


def test_weights_are_what_they_are_said_to_be():
    assert mean_weights(4).tolist() == [0.25] * 4
    assert unit_weights(3).tolist() == [1.0] * 3
    w = decaying_weights(1_000_000)
    # sum 1/i^2 = pi^2/6: with its inverse in front the sum tends to one from below.
    assert w[0] == pytest.approx(6 / np.pi**2)
    assert w[9] == pytest.approx(w[0] / 100)
    assert 0.999999 < w.sum() < 1
    assert (decaying_weights(5) == w[:5]).all()


@pytest.mark.parametrize("weights", [mean_weights, unit_weights, decaying_weights])
def test_bounds_and_smoothness_of_a_sum_follow_its_weights(weights):
    name = {
        mean_weights: "f3_mean_lift_d", unit_weights: "f3_sum_d",
        decaying_weights: "f3_weighted_lift_d",
    }[weights]  # fmt: skip
    base = get_problem("keswani_f3").about
    for d in (1, 3, 50):
        about, w = get_problem(name, d).about, weights(d)
        assert about.bounds == pytest.approx(tuple(b * w.sum() for b in base.bounds))
        assert about.smoothness == pytest.approx(base.smoothness * w.max())


@pytest.mark.parametrize("number", [1, 2, 5])
@pytest.mark.parametrize("name", ["keswani_f3", "f3_mean_lift_d", "fiez_torus"])
def test_an_instance_stretched_by_s_is_smoother_by_s_squared(name, number):
    base = get_problem(name)
    for sign in (1, -1):
        problem = get_problem(name, instance=sign * number)
        moved = problem if sign > 0 else problem.base
        scale = moved.x_map.scale
        assert scale == moved.y_map.scale != 1
        assert problem.about.smoothness == pytest.approx(base.about.smoothness / scale**2)
        # And that is its Hessian's norm: directly, and where the base comes near its constant.
        rng = np.random.default_rng(0)
        low, high = base.about.region
        x, y = rng.uniform(low, high, (400, base.dx)), rng.uniform(low, high, (400, base.dy))
        u, v = rng.normal(size=x.shape), rng.normal(size=y.shape)
        size = np.sqrt((u * u).sum(1) + (v * v).sum(1))

        def stretch(p, at, along, size=size):
            return np.sqrt(sum((h * h).sum(1) for h in p.hvp(np, *at, *along))) / size

        there = moved.x_map.forth(np, x), moved.y_map.forth(np, y)
        along = moved.x_map.rotation.apply(np, u), moved.y_map.rotation.apply(np, v)
        if sign < 0:
            there, along = there[::-1], along[::-1]
        ratio = stretch(problem, there, along) / stretch(base, (x, y), (u, v))
        np.testing.assert_allclose(ratio, 1 / scale**2, rtol=1e-9)
