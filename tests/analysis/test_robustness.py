"""Places that do not survive another budget, target, half of the problems or set of rivals are ties."""

import numpy as np
import pandas as pd
import pytest

from minmaxbench import UserError
from minmaxbench.analysis.robustness import costs, profile_scores, robustness, variants
from minmaxbench.report.tuning import WAYS, answers_table, robustness_table


def runs_of(hits, budget=1000.0, problems=("p", "q", "r", "s"), **more):
    """Runs whose first hits of (0.1, 1e-3, 1e-5) are given by algorithm; one run a problem."""
    rows = [
        {
            "problem": problem, "instance": 0, "dx": 1, "dy": 1, "algorithm": name,
            "method": name.split(" ")[0], "seed": 0, "budget": budget, "calls": budget,
            "outcome": "budget", "equilibria": 1, "verdict": "unfinished",
            **{f"{m}_{t}": at for m in ("distance", "residual")
               for t, at in zip(("1e-01", "1e-03", "1e-05"), three, strict=True)},
            **more,
        }
        for name, three in hits.items()
        for problem in problems
    ]  # fmt: skip
    return pd.DataFrame(rows)


def test_what_happens_after_the_budget_is_not_seen():
    runs = runs_of({"a": (10.0, 100.0, 600.0)})
    assert costs(runs, 1000.0)["a"].mean() == pytest.approx(np.log10([10, 100, 600]).mean())
    assert costs(runs, 500.0)["a"].mean() == pytest.approx(np.log10([10, 100, 5000]).mean())
    assert costs(runs, 50.0)["a"].mean() == pytest.approx(np.log10([10, 500, 500]).mean())


def test_a_profile_depends_on_the_rivals_and_its_integral_is_exact():
    table = pd.DataFrame({"a": np.log10([1.0, 1.0]), "b": np.log10([2.0, 5.0])})
    found = profile_scores(table)
    assert found["a"] == 1
    # Ratio 2 holds from tau = 2 on: (4 - 2)/3; ratio 5 never.
    assert found["b"] == pytest.approx((2 / 3 + 0) / 2)
    assert profile_scores(table[["b"]])["b"] == 1


def test_a_clear_order_has_places_and_a_reversed_one_is_a_tie():
    clear = robustness(runs_of({"a": (1.0, 2.0, 3.0), "b": (10.0, 20.0, 30.0)}))
    assert list(clear["algorithm"]) == ["a", "b"]
    assert list(clear["low"]) == list(clear["high"]) == [1, 2]
    assert not clear["moved"].any()
    # b is quick to 0.1 and never gets further: with that target alone it is first.
    mixed = robustness(runs_of({"a": (100.0, 200.0, 300.0), "b": (2.0, np.nan, np.nan)}))
    assert list(mixed["algorithm"]) == ["a", "b"]
    assert list(mixed["low"]) == [1, 1]
    assert list(mixed["high"]) == [2, 2]
    assert "target 0.1 alone" in mixed["moved"][0]


def test_the_winner_is_left_out_where_there_are_three():
    hits = {"a": (1.0, 2.0, 3.0), "b": (2.0, 4.0, 6.0), "c": (8.0, 9.0, 10.0)}
    words = [word for word, _ in variants(runs_of(hits))]
    assert "profile without a" in words
    two = [word for word, _ in variants(runs_of({"a": hits["a"], "b": hits["b"]}))]
    assert not [word for word in two if "without" in word]


def started(hits):
    """Runs of two seeds: the second begins farther from the equilibrium and from the others."""
    runs = pd.concat([runs_of(hits).assign(seed=seed) for seed in range(3)], ignore_index=True)
    runs["trace_distance"] = [np.array([1.0 + seed, 0.0]) for seed in runs["seed"]]
    runs["trace_x"] = [np.array([9.0 if seed == 2 else seed, 7.0]) for seed in runs["seed"]]
    runs["trace_y"] = [np.array([0.0, 7.0])] * len(runs)
    return runs


