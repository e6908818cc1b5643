"""What holds for every algorithm of the registry: a row that somebody forgot fails here."""

import dataclasses
import doctest
import importlib
import itertools
import pkgutil

import numpy as np
import pytest
from games import (
    RUNNABLE,
    Plain,
    hyper_parameters,
    keys,
    near,
    run,
    start,
    trajectory,
)
from reference import twin
from test_stochastic_methods import METHODS

import minmaxbench.algorithms
from minmaxbench.algorithms.registry import ALGORITHMS, AlgorithmRef, get_algorithm
from minmaxbench.core import tree
from minmaxbench.core.calls import Call
from minmaxbench.core.noise import Draws
from minmaxbench.core.oracle import NumpyOracle, OracleNoise
from minmaxbench.core.parameters import ranges
from minmaxbench.core.traced import TracedOracle
from minmaxbench.errors import UserError
from minmaxbench.problems.registry import get_problem

MODULES = [
    module.name
    for module in pkgutil.walk_packages(
        minmaxbench.algorithms.__path__, f"{minmaxbench.algorithms.__name__}."
    )
]
GAMES = [
    ("dirac_gan_r1", 1, 1), ("parrilo_31", 1, 1), ("forsaken", 1, 1), ("keswani_f3", 1, 1),
    ("ncsc_quadratic_d", 3, 2), ("bilinear_d", 2, 3),
]  # fmt: skip
OTHER_GAMES = [("parrilo_31", 1, 1), ("ncsc_quadratic_d", 3, 2)]
STEPS, OTHER_STEPS, SAMPLED = 1000, 200, 60
FEWER = {
    # Chaos: of the game, of the step sizes.
    ("*", "keswani_f3"): 60,
    ("agraal", "*"): 40,
    ("hipnex", "keswani_f3"): 45,
    # Differences of iterates that have nearly arrived.
    ("gda_am", "parrilo_31"): 14,
    ("gda_am", "keswani_f3"): 19,
    # Tries succeed or fail by a digit, where f is flat.
    ("adversarial_cma_es", "parrilo_31"): 100,
    # Rounding of f over mu; particles that leave.
    ("zo_gda", "ncsc_quadratic_d"): 100,
    ("cbo_sp", "dirac_gan_r1"): 120,
    # A learned Hessian that is nearly singular on the way.
    ("j_symmetric", "dirac_gan_r1"): 10,
    ("j_symmetric", "ncsc_quadratic_d"): 9,
    ("j_symmetric", "bilinear_d"): 26,
    # Adam makes whole steps of gradients that are rounding: a player that has arrived.
    ("adam_gda", "ncsc_quadratic_d"): 60,
    ("optimistic_adam", "ncsc_quadratic_d"): 60,
    ("optimistic_adam_keswani", "ncsc_quadratic_d"): 60,
    # Through points where a Hessian that is inverted has none.
    ("follow_the_ridge", "forsaken"): 100,
    ("tgda", "forsaken"): 100,
    ("complete_newton", "dirac_gan_r1"): 20,
    # On a cycle the phase of two runs drifts apart.
    ("eg_adaptive_boehm", "forsaken"): 300,
    ("cfogda", "forsaken"): 700,
    # A trial passes or not by a digit.
    ("eg_plus_curvature", "ncsc_quadratic_d"): 600,
}
"""Steps that are comparable where rounding grows, by algorithm and problem."""
TRACED = {"newton_root": 6, "complete_newton": 6, "j_symmetric": 8}
"""The same for two engines on keswani_f3: Newton's method among many roots."""


def settings(name):
    """The defaults, each other choice, and numbers that all differ from the defaults."""
    kind = ALGORITHMS.get(name)
    yield {}
    for field, allowed in ranges(kind).items():
        yield from ({field: other} for other in allowed.choices[1:])
    if name.startswith("greedy"):
        return
    others = {}
    for k, (field, allowed) in enumerate(ranges(kind).items()):
        default = getattr(get_algorithm(name), field)
        if allowed.kind is float:
            others[field] = near(allowed, default, 0.93 - 0.04 * k)
        elif allowed.kind is int:
            others[field] = default + 1
    if others:
        yield others


CASES = [
    (name, setting, *game)
    for name in RUNNABLE
    for setting in settings(name)
    for game in (OTHER_GAMES if setting else GAMES)
]


