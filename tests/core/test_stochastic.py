"""Minibatch oracles, losses of one's own and metrics, on a tiny sum over data."""

from dataclasses import dataclass, replace

import numpy as np
import pytest

import minmaxbench as mb
from minmaxbench.algorithms.registry import get_algorithm
from minmaxbench.core.noise import Draws, run_keys
from minmaxbench.core.oracle import NumpyOracle
from minmaxbench.core.problem import Metric, Problem
from minmaxbench.core.stochastic import Stochastic
from minmaxbench.engines.batch import Batch
from minmaxbench.engines.choice import get_engine
from minmaxbench.engines.choice import run as run_on
from minmaxbench.problems.checks import check_problem

ROWS, SIZE = 40, 5
DATA = np.random.default_rng(0).standard_normal((ROWS, 3))


class Mean(Stochastic):
    """min over x, max over y of the mean over data a of (a.x)^2/2 + y (a_1 + x_1) - y^2/2."""

    name, dx, dy = "mean_of_data", 3, 1
    metrics = (Metric("first", "x_1"), Metric("both", "x_1 and x_2", 2))

    def draw(self, xp, numbers):
        return numbers.rows("data", SIZE, ROWS)

    def _data(self, xp):
        rows = np.arange(ROWS)[None] if self.batch is None else self.batch
        return xp.asarray(DATA)[rows]

    def value(self, xp, x, y):
        a = self._data(xp)
        inner = xp.sum(a * x[:, None, :], axis=-1)
        each = inner * inner / 2 + y * (a[:, :, 0] + x[:, :1]) - y * y / 2
        return xp.mean(each, axis=1)

    def grad(self, xp, x, y):
        a = self._data(xp)
        inner = xp.sum(a * x[:, None, :], axis=-1)
        gx = xp.mean(a * inner[:, :, None], axis=1)
        gx = gx + y * xp.asarray(np.eye(3)[:1])
        return gx, xp.mean(a[:, :, 0] + x[:, :1], axis=1)[:, None] - y

    def measure(self, x, y):
        return {"first": x[:, 0], "both": x[:, :2]}


def oracle(lanes, problem=None):
    return NumpyOracle(problem or Mean(), Draws(run_keys("mean", np.asarray(lanes))))


def points(n):
    rng = np.random.default_rng(1)
    return rng.standard_normal((n, 3)), rng.standard_normal((n, 1))


def batch(lanes, algorithm="gda", budget=60.0):
    x, y = points(40)
    keys = run_keys("mean", np.asarray(lanes))
    return Batch(Mean(), get_algorithm(algorithm), x[lanes], y[lanes], keys, budget)


def test_the_problem_passes_the_checks_of_any_problem():
    check_problem(Mean())


def test_every_call_sees_a_minibatch_of_its_own_and_a_call_is_the_same_again():
    x, y = points(4)
    first, again = oracle(range(4)), oracle(range(4))
    values = [first.value(x, y) for _ in range(3)]
    assert len({v[0] for v in values}) == 3
    for value in values:
        np.testing.assert_array_equal(value, again.value(x, y))
    # The draws of one kind of call do not depend on calls of other kinds.
    mixed = oracle(range(4))
    mixed.grad_y(x, y)
    np.testing.assert_array_equal(values[0], mixed.value(x, y))
    assert first.counts == (3, 0, 0, 0)


def test_a_minibatch_is_that_many_rows_of_the_data():
    x, y = points(1)
    rows = []
    Spy = type("Spy", (Mean,), {"value": lambda s, xp, x, y: rows.append(s.batch) or x[:, 0]})
    spy = oracle([0], Spy())
    for _ in range(400):
        spy.value(x, y)
    seen = np.concatenate(rows).ravel()
    assert rows[0].shape == (1, SIZE)
    assert set(seen) == set(range(ROWS))
    assert abs(seen.mean() - (ROWS - 1) / 2) < 1.5


def test_gradients_of_minibatches_average_to_that_of_f():
    x, y = points(1)
    x, y = np.repeat(x, 4000, 0), np.repeat(y, 4000, 0)
    gx, gy = oracle(range(4000)).grad(x, y)
    for seen, exact in zip((gx, gy), Mean().grad(np, x, y), strict=True):
        error = seen.std(0) / np.sqrt(len(seen))
        assert (np.abs(seen.mean(0) - exact[0]) < 5 * error).all()


def test_paired_calls_share_a_minibatch_and_are_paid_for():
    x, y = points(4)
    o = oracle(range(4))
    with o.paired():
        one = o.value(x, y), o.value(x, y), o.grad_y(x, y), o.grad(x, y)[1]
    with o.paired():
        two = o.value(x, y)
    np.testing.assert_array_equal(one[0], one[1])
    np.testing.assert_array_equal(one[2], one[3])
    assert (one[0] != two).all()
    assert o.counts == (3, 1, 2, 0)
    exact = oracle(range(4), mb.problem("bilinear_d", dx=3, dy=1))
    with exact.paired():
        exact.value(x, y)


def test_paired_calls_share_it_in_rare_work_too():
    x, y = points(4)
    o, seen = oracle(range(4)), []
    mask = np.array([True, False, True, True])

    def work(state, part):
        seen.append(part.value(state.x, state.y))
        return state

    with o.paired():
        whole = o.value(x, y)
        o.where_needed(mask, work, mb.Iterate(x, y))
    np.testing.assert_array_equal(whole[mask], seen[0])


