"""Every algorithm against its second implementation, its fixed points and its known behaviour."""

import doctest
import importlib
import itertools

import numpy as np
import pytest
import reference

from minmaxbench.algorithms.greedy_max.proposals import PROPOSALS
from minmaxbench.algorithms.greedy_max.published import GreedyMax
from minmaxbench.algorithms.greedy_max.theory import inner_steps
from minmaxbench.algorithms.registry import ALGORITHMS, Preset, get_algorithm
from minmaxbench.core.calls import Call
from minmaxbench.core.noise import Draws, normals, run_keys, stream_keys, uniforms
from minmaxbench.core.oracle import NumpyOracle, OracleNoise, TracedOracle
from minmaxbench.engines.loop import run_lanes
from minmaxbench.errors import UserError
from minmaxbench.problems.registry import get_problem
from minmaxbench.problems.transforms.instances import Swapped
from minmaxbench.testing import play

RUNNABLE = [name for name in ALGORITHMS if name != "greedy_max_theory"]
STEPS = 250


def keys(lanes=1):
    return run_keys("algorithms", np.arange(lanes))


def trajectory(algorithm, problem, x, y, steps=STEPS, noise=None):
    oracle = NumpyOracle(problem, Draws(keys(len(x))), noise or OracleNoise())
    state = algorithm.init(x, y, oracle)
    path = [(state.x, state.y)]
    with np.errstate(all="ignore"):
        for _ in range(steps):
            state = algorithm.step(state, oracle)
            path.append((state.x, state.y))
    return path, oracle, state


def scalar(problem):
    """The problem as functions of lists."""

    def at(x, y):
        return np, np.array([x]), np.array([y])

    def gx(x, y):
        return [float(c) for c in problem.grad_x(*at(x, y))[0]]

    def gy(x, y):
        return [float(c) for c in problem.grad_y(*at(x, y))[0]]

    def f(x, y):
        return float(problem.value(*at(x, y))[0])

    def projection(s):
        return lambda z: [float(c) for c in s.project(np, np.array([z]))[0]]

    return f, gx, gy, projection(problem.x_set), projection(problem.y_set)


GAMES = [
    ("keswani_f3", 1, 1), ("parrilo_31", 1, 1), ("forsaken", 1, 1), ("dirac_gan_r1", 1, 1),
    ("ncsc_quadratic_d", 3, 2), ("bilinear_d", 2, 3),
]  # fmt: skip
PLAIN = [
    ("gda", {}, lambda *g: reference.gda(*g[:5], 0.05, 0.05, *g[5:])),
    ("gda", {"eta_x": 0.01, "eta_y": 0.03}, lambda *g: reference.gda(*g[:5], 0.01, 0.03, *g[5:])),
    ("gda_alt", {}, lambda *g: reference.gda_alt(*g[:5], 0.05, 0.05, "xy", *g[5:])),
    ("gda_alt", {"order": "yx"}, lambda *g: reference.gda_alt(*g[:5], 0.05, 0.05, "yx", *g[5:])),
    ("gdmax", {}, lambda *g: reference.gdmax(*g[:5], 0.05, 0.05, 5, "yx", *g[5:])),
    ("gdmax", {"order": "xy", "k": 3},
     lambda *g: reference.gdmax(*g[:5], 0.05, 0.05, 3, "xy", *g[5:])),
    ("gda_two_timescale", {}, lambda *g: reference.gda(*g[:5], 0.005, 0.05, *g[5:])),
    ("ogda", {"eta": 0.01}, lambda *g: reference.ogda(*g[:5], 0.01, "repeat", *g[5:])),
    ("ogda", {"eta": 0.01, "first": "zero"}, lambda *g: reference.ogda(*g[:5], 0.01, "zero", *g[5:])),
    ("popov", {"eta": 0.01}, lambda *g: reference.popov(*g[:5], 0.01, *g[5:])[0]),
    ("extragradient", {"eta": 0.01}, lambda *g: reference.extragradient(*g[:5], 0.01, *g[5:])),
]  # fmt: skip


