"""Shares, medians and intervals: failures count, problems weigh the same, and 95 % is 95 %."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest
from scipy.stats import t as student

from minmaxbench import UserError
from minmaxbench.analysis import statistics
from minmaxbench.analysis.findings import findings
from minmaxbench.analysis.profile import profile
from minmaxbench.analysis.runtimes import ert
from minmaxbench.analysis.statistics import (
    by_algorithm,
    by_problem,
    by_verdict,
    calls_to,
    difference,
    mean_interval,
    median,
    wilson,
)
from minmaxbench.report.figures import (
    profile_figure,
    rank_figure,
    traces_figure,
    verdict_figure,
)
from minmaxbench.report.tables import comparison, problem_table, verdict_table


def test_failures_are_not_dropped(made):
    runs = made({("a", "m"): [10, 20, None, None], ("b", "m"): [5, 6, 7, 8]})
    assert (calls_to(runs) == np.inf).sum() == 2
    table = by_problem(runs).set_index("problem")
    assert table.loc["a", "share"] == 0.5
    assert table.loc["b", "median_calls"] == 6.5
    row = by_algorithm(runs).iloc[0]
    assert row["share"] == 0.75
    assert (row["problems"], row["solved"]) == (2, 2)
    assert row["low"] < 0.75 < row["high"]


@pytest.mark.parametrize(
    ("results", "calls"),
    [
        ([10, None], 10),
        ([10, 20, None, None], 20),
        ([10, None, None], np.inf),
        ([10, 20, None], 20),
    ],
)
def test_a_problem_is_solved_if_and_only_if_its_median_is_finite(made, results, calls):
    row = by_algorithm(made({("a", "m"): results})).iloc[0]
    assert row["median_calls"] == calls
    assert row["solved"] == np.isfinite(calls)
    assert median([np.nan_to_num(r, nan=np.inf) for r in np.array(results, float)]) == calls


def test_an_error_is_a_failure_on_its_problem(made):
    runs = made({("a", "good"): [10] * 4, ("a", "bad"): [5, "error", "error", "error"]})
    table = by_algorithm(runs).set_index("algorithm")
    assert table.loc["bad", "share"] == 0.25
    assert table.index[0] == "good"
    assert by_problem(runs).set_index("algorithm").loc["bad", "errors"] == 3


def test_an_algorithm_that_fails_everywhere_ranks_last_and_is_there(made):
    runs = made(
        {
            ("a", "good"): [10],
            ("b", "good"): [None],
            ("a", "bad"): ["error"],
            ("b", "bad"): ["error"],
        }
    )
    table = by_algorithm(runs)
    assert table["algorithm"].tolist() == ["good", "bad"]
    assert table["problems"].tolist() == [2, 2]
    assert table["share"].tolist() == [0.5, 0.0]


def test_a_problem_on_which_every_run_fails_counts_against_those_runs(made):
    runs = made({("a", "m"): [10, 10], ("broken", "m"): ["error", "error"]})
    row = by_algorithm(runs).iloc[0]
    assert (row["problems"], row["share"]) == (2, 0.5)


def test_only_errors_still_make_a_table(made):
    runs = made({("a", "m"): ["error", "error"]})
    row = by_algorithm(runs).iloc[0]
    assert (row["problems"], row["share"], row["median_calls"]) == (1, 0, np.inf)
    assert by_verdict(runs).set_index("verdict").loc["error", "share"] == 1


def test_problems_without_an_equilibrium_are_not_ranked_whoever_fails_there(made):
    runs = made({("a", "m"): [10], ("none", "m"): ["error"], ("none", "n"): [None], ("a", "n"): [1]},
                without=["none"])  # fmt: skip
    assert by_algorithm(runs)["problems"].tolist() == [1, 1]


def test_of_equal_shares_the_fewest_calls_come_first(made):
    runs = made({("a", "slow"): [130] * 3, ("a", "quick"): [36] * 3, ("a", "also"): [130] * 3})
    assert by_algorithm(runs)["algorithm"].tolist() == ["quick", "also", "slow"]


def test_problems_weigh_the_same_whatever_their_runs(made):
    runs = made({("a", "m"): [10], ("b", "m"): [None] * 9, (("a", 1, 1, 1), "m"): [10] * 3})
    assert by_algorithm(runs).iloc[0]["share"] == pytest.approx(2 / 3)
    shares = by_verdict(runs).set_index("verdict")["share"]
    assert shares["equilibrium"] == pytest.approx(2 / 3)
    assert shares["unfinished"] == pytest.approx(1 / 3)
    assert shares.sum() == pytest.approx(1)


def test_verdict_shares_are_those_of_a_count_by_hand():
    rng = np.random.default_rng(0)
    words = np.array(["equilibrium", "cycle", "diverged", "error"])
    rows = [
        {"problem": problem, "instance": 0, "dx": 1, "dy": 1, "algorithm": algorithm,
         "seed": seed, "outcome": "budget", "verdict": words[rng.integers(4)]}
        for problem, number in (("a", 3), ("b", 17), ("c", 40))
        for algorithm in ("m", "n")
        for seed in range(number)
    ]  # fmt: skip
    runs = pd.DataFrame(rows)
    for row in by_verdict(runs).to_dict("records"):
        mine = runs[runs["algorithm"] == row["algorithm"]]
        by_hand = [(one["verdict"] == row["verdict"]).mean() for _, one in mine.groupby("problem")]
        assert row["share"] == pytest.approx(np.mean(by_hand))
        assert row["low"] <= row["share"] <= row["high"]


def test_what_is_not_recorded_is_refused(made):
    runs = made({("a", "m"): [10]})
    for arguments, says in (((0.3,), "recorded at"), ((0.1, "gap"), "distance, residual")):
        with pytest.raises(UserError, match=says):
            calls_to(runs, *arguments)
    with pytest.raises(UserError, match=r"before the target 0\.001"):
        calls_to(runs.drop(columns="distance_1e-03"), 1e-3)


@pytest.mark.parametrize(("successes", "runs"), [(0, 1), (8, 10), (10, 10), (37, 1000)])
def test_wilson_is_scipys(successes, runs):
    theirs = binomtest(successes, runs).proportion_ci(0.9, method="wilson")
    assert wilson(successes, runs, 0.9) == pytest.approx((theirs.low, theirs.high), abs=1e-14)
    theirs = binomtest(successes, runs).proportion_ci(0.95, method="wilson")
    assert wilson(successes, runs) == pytest.approx((theirs.low, theirs.high), abs=1e-14)


@pytest.mark.parametrize("freedom", [*range(1, 12), 52, 65, 119, 1000])
@pytest.mark.parametrize("confidence", [0.5, 0.9, 0.95, 0.999])
def test_students_quantile_is_scipys(freedom, confidence):
    theirs = student.ppf((1 + confidence) / 2, freedom)
    assert statistics.student(freedom, confidence) == pytest.approx(theirs, rel=1e-9)


def test_on_one_problem_the_interval_of_the_mean_is_wilsons():
    assert mean_interval([8], [10]) == wilson(8, 10)
    assert mean_interval([8], [10], 0.5) == wilson(8, 10, 0.5)


def test_on_problems_that_are_all_or_nothing_each_is_one_observation():
    # Shares of 0 and 1 scatter as much as can be: the runs within a problem add nothing.
    low, high = mean_interval([100] * 20 + [0] * 20, [100] * 40)
    theirs = binomtest(20, 40).proportion_ci(0.95, method="wilson")
    assert (low, high) == pytest.approx((theirs.low, theirs.high), abs=0.01)
    assert mean_interval([5] * 40, [5] * 40)[0] == pytest.approx(wilson(40, 40)[0], abs=0.01)


def test_the_interval_holds_the_mean_and_stays_a_share():
    rng = np.random.default_rng(1)
    for _ in range(200):
        problems = int(rng.integers(1, 9))
        runs = rng.integers(1, 20, problems)
        successes = rng.binomial(runs, rng.choice([0.0, 0.2, 0.9, 1.0], problems))
        low, high = mean_interval(successes, runs)
        assert 0 <= low <= np.mean(successes / runs) <= high <= 1
        assert low < high


def test_every_interval_of_a_table_is_that_one(made):
    runs = made({("a", "m"): [9, 9, None], ("b", "m"): [9] * 5, ("c", "m"): [None, "error"]})
    counts = [2, 5, 0], [3, 5, 2]
    row = by_algorithm(runs).iloc[0]
    assert (row["low"], row["high"]) == mean_interval(*counts)
    verdicts = by_verdict(runs).set_index("verdict")
    for word, number in (
        ("equilibrium", counts[0]),
        ("unfinished", [1, 0, 1]),
        ("error", [0, 0, 1]),
    ):
        assert tuple(verdicts.loc[word, ["low", "high"]]) == mean_interval(number, counts[1])


def simulated(confidence, problems, seeds, spread, interval):
    """How often an interval holds the truth, when the problems' probabilities are drawn anew each time."""
    rng = np.random.default_rng(problems)
    covered = 0
    for _ in range(1500):
        chances = rng.beta(spread, spread, problems)
        covered += interval(rng.binomial(seeds, chances), np.full(problems, seeds), confidence)
    return covered / 1500


