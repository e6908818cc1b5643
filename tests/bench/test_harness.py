"""Studies, plans, stores: nothing lost, nothing mixed, nothing run twice, the same bits every time."""

import json
import linecache
import signal
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from minmaxbench.bench.harness import _begin_worker, make_plan, run_study

import minmaxbench
from minmaxbench import Study, UserError, planar
from minmaxbench.algorithms.greedy_max.proposals import PROPOSALS
from minmaxbench.algorithms.registry import ALGORITHMS, register
from minmaxbench.analysis.statistics import calls_to
from minmaxbench.bench.starts import start_points
from minmaxbench.bench.store import load, read_manifest
from minmaxbench.bench.study import AlgorithmSpec, algorithm_specs, problem_specs, read_study
from minmaxbench.core.algorithm import Memoryless
from minmaxbench.core.noise import run_keys
from minmaxbench.core.problem import About, Problem
from minmaxbench.core.sets import Space
from minmaxbench.problems.registry import PROBLEMS, Entry, get_problem

TIMES = ["seconds", "step_seconds", "unit_seconds"]


def small(**changes):
    study = Study(
        "small",
        problem_specs(["ftr_f1", "keswani_f3"]),
        algorithm_specs(["gda", "greedy_max"]),
        seeds=6,
        budget=60,
    )
    return replace(study, **changes)


def bits(runs):
    return runs.drop(columns=TIMES).sort_values(["problem", "algorithm", "seed"], ignore_index=True)


def test_a_study_ends_in_a_row_for_every_run(tmp_path):
    runs = minmaxbench.run(small(), out=tmp_path)
    assert len(runs) == 2 * 2 * 6
    assert runs["outcome"].notna().all()
    assert (runs["calls"] <= 60).all()
    assert list(runs["trace_calls"].iloc[0])[-1] == 60
    again = minmaxbench.load(tmp_path / "small")
    pd.testing.assert_frame_equal(runs, again)


def test_all_algorithms_start_at_the_same_points(tmp_path):
    runs = minmaxbench.run(small(), out=tmp_path)
    starts = runs[runs["algorithm"] == "gda"]
    for seed, mine in starts.groupby(["problem", "seed"]):
        others = runs[(runs["problem"] == seed[0]) & (runs["seed"] == seed[1])]
        assert len({t[0] for t in others["trace_x"]}) == 1, mine


def test_a_finished_study_is_not_run_again(tmp_path):
    minmaxbench.run(small(), out=tmp_path)
    plan = make_plan(small(), tmp_path / "small")
    assert not plan.missing
    assert plan.kept == plan.runs == 24


def test_a_wider_study_runs_what_is_missing_and_a_narrower_one_loads_its_own(tmp_path):
    minmaxbench.run(small(), out=tmp_path)
    wider = small(seeds=9, algorithms=algorithm_specs(["gda", "greedy_max", "ogda"]))
    plan = make_plan(wider, tmp_path / "small")
    assert sum(unit.count for unit in plan.missing) == 2 * 2 * 3 + 2 * 9
    run_study(plan)
    at_once = minmaxbench.run(wider, out=tmp_path / "fresh")
    pd.testing.assert_frame_equal(bits(load(tmp_path / "small")), bits(at_once))
    other = minmaxbench.run(small(budget=30.0), out=tmp_path)
    assert set(other["budget"]) == {30.0}
    assert len(other) == 24
    narrow = small(seeds=2)
    assert len(minmaxbench.run(narrow, out=tmp_path)) == make_plan(narrow, tmp_path / "small").runs


def test_workers_and_restarts_change_no_bit(tmp_path):
    alone = minmaxbench.run(small(), out=tmp_path / "a")
    workers = minmaxbench.run(small(), out=tmp_path / "b", jobs=2)
    pd.testing.assert_frame_equal(bits(alone), bits(workers))
    # A restart: two units are gone, one file was cut short, a temporary file was left behind.
    files = sorted((tmp_path / "a" / "small" / "units").glob("*.parquet"))
    files[0].unlink()
    files[1].write_bytes(files[1].read_bytes()[:-20])
    (files[2].parent / "x.123.part").write_bytes(b"half")
    plan = make_plan(small(), tmp_path / "a" / "small")
    assert len(plan.missing) == 2
    run_study(plan)
    pd.testing.assert_frame_equal(bits(load(tmp_path / "a" / "small")), bits(alone))
    assert not list(files[2].parent.glob("*.part"))
    assert len(list(files[2].parent.glob("*.broken"))) == 1


