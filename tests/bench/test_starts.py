"""Starts favour nobody: uniform on the region, and none that meets the loosest target at once."""

import numpy as np
import pytest

from minmaxbench import Study
from minmaxbench.bench import starts
from minmaxbench.bench.plan import draft
from minmaxbench.bench.starts import NEAREST, start_points
from minmaxbench.core.noise import run_keys, stream_keys, uniforms
from minmaxbench.core.problem import About, Kind, Points, Problem
from minmaxbench.problems.registry import PROBLEMS, ProblemRef
from minmaxbench.record.targets import RANKED, TARGETS

RUNS = 200


def drawn(problem, seeds, design="region"):
    return start_points(design, problem, run_keys("here", seeds), seeds)


def once(problem, seeds):
    """The starts as they are drawn for the first time."""
    (low, high), dx, d = problem.about.region, problem.dx, problem.dx + problem.dy
    keys = stream_keys(np, run_keys("here", seeds), "start")
    z = low + (high - low) * uniforms(np, keys, 0, d)
    return problem.place(z[:, :dx], z[:, dx:])


def nearest(problem, x, y):
    rows = problem.points().equilibria
    inside = problem.x_set.project(np, x), problem.y_set.project(np, y)
    return problem.distances(np, *inside, rows).min(1)


NAMES = [name for name in PROBLEMS if PROBLEMS.get(name).planar] + ["feg_worst_case_d", "nie_65"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("instance", [0, 3])
def test_no_start_meets_the_loosest_target(name, instance):
    problem = ProblemRef.named(name, instance=instance).build()
    if not problem.points().equilibria.size:
        pytest.skip("no equilibrium is listed")
    x, y = drawn(problem, np.arange(RUNS))
    assert nearest(problem, x, y).min() > NEAREST == max(RANKED)
    assert NEAREST in TARGETS
    first = once(problem, np.arange(RUNS))
    far = nearest(problem, *first) > NEAREST
    np.testing.assert_array_equal(x[far], first[0][far])
    np.testing.assert_array_equal(y[far], first[1][far])


@pytest.mark.parametrize("name", ["cbo_rastrigin_1d", "feg_worst_case_d"])
def test_a_run_begins_where_it_begins_alone(name):
    problem = ProblemRef.named(name, instance=2).build()
    seeds = np.arange(RUNS)
    x, y = drawn(problem, seeds)
    moved = (x != once(problem, seeds)[0]).any(1)
    assert 0 < moved.sum() < RUNS
    for seed in [*np.flatnonzero(moved)[:5], *np.flatnonzero(~moved)[:2]]:
        alone = drawn(problem, np.array([seed]))
        np.testing.assert_array_equal(alone[0][0], x[seed])
        np.testing.assert_array_equal(alone[1][0], y[seed])


class Tiny(Problem):
    """Its region lies within the distance as a whole."""

    name, dx, dy = "tiny", 1, 1
    about = About(region=(-0.01, 0.01))

    def value(self, xp, x, y):
        return (x * y)[:, 0]

    def grad(self, xp, x, y):
        return y, x

    def points(self):
        zero = np.zeros((1, 1))
        return Points(zero, zero, np.zeros(1), (Kind.NASH,), True, "by hand")


def test_a_region_that_is_all_too_near_still_gives_starts():
    x, y = drawn(Tiny(), np.arange(5))
    assert (np.abs(np.concatenate([x, y])) <= 0.01).all()
    assert len(np.unique(x)) == 5


def test_a_design_that_is_changed_is_another_question(tmp_path, monkeypatch):
    study = Study(["ftr_f1"], ["gda"], seeds=1, budget=10)

    def asked(start):
        return draft(study.replace(start=start), tmp_path).missing[0].fingerprint

    before = {start: asked(start) for start in ("region", "5.5,5.5")}
    monkeypatch.setitem(starts.DESIGNS, "region", "in another way")
    assert asked("region") != before["region"]
    assert asked("5.5,5.5") == before["5.5,5.5"]