def test_other_starts_are_variants_where_starts_are_known():
    runs = started({"a": (1.0, 2.0, 3.0)})
    words = [word for word, _ in variants(runs)]
    for word in ("nearer to", "farther from"):
        assert f"starts {word} an equilibrium" in words
        assert f"starts {word} the region's middle" in words
    assert not [word for word in words if "design" in word]
    both = pd.concat([runs.assign(start="region"), runs.assign(start="near")], ignore_index=True)
    words = [word for word, _ in variants(both)]
    assert "starts of the design near" in words
    assert "starts of the design region" in words


def test_an_order_that_holds_in_a_part_of_the_region_alone_is_a_tie():
    runs = started({"a": (10.0, 20.0, 30.0), "b": (20.0, 40.0, 60.0)})
    assert list(robustness(runs)["low"]) == [1, 2]
    # From the start on the rim alone b is first.
    rim = runs["algorithm"].eq("b") & runs["seed"].eq(2)
    runs.loc[rim, ["distance_1e-01", "distance_1e-03", "distance_1e-05"]] = [4.0, 8.0, 12.0]
    found = robustness(runs)
    assert list(found["algorithm"]) == ["a", "b"]
    assert list(found["low"]) == [1, 1]
    assert "starts farther from the region's middle" in found["moved"][0]


def test_tables_of_places_and_of_the_three_answers():
    hits = {
        "a": (100.0, np.nan, np.nan), "a [tuned]": (1.0, 2.0, 3.0), "a [best]": (1.0, 1.0, 1.0),
        "b": (5.0, 6.0, 7.0),
    }  # fmt: skip
    runs = runs_of(hits)
    # The tuned setting was not scored on one problem: there the others do not count either.
    runs = runs[~((runs["algorithm"] == "a [tuned]") & (runs["problem"] == "p"))]
    table = answers_table(runs)
    assert list(table.words.columns) == ["algorithm", "problems", "default", "tuned", "best"]
    assert table.numbers["problems"].tolist() == [3, 4]
    assert table.numbers.loc[0, ["default", "tuned", "best"]].tolist() == [0, 1, 1]
    assert table.words.loc[1, "tuned"] == ""
    assert "a [best]" in str(robustness_table(runs))
    assert set(WAYS) >= {"settings", "place", "pair"}


def test_the_table_of_pairs_says_calls_or_what_happened_instead():
    runs = pd.concat(
        [runs_of({"a": (1.0, 2.0, hit), "b": (9.0, np.nan, np.nan)}, problems=("p", "q")).assign(seed=seed)
         for seed, hit in enumerate((100.0, 300.0, np.nan))], ignore_index=True,
    )  # fmt: skip
    runs.loc[runs["algorithm"].eq("b") & runs["seed"].gt(0), "verdict"] = "cycle"
    runs = runs[~(runs["algorithm"].eq("b") & runs["problem"].eq("q"))]
    table = WAYS["pair"](runs, 1e-5, "distance")
    assert list(table.words.columns) == ["algorithm", "p", "q"]
    assert table.words.to_numpy().tolist() == [
        ["a", "300 (67 %)", "300 (67 %)"], ["b", "cycle 67 %", "not run"]
    ]  # fmt: skip
    assert table.numbers["median_calls"].tolist() == [300, 300, np.inf]


def test_equal_scores_are_a_tie():
    found = robustness(runs_of({"a": (1.0, 2.0, 3.0), "b": (9.0, 9.0, 9.0), "c": (9.0, 9.0, 9.0)}))
    assert list(found["low"]) == [1, 2, 2]
    assert list(found["high"]) == [1, 3, 3]


def test_one_algorithm_alone_is_no_ranking():
    with pytest.raises(UserError, match="needs two algorithms"):
        robustness(runs_of({"a": (1.0, 2.0, 3.0)}))


@pytest.mark.parametrize("nothing", [None, np.nan])
def test_runs_that_all_ended_in_error_are_ranked_too(nothing):
    runs = runs_of({"a": (np.nan,) * 3, "b": (np.nan,) * 3}, outcome="error")
    found = robustness(runs.assign(trace_distance=nothing, trace_x=nothing, trace_y=nothing))
    assert list(found["high"]) == [2, 2]
