"""Tables and pictures of a problem's own metrics."""

import numpy as np
import pandas as pd
import pytest

from minmaxbench.report.figures.metrics import draw_metrics, in_units, metric_figure
from minmaxbench.report.metrics import interval, metric_table

GRID = [0.0, 1.0, 10.0]


def runs(samples=0, landscape=0):
    rng = np.random.default_rng(0)
    rows = []
    for algorithm in ("gda", "ogda"):
        for seed in range(3):
            row = {"problem": "p", "algorithm": algorithm, "method": algorithm, "seed": seed}
            row |= {"trace_calls": GRID, "metric_seconds": 0.1}
            for name in ("swd", "swd_floor"):
                trace = rng.random(3)
                row |= {f"metric_{name}": trace[-1], f"trace_metric_{name}": trace}
            if samples:
                row["metric_samples"] = rng.random(samples)
                row["trace_metric_samples"] = rng.random(3 * samples)
            if landscape:
                row["trace_metric_landscape"] = np.hstack(
                    [np.full((3, 1), 2), rng.random((3, landscape))]
                ).ravel()
            rows.append(row)
    return pd.DataFrame(rows)


def test_the_table_has_means_and_students_interval():
    frame = runs(16)
    table = metric_table(frame)
    values = frame[frame["algorithm"] == "gda"]["metric_swd"].to_numpy()
    mean, low, high = interval(values)
    half = 4.302653 * values.std(ddof=1) / np.sqrt(3)
    assert (mean, high - mean) == pytest.approx((values.mean(), half))
    first = table.numbers.iloc[0]
    assert (first["mean"], first["low"], first["high"]) == (mean, low, high)
    assert set(table.numbers["metric"]) == {"swd", "swd_floor"}
    assert table.words["runs"].tolist() == ["3 of 3"] * 2


def test_runs_without_a_number_are_counted_and_one_has_no_interval():
    frame = runs()
    frame.loc[frame["seed"] > 0, "metric_swd"] = np.nan
    table = metric_table(frame)
    assert table.words["runs"].tolist() == ["1 of 3"] * 2
    assert "(" not in table.words["swd"][0]
    assert metric_table(frame[["problem", "algorithm"]]) is None


def test_curves_against_iterations_and_seconds_are_the_same_ones_stretched():
    frame = runs().assign(steps=5, calls=[10.0] * 3 + [20.0] * 3, step_seconds=2.0)
    for unit, ends in (
        ("gradient calls", (10, 10)),
        ("iterations", (5, 2.5)),
        ("seconds", (10, 5)),
    ):
        stretched = in_units(frame, unit)
        (ax,) = metric_figure(stretched, ["swd"], unit).axes[:1]
        assert ax.get_xlabel() == unit
        assert tuple(line.get_xdata()[-1] for line in ax.lines) == ends


def test_curves_have_a_panel_a_metric_and_the_floor_is_a_line():
    figure = metric_figure(runs(), ["swd", "swd_floor"])
    panels = [ax for ax in figure.axes if ax.get_title()]
    assert [ax.get_title() for ax in panels] == ["swd"]
    assert len(panels[0].lines) == 3


@pytest.mark.parametrize(
    ("samples", "landscape"), [(512, 0), (512, 24**2), (16 * 64, 0), (16 * 3 * 64, 0)]
)
def test_strips_and_an_animation_are_written(samples, landscape, tmp_path):
    names = [path.name for path in draw_metrics(runs(samples, landscape), tmp_path)]
    assert names == ["metrics-p.png", "samples-p.png", "samples-p.gif"]
    assert all((tmp_path / name).stat().st_size > 1000 for name in names)


def test_a_study_without_metrics_has_none_of_it(tmp_path):
    assert draw_metrics(runs()[["problem", "algorithm", "seed"]], tmp_path) == []
