"""Settings are lanes: a setting alone and among others makes the same runs, bit for bit."""

import math
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pytest
from helpers import assert_equal

import minmaxbench as mb
from minmaxbench import Study
from minmaxbench.algorithms.registry import ALGORITHMS
from minmaxbench.api.results import StudyWarning
from minmaxbench.bench.plan import make_plan
from minmaxbench.bench.together import as_one, together
from minmaxbench.bench.unit import begin
from minmaxbench.core import parameters, tree
from minmaxbench.core.algorithm import Iterate, Memoryless
from minmaxbench.core.parameters import number, step_size
from minmaxbench.engines.batch import Batch
from minmaxbench.engines.numpy_engine import NumpyEngine
from minmaxbench.errors import ContractError
from minmaxbench.problems.registry import ProblemRef
from minmaxbench.record.record import join

SEEDS = np.arange(3)
TIMES = ["seconds", "step_seconds", "unit_seconds"]
ORDER = ["problem", "algorithm", "seed"]


def varied(kind, share):
    """A setting ``share`` of the way through every range that is searched."""
    chosen = {}
    for name, allowed in parameters.ranges(kind).items():
        if allowed.search is not None and allowed.kind is not str:
            low, high = min(allowed.search), max(allowed.search)
            value = low + share * (high - low)
            if allowed.scale == "log":
                value = low * (high / low) ** share
            chosen[name] = round(value) if allowed.kind is int else value
    return kind(**chosen)


def runs_of(problem, algorithm, ref, copies=1):
    x, y, keys = begin(ref, problem, "region", 0, SEEDS)
    x, y, keys = (np.tile(a, (copies, 1)) for a in (x, y, keys))
    return NumpyEngine().run(Batch(problem, algorithm, x, y, keys, 60.0))


PROGRAMS = (
    "gdmax", "rapp", "unrolled", "gda_am", "zo_gda", "cbo_sp", "adversarial_cma_es",
    "greedy_max_rate", "greedy_max_adam", "unrolled_adam",
)  # fmt: skip
"""Those with a whole number that says how often something is done."""


