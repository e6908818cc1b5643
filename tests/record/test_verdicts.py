"""Verdicts on traces of known kind, each made from a formula of its own."""

import numpy as np
import pytest
from helpers import Replay, keys, replay, run

from minmaxbench.algorithms.registry import get_algorithm
from minmaxbench.problems.registry import get_problem
from minmaxbench.record.outcomes import Outcome
from minmaxbench.record.verdicts import Verdict

STEPS = 2000
F3 = get_problem("keswani_f3")


def shape(rng, angle):
    """A closed curve of size 1: an ellipse, turned, with higher harmonics in its time course."""
    angle = angle + rng.uniform(0, 0.6) * np.sin(angle)
    flat, turn = rng.uniform(0.2, 1), rng.uniform(0, np.pi)
    a = np.cos(angle) + rng.uniform(0, 0.2) * np.cos(2 * angle)
    b = flat * np.sin(angle)
    c, s = np.cos(turn), np.sin(turn)
    return np.stack([c * a - s * b, s * a + c * b], axis=-1)


T = np.arange(STEPS + 1.0)


def angle_of(rng, longest=STEPS / 6):
    """The phase of a motion of random period, from a few steps to a sixth of the run."""
    return 2 * np.pi * (T / np.exp(rng.uniform(np.log(2.2), np.log(longest))) + rng.uniform())


def centre_of(rng):
    """A point away from every listed one."""
    return rng.uniform(2.5, 4, 2) * rng.choice([-1, 1], 2)


def equilibrium(rng, kinds=(True,)):
    known = F3.points()
    rows = [i for i, kind in enumerate(known.kind) if kind.equilibrium in kinds]
    row = rng.choice(rows)
    point = np.concatenate([known.x[row], known.y[row]])
    end = 10 ** rng.uniform(-8, -1.3)
    decay = (end / 3) ** (T / STEPS)
    way = rng.integers(3)
    if way == 0:
        return point + 3 * decay[:, None] * shape(rng, angle_of(rng))
    if way == 1:
        return point + 3 * decay[:, None] * shape(rng, np.full_like(T, 6 * rng.uniform()))
    return point + 3 * decay[:, None] + rng.normal(0, 0.01, (STEPS + 1, 2))


def other(rng):
    return equilibrium(rng, (False,))


def cycle(rng):
    size, angle = rng.uniform(0.3, 1.5), angle_of(rng)
    transient = 1 + rng.uniform(-0.7, 2) * np.exp(-T / STEPS * rng.uniform(8, 50))
    return centre_of(rng) + (size * transient)[:, None] * shape(rng, angle)


def periodic_points(rng):
    points = rng.uniform(-1, 1, (rng.integers(2, 9), 2))
    return centre_of(rng) + points[np.arange(STEPS + 1) % len(points)]


def spiral(rng, sign):
    """Slow: its size changes by a factor of 1.6 to 10 over the run."""
    size = np.exp(sign * np.log(rng.uniform(1.6, 10)) * (T / STEPS - 0.5)) / 2
    return centre_of(rng) + size[:, None] * shape(rng, angle_of(rng))


def slow_convergence(rng):
    way = rng.integers(3)
    if way == 0:
        return spiral(rng, -1)
    # A power law, along a line or round and round.
    size = 2 * (1 + T / rng.uniform(5, 50)) ** -rng.uniform(0.4, 0.6)
    angle = angle_of(rng) if way == 1 else np.full_like(T, 6 * rng.uniform())
    return centre_of(rng) + size[:, None] * shape(rng, angle)


def slow_divergence(rng):
    return spiral(rng, 1)


def drift(rng):
    return centre_of(rng) + np.outer(T / STEPS, rng.uniform(-1, 1, 2))


def random_walk(rng):
    return centre_of(rng) + np.cumsum(rng.normal(0, 0.02, (STEPS + 1, 2)), axis=0)


def diverged(rng):
    growth = np.exp(T / STEPS * rng.uniform(25, 100))
    return centre_of(rng) * growth[:, None]


def stalled(rng):
    """In the flat tail of F3, or at rest anywhere."""
    if rng.integers(2):
        turn = rng.uniform(0, 2 * np.pi)
        return 60 * np.array([np.cos(turn), np.sin(turn)]) + T[:, None] * 1e-4
    return np.tile(centre_of(rng), (STEPS + 1, 1)) + (0.99**T)[:, None] * (T < 1000)[:, None]


KINDS = {
    equilibrium: Verdict.EQUILIBRIUM, other: Verdict.OTHER, cycle: Verdict.CYCLE,
    periodic_points: Verdict.CYCLE, slow_convergence: Verdict.UNFINISHED,
    slow_divergence: Verdict.UNFINISHED, drift: Verdict.UNFINISHED,
    random_walk: Verdict.UNFINISHED, diverged: Verdict.DIVERGED, stalled: Verdict.STALLED,
}  # fmt: skip


def test_a_thousand_traces_of_known_kind():
    rng = np.random.default_rng(1)
    wrong = []
    for kind, wanted in KINDS.items():
        got = replay([kind(rng) for _ in range(100)]).verdict
        wrong += [(kind.__name__, k, v) for k, v in enumerate(got) if v is not wanted]
    assert len(wrong) <= 10, wrong