@pytest.mark.parametrize("confidence", [0.95, 0.9, 0.7])
@pytest.mark.parametrize("problems", [12, 50])
def test_the_interval_covers_as_often_as_it_says(confidence, problems):
    def holds(successes, runs, level):
        low, high = mean_interval(successes, runs, level)
        return low <= 0.5 <= high

    covered = simulated(confidence, problems, 10, 1.0, holds)
    # An interval of 90 % called one of 95 % is off by three times this.
    assert covered == pytest.approx(confidence, abs=0.02)


@pytest.mark.parametrize("problems", [2, 3, 5])
@pytest.mark.parametrize("spread", [0.3, 2.0])
def test_on_few_problems_it_does_not_cover_less(problems, spread):
    def holds(successes, runs, level):
        low, high = mean_interval(successes, runs, level)
        return low <= 0.5 <= high

    def resampled(successes, runs, level):
        shares = successes / runs
        rng = np.random.default_rng(0)
        means = rng.choice(shares, (200, len(shares))).mean(1)
        low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
        return low <= 0.5 <= high

    assert simulated(0.95, problems, 20, spread, holds) >= 0.87
    # The test can tell: resampling problems, which stood here before, covers too seldom.
    assert simulated(0.95, problems, 20, spread, resampled) < 0.9


