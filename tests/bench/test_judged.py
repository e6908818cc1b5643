"""The equilibrium test on frames of runs."""

import numpy as np
import pandas as pd
import pytest

from minmaxbench.bench.judged import judge_runs
from minmaxbench.errors import UserError
from minmaxbench.problems.registry import get_problem
from minmaxbench.theory.approximate import COLUMNS, EquilibriumTest, equilibrium


def frame(*rows):
    """Runs that ended at these points: (problem, dx, instance, x, y)."""
    return pd.DataFrame(
        [
            {"problem": p, "dx": d, "dy": d, "instance": i, "x": np.array(x), "y": np.array(y)}
            for p, d, i, x, y in rows
        ],
        index=10 * np.arange(len(rows)),
    )


def test_final_points_are_judged_where_they_are_finite_and_keep_their_index():
    runs = frame(
        ("ftr_f1", 1, 0, [0.0], [0.0]),
        ("bilinear_d", 2, 0, [0.0, 0.0], [0.0, 0.0]),
        ("ftr_f1", 1, 0, [np.inf], [0.0]),
        ("ftr_f1", 1, 0, [0.0], [1.0]),
    )
    runs.at[10, "x"] = None
    judged = judge_runs(runs)
    assert dict(judged["equilibrium"]) == {0: "equilibrium", 30: "no equilibrium"}
    assert judged["slope_y"][30] == 2.0
    assert list(judged.columns) == COLUMNS


def test_an_instance_is_judged_in_its_own_coordinates_and_a_family_at_its_dimension():
    moved = get_problem("ftr_f1", instance=3)
    known = moved.points()
    family = get_problem("f3_active_subspace_d", 3)
    x = 0.01 * np.ones((1, 3))
    runs = frame(
        ("ftr_f1", 1, 3, known.x[0], known.y[0]),
        ("ftr_f1", 1, 0, known.x[0], known.y[0]),
        ("f3_active_subspace_d", 3, 0, x[0], x[0]),
    )
    test = EquilibriumTest(samples=50)
    judged = judge_runs(runs, test)
    assert judged["equilibrium"][0] == "equilibrium"
    assert judged["equilibrium"][10] == "no equilibrium"
    assert judged["improvement"][20] == equilibrium(family, x, x, test).probability[0]


def test_runs_without_final_points_are_refused_and_those_that_all_diverged_give_no_rows():
    with pytest.raises(UserError, match="no final points"):
        judge_runs(pd.DataFrame({"seed": [1]}))
    nothing = judge_runs(frame(("ftr_f1", 1, 0, [np.nan], [0.0])))
    assert list(nothing.columns) == COLUMNS
    assert nothing.empty