@pytest.mark.parametrize(("name", "dx", "dy"), GAMES)
@pytest.mark.parametrize(("algorithm", "parameters", "plain"), PLAIN)
def test_equals_the_plain_implementation(algorithm, parameters, plain, name, dx, dy):
    problem = get_problem(name, dx, dy)
    x, y = [0.9, -0.4, 0.3][:dx], [-0.5, 0.8, 0.2][:dy]
    # On a chaotic game rounding grows: compare over as many steps as it allows.
    steps = 60 if name == "keswani_f3" else STEPS
    path, _, _ = trajectory(
        get_algorithm(algorithm, **parameters), problem, np.array([x]), np.array([y]), steps
    )
    _, gx, gy, px, py = scalar(problem)
    want = plain(gx, gy, x, y, steps, px, py)
    size = max(1.0, max(abs(c) for a, b in want for c in (*a, *b)))
    for (ax, ay), (wx, wy) in zip(path, want, strict=True):
        assert np.abs(ax[0] - wx).max() <= 1e-12 * size
        assert np.abs(ay[0] - wy).max() <= 1e-12 * size


def draws(stream, law, d, scale=1.0):
    key = stream_keys(np, keys(), stream)
    return lambda i: [scale * float(c) for c in law(np, key, np.array([i]), d)[0]]


@pytest.mark.parametrize(
    ("name", "dims", "parameters"),
    [
        ("keswani_f3", (1, 1), {}),
        ("ftr_f1", (1, 1), {"tau1": 3.0, "r_max": 4}),
        ("keswani_f3", (1, 1), {"L": 0.2, "inner_eps": 0.06, "tau1": 5.0}),
        ("ncsc_quadratic_d", (3, 2), {"scale": 0.2, "eps": 0.01}),
    ],
)
def test_greedy_max_equals_the_plain_implementation(name, dims, parameters):
    problem, algorithm = get_problem(name, *dims), get_algorithm("greedy_max", **parameters)
    x, y = [5.5, 1.0, -1.0][: dims[0]], [5.5, 0.5][: dims[1]]
    f, _, gy, _, _ = scalar(problem)
    uniform = draws("acceptance", uniforms, 1)
    want = reference.greedy_max(
        f, gy, x, y, draws("proposal", normals, dims[0], algorithm.scale),
        # Our lanes accept when a uniform draw is below exp(-i/tau1): 1 - u turns one into the other.
        lambda i: 1 - uniform(i)[0], 40,
        eta=algorithm.eta, eps=algorithm.eps, eps0=algorithm.inner_eps, L=algorithm.L,
        r_max=algorithm.r_max, tau1=algorithm.tau1,
    )  # fmt: skip
    oracle = NumpyOracle(problem, Draws(keys()))
    state = algorithm.init(np.array([x]), np.array([y]), oracle)
    for wx, wy, values, gradients, rejections in want:
        judged = int(state.proposals[0])
        while state.proposals[0] == judged:
            state = algorithm.step(state, oracle)
        assert np.abs(state.x[0] - wx).max() <= 1e-12 * 10
        assert np.abs(state.y[0] - wy).max() <= 1e-12 * 10
        assert int(np.max(oracle.counts[Call.VALUE])) == values
        assert int(np.max(oracle.counts[Call.GRAD_Y])) == gradients
        assert state.rejections[0] == rejections
    assert bool(algorithm.stopped(state)[0]) == (want[-1][4] > algorithm.r_max)