@pytest.mark.parametrize(("name", "setting", "problem", "dx", "dy"), CASES)
def test_an_algorithm_equals_its_plain_twin(name, setting, problem, dx, dy):
    plain, game = twin(name), get_problem(problem, dx, dy)
    assert plain is not None, f"tests/algorithms/reference holds no function {name}"
    algorithm = get_algorithm(name, **setting)
    x, y = [0.9, -0.4, 0.3][:dx], [-0.5, 0.8, 0.2][:dy]
    rows = ((name, problem), (name, "*"), ("*", problem))
    steps = min(FEWER.get(row, STEPS) for row in rows)
    if name in METHODS:
        # A thousand steps on problems that draw minibatches are made elsewhere.
        steps = min(steps, SAMPLED)
    steps = min(steps, OTHER_STEPS) if setting else steps
    path, _ = trajectory(algorithm, game, np.array([x]), np.array([y]), steps)
    lists = Plain(game)
    walk = plain(lists, lists.px(x), lists.py(y), **hyper_parameters(algorithm))
    with np.errstate(all="ignore"):
        want = list(itertools.islice(walk, steps + 1))
    ours_x, ours_y = (np.array([z[k][0] for z in path[: len(want)]]) for k in (0, 1))
    want_x, want_y = (np.array([z[k] for z in want]) for k in (0, 1))
    size = max(1.0, np.abs(want_x).max(), np.abs(want_y).max())
    gap = np.maximum(np.abs(ours_x - want_x).max(1), np.abs(ours_y - want_y).max(1))
    apart = ~(gap <= 1e-12 * size)
    assert not apart.any(), f"from step {np.argmax(apart)} on, by {gap.max():g} of {size:g}"


@pytest.mark.parametrize("name", RUNNABLE)
def test_a_step_makes_the_calls_and_costs_what_is_declared(name):
    kind, game = ALGORITHMS.get(name), get_problem("ftr_f1")
    assert kind.price is not None, f"{name} does not say what a step costs"
    x = np.full((5, 1), 0.7)
    algorithm, oracle, state = start(game, kind(), x, x)
    before = oracle.price()
    many = 2000 if name.startswith("greedy") else 12
    for _ in range(many):
        state = algorithm.step(state, oracle)
    assert {call for call in Call if np.max(oracle.counts[call]) > 0} == kind.needs
    if np.isfinite(kind.price):
        np.testing.assert_array_equal(oracle.price() - before, many * kind.price)
    else:
        assert "Cost:" in kind.__doc__


@pytest.mark.parametrize("name", RUNNABLE)
def test_what_scales_a_step_is_declared_where_nothing_is_drawn(name):
    kind, game = ALGORITHMS.get(name), get_problem("ftr_f1")
    drawn = []

    class Watched(Draws):
        def draw(self, law, stream, *rest):
            drawn.append(stream)
            return super().draw(law, stream, *rest)

    algorithm, oracle = kind().for_problem(game), NumpyOracle(game, Watched(keys()))
    with np.errstate(all="ignore"):
        state = algorithm.init(np.ones((1, 1)), np.ones((1, 1)), oracle)
        for _ in range(300):
            state = algorithm.step(state, oracle)
    declared = any("step_sizes" in vars(c) for c in kind.__mro__ if c.__module__ in MODULES)
    assert declared or drawn, f"{name} does not say which hyper-parameters scale a step"
    for field in kind.step_sizes:
        assert ranges(kind)[field].scale == "log"


@pytest.mark.parametrize("name", ALGORITHMS)
def test_every_algorithm_is_documented(name):
    kind = ALGORITHMS.get(name)
    assert kind.__doc__
    assert len(kind.__doc__.split("\n")[0]) <= 100
    assert len(kind.source) > 20
    assert kind.__module__ in MODULES
    if name in RUNNABLE:
        assert "Cost:" in kind.__doc__
        assert ">>> play(" in kind.__doc__ or f'play("{name}"' in kind.__doc__


@pytest.mark.parametrize("module", MODULES)
def test_docstrings_play_their_games(module):
    found = importlib.import_module(module)
    results = doctest.testmod(found)
    assert not results.failed
    listed = any(ALGORITHMS.get(name).__module__ == module for name in RUNNABLE)
    assert results.attempted or not listed


