"""Runs made again for pictures are the runs that were made."""

import numpy as np
import pytest

import minmaxbench as mb
from minmaxbench.bench import replay as replays
from minmaxbench.bench.naming import algorithm_refs, problem_refs
from minmaxbench.bench.replay import asked, replay
from minmaxbench.errors import UserError


def again(got, problem, algorithm, calls=np.inf):
    (ref,), (method,) = problem_refs([problem]), algorithm_refs([algorithm])
    label = method.label
    runs = got.runs[(got.runs["problem"] == ref.name) & (got.runs["algorithm"] == label)]
    return replay(ref, method.build(), asked(got.folder), runs, calls), runs


@pytest.mark.parametrize(
    ("algorithm", "fields"),
    [
        ("gda", {}),
        ("ogda:eta=0.1", {"start": "5.5,5.5"}),
        ("greedy_max", {"seed": 3}),
        ("gda", {"noise": {"gradient": 0.3, "value": 0.0}, "seed": 1, "start": "near"}),
    ],
)
def test_every_state_on_record_is_on_the_path(algorithm, fields, tmp_path):
    got = mb.run(["keswani_f3"], [algorithm], seeds=3, budget=150, out=tmp_path, **fields)
    paths, runs = again(got, "keswani_f3", algorithm)
    for row in runs.to_dict("records"):
        mine = paths[paths["run"] == row["seed"]]
        assert mine["step"].tolist() == list(range(row["steps"] + 1))
        assert mine["ended"].all()
        assert mine["x"].iloc[-1] == row["x"][0]
        assert mine["y"].iloc[-1] == row["y"][0]
        for calls, x in zip(row["trace_calls"], np.ravel(list(row["trace_x"])), strict=True):
            # The state that so many calls pay for.
            paid = mine[mine["call"] <= calls].iloc[-1]
            assert np.float32(paid["x"]) == x


def test_a_path_ends_where_it_is_told_to(tmp_path):
    got = mb.run(["keswani_f3"], ["gda"], seeds=2, budget=300, out=tmp_path)
    paths, _ = again(got, "keswani_f3", "gda", calls=100)
    assert paths.groupby("run").size().tolist() == [101, 101]
    assert paths["call"].max() == 100
    assert not paths["ended"].any()


def test_steps_that_take_too_long_are_refused(tmp_path, monkeypatch):
    got = mb.run(["keswani_f3"], ["gda"], seeds=1, budget=300, out=tmp_path)
    monkeypatch.setattr(replays, "PATIENCE", 0.0)
    with pytest.raises(UserError, match="take too long"):
        again(got, "keswani_f3", "gda")