@pytest.mark.parametrize(("name", "start"), [("keswani_f3", 5.5), ("ftr_f1", 5.5)])
def test_the_authors_program(name, start):
    problem, algorithm = get_problem(name), get_algorithm("greedy_max_program")
    f, _, gy, _, _ = scalar(problem)
    want = reference.greedy_program(
        f, gy, [start], [start], draws("proposal", normals, 1, 0.5), 4000,
        eta=0.05, delta=0.03, eps=0.001, r_max=20,
    )  # fmt: skip
    path, _, _ = trajectory(
        algorithm, problem, np.array([[start]]), np.array([[start]]), len(want) - 1
    )
    for (ax, ay), (wx, wy) in zip(path, want, strict=True):
        assert abs(ax[0, 0] - wx[0]) + abs(ay[0, 0] - wy[0]) <= 1e-11


def test_popov_and_ogda_are_two_sequences_of_one_method():
    _, gx, gy, _, _ = scalar(get_problem("dirac_gan_r1"))
    _, ws = reference.popov(gx, gy, [1.0], [1.0], 50, 0.1)
    path = reference.ogda(gx, gy, [1.0], [1.0], 51, 0.1, "repeat")
    for w, z in zip(ws, path[1:], strict=False):
        assert abs(w[0][0] - z[0][0]) + abs(w[1][0] - z[1][0]) < 1e-12


@pytest.mark.parametrize("name", RUNNABLE)
def test_equilibria_are_fixed_points(name):
    problem = get_problem("ftr_f1")
    x, y = np.zeros((1, 1)), np.zeros((1, 1))
    path, _, _ = trajectory(get_algorithm(name), problem, x, y, 200)
    final = path[-1]
    if name.startswith("greedy"):
        # The first proposal is always accepted; after it only a decrease of f is.
        assert abs(final[0][0, 0]) < 3
    else:
        assert final == pytest.approx((0, 0))


def test_behaviour_known_from_the_literature():
    # Bilinear: GDA's distance grows by sqrt(1 + eta^2) a step (Daskalakis et al. 2018).
    d = play("gda", "bilinear_xy", (1.0, 0.5), 100, eta_x=0.1, eta_y=0.1)
    np.testing.assert_allclose(np.array(d[1:]) / d[:-1], (1 + 0.01) ** 0.5, rtol=1e-12)
    # Extragradient contracts by sqrt((1 - eta^2)^2 + eta^2), OGDA converges, alternating is bounded.
    d = play("extragradient", "bilinear_xy", (1.0, 0.5), 100, eta=0.1)
    np.testing.assert_allclose(np.array(d[1:]) / d[:-1], (0.99**2 + 0.01) ** 0.5, rtol=1e-12)
    assert play("ogda", "bilinear_xy", (1.0, 0.5), 4000, eta=0.1)[-1] < 1e-6
    alternating = play("gda_alt", "bilinear_xy", (1.0, 0.5), 3000, eta_x=0.1, eta_y=0.1)
    assert 0.5 < min(alternating) < max(alternating) < 2
    # F1's local minimax repels GDA; two time scales with tau = 10 make it stable (Fiez, Ratliff).
    assert play("gda", "ftr_f1", (1e-3, 1e-3), 400)[-1] > 1
    assert play("gda_two_timescale", "ftr_f1", (0.1, 0.1), 5000)[-1] < 1e-6
    # F2: GDA converges to a point that is no equilibrium (Wang, Zhang, Ba 2020).
    path, _, _ = trajectory(
        get_algorithm("gda"), get_problem("ftr_f2"), np.array([[5.5]]), np.array([[5.5]]), 2000
    )
    assert abs(path[-1][0][0, 0]) < 1e-9


def test_greedy_max_finds_f1_and_says_that_f2_has_no_equilibrium():
    start = np.full((50, 1), 5.5)
    for name in ("greedy_max", "greedy_max_program"):
        record = run_lanes(
            get_problem("ftr_f1"), get_algorithm(name), start, start, keys(50), 20_000
        )
        assert {o.value for o in record.outcome} == {"r_max"}
        assert np.median(record.distance) < 0.5
        record = run_lanes(
            get_problem("ftr_f2"), get_algorithm(name), start, start, keys(50), 20_000
        )
        assert {o.value for o in record.outcome} == {"diverged"}