@pytest.mark.parametrize("dims", [(1, 1), pytest.param((3, 3), marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", ALGORITHMS)
def test_a_setting_alone_and_among_others_makes_the_same_runs(name, dims):
    kind = ALGORITHMS.get(name)
    ref = ProblemRef.named("keswani_f3" if dims == (1, 1) else "ncsc_quadratic_d", *dims)
    problem = ref.build()
    if kind.needs - problem.offers:
        pytest.skip("it does not run on this problem")
    if name == "greedy_max_theory":
        pytest.skip("its settings come from the problem; none is searched")
    if name in ("ston_r", "omwu"):
        pytest.skip("it runs on boxes, or on simplices")
    settings = [kind(), *(varied(kind, share) for share in (0.11, 0.43, 0.87))]
    settings = [setting.for_problem(problem) for setting in settings]
    numbers = (float,) if name in PROGRAMS else (float, int)
    for rows in together(settings, range(len(settings)), numbers):
        group = [settings[row] for row in rows]
        lanes = np.repeat(np.arange(len(group)), len(SEEDS))
        among = runs_of(problem, as_one(group, lanes), ref, len(group))
        assert_equal(join([runs_of(problem, one, ref) for one in group]), among)


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_number_that_changes_the_program_cannot_be_a_column(name):
    kind = ALGORITHMS.get(name)
    ref = ProblemRef.named("keswani_f3")
    pair = [varied(kind, 0.2), varied(kind, 0.9)]
    with pytest.raises((TypeError, ContractError)):
        runs_of(ref.build(), as_one(pair, np.repeat([0, 1], len(SEEDS))), ref, 2)


GRID = {"name": "gdmax", "eta_x": [0.01, 0.1], "k": [1, 3]}


def bits(runs):
    return runs.drop(columns=TIMES).sort_values(ORDER, ignore_index=True)


@pytest.mark.parametrize("engine", ["numpy", "jax"])
def test_one_unit_holds_all_settings_and_splits_by_itself(tmp_path, engine):
    study = Study(["keswani_f3"], [GRID, "gda"], seeds=4, budget=150.0, engine=engine)
    plan = make_plan(study, tmp_path)
    assert [len(unit.algorithms) for unit in plan.missing] == [4, 1]
    together_ = mb.run(study, out=tmp_path).runs
    assert len(together_) == 5 * 4
    one_by_one = [
        mb.run(Study(["keswani_f3"], [ref], seeds=4, budget=150.0, engine=engine)).runs
        for ref in study.algorithms
    ]
    pd.testing.assert_frame_equal(bits(together_), bits(pd.concat(one_by_one)))


def test_more_settings_run_what_is_missing_and_a_part_finds_its_own(tmp_path):
    def asked(etas, seeds=4):
        grid = {"name": "gda", "eta_x": etas}
        return Study(["ftr_f1"], [grid], name="s", seeds=seeds, budget=60.0)

    mb.run(asked([0.01, 0.02]), out=tmp_path)
    plan = make_plan(asked([0.01, 0.02, 0.03]), tmp_path / "s")
    assert [unit.runs for unit in plan.missing] == [4]
    wide = mb.run(asked([0.01, 0.02, 0.03], seeds=6), out=tmp_path).runs
    assert not make_plan(asked([0.02]), tmp_path / "s").missing
    part = mb.run(asked([0.02]), out=tmp_path).runs
    assert set(part["algorithm"]) == {"gda(eta_x=0.02)"}
    assert len(part) == 4
    pd.testing.assert_frame_equal(bits(wide), bits(mb.run(asked([0.01, 0.02, 0.03], 6)).runs))


@dataclass(frozen=True)
class Branching(Memoryless):
    """Its code branches on a number, and one of its settings raises."""

    name = "branching"
    eta: float = step_size(0.05)
    twist: float = number(0.0)
    scale: float = field(default=1.0)

    def step(self, state, oracle):
        gx, gy = oracle.grad(state.x, state.y)
        if self.twist > 0.5:
            raise ArithmeticError("twisted too far")
        factor = math.exp(self.twist)
        return Iterate(state.x - factor * self.eta * gx, state.y + self.eta * gy)


def test_settings_that_fail_are_rows_and_the_others_are_not_lost(tmp_path):
    settings = [Branching(twist=t) for t in (0.0, 0.1, 0.9)]
    study = Study(["ftr_f1"], settings, name="b", seeds=3, budget=50.0)
    with pytest.warns(StudyWarning, match="twisted too far"):
        results = mb.run(study, out=tmp_path)
    ends = results.runs.groupby("algorithm")["outcome"].agg(lambda s: set(s))
    assert ends["branching(twist=0.9)"] == {"error"}
    assert "error" not in ends["branching"] | ends["branching(twist=0.1)"]
    assert "twisted too far" in results.errors["message"][0]
    # Only the setting that failed is tried again.
    assert [unit.runs for unit in make_plan(study, tmp_path / "b").missing] == [3]
    assert len(mb.load(tmp_path / "b").runs) == 9


def test_numbers_that_all_share_stay_plain():
    kind = ALGORITHMS.get("gda")
    one = as_one([kind(0.1, 0.2), kind(0.3, 0.2)], np.array([0, 0, 1]))
    assert list(tree.columns(one)) == ["eta_x"]
    assert one.eta_y == 0.2
    assert as_one([kind(0.1)], np.zeros(5, dtype=int)) == kind(0.1)


def test_on_jax_one_program_serves_all_settings():
    pytest.importorskip("jax")
    from minmaxbench.engines.jax.program import program_for

    problem, kind = mb.problem("keswani_f3"), ALGORITHMS.get("ogda")
    lanes = np.repeat(np.arange(5), 4)
    made = [
        program_for(problem, as_one([kind(eta) for eta in etas], lanes), mb.Study(seeds=1).noise)
        for etas in ([0.01, 0.02, 0.03, 0.04, 0.05], [0.1, 0.2, 0.3, 0.4, 0.5])
    ]
    assert made[0] is made[1]
