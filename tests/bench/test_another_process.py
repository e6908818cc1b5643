"""A worker reads the user's file again: what it finds there must be what the study was planned with."""

import numpy as np
import pandas as pd
import pytest

import minmaxbench as mb
from minmaxbench.algorithms.registry import ALGORITHMS
from minmaxbench.bench.executors import run_plan
from minmaxbench.bench.plan import make_plan
from minmaxbench.problems.registry import PROBLEMS

FILE = """
import random, secrets
from dataclasses import dataclass
import numpy as np
import minmaxbench as mb

OUTSIDE = {outside}

@mb.register("drawn", region=(-1.0, 1.0))
class Drawn(mb.Problem):
    dx, dy = 2, 2
    A = {inside}

    def value(self, xp, x, y):
        return (x * (y @ self.A.T)).sum(1)

    def grad(self, xp, x, y):
        return y @ self.A.T, x @ self.A

@mb.register("scaled", "a test")
@dataclass(frozen=True)
class Scaled(mb.Memoryless):
    "GDA with a step that was drawn when the file was read."

    def step(self, state, oracle):
        gx, gy = oracle.grad(state.x, state.y)
        return mb.Iterate(state.x - 0.1 * OUTSIDE * gx, state.y + 0.1 * OUTSIDE * gy)
"""


@pytest.fixture
def file(tmp_path):
    def write(outside="1.0", inside="np.eye(2)"):
        path = tmp_path / "mine.py"
        path.write_text(FILE.format(outside=outside, inside=inside))
        return path

    yield write
    for registry, name in ((PROBLEMS, "drawn"), (ALGORITHMS, "scaled")):
        if name in registry:
            registry.remove(name)


def study(path, **more):
    return mb.Study(["drawn"], ["scaled"], seeds=2, budget=20, files=[str(path)], **more)


DRAWS = [
    ("random.random()", "np.eye(2)"),
    ("np.random.rand()", "np.random.randn(2, 2)"),
    ("1.0", "np.array([[random.gauss(0, 1) for _ in '12'] for _ in '12'])"),
]


@pytest.mark.parametrize(("outside", "inside"), DRAWS)
def test_what_a_file_draws_without_a_seed_is_drawn_alike_everywhere(
    file, tmp_path, outside, inside
):
    path = file(outside, inside)
    first = mb.run(study(path), out=tmp_path / "a").runs
    # Another file of the same text: it is read again here, too.
    other = path.with_name("copy.py")
    other.write_text(path.read_text())
    PROBLEMS.remove("drawn")
    ALGORITHMS.remove("scaled")
    second = mb.run(study(other), out=tmp_path / "b").runs
    assert set(first["outcome"]) == {"budget"}
    pd.testing.assert_frame_equal(first[["x", "y", "calls"]], second[["x", "y", "calls"]])


@pytest.mark.parametrize(
    "inside",
    [
        "np.random.default_rng().standard_normal((2, 2))",
        "np.array([[secrets.randbelow(10**6) / 10**6 for _ in '12'] for _ in '12'])",
    ],
)
def test_a_problem_that_is_another_in_each_process_is_refused(file, tmp_path, inside):
    with pytest.warns(UserWarning, match="another problem in the process that runs it"):
        runs = mb.run(study(file(inside=inside)), out=tmp_path / "a").runs
    assert set(runs["outcome"]) == {"error"}


def test_a_file_that_is_edited_while_its_study_runs_gives_no_rows_of_the_old_one(file, tmp_path):
    path = file()
    plan = make_plan(study(path).replace(algorithms=["gda", "scaled"]), tmp_path / "a")

    def edit(done):
        path.write_text(path.read_text().replace("0.1", "0.2"))

    first, second = run_plan(plan, jobs=1, progress=edit)
    assert first.outcomes == {"budget": 2}
    assert second.outcomes == {"error": 2}
    assert "was changed while the study ran" in second.message


class InItself(mb.Problem):
    name, dx, dy = "in_itself", 1, 1

    def value(self, xp, x, y):
        return self.a * (x * y)[:, 0]

    def grad(self, xp, x, y):
        return self.a * y, self.a * x


def test_a_problem_that_is_another_each_time_it_is_built_gets_no_name():
    def begun(self):
        self.a = np.random.default_rng().uniform(1, 2)

    kind = type("Drawn", (InItself,), {"__init__": begun})
    with pytest.raises(mb.UserError, match="another problem each time it is built"):
        mb.register("in_itself", region=(-1.0, 1.0))(kind)
    assert "in_itself" not in PROBLEMS
