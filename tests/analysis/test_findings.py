"""The sentences under a table are true of its runs."""

import numpy as np
import pytest

from minmaxbench.analysis.findings import findings
from minmaxbench.analysis.words import count, listing, percent, span, whole


def test_who_is_best_and_how_sure_that_is(made):
    runs = made({(p, a): r for p in "abcdef" for a, r in (("good", [9] * 4), ("bad", [None] * 4))})
    said = findings(runs)
    assert said.startswith("On 6 problems with a listed equilibrium, good most often brings the ")
    assert "in 100 % of the runs of the average problem (95 % interval 47 to 100 %)" in said
    assert "bad" not in said


def test_a_tie_is_said_to_be_one(made):
    runs = made(
        {("a", "extragradient"): [130] * 5, ("a", "gda_alt"): [90] * 5, ("a", "ogda"): [36] * 5}
    )
    said = findings(runs)
    assert "ogda, gda_alt and extragradient tie" in said
    assert "in 100 % of its runs" in said
    assert "Of these, ogda needs the fewest calls: 36 in the median." in said
    assert "most often" not in said


def test_a_tie_in_calls_is_one_too(made):
    runs = made({("a", "m"): [36] * 5, ("a", "n"): [36] * 5, ("a", "o"): [None] * 5})
    said = findings(runs)
    assert "m and n tie" in said
    assert "the same number of calls in the median, 36." in said


def test_a_tie_of_those_who_seldom_arrive_is_not_settled_by_calls(made):
    runs = made({("a", "m"): [36, None, None], ("a", "n"): [None, 99, None]})
    said = findings(runs)
    assert "m and n tie" in said
    assert "calls do not tell them apart" in said


def test_what_may_be_chance_is_said_to_be_within_noise(made):
    runs = made({("a", "m"): [9] * 5, ("a", "n"): [9] * 4 + [None], ("a", "o"): [None] * 5})
    said = findings(runs)
    assert "m most often" in said
    assert "Within noise of that (paired by problem): n (80 %)." in said


def test_one_algorithm_is_compared_with_nobody(made):
    said = findings(made({("a", "m"): [9, 9, 9, None]}))
    assert said == (
        "On 1 problem with a listed equilibrium, m brings the distance to the nearest equilibrium "
        "below 1e-05: in 75 % of its runs (95 % interval 30 to 96 %)."
    )


def test_all_in_error_is_what_it_says(made):
    assert findings(made({("a", "m"): ["error"] * 4, ("b", "n"): ["error"] * 2})) == (
        "All 6 runs ended in error; the first message is: ValueError: on purpose (f.py:3)"
    )
    assert findings(made({("a", "m"): ["error"]})).startswith("The only run ended in error;")


def test_errors_are_counted(made):
    said = findings(made({("a", "m"): [9, "error", "error"], ("a", "n"): [9, 9, 9]}))
    assert said.startswith("2 of 6 runs ended in error and count as failures. On 1 problem with")
    assert "n most often" in said
    one = findings(made({("a", "m"): [9, "error"]}))
    assert one.startswith("1 of 2 runs ended in error and counts as a failure.")


def test_a_problem_on_which_all_failed_is_told(made):
    said = findings(made({("a", "m"): [9], ("b", "m"): ["error"]}))
    assert "On 1 problem every run did, so whether an equilibrium is listed is not known" in said
    assert "in 50 % of the runs of the average problem" in said


def test_no_run_means_no_run_on_the_problems_that_are_ranked(made):
    said = findings(made({("a", "m"): [None], ("a", "n"): [None]}), 0.1)
    assert said.startswith("On 1 problem with a listed equilibrium no run brings the distance")
    # A residual may be small where there is no equilibrium: "no run" would be false without a place.
    runs = made({("a", "m"): [None], ("none", "m"): [9]}, without=["none"])
    assert "On 1 problem with a listed equilibrium no run brings the residual" in findings(
        runs, 0.1, "residual"
    )


def test_where_nobody_is_near_the_coarse_target_is_told(made):
    runs = made({("a", "m"): [9]}).assign(**{"distance_1e-05": np.nan})
    said = findings(runs)
    assert (
        "no run brings the distance to the nearest equilibrium below 1e-05. On the same problem, m"
        in said
    )
    assert "brings the distance to the nearest equilibrium below 0.1: in 100 % of its runs" in said
    never = findings(made({("a", "m"): [None], ("b", "m"): [None]}))
    assert never == (
        "On 2 problems with a listed equilibrium no run brings the distance to the nearest "
        "equilibrium below 1e-05. None brings it below 0.1 either."
    )


def test_no_equilibrium_is_no_failure(made):
    said = findings(made({("n", "m"): [None]}, without=["n"]))
    assert said == "No problem of this study has a listed equilibrium, so none can be reached."
    mixed = findings(made({("n", "m"): [None], ("a", "m"): [9]}, without=["n"]))
    assert mixed.endswith("1 further problem has no listed equilibrium and is not ranked.")


def test_who_was_not_run_everywhere_is_not_called_the_best(made):
    runs = made({("a", "m"): [9, None], ("b", "m"): [9, 9], ("b", "n"): [9, 9]})
    said = findings(runs)
    assert "m most often" in said
    assert "Not run on every one of these problems, and so not compared, was n." in said
    nobody = findings(made({("a", "m"): [9], ("b", "n"): [9]}))
    assert "On 2 problems with a listed equilibrium no algorithm was run on all" in nobody


def test_hard_problems_are_counted(made):
    runs = made({("a", "m"): [9, 9], ("b", "m"): [9, None, None], ("c", "m"): [None]})
    assert "On 2 of these problems no algorithm succeeds in half of its runs." in findings(runs)
    alone = findings(made({("b", "m"): [9, None, None]}))
    assert "No algorithm succeeds in half of its runs." in alone


@pytest.mark.parametrize(
    ("share", "text"),
    [(0, "0 %"), (0.004, "< 1 %"), (0.0049, "< 1 %"), (0.005, "< 1 %"), (0.006, "1 %"),
     (0.994, "99 %"), (0.996, "> 99 %"), (0.9999, "> 99 %"), (1, "100 %"), (float("nan"), "-")],
)  # fmt: skip
def test_a_share_is_never_rounded_to_none_or_all(share, text):
    assert percent(share) == text


def test_intervals_are_rounded_outwards():
    assert span(0.004, 0.996) == "0 to 100"
    assert span(0.07, 0.29) == "7 to 29"
    assert span(0.071, 0.281) == "7 to 29"
    assert span(float("nan"), float("nan")) == "-"


def test_numbers_and_lists_in_words():
    assert [whole(c) for c in (0, 0.5, 36.4, 1234.0, float("inf"))] == [
        "0",
        "< 1",
        "36",
        "1,234",
        "-",
    ]
    assert [count(k, "problem") for k in (0, 1, 2)] == ["0 problems", "1 problem", "2 problems"]
    assert listing(["a"]) == "a"
    assert listing(["a", "b"]) == "a and b"
    assert listing([*"abcdefghij"]) == "a, b, c, d, e, f, g, h and 2 more"
