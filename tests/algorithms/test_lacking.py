"""An algorithm on a problem that lacks what it needs: one sentence, before the run."""

import numpy as np
import pytest

import minmaxbench as mb
from minmaxbench.algorithms.registry import ALGORITHMS, get_algorithm
from minmaxbench.core.calls import Call
from minmaxbench.core.problem import About, Problem
from minmaxbench.core.sets import Box
from minmaxbench.errors import UserError


class Full(Problem):
    """xy - y^2/2, all of it."""

    name, dx, dy = "full", 1, 1
    x_set, y_set = Box(-2.0, 2.0), Box(-2.0, 2.0)
    about = About(bounds=(-6.0, 6.0), smoothness=2.0)

    def value(self, xp, x, y):
        return (x * y - y * y / 2)[:, 0]

    def grad_x(self, xp, x, y):
        return 1.0 * y

    def grad_y(self, xp, x, y):
        return x - y

    def hvp(self, xp, x, y, u, v):
        return 1.0 * v, u - v


LACKING = {Call.HVP: "hvp", Call.GRAD_X: "grad_x", Call.GRAD_Y: "grad_y"}
CASES = [
    (name, call) for name in ALGORITHMS for call in LACKING if call in ALGORITHMS.get(name).needs
]


def without(call):
    """The same problem, and not even the name of the function."""
    kind = type("Less", (Problem,), {k: v for k, v in vars(Full).items() if k[:2] != "__"})
    delattr(kind, LACKING[call])
    kind.name = "less"
    return kind()


@pytest.mark.parametrize(("name", "call"), CASES, ids=lambda c: getattr(c, "name", c))
def test_what_a_problem_lacks_is_said_before_the_run(name, call):
    with pytest.raises(UserError) as error:
        mb.solve(without(call), get_algorithm(name), budget=20)
    said = str(error.value)
    assert said.count("\n") == 0
    assert call.words in said or "ston_r" in said, said


def test_everything_runs_where_nothing_is_lacking():
    for name in ("ston_r", "cgd", "zo_gda", "greedy_max_theory"):
        assert mb.solve(Full(), get_algorithm(name), budget=20) is not None
    assert np.isfinite(Full().value(np, np.ones((1, 1)), np.ones((1, 1)))).all()
