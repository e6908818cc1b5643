"""Planning asks users' code, too: what that raises costs its own runs, and nobody else's."""

from dataclasses import dataclass

import pytest

import minmaxbench as mb
from minmaxbench import UserError
from minmaxbench.algorithms.registry import ALGORITHMS
from minmaxbench.bench.plan import draft
from minmaxbench.problems.registry import PROBLEMS


def boom(kind):
    def raises(*_):
        raise kind("on purpose")

    return raises


def rule(**changes):
    def step(self, state, oracle):
        gx, gy = oracle.grad(state.x, state.y)
        return mb.Iterate(state.x - 0.05 * gx, state.y + 0.05 * gy)

    return dataclass(frozen=True)(type("Rule", (mb.Memoryless,), {"step": step} | changes))()


@pytest.mark.parametrize("kind", [ValueError, SystemExit, GeneratorExit, KeyError])
def test_an_algorithm_that_raises_when_it_is_fitted_is_rows_that_say_so(kind, tmp_path):
    with pytest.warns(UserWarning, match="2 runs ended in an error"):
        got = mb.run(
            ["ftr_f1"], [rule(for_problem=boom(kind)), "gda"], seeds=2, budget=9, out=tmp_path
        )
    ends = got.runs.groupby("algorithm")["outcome"].agg(set)
    assert ends.to_dict() == {"Rule": {"error"}, "gda": {"budget"}}
    assert got.errors["message"].str.contains(f"{kind.__name__}: .*on purpose").all()


@pytest.mark.parametrize("answer", [None, "gda", 5])
def test_what_is_fitted_is_an_algorithm(answer, tmp_path):
    with pytest.warns(UserWarning, match="wanted an algorithm, itself for instance"):
        mb.run(["ftr_f1"], [rule(for_problem=lambda s, p: answer)], seeds=1, budget=9, out=tmp_path)


@pytest.mark.parametrize("needs", [None, ["grad"], {7}, "grad"])
def test_what_an_algorithm_needs_is_a_set_of_calls(needs, tmp_path):
    study = mb.Study(["ftr_f1"], [rule(needs=needs), "gda"])
    plan = draft(study, tmp_path)
    assert "is a set of members of minmaxbench.core.calls.Call" in plan.excluded["Rule"][0]
    assert [unit.algorithms[0].name for unit in plan.missing] == ["gda"]


@pytest.mark.parametrize("kind", [ValueError, SystemExit, GeneratorExit])
def test_a_family_that_cannot_be_built_at_a_dimension_is_one_sentence(kind, tmp_path):
    @mb.register("fickle_for_test", region=(-1.0, 1.0))
    class Fickle(mb.Problem):
        def __init__(self, dx, dy):
            if dx == 7:
                raise kind("on purpose")
            self.dx, self.dy = dx, dy

        def value(self, xp, x, y):
            return (x * y).sum(1)

        def grad(self, xp, x, y):
            return y.copy(), x.copy()

    try:
        with pytest.raises(
            UserError, match=f"fickle_for_test' cannot be built at dx = 7, dy = 7: {kind.__name__}"
        ):
            draft(mb.Study([{"name": "fickle_for_test", "d": 7}], ["gda"]), tmp_path)
    finally:
        PROBLEMS.remove("fickle_for_test")
    assert "Rule" not in ALGORITHMS
