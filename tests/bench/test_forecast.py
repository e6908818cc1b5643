"""A forecast: of the right size, of all that is missing, and nothing is written."""

from pathlib import Path

import pytest

import minmaxbench as mb
from benchmarks.plan_bars import measured
from minmaxbench.bench import forecast as forecasts
from minmaxbench.bench.abreast import groups
from minmaxbench.bench.forecast import Forecast, Kind, Tried, _told, check_memory, forecast
from minmaxbench.bench.plan import draft


def study(**fields):
    return mb.Study(**{"problems": ["ftr_f1", "ftr_f2"], "algorithms": ["gda", "ogda"], "seeds": 20,
                       "budget": 300, **fields})  # fmt: skip


def test_a_forecast_is_of_everything_that_is_missing(tmp_path):
    told = forecast(draft(study(), tmp_path / "none"), 0.0)
    assert (told.units, told.runs, told.calls) == (4, 80, 80 * 300)
    assert 0.001 < told.seconds() < 600
    assert 5e7 < told.memory < 1e10
    assert told.disk > 0
    assert not (tmp_path / "none").exists()


def test_units_of_algorithms_that_were_tried_count_as_those():
    units = draft(study(problems=["ftr_f1"], algorithms=["gda", "ogda"]), Path("x")).missing
    tried = {0: Tried(0.0, 2.0, 0.0, 1e8, 10.0), 1: Tried(0.5, 6.0, 0.0, 2e8, 30.0)}
    told = _told(units, tried)
    assert told.seconds() == 2.0 + 6.0 + 0.25 * 2
    assert (told.longest, told.memory, told.disk) == (6.0, 2e8, 20.0 * 40)


def test_what_units_side_by_side_share_is_paid_once_a_group():
    """Groups are those that a run makes: as many, for any number of workers."""
    problems = ["ftr_f1", "ftr_f2", "forsaken", "keswani_f3", {"name": "bilinear_d", "d": [2, 400]}]
    units = draft(study(problems=problems), Path("x")).missing
    tried = {0: Tried(0.0, 5.0, 3.0, 1e8, 10.0)}
    told = _told(units, tried)
    for workers in (1, 2, 3, 10):
        assert told.groups(workers) == len(groups(units, workers))
        assert told.seconds(workers) == pytest.approx(2.0 * 12 + 3.0 * told.groups(workers))
    assert (told.groups(1), told.groups(100)) == (6, 12)
    units = draft(study(engine="jax"), Path("x")).missing
    assert _told(units, tried).groups(1) == len(groups(units, 1)) == 4


def test_no_number_of_workers_beats_the_longest_unit_or_the_scheduler():
    told = Forecast(1000, 1000, 1.0, (Kind(1000, 1, 3.6, 0.0),), 0.0, 36.0, 1e8, 1.0, 10)
    assert told.hours(1) == 1
    assert told.hours(10) == pytest.approx(0.1)
    assert told.hours(1000) == pytest.approx(0.01)
    many = Forecast(10**6, 10**6, 1.0, (Kind(10**6, 1, 0.0036, 0.0),), 0.0, 1.0, 1e8, 1.0, 10)
    assert many.hours(1000, scheduled=True) == pytest.approx(5000 / 3600)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["planar", "families", "suite"])
def test_a_forecast_is_right_within_a_factor_of_two(name):
    told, took = measured(name)
    assert 0.5 <= told.seconds() / took <= 2


def test_a_study_that_does_not_fit_is_refused(monkeypatch):
    plan = draft(study(problems=["bilinear_xy"]), Path("x"))
    check_memory(plan, 2)
    monkeypatch.setattr(forecasts, "_free", lambda: 1e3)
    with pytest.raises(
        mb.UserError, match=r"does not fit: a unit of bilinear_xy needs about 0\.0 GB"
    ):
        check_memory(plan, 2)
