"""Units side by side: the same bits as alone, and nobody suffers from a neighbour."""

from __future__ import annotations

import pathlib
import tempfile

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import minmaxbench as mb
from minmaxbench.algorithms.registry import ALGORITHMS
from minmaxbench.bench import abreast
from minmaxbench.bench.abreast import groups, work_abreast
from minmaxbench.bench.plan import draft, make_plan
from minmaxbench.bench.store import read_frames
from minmaxbench.bench.study import Study
from minmaxbench.bench.unit import work
from minmaxbench.core.joint import Joint
from minmaxbench.core.oracle import OracleNoise
from minmaxbench.problems.registry import ProblemRef, get_problem
from minmaxbench.problems.transforms.instances import get_instance
from minmaxbench.problems.transforms.stacked import side_by_side
from minmaxbench.record.outcomes import Outcome

FREE = ("keswani_f3", "fiez_torus", "global_forsaken", "bilinear_xy", "ftr_f1")
BOUND = ("grimmer_A10", "dresher_110", "rde_L4")
CLOCKED = ["seconds", "step_seconds", "unit_seconds", "metric_seconds"]


def frame(plan):
    runs = read_frames([plan.store.path(u.fingerprint, u.first, u.count) for u in plan.missing])
    keys = ["problem", "instance", "algorithm", "seed"]
    return runs.drop(columns=CLOCKED, errors="ignore").sort_values(keys).reset_index(drop=True)


def both(study, folder):
    """The study's runs side by side, and unit by unit."""
    plans = [make_plan(study, folder / name) for name in ("abreast", "alone")]
    for some in groups(plans[0].missing, 1):
        work_abreast(some, plans[0].store.folder)
    for unit in plans[1].missing:
        work(unit, plans[1].store.folder)
    return [frame(plan) for plan in plans]


@pytest.mark.parametrize("problems", [FREE, BOUND, FREE + BOUND, ("blotto_5", "blotto_5_pairs")])
def test_the_bits_are_those_of_each_unit_alone(problems, tmp_path):
    rules = ("gda", "extragradient", "greedy_max", "zo_gda")
    pd.testing.assert_frame_equal(
        *both(Study(problems, rules, seeds=3, budget=150), tmp_path), check_exact=True
    )


def test_columns_of_settings_stand_side_by_side_too(tmp_path):
    study = Study(FREE, ["gda:eta_x=0.1", "gda:eta_x=0.01", "gda:eta_y=0.5"], seeds=3, budget=500)
    plan = make_plan(study, tmp_path / "plan")
    assert [len(some) for some in groups(plan.missing, 1)] == [len(FREE)]
    pd.testing.assert_frame_equal(*both(study, tmp_path), check_exact=True)


def test_noise_is_each_runs_own(tmp_path):
    study = Study(FREE, ["gda", "greedy_max"], seeds=4, budget=300, noise=OracleNoise(gradient=0.1))
    pd.testing.assert_frame_equal(*both(study, tmp_path), check_exact=True)


@pytest.mark.slow
@pytest.mark.parametrize("name", list(ALGORITHMS))
def test_every_algorithm_side_by_side(name, tmp_path):
    games = ("blotto_5", "blotto_5_pairs") if name == "omwu" else FREE + BOUND
    study = Study(games, [name], seeds=3, budget=300)
    pd.testing.assert_frame_equal(*both(study, tmp_path), check_exact=True)


def test_groups_hold_all_units_once_the_largest_first():
    units = make_plan_units(FREE + BOUND + ("blotto_5",), ("gda", "ogda"))
    for jobs in (1, 2, 5):
        found = groups(units, jobs)
        assert sorted(u.title for some in found for u in some) == sorted(u.title for u in units)
        sizes = [abreast.size_of(some) for some in found]
        assert sizes == sorted(sizes, reverse=True)
        assert len(found) >= min(len(units), jobs)
        assert all(len({u.algorithms[0].name for u in some}) == 1 for some in found)


def make_plan_units(problems, algorithms, **more):
    with tempfile.TemporaryDirectory() as folder:
        study = Study(problems, algorithms, **({"seeds": 5, "budget": 100} | more))
        return draft(study, pathlib.Path(folder) / "none").missing


def test_no_group_outgrows_the_cache(monkeypatch):
    monkeypatch.setattr(abreast, "NUMBERS", 25)
    units = make_plan_units(FREE, ("gda", "ogda"))
    assert {abreast.size_of([unit]) for unit in units} == {10}
    found = groups(units, 1)
    assert sum(map(len, found)) == len(units)
    assert all(abreast.size_of(some) <= 25 for some in found)
    assert max(map(len, found)) == 2


def test_another_engine_runs_units_alone():
    assert all(len(some) == 1 for some in groups(make_plan_units(FREE, ["gda"], engine="jax"), 1))


@pytest.mark.parametrize("limit", [100.0, 1e-3])
def test_a_clock_is_each_units_own(limit, tmp_path, monkeypatch):
    # Side by side none is stopped by it: where it rings, each runs alone and has all its time.
    alone = []
    monkeypatch.setattr(abreast, "work", lambda *a: alone.append(a[0].title) or work(*a))
    study = Study(FREE, ["gda"], seeds=3, budget=2000, time_limit=limit)
    plan = make_plan(study, tmp_path)
    (some,) = groups(plan.missing, 1)
    ends = [answer.outcomes for answer in work_abreast(some, tmp_path)]
    assert len(ends) == len(FREE)
    assert len(alone) == (0 if limit > 1 else len(FREE))
    assert any(Outcome.TIME_LIMIT.value in outcomes for outcomes in ends) == (limit < 1)