def test_greedy_max_accepts_decreases_only():
    problem = get_problem("keswani_f3")
    path, _, _ = trajectory(
        get_algorithm("greedy_max"), problem, np.full((20, 1), 5.5), np.full((20, 1), 5.5), 3000
    )
    values = np.array([problem.value(np, x, y) for x, y in path])
    values = values[np.argmax(values[:, 0] != values[0, 0]) :]
    drops = np.diff(values, axis=0)
    accepted = drops[drops != 0]
    assert accepted.size
    # The first acceptance of each lane replaces the start, whatever its value.
    assert (accepted <= -0.03).sum() >= accepted.size - 20


def test_theory_settings():
    theory = get_algorithm("greedy_max_theory", omega=0.2, nu=0.05)
    problem = get_problem("keswani_f3")
    b, L = 2183.4734, 107.54
    settings = theory.for_problem(problem)
    assert isinstance(settings, GreedyMax)
    r_max = settings.r_max
    outer = 1.0 * np.log(r_max / 0.05) + 8 * r_max * b / 0.12 + 1
    assert r_max >= np.log(outer / 0.05) / 0.2
    smaller = r_max - 1
    fewer = 1.0 * np.log(smaller / 0.05) + 8 * smaller * b / 0.12 + 1
    assert smaller < np.log(fewer / 0.05) / 0.2
    assert settings.eta == pytest.approx(min(1 / (10 * L), 1 / (8 * L * outer)))
    assert settings.max_ascents == inner_steps(b, settings.eta, 0.12)
    # The schedule of eps_i stays in [eps/2, eps] over all outer iterations.
    assert 0.06 * (1 - 2 * settings.eta * L) ** (-2 * outer) <= 0.12
    with pytest.raises(UserError, match="needs a bound b"):
        theory.for_problem(get_problem("ftr_f1"))


@pytest.mark.parametrize("name", RUNNABLE)
def test_a_lane_alone_gives_the_same_bits_as_among_a_thousand(name):
    problem, rng = get_problem("keswani_f3"), np.random.default_rng(3)
    x, y = rng.uniform(-5, 5, (1000, 1)), rng.uniform(-5, 5, (1000, 1))
    together = run_lanes(problem, get_algorithm(name), x, y, keys(1000), 150)
    for lane in (0, 1, 500, 999):
        part = slice(lane, lane + 1)
        alone = run_lanes(problem, get_algorithm(name), x[part], y[part], keys(1000)[part], 150)
        assert alone.outcome[0] is together.outcome[lane]
        for field in ("x", "y", "value", "residual", "distance", "calls", "steps", "counts"):
            np.testing.assert_array_equal(getattr(alone, field)[0], getattr(together, field)[lane])
        for table in ("hits", "trace"):
            for key, column in getattr(together, table).items():
                np.testing.assert_array_equal(getattr(alone, table)[key][0], column[lane])


@pytest.mark.parametrize("name", ["gda", "extragradient", "ogda", "greedy_max"])
def test_noise_does_not_break_lane_independence(name):
    problem, noise = get_problem("ftr_f1"), OracleNoise(0.1, 0.1)
    x = np.linspace(-1, 1, 40)[:, None]
    together = run_lanes(problem, get_algorithm(name), x, x, keys(40), 300, noise)
    alone = run_lanes(problem, get_algorithm(name), x[7:8], x[7:8], keys(40)[7:8], 300, noise)
    np.testing.assert_array_equal(alone.x[0], together.x[7])
    np.testing.assert_array_equal(alone.trace["distance"][0], together.trace["distance"][7])


