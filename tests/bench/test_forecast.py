"""A forecast: of the right size, of all that is missing, and nothing is written."""

from pathlib import Path

import pytest

import minmaxbench as mb
from minmaxbench.bench import forecast as forecasts
from minmaxbench.bench.forecast import Forecast, Tried, _told, check_memory, forecast
from minmaxbench.bench.plan import draft


def study(**fields):
    return mb.Study(**{"problems": ["ftr_f1", "ftr_f2"], "algorithms": ["gda", "ogda"], "seeds": 20,
                       "budget": 300, **fields})  # fmt: skip


def test_a_forecast_is_of_everything_that_is_missing(tmp_path):
    told = forecast(draft(study(), tmp_path / "none"), 0.0)
    assert (told.units, told.runs, told.calls) == (4, 80, 80 * 300)
    assert 0.001 < told.seconds < 600
    assert 5e7 < told.memory < 1e10
    assert told.disk > 0
    assert not (tmp_path / "none").exists()


def test_units_of_algorithms_that_were_tried_count_as_those():
    units = draft(study(problems=["ftr_f1"], algorithms=["gda", "ogda"]), Path("x")).missing
    tried = {0: Tried(0.0, 2.0, 1e8, 10.0), 1: Tried(0.5, 6.0, 2e8, 30.0)}
    told = _told(units, tried)
    assert told.seconds == 2.0 + 6.0 + 0.25 * 2
    assert (told.longest, told.memory, told.disk) == (6.0, 2e8, 20.0 * 40)


def test_no_number_of_workers_beats_the_longest_unit_or_the_scheduler():
    told = Forecast(1000, 1000, 1.0, 3600.0, 36.0, 1e8, 1.0, 10)
    assert told.hours(1) == 1
    assert told.hours(10) == pytest.approx(0.1)
    assert told.hours(1000) == pytest.approx(0.01)
    many = Forecast(10**6, 10**6, 1.0, 3600.0, 1.0, 1e8, 1.0, 10)
    assert many.hours(1000, scheduled=True) == pytest.approx(5000 / 3600)


def test_a_study_that_does_not_fit_is_refused(monkeypatch):
    plan = draft(study(problems=["bilinear_xy"]), Path("x"))
    check_memory(plan, 2)
    monkeypatch.setattr(forecasts, "_free", lambda: 1e3)
    with pytest.raises(
        mb.UserError, match=r"does not fit: a unit of bilinear_xy needs about 0\.0 GB"
    ):
        check_memory(plan, 2)