@pytest.mark.parametrize("algorithm", ["gda", "extragradient", "greedy_max"])
def test_a_run_is_the_same_alone_and_among_40(algorithm):
    engine = get_engine("numpy")
    many = engine.run(batch(np.arange(40), algorithm))
    alone = engine.run(batch(np.array([17]), algorithm))
    np.testing.assert_array_equal(many.x[17], alone.x[0])
    np.testing.assert_array_equal(many.trace["metric_both"][17], alone.trace["metric_both"][0])


def test_minibatch_gradients_are_not_taken_for_the_residual():
    record = get_engine("numpy").run(batch(np.arange(3)))
    exact = Mean().residual(np, record.x, record.y, *Mean().grad(np, record.x, record.y))
    np.testing.assert_array_equal(record.residual, exact)
    np.testing.assert_array_equal(record.trace["residual"][:, -1], exact)


def test_torch_draws_the_same_minibatches():
    pytest.importorskip("torch")
    given = batch(np.arange(6))
    a, b = (run_on(name, given) for name in ("numpy", "torch"))
    assert b.engine == "torch", b.note
    np.testing.assert_allclose(a.x, b.x, rtol=1e-12)
    np.testing.assert_allclose(a.trace["metric_both"], b.trace["metric_both"], rtol=1e-12)


def test_jax_says_in_a_sentence_that_it_does_not_draw_minibatches():
    pytest.importorskip("jax")
    record = run_on("jax", batch(np.arange(2)))
    assert record.engine == "numpy"
    assert "minibatch" in record.note


def test_metrics_are_columns_and_traces_and_cost_nothing_but_time():
    mb.register("mean_of_data_here")(type("Here", (Mean,), {}))
    plain = type("Plain", (Mean,), {"metrics": (), "name": "mean_of_data_here"})()
    try:
        with_, without = (
            mb.run([p], ["gda"], seeds=3, budget=50).runs for p in ("mean_of_data_here", plain)
        )
        grid = len(with_["trace_calls"][0])
        assert len(with_["trace_metric_first"][0]) == grid
        assert len(with_["trace_metric_both"][0]) == 2 * grid
        np.testing.assert_allclose(
            [t[-1] for t in with_["trace_metric_first"]], with_["metric_first"], rtol=1e-6
        )
        assert (with_["metric_seconds"] > 0).all()
        assert (with_["calls"] == without["calls"]).all()
        np.testing.assert_allclose(with_["value"], without["value"])
    finally:
        from minmaxbench.problems.registry import PROBLEMS

        PROBLEMS.remove("mean_of_data_here")


def test_a_metric_of_a_wrong_shape_is_refused_with_its_name():
    Wrong = type("Wrong", (Mean,), {"measure": lambda self, x, y: {"first": x}})
    with pytest.raises(TypeError, match="measure of 'mean_of_data' returned shapes"):
        get_engine("numpy").run(replace(batch(np.arange(2)), problem=Wrong()))


@dataclass(frozen=True, eq=False)
class OwnLoss(Problem):
    """f = x y, but x descends x^2."""

    name = "own_loss"
    dx: int = 1
    dy: int = 1
    zero_sum = False
    wrong: float = 1.0

    def value(self, xp, x, y):
        return x[:, 0] * y[:, 0]

    def loss_x(self, xp, x, y):
        return x[:, 0] * x[:, 0]

    def grad_x(self, xp, x, y):
        return 2 * self.wrong * x

    def grad_y(self, xp, x, y):
        return x * 1.0


def test_gradients_are_held_against_the_losses_that_players_have():
    check_problem(OwnLoss())
    with pytest.raises(mb.UserError, match=r"grad_x.*'own_loss'"):
        check_problem(OwnLoss(wrong=1.5))


def test_the_equilibrium_test_draws_a_minibatch_for_each_proposal(monkeypatch):
    from minmaxbench.theory import approximate

    x, y = np.array([[1.0, 0.0, 0.0]]), np.full((1, 1), 1 + DATA[:, 0].mean())
    proposed = []

    def seen(problem, oracle, x, *rest):
        proposed.append(x)
        return np.zeros(len(x), dtype=bool)

    monkeypatch.setattr(approximate, "_stays_below", seen)
    test = mb.EquilibriumTest(eps=1.0, proposal="gradient", scale=0.1, samples=30)
    approximate.equilibrium(Mean(), x, y, test)
    assert len(np.unique(np.concatenate(proposed), axis=0)) == 30


def test_a_problem_that_is_dear_runs_in_units_of_its_size_and_has_no_first_hits(tmp_path):
    class Dear(Mean):
        name, lanes = "dear_mean", 2

    results = mb.run([Dear()], ["gda"], seeds=5, budget=30, out=tmp_path)
    assert len(list(tmp_path.rglob("*.parquet"))) == 3
    assert results.runs["residual_5e-01"].isna().all()
    assert results.runs["metric_first"].notna().all()


@pytest.mark.parametrize("problem", [Mean(), OwnLoss()])
def test_what_draws_or_has_own_losses_has_no_instances(problem):
    from minmaxbench.problems.transforms.instances import get_instance

    with pytest.raises(mb.UserError, match="has no instances"):
        get_instance(problem, 1)