def test_hyper_parameter_columns_are_lanes():
    problem, etas = get_problem("dirac_gan_r1"), np.array([[0.01], [0.1], [0.5]])
    x = np.ones((3, 1))
    together = run_lanes(problem, get_algorithm("extragradient", eta=etas), x, x, keys(3), 4000)
    for lane, eta in enumerate(etas[:, 0]):
        one = slice(lane, lane + 1)
        alone = run_lanes(
            problem,
            get_algorithm("extragradient", eta=float(eta)),
            x[one],
            x[one],
            keys(3)[one],
            4000,
        )
        np.testing.assert_array_equal(alone.x[0], together.x[lane])
        np.testing.assert_array_equal(alone.calls[0], together.calls[lane])


@pytest.mark.parametrize("name", ["gda", "ogda", "popov", "extragradient"])
def test_exchanging_the_players_mirrors_the_trajectory(name):
    problem = get_problem("keswani_f3")
    x, y = np.array([[1.0]]), np.array([[-2.0]])
    path, _, _ = trajectory(get_algorithm(name), problem, x, y, 50)
    mirror, _, _ = trajectory(get_algorithm(name), Swapped(problem), y, x, 50)
    for (ax, ay), (bx, by) in zip(path, mirror, strict=True):
        np.testing.assert_array_equal(ax, by)
        np.testing.assert_array_equal(ay, bx)


@pytest.mark.parametrize(
    ("name", "price"),
    [("gda", 1), ("gda_alt", 1), ("gdmax", 3), ("gda_two_timescale", 1), ("ogda", 1), ("popov", 1),
     ("extragradient", 2)],
)  # fmt: skip
def test_a_step_costs_what_its_docstring_says(name, price):
    x = np.ones((2, 1))
    _, oracle, _ = trajectory(get_algorithm(name), get_problem("ftr_f1"), x, x, 10)
    assert oracle.price() == 10 * price + (name == "popov")
    assert set(np.flatnonzero(oracle.counts)) == {Call.GRAD_X, Call.GRAD_Y}