def test_blocks_of_lanes_change_no_bit(tmp_path, monkeypatch):
    study = small(problems=problem_specs(["f3_mean_lift_d"], [3]), time_limit=60.0)
    together = minmaxbench.run(study, out=tmp_path / "together")
    monkeypatch.setattr("minmaxbench.bench.harness.BLOCK", 12)  # two lanes at a time
    apart = minmaxbench.run(study, out=tmp_path / "apart")
    pd.testing.assert_frame_equal(bits(together), bits(apart))


def test_a_study_of_several_small_dimensions_loads(tmp_path):
    # Iterates are kept up to a size, so that their columns differ in length.
    study = small(problems=problem_specs(["f3_mean_lift_d"], [2, 4, 10]))
    runs = minmaxbench.run(study, out=tmp_path)
    assert sorted(runs["dx"].unique()) == [2, 4, 10]
    lengths = runs.dropna(subset=["x"]).groupby("dx")["x"].agg(lambda x: len(x.iloc[0]))
    assert lengths.to_dict() == {2: 2, 4: 4}


def test_a_damaged_file_is_one_sentence(tmp_path):
    minmaxbench.run(small(), out=tmp_path)
    file = next((tmp_path / "small" / "units").glob("*.parquet"))
    data = bytearray(file.read_bytes())
    data[10:-10] = bytes(len(data) - 20)
    file.write_bytes(data)
    with pytest.raises(UserError, match="damaged"):
        load(tmp_path / "small")


def test_folders_that_are_no_results(tmp_path):
    with pytest.raises(UserError, match="no manifest"):
        load(tmp_path)
    (tmp_path / "manifest.json").write_text("{")
    with pytest.raises(UserError, match="cannot be read"):
        load(tmp_path)
    (tmp_path / "manifest.json").write_text('{"schema": 0}')
    with pytest.raises(UserError, match="schema 0"):
        load(tmp_path)
    blocked = tmp_path / "file"
    blocked.touch()
    with pytest.raises(UserError, match="cannot be written"):
        minmaxbench.run(small(), out=blocked)


def test_partial_results_load(tmp_path):
    plan = make_plan(small(), tmp_path / "small")
    with pytest.raises(UserError, match="no finished unit"):
        load(tmp_path / "small")
    run_study(replace(plan, missing=plan.missing[:1]))
    assert len(load(tmp_path / "small")) == 6


def test_the_manifest_says_what_was_run_and_not_where(tmp_path):
    minmaxbench.run(small(), out=tmp_path)
    manifest = read_manifest(tmp_path / "small")
    assert manifest["runs"] == 24
    assert manifest["packages"]["numpy"] == np.__version__
    assert manifest["study"]["seeds"] == 6
    assert str(Path.home()) not in json.dumps(manifest)
    assert str(tmp_path) not in json.dumps(manifest)


@pytest.fixture
def broken():
    @register("raises_for_test", "a test")
    @dataclass(frozen=True)
    class Raises(Memoryless):
        """Raises after a while."""

        def step(self, state, oracle):
            raise ValueError("deliberate")

    yield
    ALGORITHMS.remove("raises_for_test")


def test_a_unit_that_raises_becomes_rows(tmp_path, broken):
    study = small(algorithms=algorithm_specs(["gda", "raises_for_test"]))
    runs = minmaxbench.run(study, out=tmp_path)
    assert len(runs) == 24
    failed = runs[runs["outcome"] == "error"]
    assert set(failed["algorithm"]) == {"raises_for_test"}
    assert failed["message"].str.contains("ValueError: deliberate").all()


KILLER = """
from dataclasses import dataclass
from minmaxbench import register
from minmaxbench.core.algorithm import Memoryless

@register("killer", "a test")
@dataclass(frozen=True)
class Killer(Memoryless):
    "Kills its process."
    def step(self, state, oracle):
        os.kill(os.getpid(), 9)
"""


