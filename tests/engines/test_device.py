"""Devices: asked for by name, refused where there is none, one worker each where there are."""

from dataclasses import replace
from pathlib import Path

import pytest

import minmaxbench as mb
from minmaxbench.bench.executors import pool, run_plan
from minmaxbench.bench.plan import draft, make_plan
from minmaxbench.engines import choice


def study(**fields):
    return mb.Study(["ftr_f1"], ["gda"], **{"seeds": 2, "budget": 10, **fields})


@pytest.mark.parametrize("engine", ["auto", "numpy"])
def test_cuda_needs_an_engine_that_has_it(engine):
    with pytest.raises(mb.UserError, match="'cuda' needs the engine jax or torch"):
        draft(study(device="cuda", engine=engine), Path("nowhere"))


def test_a_device_that_there_is_not():
    with pytest.raises(mb.UserError, match="no device named 'gpu'"):
        study(device="gpu")


@pytest.mark.parametrize("engine", ["jax", "torch"])
def test_a_device_is_part_of_what_is_asked(engine):
    pytest.importorskip(engine)
    pytest.importorskip("array_api_compat")
    prints = [
        draft(study(device=device, engine=engine), Path("nowhere")).missing[0].fingerprint
        for device in ("cpu", "cuda")
    ]
    assert prints[0] != prints[1]


def test_where_there_is_no_gpu_it_is_said_before_anything_runs(tmp_path):
    jax = pytest.importorskip("jax")
    if jax.default_backend() != "cpu":
        pytest.skip("there is one")
    plan = make_plan(study(device="cuda", engine="jax"), tmp_path)
    with pytest.raises(mb.UserError, match="There is no CUDA device here that the engine jax can"):
        run_plan(plan)
    assert not any(path.is_file() for path in plan.files)


@pytest.mark.parametrize("names", ["", "4,7"])
def test_each_worker_sees_one_gpu(names, monkeypatch):
    """Three workers on two devices, if three there must be."""
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", names)
    seen = []
    monkeypatch.setattr(
        pool.subprocess, "Popen", lambda *a, env, **k: seen.append(env["CUDA_VISIBLE_DEVICES"])
    )
    for gpu in (0, 1):
        pool.WorkerProcess(gpu)
    assert seen == (names.split(",") if names else ["0", "1"])


def test_batches_go_to_the_device_of_their_unit(monkeypatch):
    seen = []

    class SeenError(Exception):
        pass

    def look(name, batch):
        seen.append(batch.device)
        raise SeenError

    monkeypatch.setattr(choice, "run", look)
    from minmaxbench.bench.unit import run_unit

    (unit,) = draft(study(), Path("nowhere")).missing
    for device in ("cpu", "cuda"):
        with pytest.raises(SeenError):
            run_unit(
                replace(unit, device=device), unit.problem.build(), [unit.algorithms[0].build()]
            )
    assert seen == ["cpu", "cuda"]
