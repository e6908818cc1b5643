"""Run times with restarts and profiles, against worked examples and loops written from the papers."""

import numpy as np
import pytest
from analysis.matrices import NEVER, matrices, matrix
from hypothesis import given, settings

from minmaxbench.analysis.runtimes import (
    costs,
    data_profile,
    expected_runtimes,
    performance_profile,
    profile_score,
    ratios,
    without_winner,
)


@pytest.mark.parametrize(
    ("hits", "ends", "ert"),
    [
        # Computed by cocopp 2.9.1: toolsstats.sp(calls, issuccessful=hit)[0].
        ([120, 340, 75, None, None, 910], [None, None, None, 1000, 700, None], 786.25),
        ([10, None, None, None], [None, 1000, 1000, 437], 2447.0),
    ],
)
def test_the_expected_run_time_is_that_of_coco(made, hits, ends, ert):
    runs = made({("a", "m"): hits})
    for seed, end in enumerate(ends):
        if end is not None:
            runs.loc[runs["seed"] == seed, "calls"] = float(end)
    row = expected_runtimes(runs).iloc[0]
    assert row["ert"] == ert
    assert row["low"] <= ert <= row["high"]


def test_a_run_in_error_costs_its_whole_budget_and_nothing_without_a_hit_is_finite(made):
    table = expected_runtimes(made({("a", "m"): [100, "error"], ("b", "m"): [None, "error"]}))
    assert table.set_index("problem")["ert"].to_dict() == {"a": 1100.0, "b": NEVER}
    assert table.set_index("problem")["low"]["b"] == NEVER


def test_the_calls_that_a_run_made_before_its_error_are_not_all_that_it_costs(made):
    runs = made({("a", "m"): [100, "error"]})
    runs.loc[runs["outcome"] == "error", "calls"] = 7.0
    assert expected_runtimes(runs)["ert"].tolist() == [1100.0]


def test_the_interval_of_the_expected_run_time_covers_as_often_as_it_says(made):
    """The true value is known: hits are uniform on 1 to 99, and one run in five fails after 1,000."""
    rng, inside = np.random.default_rng(0), 0
    truth = (0.8 * 50 + 0.2 * 1000) / 0.8
    cells = {}
    for k in range(200):
        hit = rng.integers(1, 100, 60)
        failed = rng.random(60) < 0.2
        cells[f"p{k}", "m"] = [None if f else int(h) for h, f in zip(hit, failed, strict=True)]
    table = expected_runtimes(made(cells))
    inside = ((table["low"] <= truth) & (truth <= table["high"])).mean()
    assert 0.90 <= inside <= 0.99


def test_costs_compare_only_what_all_were_run_on(made):
    runs = made(
        {
            ("a", "m"): [10], ("a", "n"): [None], ("b", "m"): [10],
            ("c", "m"): [1], ("c", "n"): [1],
        },
        without=("c",),
    )  # fmt: skip
    table = costs(runs)
    assert list(table.index.get_level_values("problem")) == ["a"]
    assert table.loc["a"].iloc[0].to_dict() == {"m": 10.0, "n": NEVER}


@settings(deadline=None)
@given(matrices)
def test_profiles_are_those_of_a_loop_written_from_the_papers(table):
    factors, units = [1.0, 1.5, 2.0, 10.0, 1e9], [0.5, 1.0, 100.0, 1e9]
    quick, small = performance_profile(table, factors), data_profile(table, units)
    for column in table:
        for factor in factors:
            count = 0
            for row in table.index:
                mine, best = table.loc[row, column], min(table.loc[row])
                count += mine < NEVER and mine / best <= factor
            assert quick.loc[factor, column] == pytest.approx(count / len(table))
        for unit in units:
            count = sum(value < NEVER and value / 3 <= unit for value in table[column])
            assert small.loc[unit, column] == pytest.approx(count / len(table))


@settings(deadline=None)
@given(matrices)
def test_the_score_is_the_area_under_the_profile(table):
    factors = np.linspace(1, 4, 60_001)
    curve = performance_profile(table, factors)
    area = np.trapezoid(curve.to_numpy(), factors, axis=0) / 3
    np.testing.assert_allclose(profile_score(table).to_numpy(), area, atol=1e-3)


def test_without_the_winner_the_second_place_may_change():
    """The example of Gould and Scott: who is second in a profile need not be the better of the rest."""
    table = matrix([[1, 2, 5], [1, 2, 5], [9, 8, 1], [1, 3.9, NEVER], [1, NEVER, 3.9]])
    assert profile_score(table).idxmax() == "a0"
    assert list(without_winner(table)) == ["a1", "a2"]
    assert (ratios(without_winner(table)).min(axis=1) == 1).all()


def test_a_problem_that_nobody_solves_counts_for_nobody():
    table = matrix([[NEVER, NEVER], [1, 2]])
    assert performance_profile(table, [1.0, 2.0]).to_numpy().tolist() == [[0.5, 0.0], [0.5, 0.5]]
    assert profile_score(table).tolist() == [0.5, pytest.approx(1 / 3)]
