"""Plans and their runs: nothing lost, nothing mixed, nothing run twice, the same bits every time."""

from dataclasses import dataclass, fields, replace

import numpy as np
import pandas as pd
import pytest

import minmaxbench as mb
from minmaxbench import Study, UserError
from minmaxbench.algorithms.registry import ALGORITHMS
from minmaxbench.bench import results
from minmaxbench.bench.executors import run_plan
from minmaxbench.bench.naming import algorithm_ref
from minmaxbench.bench.plan import make_plan
from minmaxbench.bench.unit import Unit
from minmaxbench.core.algorithm import Memoryless
from minmaxbench.core.calls import Call
from minmaxbench.core.oracle import OracleNoise
from minmaxbench.core.problem import About
from minmaxbench.core.sets import Space
from minmaxbench.problems.planar import Planar
from minmaxbench.problems.registry import PROBLEMS, Entry, ProblemRef
from minmaxbench.theory.approximate import EquilibriumTest

TIMES = ["seconds", "step_seconds", "unit_seconds"]
KEY = ["problem", "dx", "dy", "instance", "algorithm", "seed"]


def small(**changes):
    asked = {
        "problems": ["ftr_f1", "keswani_f3"], "algorithms": ["gda", "greedy_max"], "name": "small",
        "seeds": 6, "budget": 60,
    }  # fmt: skip
    return Study(**(asked | changes))


def bits(runs):
    return runs.drop(columns=TIMES).sort_values(KEY, ignore_index=True)


def run(study, out, **options):
    return mb.run(study, out=out, **options).runs


def test_a_study_ends_in_a_row_for_every_run(tmp_path):
    runs = run(small(), tmp_path)
    assert len(runs) == 2 * 2 * 6
    assert runs["outcome"].notna().all()
    assert (runs["calls"] <= 60).all()
    assert list(runs["trace_calls"].iloc[0])[-1] == 60
    pd.testing.assert_frame_equal(runs, mb.load(tmp_path / "small").runs)
    pd.testing.assert_frame_equal(bits(runs), bits(mb.run(small()).runs))


def test_all_algorithms_start_at_the_same_points(tmp_path):
    runs = run(small(), tmp_path)
    for _, mine in runs.groupby(["problem", "seed"]):
        assert len({t[0] for t in mine["trace_x"]}) == 1


def test_a_finished_study_is_not_run_again(tmp_path):
    run(small(), tmp_path)
    plan = make_plan(small(), tmp_path / "small")
    assert not plan.missing
    assert plan.kept == plan.runs == 24


def test_a_wider_study_runs_what_is_missing_and_a_narrower_one_has_its_own(tmp_path):
    run(small(), tmp_path)
    wider = small(seeds=9, algorithms=["gda", "greedy_max", "ogda"])
    plan = make_plan(wider, tmp_path / "small")
    assert sum(unit.count for unit in plan.missing) == 2 * 2 * 3 + 2 * 9
    run_plan(plan)
    at_once = run(wider, tmp_path / "fresh")
    pd.testing.assert_frame_equal(bits(results.runs_of(plan)), bits(at_once))
    pd.testing.assert_frame_equal(bits(mb.load(tmp_path / "small").runs), bits(at_once))
    narrow = run(small(seeds=2, problems=["ftr_f1"]), tmp_path)
    assert len(narrow) == 2 * 2


def test_other_settings_in_one_folder_are_not_mixed_and_not_hidden(tmp_path):
    run(small(), tmp_path)
    other = run(small(budget=30.0), tmp_path)
    assert set(other["budget"]) == {30.0}
    loaded = mb.load(tmp_path / "small")
    assert set(loaded.runs["budget"]) == {30.0}
    assert "4 units in" in loaded.notes[0]
    assert "other settings" in loaded.notes[0]


def test_studies_of_one_name_and_the_same_settings_lie_side_by_side(tmp_path):
    for problem in ("ftr_f1", "keswani_f3"):
        run(small(problems=[problem]), tmp_path)
    loaded = mb.load(tmp_path / "small")
    assert not loaded.notes
    pd.testing.assert_frame_equal(bits(loaded.runs), bits(run(small(), tmp_path / "once")))


def test_workers_and_restarts_change_no_bit(tmp_path):
    alone = run(small(), tmp_path / "a")
    workers = run(small(), tmp_path / "b", jobs=2)
    pd.testing.assert_frame_equal(bits(alone), bits(workers))
    # A restart: one unit is gone, one file was cut short.
    files = sorted((tmp_path / "a" / "small" / "units").glob("*.parquet"))
    files[0].unlink()
    files[1].write_bytes(files[1].read_bytes()[:-20])
    plan = make_plan(small(), tmp_path / "a" / "small")
    assert len(plan.missing) == 2
    assert "is damaged" in plan.notes[0]
    run_plan(plan)
    pd.testing.assert_frame_equal(bits(results.runs_of(plan)), bits(alone))