@pytest.mark.parametrize(
    "name", ["gda", "ogda", "extragradient", "greedy_max", "greedy_max_program"]
)
def test_algorithms_trace_under_jax(name):
    jax = pytest.importorskip("jax")
    jnp = jax.numpy
    jax.config.update("jax_enable_x64", True)
    problem, algorithm = get_problem("keswani_f3"), get_algorithm(name)
    # From a start where GDA's chaos has not yet amplified rounding within the steps compared.
    steps = 40 if not name.startswith("greedy") else 400
    x, y = np.full((4, 1), 5.5), np.array([[5.5], [3.0], [1.0], [-2.0]])

    def fresh(counts):
        return TracedOracle(problem, jnp, jnp.asarray(keys(4)), counts)

    def step(carry, _):
        state, counts = carry
        oracle = fresh(list(counts))
        state = algorithm.step(state, oracle)
        counts = tuple(c + jnp.zeros(4, dtype=jnp.int64) for c in oracle.counts)
        return (state, counts), (state.x, state.y)

    zeros = tuple(jnp.zeros(4, dtype=jnp.int64) for _ in Call)
    first = algorithm.init(jnp.asarray(x), jnp.asarray(y), fresh(list(zeros)))
    run = jax.jit(lambda state: jax.lax.scan(step, (state, zeros), None, steps))
    (_, counts), (xs, ys) = run(first)
    path, oracle, _ = trajectory(algorithm, problem, x, y, steps)
    for k, (ax, ay) in enumerate(path[1:]):
        np.testing.assert_allclose(np.asarray(xs[k]), ax, rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(np.asarray(ys[k]), ay, rtol=1e-12, atol=1e-12)
    for ours, theirs in zip(oracle.counts, counts, strict=True):
        np.testing.assert_array_equal(np.broadcast_to(ours, 4), np.asarray(theirs))


@pytest.mark.parametrize("name", RUNNABLE)
def test_algorithms_make_the_calls_they_declare(name):
    x = np.full((5, 1), 5.5)
    _, oracle, _ = trajectory(get_algorithm(name), get_problem("ftr_f1"), x, x, 2000)
    made = {call for call in Call if np.max(oracle.counts[call]) > 0}
    assert made == ALGORITHMS.get(name).kind.needs


def test_proposals():
    x, lanes = np.zeros((4000, 3)), 4000
    oracle = NumpyOracle(get_problem("ncsc_quadratic_d", 3), Draws(keys(lanes)))
    draw = {
        name: PROPOSALS.get(name)(x, x, 0.5, np.zeros(lanes, int), oracle) for name in PROPOSALS
    }
    assert abs(draw["gaussian"].std() / 0.5 - 1) < 0.03
    assert abs((draw["gaussian_total"] ** 2).sum(1).mean() / 0.25 - 1) < 0.05
    radius = np.sqrt((draw["ball"] ** 2).sum(1))
    assert radius.max() <= 0.5
    # Uniform in a ball: the volume inside a radius is uniform.
    assert abs(((radius / 0.5) ** 3).mean() - 0.5) < 0.02
    gx = get_problem("ncsc_quadratic_d", 3).grad_x(np, x, x)
    np.testing.assert_allclose(draw["gradient"], -0.5 * gx)
    assert oracle.counts[Call.GRAD_X] == 1


def test_low_rank_proposals_stay_in_four_directions():
    lanes, d = 3, 10
    oracle = NumpyOracle(get_problem("ncsc_quadratic_d", d), Draws(keys(lanes)))
    x, low_rank = np.zeros((lanes, d)), PROPOSALS.get("low_rank")
    drawn = [low_rank(x, x, 0.5, np.full(lanes, k), oracle) for k in range(1000)]
    steps = np.stack(drawn, axis=1)
    for mine in steps:
        assert np.linalg.matrix_rank(mine) == 4
        variance = np.linalg.eigvalsh(mine.T @ mine / len(mine))[-4:]
        np.testing.assert_allclose(variance, 0.25, rtol=0.15)


@pytest.mark.parametrize("law", ["ball", "gradient", "gaussian_total", "low_rank"])
def test_greedy_max_takes_any_proposal(law):
    x = np.full((10, 1), 5.5)
    algorithm = get_algorithm("greedy_max", proposal=law, scale=0.05 if law == "gradient" else 0.5)
    record = run_lanes(get_problem("ftr_f1"), algorithm, x, x, keys(10), 5000)
    assert np.median(record.distance) < 3


def test_bad_settings_are_refused():
    cases = itertools.chain(
        [("gda_alt", {"order": "yy"}, "'xy' or 'yx'"), ("gdmax", {"k": 0}, "at least 1")],
        [("ogda", {"first": "last"}, "'repeat' or 'zero'")],
        [
            ("greedy_max", {"eta": np.array([[0.1]])}, "plain numbers; eta is a ndarray"),
            ("greedy_max", {"L": 100.0}, "2 eta L < 1"),
            ("greedy_max", {"proposal": "gausian"}, "gaussian"),
        ],
        [("gda", {"etax": 1.0}, "did you mean eta_x")],
    )
    for name, parameters, says in cases:
        with pytest.raises(UserError, match=says):
            get_algorithm(name, **parameters)
    with pytest.raises(UserError, match="did you mean gda"):
        get_algorithm("gdaa")


@pytest.mark.parametrize("module", ["gda", "optimism", "greedy_max"])
def test_docstrings_play_their_games(module):
    results = doctest.testmod(importlib.import_module(f"minmaxbench.algorithms.{module}"))
    assert results.attempted
    assert not results.failed


def test_every_algorithm_is_documented():
    for name in ALGORITHMS:
        entry = ALGORITHMS.get(name)
        assert isinstance(entry, Preset)
        assert entry.summary
        assert entry.kind.source
        assert "Cost:" in entry.kind.__doc__ or name == "greedy_max_theory"