def test_a_killed_worker_costs_only_its_own_unit(tmp_path):
    file = tmp_path / "killer.py"
    file.write_text(KILLER)
    (tmp_path / "study.toml").write_text(
        'problems = ["ftr_f1", "keswani_f3"]\nalgorithms = ["killer", "gda"]\nseeds = 3\nbudget = 20\n'
        'files = ["killer.py"]\n'
    )
    study = read_study(tmp_path / "study.toml")
    try:
        runs = minmaxbench.run(study, out=tmp_path / "out", jobs=2)
    finally:
        ALGORITHMS.remove("killer")
    assert len(runs) == 12
    outcomes = runs.groupby("algorithm")["outcome"].agg(set)
    assert outcomes["killer"] == {"error"}
    assert "error" not in outcomes["gda"]


def test_a_value_outside_proved_bounds_fails_loudly(tmp_path):
    planar(
        "wrong_bound_for_test", title="t", formula="x*y", source="s", classes=(), bounds=(-1.0, 1.0)
    )
    try:
        study = small(problems=problem_specs(["wrong_bound_for_test"]))
        runs = minmaxbench.run(study, out=tmp_path)
    finally:
        PROBLEMS.remove("wrong_bound_for_test")
    assert set(runs["outcome"]) == {"error"}
    assert runs["message"].str.contains("is proved to stay in").all()


def test_pairs_that_cannot_run_are_left_out_and_said(tmp_path):
    study = small(algorithms=algorithm_specs(["greedy_max_theory"]), budget=10)
    plan = make_plan(study, tmp_path)
    assert list(plan.excluded) == ["greedy_max_theory"]
    assert {unit.problem.name for unit in plan.missing} == {"keswani_f3"}
    with pytest.raises(UserError, match="needs a bound"):
        make_plan(replace(study, problems=problem_specs(["ftr_f1"])), tmp_path / "b")


def test_studies_from_toml(tmp_path):
    path = tmp_path / "grid.toml"
    path.write_text(
        'problems = ["bilinear_d"]\ndimensions = [2, 3]\ninstances = [0, 1]\n'
        'algorithms = ["ogda", {name = "gda", eta_x = [0.1, 0.2], eta_y = 0.1}]\nbudget = 50.0\n'
        "[noise]\ngradient = 0.1\n"
    )
    study = read_study(path)
    assert study.name == "grid"
    assert len(study.problems) == 4
    assert [a.label for a in study.algorithms] == [
        "ogda", "gda(eta_x=0.1, eta_y=0.1)", "gda(eta_x=0.2, eta_y=0.1)",
    ]  # fmt: skip
    assert study.noise.gradient == 0.1
    for text, says in (
        ("problem = 1", "did you mean problems"),
        ('problems = ["keswani_f33"]', "did you mean keswani_f3"),
        ('algorithms = [{name = "gda", eta = 1.0}]', "hyper-parameter of gda"),
        ("x = = 1", "not valid TOML"),
        ('files = ["absent.py"]', "does not exist"),
        ("seeds = 0", "at least one seed"),
        ("budget = -1", "above 0"),
        ("problems = []", "holds no problems"),
        ("[noise]\nx = 1", "no field of 'noise'"),
        ("seeds = 'a'", "wrong type"),
    ):
        path.write_text(text)
        with pytest.raises(UserError, match=says):
            read_study(path)
    with pytest.raises(UserError, match="cannot be read"):
        read_study(tmp_path / "absent.toml")


def test_start_designs():
    problem = get_problem("keswani_f3")
    seeds = np.arange(50)
    keys = run_keys("starts", seeds)
    x, _ = start_points("region", problem, keys, seeds)
    low, high = problem.about.region
    assert (x >= low).all()
    assert (x <= high).all()
    assert len(np.unique(x)) == 50
    x, y = start_points("paper", problem, keys, seeds)
    assert set(zip(x[:, 0], y[:, 0], strict=True)) == set(problem.about.starts)
    x, y = start_points("ring", problem, keys, seeds)
    np.testing.assert_allclose(x**2 + y**2, 1)
    x, y = start_points("near", problem, keys, seeds)
    assert np.hypot(x, y).max() < 0.6
    x, y = start_points("5.5,-2", problem, keys, seeds)
    assert (x == 5.5).all()
    assert (y == -2).all()
    for design, says in (
        ("nearby", "did you mean near"), ("1,inf", "finite"), ("1,b", "two numbers"),
    ):  # fmt: skip
        with pytest.raises(UserError, match=says):
            start_points(design, problem, keys, seeds)
    with pytest.raises(UserError, match="no listed equilibrium"):
        start_points("near", get_problem("ftr_f2"), keys, seeds)