@pytest.mark.parametrize("period", [2, 3, 7, 16, 50.3, 128, 300])
def test_period_and_amplitude(period):
    angle = 2 * np.pi * T / period
    path = 3 + np.stack([0.7 * np.cos(angle), 0.2 * np.sin(angle)], axis=-1)
    record = replay([path])
    assert record.verdict == [Verdict.CYCLE]
    assert record.period[0] == pytest.approx(period, rel=2e-3)
    assert record.amplitude[0] == pytest.approx(np.ptp(path, axis=0).max() / 2, rel=0.02)


def test_a_verdict_does_not_depend_on_the_other_runs():
    rng = np.random.default_rng(3)
    paths = [kind(rng) for kind in KINDS for _ in range(3)]
    together = replay(paths)
    alone = [replay([path]) for path in paths]
    assert together.verdict == [one.verdict[0] for one in alone]
    assert np.array_equal(together.period, [one.period[0] for one in alone], equal_nan=True)
    assert np.array_equal(together.amplitude, [one.amplitude[0] for one in alone], equal_nan=True)


def test_a_run_that_ends_before_the_others_keeps_its_own_tail():
    # Eight in ten go on: lanes are not compacted, and the chunks hold what is no more.
    dear = np.arange(10) < 2
    angle = 2 * np.pi * T / 21
    paths = np.tile(3 + np.stack([np.cos(angle), np.sin(angle)], axis=-1), (10, 1, 1))
    paths[:2, 1001:] = 1e6
    zero = np.zeros((10, 1))
    record = run(F3, Replay(paths, dear), zero, zero, keys(10), STEPS)
    assert record.steps.tolist() == [1000] * 2 + [2000] * 8
    assert set(record.verdict) == {Verdict.CYCLE}
    assert record.period == pytest.approx(21, rel=1e-3)


def test_a_slow_spiral_away_from_a_point_is_not_at_it():
    size = 0.03 * 3 ** (T / STEPS)
    angle = 2 * np.pi * T / 20
    path = size[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=-1)
    assert replay([path, path[::-1]]).verdict == [Verdict.UNFINISHED, Verdict.EQUILIBRIUM]


@pytest.mark.parametrize("period", [8, 64])
def test_a_spiral_in_step_with_the_spacing_is_no_cycle(period):
    angle = 2 * np.pi * T / period
    size = 1 + T / STEPS
    path = 4 + size[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=-1)
    assert replay([path]).verdict == [Verdict.UNFINISHED]


def test_a_cycle_is_told_whatever_happened_before():
    angle = 2 * np.pi * T / 200
    path = 3 + np.stack([np.cos(angle), np.sin(angle)], axis=-1)
    path += 100 * (T < 0.55 * STEPS)[:, None]
    record = replay([path])
    assert record.verdict == [Verdict.CYCLE]
    assert record.period[0] == pytest.approx(200, rel=1e-3)


def test_a_run_that_moved_before_it_came_to_rest_has_stalled():
    rng = np.random.default_rng(0)
    stays = 4 + np.repeat(rng.normal(size=(40, 8, 2)), (STEPS + 8) // 8, axis=1)[:, : STEPS + 1]
    stays[:, int(0.7 * STEPS) :] = stays[:, int(0.7 * STEPS), None]
    assert set(replay(stays).verdict) == {Verdict.STALLED}


def test_short_runs_are_unfinished_unless_they_converged():
    record = replay(np.full((2, 9, 2), 0.01) * np.arange(2)[:, None, None])
    assert record.outcome == [Outcome.CONVERGED, Outcome.BUDGET]
    assert record.verdict == [Verdict.EQUILIBRIUM, Verdict.UNFINISHED]


def run_gda(name, budget=10_000.0, **parameters):
    problem, algorithm = get_problem(name), get_algorithm("gda", **parameters)
    low, high = problem.about.region
    x, y = np.random.default_rng(0).uniform(low, high, (2, 20, problem.dx))
    return run(problem, algorithm, x, y, keys(20), budget)


@pytest.mark.parametrize(
    ("name", "verdict"),
    [
        # Hsieh, Mertikopoulos, Cevher (ICML 2021), Example 5.2: the cycle around the equilibrium.
        ("forsaken", Verdict.CYCLE),
        ("keswani_f3", Verdict.CYCLE),
        # Simultaneous GDA leaves xy on a growing spiral.
        ("bilinear_xy", Verdict.UNFINISHED),
        ("cgd_convex", Verdict.EQUILIBRIUM),
        ("ftr_f2", Verdict.OTHER),
        ("ftr_f1", Verdict.DIVERGED),
    ],
)
def test_gda_does_what_is_known_of_it(name, verdict):
    assert set(run_gda(name).verdict) == {verdict}


def test_a_running_motion_on_a_torus_comes_back():
    assert Verdict.CYCLE in run_gda("fiez_torus").verdict


def test_many_variables_have_no_tail():
    problem = get_problem("ncsc_quadratic_d", 8, 8)
    x, y = np.random.default_rng(0).uniform(-2, 2, (2, 5, 8))
    algorithm = get_algorithm("gda_two_timescale")
    record = run(problem, algorithm, x, y, keys(5), 3000.0)
    assert set(record.verdict) == {Verdict.EQUILIBRIUM}
    assert np.isnan(record.period).all()
