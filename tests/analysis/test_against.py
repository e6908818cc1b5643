"""One among many: its place, what it wins beyond noise, what it misses, and that noise is called noise."""

import numpy as np
import pytest

from minmaxbench import UserError
from minmaxbench.analysis.against import run_everywhere, standing
from minmaxbench.report.against import against_tables, against_words


def timed(runs):
    return runs.assign(step_seconds=1e-6)


def test_it_wins_fails_and_ties_where_it_does(made):
    quick, slow, never = [10] * 12, [900] * 12, [None] * 12
    runs = made(
        {
            ("won", "mine"): quick, ("won", "a"): slow, ("won", "b"): never,
            ("lost", "mine"): never, ("lost", "a"): quick, ("lost", "b"): quick,
            ("same", "mine"): slow, ("same", "a"): slow, ("same", "b"): slow,
        }
    )  # fmt: skip
    found = standing(timed(runs), "mine")
    assert (found.place, found.among) == (2, 3)
    change = found.best.pairs.set_index("problem")["change"].to_dict()
    assert change == {"won": "better", "lost": "worse", "same": "same"}
    assert list(found.missed["problem"]) == ["lost"]
    words = against_words(found, 1e-5, "distance")
    assert "place 2 of 3 on 3 problems" in words
    assert "It beats the best other beyond noise on 1 problem (won)" in words
    assert "behind the best other on 1 and within noise of it on 1" in words
    assert "on 1 problem (lost)" in words
    tables = against_tables(found, 1e-5, "distance")
    assert "→mine" in set(tables[0].words["algorithm"])
    assert list(tables[1].words["problem"]) == ["won", "lost"]


def test_two_that_are_equal_up_to_chance_are_told_to_be(made):
    rng = np.random.default_rng(0)
    cells = {
        (problem, name): [int(n) if n < 700 else None for n in rng.integers(1, 1000, 20)]
        for problem in "abcdefgh"
        for name in ("mine", "other")
    }
    found = standing(timed(made(cells)), "mine")
    assert set(found.best.pairs["change"]) == {"same"}
    assert "On no problem does it beat" in against_words(found, 1e-5, "distance")


def test_others_on_other_problems_do_not_count(made):
    runs = made(
        {("p", "mine"): [5] * 3, ("p", "a"): [5] * 3, ("q", "a"): [5] * 3, ("p", "b"): [None] * 3}
        | {("q", "b"): [5] * 3, ("q", "c"): [5] * 3}
    )
    found = standing(timed(runs), "mine")
    assert (found.place, found.among) == (1, 3)
    assert set(run_everywhere(runs, ["mine"])["algorithm"]) == {"mine", "a", "b"}
    with pytest.raises(UserError, match="no problem with an equilibrium in common"):
        standing(timed(made({("p", "mine"): [1], ("q", "a"): [1]})), "mine")
