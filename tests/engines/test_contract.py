"""What an algorithm must keep to, on every engine: it is told so, in a sentence, if it does not."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pytest
from helpers import assert_equal, begin

from minmaxbench.algorithms.gradient import GDA
from minmaxbench.core.algorithm import Algorithm, Iterate, Memoryless
from minmaxbench.core.problem import Problem
from minmaxbench.engines import choice
from minmaxbench.engines.batch import Batch
from minmaxbench.errors import ContractError
from minmaxbench.problems.registry import get_problem

GAN = get_problem("dirac_gan_r1")
ENGINES = ["numpy", "jax", "torch"]
WRITES = (
    "^'mine' writes in place to an array it was handed; write `x = x - ...` instead of `x -= ...`.$"
)


def run(algorithm, engine="numpy", problem=GAN, lanes=3, budget=200.0):
    pytest.importorskip(engine)
    type(algorithm).name = "mine"
    return choice.run(engine, Batch(problem, algorithm, *begin(problem, lanes), budget))


class Moving(NamedTuple):
    x: Any
    y: Any
    vx: Any
    vy: Any


class Momentum(Algorithm):
    """GDA with momentum, as it ought to be written."""

    def init(self, x, y, oracle):
        return Moving(x, y, 0 * x, 0 * y)

    def step(self, state, oracle):
        x, y, vx, vy = state
        gx, gy = oracle.grad(x, y)
        vx, vy = 0.5 * vx - 0.05 * gx, 0.5 * vy + 0.05 * gy
        return Moving(x + vx, y + vy, vx, vy)


class OnIterate(Momentum):
    def step(self, state, oracle):
        x, y, vx, vy = state
        gx, gy = oracle.grad(x, y)
        x -= 0.05 * gx
        y += 0.05 * gy
        return Moving(x, y, vx, vy)


class OnMemory(Momentum):
    def step(self, state, oracle):
        x, y, vx, vy = state
        gx, gy = oracle.grad(x, y)
        vx *= 0.5
        vx -= 0.05 * gx
        return Moving(x + vx, y + 0.05 * gy, vx, vy)


class OnGradient(Momentum):
    def step(self, state, oracle):
        x, y, vx, vy = state
        gx, gy = oracle.grad(x, y)
        gx *= 0.05
        return Moving(x - gx, y + 0.05 * gy, vx, vy)


class OnSomeEntries(Momentum):
    def step(self, state, oracle):
        x, y, vx, vy = state
        gx, gy = oracle.grad(x, y)
        x[:, 0] = x[:, 0] - 0.05 * gx[:, 0]
        return Moving(x, y + 0.05 * gy, vx, vy)


class OnStart(Momentum):
    def init(self, x, y, oracle):
        state = super().init(x, y, oracle)
        gx, _ = oracle.grad(x, y)
        gx += 1
        return state


class OnBuffer(Momentum):
    """Keeps one array for ever, and hands out views of it."""

    def __init__(self):
        self.kept = None

    def step(self, state, oracle):
        gx, gy = oracle.grad(state.x, state.y)
        if self.kept is None:
            self.kept = oracle.xp.concat([state.x, state.y], axis=1)
        self.kept[:, :1] = state.x - 0.05 * gx
        self.kept[:, 1:] = state.y + 0.05 * gy
        return state._replace(x=self.kept[:, :1], y=self.kept[:, 1:])


@pytest.mark.parametrize("engine", ["numpy", "torch"])
@pytest.mark.parametrize(
    "kind", [OnIterate, OnMemory, OnGradient, OnSomeEntries, OnStart, OnBuffer]
)
def test_writing_in_place_is_refused(engine, kind):
    if engine == "torch" and kind is OnStart:
        pytest.skip("nothing is kept of what a start is handed, and tensors cannot be closed")
    with pytest.raises(ContractError, match=WRITES):
        run(kind(), engine)


@pytest.mark.parametrize("kind", [OnIterate, OnSomeEntries])
def test_the_compiled_engine_tries_the_first_steps_on_numpy(kind):
    with pytest.raises(ContractError, match=WRITES):
        run(kind(), "jax")


class Opens(Momentum):
    """Undoes what keeps it from writing."""

    def step(self, state, oracle):
        x, y, vx, vy = state
        gx, gy = oracle.grad(x, y)
        x.flags.writeable = True
        x -= 0.05 * gx
        return Moving(x, y + 0.05 * gy, vx, vy)


class WritesToOut(Momentum):
    def step(self, state, oracle):
        gx, gy = oracle.grad(state.x, state.y)
        np.subtract(state.x, 0.05 * gx, out=state.x)
        return state._replace(y=state.y + 0.05 * gy)


class Sorts(Momentum):
    def step(self, state, oracle):
        state.y.sort(axis=0)
        return super().step(state, oracle)


class InWork(Momentum):
    def step(self, state, oracle):
        def work(some, part):
            vx = some.vx
            vx += 1
            return some._replace(vx=vx)

        return oracle.where_needed(state.x[:, 0] > -9, work, super().step(state, oracle))


@pytest.mark.parametrize("kind", [Opens, WritesToOut, Sorts, InWork])
def test_numpy_has_more_ways_to_write(kind):
    with pytest.raises(ContractError, match=WRITES):
        run(kind())


@dataclass(frozen=True)
class ReshapesIterate(Momentum):
    def step(self, state, oracle):
        following = super().step(state, oracle)
        state.x.shape = (1, -1)
        return following


class ReshapesGradient(Momentum):
    def step(self, state, oracle):
        gx, gy = oracle.grad(state.x, state.y)
        gx.shape = (-1,)
        return state._replace(x=state.x - 0.05 * gx[:, None], y=state.y + 0.05 * gy)


class RetypesGradient(Momentum):
    def step(self, state, oracle):
        gx, gy = oracle.grad(state.x, state.y)
        following = state._replace(x=state.x - 0.05 * gx, y=state.y + 0.05 * gy)
        gx.dtype = np.int64
        return following


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("kind", [ReshapesIterate, ReshapesGradient, RetypesGradient])
def test_a_shape_and_a_type_are_not_changed_in_place_either(kind):
    with pytest.raises(ContractError, match="writes in place to an array it was handed"):
        run(kind())


class WritesToData(Momentum):
    """As programs for torch of long ago do: their tensors do not count it."""

    def step(self, state, oracle):
        gx, gy = oracle.grad(state.x, state.y)
        state.x.data.add_(-0.05 * gx)
        return state._replace(y=state.y + 0.05 * gy)


class WritesThroughNumPy(Momentum):
    def step(self, state, oracle):
        gx, gy = oracle.grad(state.x, state.y)
        state.y.numpy()[:] += 0.05 * gy.numpy()
        return state._replace(x=state.x - 0.05 * gx)


@pytest.mark.parametrize("kind", [WritesToData, WritesThroughNumPy])
def test_torch_has_ways_to_write_that_its_tensors_do_not_count(kind):
    with pytest.raises(ContractError, match="writes in place to an array it was handed"):
        run(kind(), "torch")


class Scribbler(Problem):
    """f = x^2/2 - y^2/2, whose gradient uses its argument as scratch paper."""

    name = "scribbler"
    dx = dy = 1

    def value(self, xp, x, y):
        return (x * x - y * y)[:, 0] / 2

    def grad(self, xp, x, y):
        g = x * 1.0
        x *= 0
        return g, -y


@pytest.mark.parametrize("engine", ["numpy", "torch"])
def test_a_problem_that_writes_is_named(engine):
    with pytest.raises(ContractError, match=r"^'scribbler' writes in place"):
        run(Momentum(), engine, Scribbler())


@pytest.mark.parametrize("engine", ENGINES)
def test_nothing_of_the_caller_s_is_closed_or_changed(engine):
    pytest.importorskip(engine)
    x, y, key = begin(GAN, 3)
    before = x.copy(), y.copy()
    choice.run(engine, Batch(GAN, Momentum(), x, y, key, 200.0))
    assert np.array_equal(before[0], x)
    assert np.array_equal(before[1], y)
    x += 1
    y += 1


class Lazy(Memoryless):
    """Writes to arrays of its own making only, as it may."""

    def step(self, state, oracle):
        gx, gy = oracle.grad(state.x, state.y)
        x, y = 1.0 * state.x, 1.0 * state.y
        x -= 0.05 * gx
        y += 0.05 * gy
        return Iterate(x, y)


@pytest.mark.parametrize("engine", ENGINES)
def test_writing_to_one_s_own_arrays_is_no_fault(engine):
    gda = choice.get_engine("numpy").run(Batch(GAN, GDA(), *begin(GAN, 3), 200.0))
    assert np.allclose(run(Lazy(), engine).x, gda.x, rtol=1e-12)


def returning(change, **more):
    """GDA with momentum whose states are changed as a step returns them."""

    def step(self, state, oracle):
        return change(Momentum.step(self, state, oracle), oracle.xp)

    return type("Mine", (Momentum,), {"step": step, **more})()


ROWS = "wanted an array with 3 rows, one a lane"
FORM = "wanted float64 numbers of shape (3, 1)"
FIELDS = "wanted a NamedTuple with the fields x and y"

WRONG = [
    (lambda s, xp: s._replace(vx=3), f"whose vx is of type int; {ROWS}"),
    (
        lambda s, xp: s._replace(vx=xp.asarray(3.0)),
        f"whose vx is float64 numbers of shape (); {ROWS}",
    ),
    (
        lambda s, xp: s._replace(vy=s.vy[:2]),
        f"whose vy is float64 numbers of shape (2, 1); {ROWS}",
    ),
    (
        lambda s, xp: s._replace(vx=(s.vx, [1.0])),
        f"whose vx.1 is of type list; {ROWS}",
    ),
    (lambda s, xp: s._replace(x=s.x[:, 0]), f"whose x is float64 numbers of shape (3,); {FORM}"),
    (
        lambda s, xp: s._replace(y=s.y + s.y[:, 0]),
        f"whose y is float64 numbers of shape (3, 3); {FORM}",
    ),
    (
        lambda s, xp: s._replace(x=xp.astype(s.x, xp.float32)),
        f"whose x is float32 numbers of shape (3, 1); {FORM}",
    ),
    (
        lambda s, xp: s._replace(x=s.x + 0j),
        f"whose x is complex128 numbers of shape (3, 1); {FORM}",
    ),
    (lambda s, xp: s._replace(y=None), f"whose y is of type NoneType; {FORM}"),
    (lambda s, xp: (s.x, s.y), f"of type tuple; {FIELDS}"),
    (lambda s, xp: None, f"of type NoneType; {FIELDS}"),
]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("change", "fault"), WRONG)
def test_what_is_no_state_is_refused_with_its_field_and_shape(change, fault, engine):
    with pytest.raises(ContractError) as caught:
        run(returning(change), engine)
    assert str(caught.value) == f"'mine' returns a state {fault}."


def test_a_start_that_is_no_state_is_refused():
    def init(self, x, y, oracle):
        return Moving(x[0], y, x, y)

    with pytest.raises(ContractError, match=r"whose x is float64 numbers of shape \(1,\)"):
        run(returning(lambda s, xp: s, init=init))


@pytest.mark.parametrize(
    ("rule", "fault"),
    [
        ({"stopped": lambda self, s: False}, "stopped of 'mine' returns is of type bool"),
        (
            {"stopped": lambda self, s: s.x[:1, 0] > 9},
            "stopped of 'mine' returns is bool numbers of shape (1,)",
        ),
        (
            {"inner": lambda self, s: (s.x.sum(),)},
            "inner of 'mine' returns is of type float64",
        ),
    ],
)
def test_rules_and_inner_iterates_have_a_row_a_lane(rule, fault):
    with pytest.raises(ContractError) as caught:
        run(returning(lambda s, xp: s, **rule))
    assert str(caught.value) == f"What {fault}; {ROWS}."


def test_an_error_of_the_algorithm_s_own_is_left_as_it_is():
    def change(state, xp):
        raise ValueError("no luck")

    with pytest.raises(ValueError, match=r"^no luck$"):
        run(returning(change))


def test_one_seed_is_told_the_same_as_many():
    with pytest.raises(ContractError, match="wanted an array with 1 rows, one a lane"):
        run(returning(lambda s, xp: s._replace(vx=3)), lanes=1)


def test_closing_changes_no_bit():
    class Copying(Momentum):
        def step(self, state, oracle):
            return super().step(Moving(*(1.0 * leaf for leaf in state)), oracle)

    assert_equal(run(Momentum()), run(Copying()))
