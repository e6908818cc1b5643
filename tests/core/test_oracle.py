"""The oracle counts exactly, adds the noise it was asked for, and serves subsets of lanes."""

import numpy as np
import pytest

from minmaxbench.core.algorithm import Iterate
from minmaxbench.core.calls import Call
from minmaxbench.core.ledger import Ledger
from minmaxbench.core.noise import Draws, run_keys
from minmaxbench.core.oracle import NumpyOracle, OracleNoise
from minmaxbench.core.problem import Problem
from minmaxbench.core.sets import Ball, Box, Space, Torus
from minmaxbench.errors import ContractError
from minmaxbench.problems.registry import get_problem


@pytest.fixture
def points():
    rng = np.random.default_rng(0)
    return rng.uniform(-2, 2, (6, 1)), rng.uniform(-2, 2, (6, 1))


def make(lanes=6, noise=None, name="keswani_f3"):
    draws = Draws(run_keys("oracle", np.arange(lanes)))
    return NumpyOracle(get_problem(name), draws, noise or OracleNoise())


def test_every_call_is_counted_and_priced(points):
    oracle = make()
    oracle.value(*points)
    oracle.grad(*points)
    oracle.grad_y(*points)
    oracle.hvp(*points, *points)
    assert oracle.counts == (1, 1, 2, 1)
    assert oracle.price() == 0.5 + 0.5 + 1.0 + 1.0
    assert Call.HVP.price == 1.0


def test_where_says_who_pays(points):
    oracle = make()
    mask = np.array([True, False, True, False, False, True])
    oracle.grad_y(*points)
    oracle.value(*points, where=mask)
    np.testing.assert_array_equal(oracle.counts[Call.VALUE], mask)
    np.testing.assert_array_equal(oracle.price(), 0.5 + 0.5 * mask)


def test_work_where_needed_is_for_some_lanes_and_nests(points):
    oracle = make()
    start = Iterate(*points)
    outer = np.array([True, True, False, True, False, True])

    def work(state, part):
        def inner(s, deeper):
            return s._replace(x=s.x + deeper.value(s.x, s.x)[:, None])

        state = part.where_needed(state.x[:, 0] > 0, inner, state)
        return state._replace(y=state.y + part.grad_y(state.x, state.y))

    new = oracle.where_needed(outer, work, start)
    x, y = points
    both = outer & (x[:, 0] > 0)
    np.testing.assert_array_equal(oracle.counts[Call.VALUE], both)
    np.testing.assert_array_equal(oracle.counts[Call.GRAD_Y], outer)
    np.testing.assert_array_equal(new.x[~both], x[~both])
    np.testing.assert_array_equal(new.y[~outer], y[~outer])
    problem = get_problem("keswani_f3")
    np.testing.assert_array_equal(new.x[both], (x + problem.value(np, x, x)[:, None])[both])


def test_what_is_handed_out_cannot_be_written_to(points):
    oracle = make()
    for array in (oracle.value(*points), *oracle.grad(*points), oracle.grad_y(*points)):
        with pytest.raises(ValueError, match="read-only"):
            array *= 2
    with pytest.raises(AttributeError):
        oracle.counts = (0, 0, 0, 0)
    assert not {"problem", "_problem", "_counts"} & set(dir(oracle))


@pytest.mark.parametrize("call", ["grad", "grad_x", "grad_y"])
def test_gradients_cannot_be_opened_again(points, call):
    answer = getattr(make(), call)(*points)
    for array in answer if isinstance(answer, tuple) else (answer,):
        with pytest.raises(ValueError, match="WRITEABLE"):
            array.setflags(write=True)


@pytest.mark.parametrize(
    "where",
    [
        True,
        [True] * 6,
        np.ones(5, bool),
        np.ones((6, 1), bool),
        -np.ones(6, int),
        np.ones(6),
        np.True_,
    ],
    ids=repr,
)
def test_a_mask_is_a_mask(points, where):
    oracle = make()
    with pytest.raises(ContractError, match=r"`where` of an oracle call is a mask, 6 times"):
        oracle.grad(*points, where=where)
    assert oracle.counts == (0, 0, 0, 0)