def test_blocks_of_lanes_change_no_bit(tmp_path, monkeypatch):
    study = small(problems=["f3_mean_lift_d:d=3"], time_limit=60.0)
    together = run(study, tmp_path / "together")
    monkeypatch.setattr("minmaxbench.bench.unit.BLOCK", 12)  # two lanes at a time
    pd.testing.assert_frame_equal(bits(together), bits(run(study, tmp_path / "apart")))


def test_a_study_of_several_small_dimensions_loads(tmp_path):
    # Iterates are kept up to a size, so that their columns differ in length.
    study = small(problems=[{"name": "f3_mean_lift_d", "d": [2, 4, 10]}])
    runs = run(study, tmp_path)
    assert sorted(runs["dx"].unique()) == [2, 4, 10]
    lengths = runs.dropna(subset=["x"]).groupby("dx")["x"].agg(lambda x: len(x.iloc[0]))
    assert lengths.to_dict() == {2: 2, 4: 4}


def test_a_unit_builds_its_problem_once_and_chooses_its_engine_once(tmp_path, monkeypatch):
    built, chosen, fetched = [], [], []
    original = PROBLEMS.get("bilinear_d")

    def build(dx, dy):
        built.append(dx)
        return original.build(dx, dy)

    counted = replace(original, build=build)
    monkeypatch.setitem(PROBLEMS._items, "bilinear_d", counted)
    from minmaxbench.bench import plan as planning
    from minmaxbench.engines import choice

    choose, get_engine = planning.choose, choice.get_engine
    monkeypatch.setattr(planning, "choose", lambda *a: chosen.append(a) or choose(*a))
    monkeypatch.setattr(choice, "get_engine", lambda name: fetched.append(name) or get_engine(name))
    plan = make_plan(small(problems=["bilinear_d"], algorithms=["gda", "ogda"]), tmp_path)
    assert (len(built), len(chosen)) == (1, 1)
    run_plan(replace(plan, missing=plan.missing[:1]))
    assert (len(built), len(chosen), fetched) == (2, 1, ["numpy"])


@pytest.fixture
def broken():
    @mb.register("raises_for_test", "a test")
    @dataclass(frozen=True)
    class Raises(Memoryless):
        """Raises after a while."""

        def step(self, state, oracle):
            raise ValueError("deliberate")

    yield
    ALGORITHMS.remove("raises_for_test")


def test_a_unit_that_raises_becomes_rows_and_is_said(tmp_path, broken):
    study = small(algorithms=["gda", "raises_for_test"])
    with pytest.warns(UserWarning, match="12 runs ended in an error; the first: ValueError: delib"):
        got = mb.run(study, out=tmp_path)
    assert len(got.runs) == 24
    assert set(got.errors["algorithm"]) == {"raises_for_test"}
    assert got.errors["message"].str.contains("ValueError: deliberate").all()


def test_a_study_of_errors_has_every_column_and_every_picture(tmp_path, broken):
    with pytest.warns(UserWarning, match="12 runs ended in an error"):
        got = mb.run(small(algorithms=["raises_for_test"]), out=tmp_path)
    names = list(mb.run(small(algorithms=["gda"])).runs)
    assert list(got.runs) == [name for name in names if name in {*got.runs}]
    assert {"calls", "steps", "distance", "distance_1e-01", "residual_1e-10", "period"} <= {
        *got.runs
    }
    assert got.runs["calls"].isna().all()
    for by in ("algorithm", "problem", "verdict"):
        assert "error" in str(got.table(by))
    for what in ("profile", "verdicts", "traces"):
        got.plot(what)
    pd.testing.assert_frame_equal(got.runs, mb.load(tmp_path / "small").runs)


def test_versions_of_one_algorithm_are_told_apart_in_frames(tmp_path, broken):
    """Two folders, the same name, other code: what each says is right, together they are refused."""
    old = mb.run(small(algorithms=["gda"]), out=tmp_path / "old").runs
    new = mb.run(small(algorithms=["gda"], noise=0.1), out=tmp_path / "new").runs
    assert old["version"].nunique() == 2
    assert not set(old["version"]) & set(new["version"])
    later = new.assign(seed=new["seed"] + 6)
    with pytest.raises(UserError, match="of 2 versions of the code, or were made under different"):
        mb.Results(pd.concat([old, later])).table()


def test_errors_are_tried_again_unless_asked_not_to(tmp_path, broken):
    study = small(algorithms=["gda", "raises_for_test"])
    with pytest.warns(UserWarning, match="ended in an error"):
        mb.run(study, out=tmp_path)
    assert sum(u.count for u in make_plan(study, tmp_path / "small").missing) == 12
    assert not make_plan(study, tmp_path / "small", retry=False).missing


def test_pairs_that_cannot_run_are_left_out_and_said(tmp_path):
    study = small(algorithms=["greedy_max_theory", "gda"], budget=10)
    with pytest.warns(UserWarning, match="Left out: greedy_max_theory on 1 of the problems"):
        got = mb.run(study, out=tmp_path)
    assert list(got.left_out) == ["greedy_max_theory"]
    assert len(got.runs) == 3 * 6
    with pytest.raises(UserError, match="needs a bound"):
        make_plan(small(problems=["ftr_f1"], algorithms=["greedy_max_theory"]), tmp_path / "b")


