"""Problems and algorithms that hold functions, arrays and dataclasses: they run, or one sentence says why."""

import dataclasses
from typing import Any

import numpy as np
import pytest

import minmaxbench as mb


def problem(**more):
    """The class of a problem, a bilinear one."""
    return type(
        "Held",
        (mb.Problem,),
        {
            "name": "held", "dx": 1, "dy": 1,
            "value": lambda self, xp, x, y: (x * y)[:, 0],
            "grad": lambda self, xp, x, y: (1.0 * y, 1.0 * x),
        } | more,
    )  # fmt: skip


def with_arrays(**more):
    """A dataclass with an array in it."""
    field = ("A", Any, dataclasses.field(default_factory=lambda: np.eye(2)))
    return dataclasses.make_dataclass("P", [field], bases=(problem(),), **more)


@pytest.mark.parametrize(
    "kind",
    [
        dataclasses.dataclass(problem()),
        with_arrays(),
        with_arrays(frozen=True),
        problem(__hash__=None),
        problem(__eq__=lambda self, other: 1 / 0, __hash__=lambda self: 1),
    ],
)
def test_a_problem_need_not_compare(kind):
    study = mb.Study([kind()], ["gda"], seeds=1, budget=2)
    assert len(study.problems) == 1
    assert study.replace() == study


@dataclasses.dataclass(frozen=True)
class Holds(mb.Memoryless):
    """GDA with something of any kind."""

    f: Any = abs

    def step(self, state, oracle):
        """One step."""
        gx, gy = oracle.grad(state.x, state.y)
        return mb.Iterate(state.x - 0.1 * gx, state.y + 0.1 * gy)


Holds.name = "holds"


def test_a_setting_that_is_a_function_is_run_in_a_worker_and_found_again(tmp_path):
    runs = mb.run(["x*y"], [Holds(f=lambda x: x), Holds()], seeds=1, budget=4, out=tmp_path).runs
    assert set(runs["outcome"]) == {"budget"}
    assert not runs["algorithm"].str.contains("0x").any()


def test_two_algorithms_of_one_label_are_refused(tmp_path):
    with pytest.raises(mb.UserError, match="Two algorithms of the study are called"):
        mb.run(["x*y"], [Holds(f=lambda x: x), Holds(f=lambda x: -x)], seeds=1, out=tmp_path)


@pytest.mark.parametrize("value", [np.eye(2), [1, 2], {"a": 1}])
def test_a_setting_that_does_not_compare_is_refused(value):
    with pytest.raises(mb.UserError, match="The hyper-parameter 'f' of 'holds' is a"):
        mb.Study(["x*y"], [Holds(f=value)])


@pytest.mark.parametrize(
    ("d", "says"), [(2.0, "whole number"), ("2", "whole number"), (10**9, "at most")]
)
def test_dimensions_that_are_none_are_one_sentence(d, says):
    with pytest.raises(mb.UserError, match=says):
        mb.register("held_dimension", region=(-1.0, 1.0))(problem(dx=d, dy=d))


def test_a_class_that_cannot_be_built_is_one_sentence():
    with pytest.raises(mb.UserError, match="cannot be built"):
        mb.register("held_not", region=(-1.0, 1.0))(problem(__init__=lambda self, a: None))


def test_a_setting_that_is_no_field_is_refused():
    def begun(self, eta=0.1):
        object.__setattr__(self, "eta", eta)

    kind = type("Plain", (Holds,), {"__init__": begun})
    with pytest.raises(mb.UserError, match="'eta', which is no field of a dataclass"):
        mb.Study(["x*y"], [kind(0.2)])
