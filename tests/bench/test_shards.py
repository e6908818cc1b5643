"""Shards: parts of a study that share it out; together, in whatever folders, they are the whole."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import minmaxbench as mb
from minmaxbench.bench import plan as plans
from minmaxbench.bench.executors import run_plan
from minmaxbench.bench.merge import merge
from minmaxbench.bench.plan import Shard, draft, make_plan
from minmaxbench.bench.results import runs_of
from minmaxbench.bench.store import Store, read_frames

TIMES = ["seconds", "step_seconds", "unit_seconds"]
KEYS = ["problem", "algorithm", "seed"]


@given(of=st.integers(1, 40), units=st.integers(1, 400))
def test_shards_are_a_partition(of, units):
    """Every unit is in exactly one shard, and no shard has two more than another."""
    owners = np.array([[Shard(k + 1, of).has(u) for u in range(units)] for k in range(of)])
    assert (owners.sum(axis=0) == 1).all()
    assert np.ptp(owners.sum(axis=1)) <= 2


@settings(max_examples=30, deadline=None)
@given(
    of=st.integers(1, 7),
    seeds=st.integers(1, 30),
    lanes=st.integers(1, 9),
    grid=st.integers(1, 4),
)
def test_the_plans_of_shards_share_the_runs_out(of, seeds, lanes, grid):
    steps = [0.01 * (k + 1) for k in range(grid)]
    study = mb.Study(["ftr_f1", "ftr_f2"], [{"name": "gda", "eta_x": steps}, "ogda"], seeds=seeds)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plans, "LANES", lanes)
        found = [draft(study, Path("nowhere"), shard=Shard(k + 1, of)) for k in range(of)]
    runs = [
        (u.problem.name, ref.label, seed)
        for plan in found
        for u in plan.missing
        for ref in u.algorithms
        for seed in range(u.first, u.first + u.count)
    ]
    assert len(runs) == len(set(runs)) == 2 * (grid + 1) * seeds == found[0].whole
    assert sum(plan.runs for plan in found) == len(runs)


def test_a_shard_gets_every_algorithm():
    """Ten algorithms in twenty parts: not always the same ones in the same part."""
    assert {u % 10 for u in range(1000) if Shard(3, 20).has(u)} == set(range(10))


@pytest.fixture
def study(monkeypatch):
    monkeypatch.setattr(plans, "LANES", 4)
    return mb.Study(["ftr_f1", "bilinear_xy"], ["gda", "ogda"], seeds=6, budget=20)


def rows(frame):
    return frame.drop(columns=TIMES).sort_values(KEYS, ignore_index=True)


@pytest.mark.parametrize("how", ["one folder", "merged", "copied"])
def test_the_union_of_shards_is_the_whole_run_bit_for_bit(study, tmp_path, how):
    whole = make_plan(study, tmp_path / "whole")
    run_plan(whole)
    out = tmp_path / "out"
    folders = [out if how == "one folder" else tmp_path / str(k) for k in range(3)]
    for k, folder in enumerate(folders):
        plan = make_plan(study, folder, shard=Shard(k + 1, 3))
        assert 0 < plan.runs < plan.whole == 24
        run_plan(plan)
        assert len(runs_of(plan)) == plan.runs
        # The same part again: nothing is left to do, whatever other parts have done.
        assert not make_plan(study, folder, shard=Shard(k + 1, 3)).missing
    if how == "merged":
        assert merge(folders, out) == []
    elif how == "copied":
        for folder in folders:
            shutil.copytree(folder, out, dirs_exist_ok=True)
    files = sorted(path.name for path in Store(out).contents().stamps)
    assert files == sorted(path.name for path in Store(whole.store.folder).contents().stamps)
    got = rows(read_frames(sorted((out / "units").iterdir())))
    assert got.equals(rows(read_frames(sorted((tmp_path / "whole/units").iterdir()))))
    assert rows(mb.load(out).runs).equals(rows(mb.load(tmp_path / "whole").runs))
    assert not make_plan(study, out).missing


def test_a_part_may_hold_nothing_and_a_whole_folder_needs_no_part(study, tmp_path):
    small = study.replace(problems=["ftr_f1"], algorithms=["gda"], seeds=2)
    assert make_plan(small, tmp_path / "a", shard=Shard(7, 9)).files == []
    run_plan(make_plan(small, tmp_path / "a"))
    assert all(not make_plan(small, tmp_path / "a", shard=Shard(k, 9)).missing for k in (1, 7))


def test_merging_keeps_what_is_there_and_says_what_it_cannot(study, tmp_path):
    small = study.replace(problems=["ftr_f1"], algorithms=["gda"], seeds=8)
    for name in "ab":
        run_plan(make_plan(small, tmp_path / name))
    unit = sorted((tmp_path / "a" / "units").iterdir())[0]
    before = unit.read_bytes()
    (tmp_path / "b" / "units" / "strange.parquet").write_text("no unit")
    notes = merge([tmp_path / "b"], tmp_path / "a")
    assert "'strange.parquet'" in notes[0]
    assert unit.read_bytes() == before
    assert len(json.loads((tmp_path / "a" / "manifest.json").read_text())["parts"]) >= 1
    run_plan(make_plan(small.replace(budget=40), tmp_path / "c"))
    with pytest.raises(mb.UserError, match="were run with other settings"):
        merge([tmp_path / "c"], tmp_path / "a")
    with pytest.raises(mb.UserError, match="is no results folder"):
        merge([tmp_path / "nothing"], tmp_path / "a")


def test_a_unit_without_an_error_takes_the_place_of_one_with(study, tmp_path):
    from minmaxbench.bench.unit import failed

    small = study.replace(problems=["ftr_f1"], algorithms=["gda"], seeds=4)
    bad, good = (make_plan(small, tmp_path / name) for name in ("bad", "good"))
    failed(bad.missing[0], bad.store.folder, "on purpose")
    assert set(mb.load(tmp_path / "bad").runs["outcome"]) == {"error"}
    run_plan(good)
    merge([tmp_path / "bad", tmp_path / "good"], tmp_path / "all")
    assert set(mb.load(tmp_path / "all").runs["outcome"]) != {"error"}