@pytest.mark.parametrize(
    "change",
    [list, lambda a: a[:, 0], lambda a: a[:3], lambda a: np.concatenate([a, a]), lambda a: a + 0j,
     lambda a: a.astype("f4"), lambda a: None, lambda a: np.concatenate([a, a], 1)],
)  # fmt: skip
@pytest.mark.parametrize("call", ["value", "grad", "grad_y"])
def test_a_call_asks_one_point_a_lane(points, change, call):
    """Points of several calls stacked into one would be had for the price of one."""
    x, y = points
    with pytest.raises(ContractError, match=f"asked for a {call} at y = .*wanted float64 numbers"):
        getattr(make(), call)(x, change(y))


def test_who_does_not_pay_can_be_given_nothing(points):
    oracle = make()
    oracle.ledger = Ledger(oracle.price())
    mask = np.array([True, False, True, False, False, True])
    for part in (*oracle.grad(*points, where=mask), oracle.grad_y(*points, where=mask)):
        np.testing.assert_array_equal(np.isnan(part[:, 0]), ~mask)
    np.testing.assert_array_equal(np.isnan(oracle.value(*points, where=mask)), ~mask)
    assert np.isfinite(oracle.value(*points)).all()


class Wrong(Problem):
    """Returns what it is told to."""

    name, dx, dy = "p", 2, 2

    def __init__(self, **answers):
        self.answers = answers

    def value(self, xp, x, y):
        return self.answers.get("value", x[:, 0])

    def grad_x(self, xp, x, y):
        return self.answers.get("grad_x", x)

    def grad_y(self, xp, x, y):
        return self.answers.get("grad_y", y)


@pytest.mark.parametrize(
    ("call", "answer", "says"),
    [
        (
            "grad_x",
            np.zeros((4, 1)),
            r"grad_x of 'p' returned shape \(4, 1\); wanted shape \(4, 2\)",
        ),
        ("grad_y", np.zeros(2), r"grad_y of 'p' returned shape \(2,\)"),
        ("value", np.zeros((4, 1)), r"value of 'p' returned shape \(4, 1\); wanted shape \(4,\)"),
        ("value", [0.0] * 4, "value of 'p' returned list"),
        ("value", None, "value of 'p' returned NoneType"),
        ("grad_x", np.zeros((4, 2), complex), "type complex128; wanted float64"),
        ("grad_x", np.zeros((4, 2), np.float32), "type float32"),
    ],
)
def test_an_answer_of_the_wrong_shape_or_type_is_refused(call, answer, says):
    oracle = NumpyOracle(Wrong(**{call: answer}), Draws(run_keys("o", np.arange(4))))
    x = np.ones((4, 2))
    with pytest.raises(TypeError, match=says):
        getattr(oracle, call)(x, x)
    if call != "value":
        with pytest.raises(TypeError, match=says):
            oracle.grad(x, x)


def test_a_problem_cannot_write_to_its_arguments():
    class InPlace(Wrong):
        def grad_x(self, xp, x, y):
            x *= 2
            return x

    oracle = NumpyOracle(InPlace(), Draws(run_keys("o", np.arange(4))))
    mine = np.ones((4, 2))
    with pytest.raises(ValueError, match=r"^'p' writes in place"):
        oracle.grad(mine, mine)
    assert (mine == 1).all()
    mine += 1  # Still the algorithm's own.


def test_take_carries_counts(points):
    oracle = make()
    oracle.value(*points, where=np.arange(6) < 2)
    part = oracle.select(np.array([1, 4]))
    np.testing.assert_array_equal(part.counts[Call.VALUE], [1, 0])