def test_code_of_the_users_runs_alone():
    class Mine(mb.Algorithm):
        def init(self, x, y, oracle):
            return mb.Iterate(x, y)

        def step(self, state, oracle):
            return state

    assert all(len(some) == 1 for some in groups(make_plan_units(FREE, [Mine()]), 1))


def test_where_one_unit_fails_the_others_have_their_runs(tmp_path, monkeypatch):
    study = Study(FREE, ["gda"], seeds=3, budget=200)
    broken = type(get_problem("keswani_f3"))
    grad = broken.grad

    def raising(self, xp, x, y):
        if self.name == "keswani_f3":
            raise FloatingPointError("no gradient today")
        return grad(self, xp, x, y)

    monkeypatch.setattr(broken, "grad", raising)
    plan = make_plan(study, tmp_path / "plan")
    (some,) = groups(plan.missing, 1)
    answers = work_abreast(some, plan.store.folder)
    ends = {u.problem.name: a.outcomes for u, a in zip(some, answers, strict=True)}
    assert ends["keswani_f3"] == {"error": 3}
    assert all("error" not in outcomes for name, outcomes in ends.items() if name != "keswani_f3")


def instances(names, d=None):
    base = [get_problem(name, d) for name in names]
    return [get_instance(one, k) for one in base for k in (1, 2)]


@pytest.mark.parametrize(
    "moved",
    [
        instances(("fiez_torus", "bilinear_xy", "ftr_f1")),
        instances(BOUND),
        instances(("miyagi_f5_d", "miyagi_f10_d", "bilinear_d"), 3),
        instances(("miyagi_f4_d", "f3_sum_d"), 3),
    ],
    ids=["free", "bound", "three", "mixed"],
)
def test_instances_side_by_side_have_the_bits_of_each_alone(moved):
    rng = np.random.default_rng(1)
    counts = rng.integers(0, 20, len(moved)).tolist()
    whole, n = side_by_side(moved, counts), sum(counts)
    alike = len({(p.x_set.constrained, p.y_set.constrained) for p in moved}) == 1
    assert isinstance(whole, Joint) != alike
    spaces = 2 * (moved[0].dx, moved[0].dy)
    arrays = [rng.normal(size=(n, d)) for d in spaces]
    arrays[0][::5] = -0.0
    some = np.flatnonzero(rng.random(n) < 0.5)
    for game, rows in ((whole, np.arange(n)), (whole.select(some), some)):
        whose = np.repeat(np.arange(len(moved)), counts)[rows]
        mine = [a[rows] for a in arrays]

        def same(asked, mine=mine, game=game, whose=whose):
            found = asked(game, *mine)
            for k, problem in enumerate(moved):
                one = asked(problem, *(a[whose == k] for a in mine))
                for a, b in zip(found, one, strict=True):
                    assert a[whose == k].tobytes() == b.tobytes()

        same(lambda p, x, y, u, v: [p.value(np, x, y), p.grad_x(np, x, y), p.grad_y(np, x, y)])
        same(lambda p, x, y, u, v: p.grad(np, x, y))
        same(lambda p, x, y, u, v: p.hvp(np, x, y, u, v))
        same(lambda p, x, y, u, v: [p.x_set.project(np, 5 * x), p.y_set.project(np, 5 * y)])
        if alike:
            same(lambda p, x, y, u, v: [p.x_map.rotation.apply(np, x), p.y_map.back(np, y)])


def test_runs_on_instances_have_the_bits_of_each_alone(tmp_path):
    games = [ProblemRef.named(name, instance=k) for name in FREE + BOUND for k in (2, 101)]
    study = Study(games, ["gda", "greedy_max"], seeds=3, budget=150)
    pd.testing.assert_frame_equal(*both(study, tmp_path), check_exact=True)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 4), min_size=1, max_size=6), st.data())
def test_a_joint_problem_is_its_parts(counts, data):
    problems = [get_problem(FREE[k % len(FREE)]) for k in range(len(counts))]
    n = sum(counts)
    draw = np.random.default_rng(len(counts)).normal(size=(4, n, 1))
    lanes = np.flatnonzero(data.draw(st.lists(st.booleans(), min_size=n, max_size=n)))
    joint = Joint(problems, counts)
    for game, rows in ((joint, np.arange(n)), (joint.select(lanes), lanes)):
        x, y, u, v = draw[:, rows]
        whose = np.repeat(np.arange(len(counts)), counts)[rows]
        for what, arrays in (("value", (x, y)), ("grad_x", (x, y)), ("grad_y", (x, y))):
            found = getattr(game, what)(np, *arrays)
            for k in range(len(rows)):
                one = getattr(problems[whose[k]], what)(np, *(a[k : k + 1] for a in arrays))
                assert np.array_equal(found[k : k + 1], one)
        for what, arrays in (("grad", (x, y)), ("hvp", (x, y, u, v))):
            pair = getattr(game, what)(np, *arrays)
            for k in range(len(rows)):
                one = getattr(problems[whose[k]], what)(np, *(a[k : k + 1] for a in arrays))
                assert all(np.array_equal(a[k : k + 1], b) for a, b in zip(pair, one, strict=True))


def test_units_know_what_they_spent(tmp_path):
    plan = make_plan(Study(FREE, ["gda"], seeds=3, budget=300), tmp_path)
    (some,) = groups(plan.missing, 1)
    answers = work_abreast(some, plan.store.folder)
    runs = read_frames([plan.store.path(u.fingerprint, u.first, u.count) for u in some])
    assert (runs["seconds"] > 0).all()
    assert runs["seconds"].sum() == pytest.approx(sum(a.seconds for a in answers))
