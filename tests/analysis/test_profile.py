"""Profiles: every problem weighs the same, and who fails never gets there."""

import numpy as np
import pytest

from minmaxbench.analysis.profile import profile

CALLS = np.array([1.0, 10.0, 100.0, 1000.0])


def curve(runs, algorithm, target=1e-5):
    table = profile(runs, target, CALLS)
    return table[table["algorithm"] == algorithm]["share"].tolist()


def test_shares_are_a_mean_over_problems_and_not_over_runs(made):
    runs = made({("a", "m"): [10], ("b", "m"): [100] * 9, ("c", "m"): [None] * 5})
    assert curve(runs, "m") == pytest.approx([0, 1 / 3, 2 / 3, 2 / 3])


def test_instances_and_dimensions_are_problems_of_their_own(made):
    runs = made({(("a", 0, 2, 2), "m"): [10] * 9, (("a", 0, 4, 4), "m"): [None],
                 (("a", 1, 2, 2), "m"): [None]})  # fmt: skip
    assert curve(runs, "m") == pytest.approx([0, 1 / 3, 1 / 3, 1 / 3])


def test_an_algorithm_with_errors_ends_at_the_share_that_arrived(made):
    runs = made({("a", "bad"): [10, "error", "error", "error"], ("a", "good"): [100] * 4})
    assert curve(runs, "bad")[-1] == 0.25
    assert curve(runs, "good")[-1] == 1


def test_errors_on_some_problems_lower_the_curve(made):
    runs = made({("a", "m"): [1], ("b", "m"): ["error"], ("b", "n"): [1], ("a", "n"): [1]})
    assert curve(runs, "m") == [0.5] * 4
    alone = made({("a", "m"): [1], ("b", "m"): ["error"]})
    assert curve(alone, "m") == [0.5] * 4


def test_problems_without_an_equilibrium_are_left_out(made):
    runs = made({("a", "m"): [1], ("none", "m"): [None]}, without=["none"])
    assert curve(runs, "m") == [1] * 4
    assert not len(profile(made({("n", "m"): [None]}, without=["n"]), 0.1, CALLS))


def test_it_says_on_how_many_problems(made):
    runs = made({("a", "m"): [1], ("b", "m"): [1], ("a", "n"): [1]})
    numbers = profile(runs, 0.1, CALLS).groupby("algorithm")["problems"].first()
    assert numbers.to_dict() == {"m": 2, "n": 1}


def test_it_agrees_with_a_count_by_hand(made):
    rng = np.random.default_rng(0)
    cells = {
        (f"p{k}", algorithm): [*map(float, rng.integers(1, 2000, rng.integers(1, 9)))]
        for k in range(5)
        for algorithm in ("m", "n")
    }
    runs = made(cells)
    for algorithm in ("m", "n"):
        by_hand = [
            np.mean(
                [np.mean(np.array(hits) <= c) for (_, a), hits in cells.items() if a == algorithm]
            )
            for c in CALLS
        ]
        assert curve(runs, algorithm) == pytest.approx(by_hand)