def test_a_changed_formula_is_a_new_question():
    question = next(small().units()).question
    assert question == next(small().units()).question
    assert question != next(small(budget=61).units()).question
    assert question != next(small(seed=1).units()).question
    spec = AlgorithmSpec("gda", (("eta_x", 0.1),))
    assert question != next(small(algorithms=(spec,)).units()).question
    names = [problem_specs(["mine_for_test"])] if "mine_for_test" in PROBLEMS else []
    assert not names
    for instance in (0, 2, -2):
        questions = []
        for text in ("x*y", "x*y + x"):
            planar("mine_for_test", title="t", formula=text, source="s", classes=())
            study = small(problems=problem_specs(["mine_for_test"], instances=[instance]))
            questions.append(next(study.units()).question)
            PROBLEMS.remove("mine_for_test")
        assert questions[0] != questions[1], instance


class Fit(Problem):
    """A user's problem that holds data, and keeps what it computes from them: f = mean(data) x y."""

    name, dx, dy = "fit", 1, 1
    x_set = y_set = Space()
    about = About("a fit", "here", (), (-1.0, 1.0))

    def __init__(self, data):
        self.data = data

    @cached_property
    def slope(self):
        return float(self.data.mean())

    def value(self, xp, x, y):
        return self.slope * (x * y)[..., 0]

    def grad_x(self, xp, x, y):
        return self.slope * y

    def grad_y(self, xp, x, y):
        return self.slope * x

    def hvp(self, xp, x, y, u, v):
        return self.slope * v, self.slope * u

    def points(self):
        return get_problem("bilinear_xy").points()


def test_changed_data_are_a_new_question():
    def question(data):
        problem = Fit(data)
        assert problem.slope > 0
        PROBLEMS.add("fit", Entry("fit", Fit.about, lambda dx, dy: problem, (1, 1)))
        asked = next(small(problems=problem_specs(["fit"])).units()).question
        PROBLEMS.remove("fit")
        return asked

    data = np.arange(3.0)
    assert question(data) == question(data.copy())
    assert question(data) != question(data + 1e-15)


def test_a_changed_proposal_is_a_new_question():
    questions = []
    for shift in ("0.0", "0.1"):
        scope = {}
        # Through linecache, so that the function has a source, as one in a user's file has.
        text = f"def mine(x, y, scale, index, oracle):\n    return scale * x + {shift}\n"
        name = f"<proposal {shift}>"
        linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
        exec(compile(text, name, "exec"), scope)
        PROPOSALS.add("mine_for_test", scope["mine"])
        specs = algorithm_specs([{"name": "greedy_max", "proposal": "mine_for_test"}])
        questions.append(next(small(algorithms=specs).units()).question)
        PROPOSALS.remove("mine_for_test")
    assert questions[0] != questions[1]


def test_a_full_disk_is_one_sentence(tmp_path, monkeypatch):
    import pyarrow.parquet

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pyarrow.parquet, "write_table", full)
    with pytest.raises(UserError, match="No space left on device; finished units are kept"):
        minmaxbench.run(small(), out=tmp_path)


@pytest.mark.parametrize("before", [signal.SIG_IGN, signal.default_int_handler])
def test_a_worker_ends_on_ctrl_c_unless_it_is_ignored(before):
    old = signal.signal(signal.SIGINT, before)
    try:
        _begin_worker()
        after = signal.getsignal(signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, old)
    assert after == (signal.SIG_IGN if before == signal.SIG_IGN else signal.SIG_DFL)


def test_results_older_than_a_target_say_so(tmp_path):
    runs = minmaxbench.run(small(), out=tmp_path)
    assert np.isfinite(calls_to(runs, 0.5)).any()
    with pytest.raises(UserError, match="before the target"):
        calls_to(runs.drop(columns="distance_5e-01"), 0.5)


def test_executors(tmp_path):
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(2) as executor:
        runs = minmaxbench.run(small(), out=tmp_path, executor=executor)
    assert len(runs) == 24
    assert len(list((tmp_path / "small" / "units").iterdir())) == 4
