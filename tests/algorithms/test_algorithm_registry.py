"""Algorithms by name, and references to them that have one form."""

import numpy as np
import pytest

from minmaxbench.algorithms.registry import (
    ALGORITHMS,
    AlgorithmRef,
    get_algorithm,
    register,
    summary,
)
from minmaxbench.core.algorithm import Algorithm, Memoryless
from minmaxbench.errors import UserError


def test_an_unknown_name_is_answered_with_the_nearest():
    with pytest.raises(UserError, match="did you mean gda"):
        get_algorithm("gdaa")
    with pytest.raises(UserError, match="did you mean eta_x"):
        get_algorithm("gda", etax=1.0)


@pytest.mark.parametrize(
    ("name", "parameters", "says"),
    [
        (
            "gda",
            {"eta_x": "abc"},
            "eta_x of gda is a number above 0, also in units of 1/L as '0.5/L'; got 'abc'.",
        ),
        (
            "gda",
            {"eta_x": True},
            "eta_x of gda is a number above 0, also in units of 1/L as '0.5/L'; got True.",
        ),
        ("gdmax", {"k": 2.5}, "k of gdmax is a whole number at least 1; got 2.5."),
        ("gdmax", {"k": 0}, "k of gdmax is a whole number at least 1; got 0."),
        ("gda_alt", {"order": "yy"}, "order of gda_alt is 'xy' or 'yx'; got 'yy'."),
        ("ogda", {"first": "last"}, "first of ogda is 'repeat' or 'zero'; got 'last'."),
        ("greedy_max", {"L": 100.0}, "2 eta L < 1"),
        ("greedy_max", {"proposal": "gausian"}, "did you mean gaussian"),
        ("gda", {"eta_x": np.array([0.1, 0.2])}, "got an array of shape (2,) (0.1, 0.2)."),
    ],
)
def test_bad_settings_are_refused_in_a_sentence(name, parameters, says):
    with pytest.raises(UserError) as error:
        get_algorithm(name, **parameters)
    assert says in str(error.value)


def test_a_setting_spelled_in_two_ways_is_one_reference():
    plain = AlgorithmRef.named("gda")
    assert AlgorithmRef.named("gda", {"eta_x": 0.05}) == plain
    assert AlgorithmRef.named("gda", {"eta_x": np.float64(0.05)}) == plain
    one = AlgorithmRef.named("gda", {"eta_y": 1, "eta_x": 2})
    assert one == AlgorithmRef.named("gda", {"eta_x": 2.0, "eta_y": np.int64(1)})
    assert one.label == "gda(eta_x=2.0, eta_y=1.0)"
    assert one.build() == get_algorithm("gda", eta_x=2.0, eta_y=1.0)
    assert AlgorithmRef.named("gdmax", {"k": np.int64(5)}) == AlgorithmRef.named("gdmax")


def test_a_class_of_ones_own_is_registered_once_and_checked():
    from dataclasses import dataclass

    @register("mine", "here")
    @dataclass(frozen=True)
    class Mine(Memoryless):
        """Stands still."""

        eta: float = 0.1
        k: int = 3
        fast: bool = False

        def step(self, state, oracle):
            return state

    try:
        assert get_algorithm("mine", eta=2) == Mine(2.0)
        assert summary(Mine) == "Stands still."
        for wrong in ({"eta": "x"}, {"eta": float("nan")}, {"k": 1.5}, {"fast": 1}):
            with pytest.raises(UserError, match="of mine is"):
                get_algorithm("mine", **wrong)
    finally:
        ALGORITHMS.remove("mine")


def test_a_class_without_a_step_is_refused():
    class Half(Algorithm):
        def init(self, x, y, oracle):
            return None

    with pytest.raises(UserError, match="'half' lacks step"):
        register("half", "here")(Half)