@pytest.mark.parametrize("name", RUNNABLE)
def test_a_step_traces_under_jax_and_gives_the_same(name):
    jax = pytest.importorskip("jax")
    jnp = jax.numpy
    game = get_problem("keswani_f3")
    steps = 400 if name.startswith("greedy") else TRACED.get(name, 25)

    x, y = np.full((4, 1), 5.5), np.array([[5.5], [3.0], [1.0], [-2.0]])
    with jax.enable_x64(True):
        algorithm = get_algorithm(name).for_problem(game)

        def fresh(counts):
            return TracedOracle(game, jnp, jnp.asarray(keys(4)), counts)

        def step(carry, _):
            state, counts = carry
            oracle = fresh(list(counts))
            new = algorithm.step(state, oracle)
            new = jax.tree.map(lambda a, b: jnp.asarray(a, b.dtype), new, state)
            counts = tuple(c + jnp.zeros(4, dtype=jnp.int64) for c in oracle.counts)
            return (new, counts), (new.x, new.y)

        zeros = tuple(jnp.zeros(4, dtype=jnp.int64) for _ in Call)
        oracle = fresh(list(zeros))
        first = algorithm.init(jnp.asarray(x), jnp.asarray(y), oracle)
        begun = tuple(c + jnp.zeros(4, dtype=jnp.int64) for c in oracle.counts)
        run = jax.jit(lambda state: jax.lax.scan(step, (state, begun), None, steps))
        (_, counts), (xs, ys) = run(first)
    path, oracle = trajectory(get_algorithm(name), game, x, y, steps)
    for k, (ax, ay) in enumerate(path[1:]):
        np.testing.assert_allclose(np.asarray(xs[k]), ax, rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(np.asarray(ys[k]), ay, rtol=1e-9, atol=1e-9)
    for ours, theirs in zip(oracle.counts, counts, strict=True):
        np.testing.assert_array_equal(np.broadcast_to(ours, 4), np.asarray(theirs))


@pytest.mark.parametrize("name", RUNNABLE)
@pytest.mark.parametrize(("problem", "dx"), [("keswani_f3", 1), ("ncsc_quadratic_d", 4)])
def test_a_lane_alone_gives_the_same_bits_as_among_others(name, problem, dx):
    game, rng = get_problem(problem, dx), np.random.default_rng(3)
    x, y = rng.uniform(-5, 5, (2, 150, dx))
    together = run(game, get_algorithm(name), x, y, 60)
    for lane in (0, 149):
        part = slice(lane, lane + 1)
        alone = run(game, get_algorithm(name), x[part], y[part], 60, lanes=keys(150)[part])
        assert alone.outcome[0] is together.outcome[lane]
        for field in ("x", "y", "value", "residual", "distance", "calls", "steps", "counts"):
            np.testing.assert_array_equal(getattr(alone, field)[0], getattr(together, field)[lane])
        for table in ("hits", "trace"):
            for key, column in getattr(together, table).items():
                np.testing.assert_array_equal(getattr(alone, table)[key][0], column[lane])


@pytest.mark.parametrize("name", RUNNABLE)
def test_a_step_is_a_pure_function_of_its_state(name):
    game = get_problem("ftr_f1")
    algorithm, oracle, state = start(game, get_algorithm(name), np.ones((3, 1)), np.ones((3, 1)))
    for _ in range(3):
        state = algorithm.step(state, oracle)
    kept = [np.array(leaf) for leaf in tree.leaves(state)]
    one, other = (
        tree.leaves(algorithm.step(state, oracle)),
        tree.leaves(algorithm.step(state, oracle)),
    )
    for a, b in zip(one, other, strict=True):
        np.testing.assert_array_equal(a, b)
    for a, b in zip(kept, tree.leaves(state), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("name", RUNNABLE)
def test_every_iterate_is_inside_the_sets(name):
    for problem in ("parrilo_31", "forsaken"):
        game = get_problem(problem)
        rng = np.random.default_rng(5)
        x, y = rng.uniform(-1, 1, (2, 20, 1))
        path, _ = trajectory(get_algorithm(name), game, x, y, 300)
        for ax, ay in path:
            assert (game.x_set.project(np, ax) == ax).all()
            assert (game.y_set.project(np, ay) == ay).all()


@pytest.mark.parametrize("name", RUNNABLE)
@pytest.mark.parametrize(
    ("problem", "point"), [("ftr_f1", (0.0, 0.0)), ("cbo_nonseparate", (0.0, 0.0))]
)
def test_equilibria_are_fixed_points(name, problem, point):
    game = get_problem(problem)
    x, y = (np.full((1, 1), c) for c in point)
    path, _ = trajectory(get_algorithm(name), game, x, y, 100)
    if name == "cesp" and problem == "ftr_f1":
        # It leaves points where a player's curvature is wrong.
        assert abs(path[-1][0][0, 0]) > 1
    elif name in ("cbo_sp", "adversarial_cma_es"):
        # They draw around it, and F1 has no best answer in x.
        assert abs(path[1][0][0, 0]) < 4
    elif name == "zo_gda":
        # Forward differences are off by the order of mu, and the point of F1 repels GDA.
        assert path[5] == pytest.approx(point, abs=0.01)
    elif name.startswith("greedy"):
        # The first proposal is always accepted; after it only a decrease of f is.
        assert abs(path[-1][0][0, 0]) < 3
    else:
        assert path[-1] == pytest.approx(point, abs=1e-12)


@pytest.mark.parametrize("name", RUNNABLE)
def test_hyper_parameters_out_of_range_are_refused_in_a_sentence(name):
    for field, allowed in ranges(ALGORITHMS.get(name)).items():
        wrong = ["abc", None, [1], float("nan"), float("inf"), -float("inf"), 1j, np.ones(3)]
        if allowed.kind is not bool:
            wrong.append(True)
        if allowed.kind is int:
            wrong += [2.5, allowed.low - 1]
        if allowed.kind is float and np.isfinite(allowed.low):
            wrong += [allowed.low if allowed.above else np.nextafter(allowed.low, -np.inf)]
            wrong.append(np.array([[0.1], [-1e300]]))
        if allowed.kind is float and np.isfinite(allowed.high):
            wrong += [allowed.high if allowed.below else np.nextafter(allowed.high, np.inf)]
        for value in wrong:
            if isinstance(value, str) and allowed.kind is str and not allowed.choices:
                continue
            with pytest.raises(UserError, match=f"^{field} of {name} is .*; got .*\\.$"):
                get_algorithm(name, **{field: value})


@pytest.mark.parametrize("name", ALGORITHMS)
def test_every_hyper_parameter_has_a_range_that_holds_its_default(name):
    kind = ALGORITHMS.get(name)
    fields = {f.name for f in dataclasses.fields(kind)}
    assert set(ranges(kind)) == fields
    for field, allowed in ranges(kind).items():
        if allowed.search:
            # The ends of an interval, or all texts to try.
            for value in (*allowed.search, getattr(kind(), field)):
                get_algorithm(name, **{field: value})
            assert allowed.scale == "linear" or allowed.search[0] > 0


@pytest.mark.parametrize("name", RUNNABLE)
def test_a_number_has_one_form(name):
    for field, allowed in ranges(ALGORITHMS.get(name)).items():
        default = getattr(get_algorithm(name), field)
        if allowed.kind in (float, int):
            spelled = AlgorithmRef.named(name, {field: np.asarray(default)[()]})
            assert spelled == AlgorithmRef.named(name)


@pytest.mark.parametrize("name", [n for n in RUNNABLE if not n.startswith("greedy")])
def test_columns_of_hyper_parameters_are_lanes(name):
    game = get_problem("dirac_gan_r1")
    x = np.ones((3, 1))
    for field, allowed in ranges(ALGORITHMS.get(name)).items():
        if allowed.kind is not float:
            continue
        default = getattr(get_algorithm(name), field)
        column = np.array([[near(allowed, default, f)] for f in (0.6, 0.8, 1.0)])
        path, _ = trajectory(get_algorithm(name, **{field: column}), game, x, x, 20)
        for lane in range(3):
            one = get_algorithm(name, **{field: float(column[lane, 0])})
            alone, _ = trajectory(one, game, x, x, 20)
            for (ax, ay), (bx, by) in zip(path, alone, strict=True):
                np.testing.assert_array_equal(ax[lane], bx[lane])
                np.testing.assert_array_equal(ay[lane], by[lane])


@pytest.mark.parametrize("name", RUNNABLE)
def test_noise_does_not_break_lane_independence(name):
    game, noise = get_problem("ftr_f1"), OracleNoise(0.1, 0.1)
    x = np.linspace(-1, 1, 40)[:, None]
    together = run(game, get_algorithm(name), x, x, 60, noise)
    alone = run(game, get_algorithm(name), x[7:8], x[7:8], 60, noise, lanes=keys(40)[7:8])
    np.testing.assert_array_equal(alone.x[0], together.x[7])
    np.testing.assert_array_equal(alone.trace["distance"][0], together.trace["distance"][7])
