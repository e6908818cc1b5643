"""Two studies side by side: what changed is found, what did not is not, and errors count."""

import numpy as np
import pytest

from minmaxbench import UserError
from minmaxbench.analysis.changes import Change, changes
from minmaxbench.report.changes import change_tables, sentence


def hits(rng, share=0.8, scale=100, seeds=30):
    return [
        int(scale * rng.lognormal(0, 0.3)) + 1 if rng.random() < share else None
        for _ in range(seeds)
    ]


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def test_the_same_runs_have_not_changed(made, rng):
    runs = made({(p, a): hits(rng) for p in "abc" for a in ("m", "n")}).assign(step_seconds=1e-6)
    found = changes(runs, runs)
    assert found.paired
    assert not found.worse
    assert (found.algorithms["difference"] == 0).all()
    assert (found.algorithms["ratio"] == 1).all()
    assert sentence(found).startswith("Nothing changed beyond noise.")
    assert len(change_tables(found, 1e-5, "distance")) == 1


def test_other_seeds_of_the_same_thing_are_noise(made, rng):
    one, other = (
        made({(p, a): hits(rng) for p in "abcdef" for a in ("m", "n")}).assign(step_seconds=1e-6)
        for _ in range(2)
    )
    other["seed"] += 100
    found = changes(one, other)
    assert not found.paired
    assert (found.pairs["change"] == Change.NONE.value).all()


@pytest.mark.parametrize("paired", [True, False])
def test_what_became_worse_is_found_and_named(made, rng, paired):
    cells = {(p, a): hits(rng) for p in "abc" for a in ("m", "n")}
    one = made(cells).assign(step_seconds=1e-6)
    two = made(cells | {("b", "n"): hits(rng, scale=400)}).assign(step_seconds=2e-6)
    if not paired:
        two["seed"] += 100
    found = changes(one, two)
    assert found.worse
    changed = found.pairs[found.pairs["change"] == Change.WORSE.value]
    assert changed[["problem", "algorithm"]].to_numpy().tolist() == [["b", "n"]]
    assert sentence(found).startswith("n is worse.")
    assert found.algorithms.set_index("algorithm")["step_ratio"].tolist() == [2.0, 2.0]
    assert not changes(two, one).worse


def test_errors_are_failures(made):
    one = made({("a", "m"): [10] * 20}).assign(step_seconds=1e-6)
    two = made({("a", "m"): ["error"] * 20})
    assert changes(one, two.assign(step_seconds=np.nan)).worse


def test_what_only_one_has_is_said(made):
    one = made({("a", "m"): [10], ("b", "m"): [10]}).assign(step_seconds=1.0)
    two = made({("a", "m"): [10], ("a", "n"): [10]}).assign(step_seconds=1.0)
    (table, *_) = change_tables(changes(one, two), 1e-5, "distance")
    assert "Only the first has 1 pair: m on b." in table.notes
    assert "Only the second has 1 pair: n on a." in table.notes


def test_nothing_in_common_is_one_sentence(made):
    with pytest.raises(UserError, match="nothing to compare"):
        changes(made({("a", "m"): [1]}), made({("b", "m"): [1]}))


def test_a_false_alarm_is_as_rare_as_it_says(made, rng):
    """Twenty pairs that did not change, compared thirty times: in one comparison of twenty one cries."""
    alarms = 0
    for k in range(30):
        one, two = (
            made({(f"p{j}", "m"): hits(rng, seeds=12) for j in range(20)}).assign(step_seconds=1.0)
            for _ in range(2)
        )
        two["seed"] += 100 + k
        alarms += bool((changes(one, two).pairs["change"] != Change.NONE.value).any())
    assert alarms <= 5
