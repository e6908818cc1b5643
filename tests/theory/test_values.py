"""Value gaps against closed forms and brute force."""

import numpy as np
import pytest

import minmaxbench as mb
from minmaxbench.bench.senses import senses
from minmaxbench.problems.registry import PROBLEMS, names
from minmaxbench.report.tuning import senses_table
from minmaxbench.theory.values import largest, value_gap

X = np.linspace(-1.0, 1.0, 7)[:, None]


def test_the_largest_value_of_a_quadratic_is_its_closed_form():
    # F1 = -3 x^2 - y^2 + 4 x y: y = 2 x, and max f = x^2.
    np.testing.assert_allclose(largest(mb.problem("ftr_f1"), X), X[:, 0] ** 2, atol=1e-12)
    np.testing.assert_allclose(value_gap(mb.problem("ftr_f1"), X), X[:, 0] ** 2, atol=1e-12)


@pytest.mark.parametrize("name", [n for n in names("planar") if n != "keswani_f3"])
def test_no_point_is_better_than_the_proved_value(name):
    problem = PROBLEMS.get(name).build(1, 1)
    low, high = problem.about.region
    x = problem.x_set.project(np, np.linspace(low, high, 101)[:, None])
    gaps = value_gap(problem, x)
    proved = problem.certificate.minimax.value
    if proved is None:
        assert np.isnan(gaps).all()
        return
    slack = 1e-6 * (1 + abs(proved[1])) + (proved[1] - proved[0])
    assert gaps.min() >= -slack
    if problem.y_set.constrained:
        y = problem.y_set.project(np, np.linspace(-20, 20, 40001)[:, None])
        for k in (0, 37, 100):
            brute = problem.value(np, np.broadcast_to(x[k], y.shape), y).max()
            assert largest(problem, x[k : k + 1])[0] >= brute - 1e-9 * (1 + abs(brute))


def test_an_instance_has_the_gap_of_the_point_that_it_moved():
    base, moved = mb.problem("jin_cos"), mb.problem("jin_cos", instance=3)
    there = moved.x_map.forth(np, X)
    np.testing.assert_allclose(value_gap(moved, there), value_gap(base, X), atol=1e-9)


def test_success_in_three_senses_side_by_side():
    runs = mb.run(["ftr_f1", "forsaken"], ["gda", "gdmax"], seeds=3, budget=2000.0).runs
    judged = senses(runs)
    gda = judged[(judged["algorithm"] == "gda") & (judged["problem"] == "ftr_f1")]
    best = judged[(judged["algorithm"] == "gdmax") & (judged["problem"] == "ftr_f1")]
    # GDA leaves the minimax point of F1; GDmax comes to it.
    assert (gda[["near", "greedy", "gap"]] == 0).all(axis=None)
    assert (best[["near", "gap"]] == 1).all(axis=None)
    # forsaken lists no equilibrium, yet its minimax value is proved.
    other = judged[judged["problem"] == "forsaken"]
    assert other["near"].isna().all()
    assert other["gap"].notna().all()
    words = senses_table(runs).words
    assert list(words.columns)[1:] == [
        "near an equilibrium",
        "(eps, omega)-equilibrium",
        "small value gap",
    ]