def test_noise_has_the_deviation_asked_for():
    n = 4000
    oracle = make(n, OracleNoise(gradient=0.3, value=0.2))
    exact = make(n)
    x = y = np.full((n, 1), 0.7)
    first = oracle.grad(x, y)[0] - exact.grad(x, y)[0]
    second = oracle.grad(x, y)[0] - exact.grad(x, y)[0]
    value = oracle.value(x, y) - exact.value(x, y)
    for noise, deviation in ((first, 0.3), (second, 0.3), (value, 0.2)):
        assert abs(noise.std() / deviation - 1) < 0.05
        assert abs(noise.mean()) < 4 * deviation / n**0.5
    assert abs(np.corrcoef(first[:, 0], second[:, 0])[0, 1]) < 0.07


def test_noise_is_numbered_by_each_lanes_own_calls(points):
    noise = OracleNoise(value=1.0)
    together, alone = make(noise=noise), make(noise=noise)
    mask = np.array([False, True] * 3)
    together.where_needed(
        mask, lambda s, part: s._replace(x=s.x + part.value(s.x, s.x)[:, None]), Iterate(*points)
    )
    np.testing.assert_array_equal(together.value(*points)[~mask], alone.value(*points)[~mask])
    np.testing.assert_array_equal(together.value(*points)[~mask], alone.value(*points)[~mask])
    # The masked lanes are one draw ahead: their second value is the others' third call.
    assert (together.counts[Call.VALUE] == np.where(mask, 3, 2)).all()


@pytest.mark.parametrize(
    ("s", "z", "projected"),
    [
        (Space(), [3.0, -4.0], [3.0, -4.0]),
        (Box(-1.0, 2.0), [3.0, -4.0], [2.0, -1.0]),
        (Box((-1.0, -9.0), (2.0, 0.0)), [3.0, -4.0], [2.0, -4.0]),
        (Ball(1.0), [3.0, -4.0], [0.6, -0.8]),
        (Ball(1.0), [0.0, 0.0], [0.0, 0.0]),
        (Torus(1.0), [3.0, -4.0], [3.0, -4.0]),
    ],
)
def test_projections(s, z, projected):
    np.testing.assert_allclose(s.project(np, np.array([z])), [projected], atol=1e-15)
    assert "z" in s.describe("z")


def test_a_torus_measures_the_short_way():
    gap = Torus(2 * np.pi).difference(np, np.array([3.0]), np.array([-3.0]))
    np.testing.assert_allclose(gap, [6 - 2 * np.pi])


def test_slope_on_a_box_ignores_the_outward_gradient():
    oracle = make(1, name="jin_cos")
    edge = np.array([[2 * np.pi]])
    assert oracle.slope_y(edge, np.array([[5.0]]), 0.1)[0] == 0.0
    assert oracle.slope_y(edge * 0, np.array([[5.0]]), 0.1)[0] == pytest.approx(5.0)


@pytest.mark.parametrize(
    ("stream", "index", "d", "says"),
    [
        (7, 0, 1, "stream of a random draw is a text; got something of type int"),
        (None, 0, 1, "stream of a random draw"),
        ("a", 5.5, 1, "number of a random draw is a whole number, or 6 of them"),
        ("a", True, 1, "number of a random draw"),
        ("a", None, 1, "number of a random draw"),
        ("a", np.zeros(6), 1, "got float64 numbers of shape"),
        ("a", np.zeros(5, int), 1, r"got int64 numbers of shape \(5,\)"),
        ("a", np.zeros((6, 1), int), 1, "number of a random draw"),
        ("a", 0, 0, "coordinates, from 1; got 0"),
        ("a", 0, 1.0, "coordinates, from 1; got 1.0"),
    ],
)
@pytest.mark.parametrize("call", ["normal", "uniform"])
def test_what_names_no_random_draw_is_refused(call, stream, index, d, says):
    with pytest.raises(ContractError, match=says):
        getattr(make(), call)(stream, index, d)


@pytest.mark.parametrize("index", [0, np.int64(3), np.arange(6), np.array(2), -1])
def test_a_draw_has_a_number_or_one_a_lane(index):
    assert make().normal("a", index, np.int64(2)).shape == (6, 2)