def test_the_interval_of_a_difference_is_students():
    rng = np.random.default_rng(2)
    runs = np.full(8, 20)
    a, b = rng.binomial(20, 0.7, 8), rng.binomial(20, 0.4, 8)
    gaps = (a - b) / 20
    theirs = student.interval(0.95, 7, gaps.mean(), gaps.std(ddof=1) / np.sqrt(8))
    assert difference(a, runs, b, runs) == pytest.approx(theirs)


def test_on_one_problem_the_interval_of_a_difference_is_newcombes():
    # Newcombe (1998), table II, example (a): 56/70 against 48/80, method 10.
    low, high = difference([56], [70], [48], [80])
    assert (low, high) == pytest.approx((0.0524, 0.3339), abs=1e-4)
    assert difference([48], [80], [56], [70]) == pytest.approx((-high, -low))


VIEWS = {
    "by_problem": by_problem,
    "by_algorithm": by_algorithm,
    "by_verdict": by_verdict,
    "profile": lambda runs: profile(runs, 0.1, np.array([1.0, 10.0])),
    "comparison": comparison,
    "table of problems": problem_table,
    "table of verdicts": verdict_table,
    "picture of profiles": profile_figure,
    "picture of verdicts": verdict_figure,
    "picture of traces": traces_figure,
    "picture of ranks": rank_figure,
    "expected run times": ert,
    "findings": findings,
}


def versioned(made, version, results=(10, 20, None)):
    return made({("a", "m"): list(results), ("a", "n"): [5, 6, 7]}).assign(version=version)


@pytest.mark.parametrize("view", VIEWS)
def test_two_versions_of_one_algorithm_are_not_counted_as_one(made, view):
    old, new = versioned(made, "1"), versioned(made, "2", (1, 2, 3))
    later = new[new["algorithm"] == "m"].assign(seed=lambda f: f["seed"] + 3)
    with pytest.raises(UserError, match="m on a are of 2 versions"):
        VIEWS[view](pd.concat([old, later], ignore_index=True))
    with pytest.raises(UserError, match="Run 0 of m on a is here twice"):
        VIEWS[view](pd.concat([old, new], ignore_index=True))
    with pytest.raises(UserError, match="Run 0 of m on a is here twice"):
        VIEWS[view](pd.concat([old, old], ignore_index=True))
    renamed = new.assign(algorithm=new["algorithm"] + " (new)")
    VIEWS[view](pd.concat([old, renamed], ignore_index=True))


@pytest.mark.parametrize(
    ("frame", "says"),
    [
        (lambda runs: runs.drop(columns="algorithm"), "no column 'algorithm'"),
        (lambda runs: runs[["problem"]], "no column 'instance'"),
        (lambda runs: runs.head(0), "There are no runs"),
    ],
)
def test_what_is_no_frame_of_runs_is_refused(made, frame, says):
    runs = frame(made({("a", "m"): [10, 20]}))
    for view in (by_problem, by_verdict, profile_figure, verdict_table, traces_figure):
        with pytest.raises(UserError, match=says):
            view(runs)
