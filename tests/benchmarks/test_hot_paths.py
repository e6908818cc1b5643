"""The workloads of benchmarks/workloads.py under pytest-benchmark: see docs/performance.md.

An ordinary test run calls each once, to see that it works; `pytest tests/benchmarks
--benchmark-enable` measures.
"""

import pytest

from benchmarks.suites import Speed
from benchmarks.workloads import BUDGET, SPEED, WORKLOADS, calls_to_target


@pytest.mark.parametrize("name", WORKLOADS)
def test_hot_path(name, benchmark, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    benchmark.group = name.split(":")[0]
    work = WORKLOADS[name]()
    work()
    benchmark(work)


def test_speed_is_counted_in_calls():
    trial = Speed.params[SPEED.index(("gdmax", "ftr_f1", 1e-5))]
    assert Speed().track_calls_to_target(trial) < BUDGET
    # On f = xy simultaneous GDA never comes near.
    assert calls_to_target("gda", "bilinear_xy", 1e-5) == 2 * BUDGET


def test_slower_algorithm_shows():
    fast, slow = (calls_to_target(name, "bilinear_xy", 1e-1) for name in ("ogda", "extragradient"))
    assert fast < slow