def test_an_algorithm_that_needs_what_a_problem_lacks_is_left_out_before_the_run(tmp_path):
    class Plain(mb.Problem):
        name, dx, dy = "plain", 1, 1

        def value(self, xp, x, y):
            return (x * y)[:, 0]

        def grad(self, xp, x, y):
            return y.copy(), x.copy()

    @dataclass(frozen=True)
    class Newton(Memoryless):
        needs = Memoryless.needs | {Call.HVP}

        def step(self, state, oracle):
            raise AssertionError("never reached")

    study = small(problems=[Plain()], algorithms=[Newton(), "gda"])
    plan = make_plan(study, tmp_path)
    assert plan.excluded == {
        "Newton": ["Newton needs Hessian-vector products, which plain does not give."]
    }


def test_a_value_outside_proved_bounds_fails_loudly(tmp_path):
    # Where runs start it holds, so that no look beforehand finds it.
    wrong = Planar("wrong", "x*y", Space(), Space(), About(bounds=(-5.0, 5.0)))
    away = ["gda:eta_x=0.5,eta_y=0.5", "gda:eta_x=0.7,eta_y=0.7"]
    with pytest.warns(UserWarning, match="is proved to stay in"):
        runs = run(small(problems=[wrong], algorithms=away), tmp_path)
    assert set(runs["outcome"]) == {"error"}


# -- every field of a study changes the fingerprint, and reaches the runs --------------------------

CHANGES = {
    "problems": ["keswani_f3"],
    "algorithms": ["ogda"],
    "seeds": 7,
    "first_seed": 3,
    "budget": 61.0,
    "start": "near",
    "noise": OracleNoise(gradient=0.1),
    "seed": 1,
    "time_limit": 1e-9,
    "engine": "jax",
    "equilibrium": EquilibriumTest(samples=5),
    "equilibrium_seeds": 2,
}
ASIDE = {"name", "files", "cluster", "settings", "device"}
"""Devices have tests of their own (tests/engines/test_device.py). A folder's name, files that declare
things and words for settings: what they stand for counts."""

TESTED = {"equilibrium": EquilibriumTest(samples=5)}


def base_of(field):
    study = small(problems=["bilinear_xy"], algorithms=["gda"])
    return study.replace(**TESTED) if field == "equilibrium_seeds" else study


def test_every_field_of_a_study_is_in_the_table():
    assert {f.name for f in fields(Study)} == set(CHANGES) | ASIDE


@pytest.mark.parametrize("field", CHANGES)
def test_every_field_changes_what_is_asked(field, tmp_path):
    if field == "engine":
        pytest.importorskip("jax")
    before = base_of(field)
    plans = [
        make_plan(s, tmp_path / str(k))
        for k, s in enumerate((before, before.replace(**{field: CHANGES[field]})))
    ]
    prints = [{(u.fingerprint, u.first, u.count) for u in plan.missing} for plan in plans]
    assert not prints[0] & prints[1]


@pytest.mark.parametrize("field", CHANGES)
def test_every_field_reaches_the_runs(field, tmp_path):
    if field == "engine":
        pytest.importorskip("jax")
    before = base_of(field)
    one, other = (
        bits(run(s, tmp_path / str(k)))
        for k, s in enumerate((before, before.replace(**{field: CHANGES[field]})))
    )
    assert not one.astype(str).equals(other.astype(str))
    reached = {
        "seed": "trace_x", "start": "trace_x", "noise": "trace_x", "budget": "calls",
        "time_limit": "outcome", "engine": "engine", "equilibrium_seeds": "equilibrium",
    }  # fmt: skip
    if field in reached:
        column = reached[field]
        assert one[column].astype(str).tolist() != other[column].astype(str).tolist()


def test_starts_and_noise_of_another_root_are_unrelated(tmp_path):
    study = small(problems=["bilinear_xy"], algorithms=["gda"], noise=0.1, seeds=200, budget=2)
    frames = [run(study.replace(seed=s), tmp_path / str(s)) for s in (0, 1)]
    firsts = [np.array([t[0] for t in f["trace_x"]]).ravel() for f in frames]
    steps = [np.array([t[2] - t[1] for t in f["trace_x"]]).ravel() for f in frames]
    for a, b in (firsts, steps):
        assert abs(np.corrcoef(a, b)[0, 1]) < 0.25


def test_units_say_what_they_are():
    unit = Unit(
        ProblemRef.named("bilinear_d", 3, 2, 1), (algorithm_ref("gda:eta_x=0.1"),), 5, 3,
        10.0, "region", OracleNoise(), 0, None,
    )  # fmt: skip
    assert unit.title == "gda(eta_x=0.1) on bilinear_d (dx = 3, dy = 2) @1, seeds 5 to 7"
    assert isinstance(PROBLEMS.get("bilinear_d"), Entry)
