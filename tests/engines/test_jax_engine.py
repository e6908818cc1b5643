"""The JAX engine against the NumPy engine: the same runs, up to rounding.

Paths agree to 1e-10 wherever the dynamics are not chaotic; see ``helpers.assert_same``.
"""

import copy
from dataclasses import dataclass, replace

import numpy as np
import pytest
from helpers import assert_equal, assert_same, begin, both, run

import minmaxbench as mb
from minmaxbench.algorithms.gradient import GDA
from minmaxbench.algorithms.registry import ALGORITHMS, get_algorithm
from minmaxbench.bench.plan import unfit
from minmaxbench.core.algorithm import Iterate, Memoryless
from minmaxbench.core.calls import Call
from minmaxbench.core.oracle import EXACT, OracleNoise
from minmaxbench.core.stochastic import Stochastic
from minmaxbench.engines import choice
from minmaxbench.engines.batch import Batch, Unsupported
from minmaxbench.errors import UserError
from minmaxbench.problems.registry import PROBLEMS, get_problem
from minmaxbench.problems.transforms.instances import get_instance
from minmaxbench.record.outcomes import CUT_SHORT, Outcome
from minmaxbench.record.recorder import Recorder

jax = pytest.importorskip("jax")

from minmaxbench.engines.jax import calls, engine  # noqa: E402
from minmaxbench.engines.jax import program as compiled  # noqa: E402


@pytest.fixture(scope="module", autouse=True)
def cache(tmp_path_factory):
    """Compiled programs go into a folder of these tests, not into the user's."""
    jax.config.update("jax_compilation_cache_dir", str(tmp_path_factory.mktemp("jax")))
    yield
    jax.config.update("jax_compilation_cache_dir", None)


CASES = [
    ("gda", {}, "keswani_f3"),
    ("gda", {}, "ftr_f1"),
    ("extragradient", {}, "fiez_torus"),
    ("popov", {}, "parrilo_31"),
    ("gdmax", {"k": 2}, "dirac_gan_r1"),
    ("greedy_max", {}, "keswani_f3"),
    ("greedy_max_program", {}, "ftr_f2"),
    # One that converges, one with 81 equilibria, one that diverges and has no stationary point.
    ("ogda", {"eta": 0.3}, "bilinear_xy"),
    ("gda", {"eta_x": 0.0005, "eta_y": 0.0005}, "cbo_rastrigin_1d"),
    ("gda", {}, "tiada_quadratic"),
]


@pytest.mark.parametrize(("name", "parameters", "problem"), CASES)
def test_same_runs(name, parameters, problem):
    assert_same(*both("jax", get_problem(problem), get_algorithm(name, **parameters)))


MORE = [
    ("gda_alt", {"order": "yx"}, "global_forsaken", 0),
    ("gda_two_timescale", {}, "ftr_f1", 0),
    ("ogda", {"first": "zero"}, "bilinear_d", 0),
    ("gda", {}, "keswani_f3", 2),
    ("ogda", {}, "fiez_ratliff_poly", -3),
    ("extragradient", {}, "f3_mean_lift_d", 0),
    ("greedy_max", {"tau1": 5.0, "proposal": "ball"}, "jin_cos", 0),
    ("greedy_max", {"proposal": "gradient", "scale": 0.05}, "fiez_icml_poly", 1),
    ("greedy_max", {}, "f3_active_subspace_d", 0),
    # Its draws must not be written out where they are used: that once took 24 GB to compile.
    ("greedy_max_theory", {}, "f3_active_subspace_d", 0),
    ("gda", {"eta_x": 5.0, "eta_y": 5.0}, "omd_ex22", 0),
]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "parameters", "problem", "instance"), MORE)
def test_same_runs_elsewhere(name, parameters, problem, instance):
    assert_same(
        *both(
            "jax", get_instance(get_problem(problem), instance), get_algorithm(name, **parameters)
        )
    )


NAMES = list(ALGORITHMS)
BY_LANE = {
    "eg_plus_curvature", "neada_adagrad", "greedy_max_second_order", "l_svrgda", "svre", "eg_vr",
    "vr_forb", "svrg_gda", "spider_gda", "spider_gda_catalyst", "svrco",
}  # fmt: skip
"""What these ask the oracle for differs from lane to lane in a step."""


@pytest.mark.parametrize("name", ["unrolled_adam", "greedy_max_adam"])
def test_a_method_that_makes_parts_of_its_own_in_a_step_is_compiled(name):
    assert_same(*both("jax", get_problem("dirac_gan_r1"), get_algorithm(name), budget=300.0))


@pytest.mark.slow
@pytest.mark.parametrize("turn", range(2))
@pytest.mark.parametrize(("number", "problem"), list(enumerate(PROBLEMS)))
def test_same_runs_everywhere(number, problem, turn):
    """As near as two runs of the NumPy engine whose starts differ by rounding, if chaotic."""
    name = NAMES[(number + 3 * turn) % len(NAMES)]
    game, algorithm = get_problem(problem), get_algorithm(name)
    if reason := unfit(game, algorithm):
        pytest.skip(reason)
    x, y, keys = begin(game, 12)
    if name in BY_LANE or isinstance(game, Stochastic):
        with pytest.raises(Unsupported):
            both("jax", game, algorithm, budget=300.0)
        return
    try:
        a, b = both("jax", game, algorithm, budget=300.0)
    except Unsupported as error:
        # The solve of a large system takes as many products as each lane needs.
        large = Call.HVP in algorithm.needs and game.dx + game.dy > 2
        if not (large and "different numbers of oracle calls" in str(error)):
            raise
        return
    near = x * (1 + 1e-14), y * (1 - 1e-14)
    moved = run(game, algorithm, *near, keys, 300.0)
    with np.errstate(invalid="ignore"):
        spread = [np.nan_to_num(np.abs(a.trace[k] - moved.trace[k])) for k in ("value", "residual")]
        calm = np.max([gap.max(1) for gap in spread], axis=0) < 1e-9
        assert_same(some(a, calm), some(b, calm), tolerance=1e-6)
        for gap, kind in zip(spread, ("value", "residual"), strict=True):
            # Rounding happens at every step, and not at the start alone.
            bound = 1e-7 + 1e4 * np.maximum.accumulate(gap, axis=1)
            apart = np.abs(a.trace[kind] - b.trace[kind])
            wide = np.abs(a.trace[kind]) < 1e6
            assert np.all(apart[wide] <= bound[wide] + 1e-9 * np.abs(a.trace[kind][wide]))


def some(record, chosen):
    """The runs of a record that are chosen."""

    def cut(value):
        if isinstance(value, list):
            return [item for item, keep in zip(value, chosen, strict=True) if keep]
        return (
            {k: v[chosen] for k, v in value.items()} if isinstance(value, dict) else value[chosen]
        )

    names = ("outcome", "verdict", "steps", "counts", "period", "amplitude", "hits", "trace")
    return replace(record, **{name: cut(getattr(record, name)) for name in names})


@pytest.mark.parametrize("name", ["gda", pytest.param("greedy_max", marks=pytest.mark.slow)])
def test_noise_is_the_same(name):
    noise = OracleNoise(gradient=0.3, value=0.1)
    assert_same(*both("jax", get_problem("keswani_f3"), get_algorithm(name), noise=noise))


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("gda", "keswani_f3"),
        pytest.param("greedy_max", "keswani_f3", marks=pytest.mark.slow),
        pytest.param("ogda", "bilinear_d", marks=pytest.mark.slow),
        pytest.param("gda", "f3_equivariant_d", marks=pytest.mark.slow),
        pytest.param("extragradient", "cbo_rastrigin_1d", marks=pytest.mark.slow),
    ],
)
def test_lane_alone_is_the_lane_among_many(name, problem):
    game, algorithm = get_problem(problem), get_algorithm(name)
    x, y, keys = begin(game, 700)
    many = run(game, algorithm, x, y, keys, 500.0, "jax")
    for lane in (0, 599):
        one = slice(lane, lane + 1)
        alone = run(game, algorithm, x[one], y[one], keys[one], 500.0, "jax")
        assert_equal(alone, many, one)


@pytest.mark.parametrize(
    ("name", "parameters", "problem", "budget"),
    [
        ("gda", {}, "forsaken", 700.0),
        ("gda", {}, "keswani_f3", 5000.0),
        ("extragradient", {}, "forsaken", 5000.0),
        ("ogda", {}, "forsaken", 5000.0),
        ("greedy_max", {"r_max": 10_000}, "keswani_f3", 3000.0),
        ("greedy_max_program", {"r_max": 10_000}, "forsaken", 700.0),
        # Here x moves where y does not.
        ("greedy_max", {"r_max": 10_000}, "cgd_convex", 700.0),
        ("gda", {}, "forsaken", 64.0),
        ("gda", {}, "forsaken", 65.0),
    ],
)
def test_tails_are_the_same(name, parameters, problem, budget, monkeypatch):
    tails = []
    conclude = Recorder.finish

    def keep(recorder):
        tails.append(recorder.tail)
        return conclude(recorder)

    monkeypatch.setattr(Recorder, "finish", keep)
    game, algorithm = get_problem(problem), get_algorithm(name, **parameters)
    record, other = both("jax", game, algorithm, budget=budget)
    assert_same(record, other)
    runs = np.flatnonzero([why in CUT_SHORT for why in record.outcome])
    assert runs.size
    for level in range(tails[0].levels):
        mine, theirs = (tail.read(level, runs, record.steps[runs])[0] for tail in tails)
        assert np.allclose(mine, theirs, rtol=1e-9, atol=1e-9, equal_nan=True), level


@pytest.mark.parametrize("problem", ["keswani_f3", "cbo_rastrigin_1d"])
def test_distances_that_are_only_bounded(problem, monkeypatch):
    monkeypatch.setattr(compiled, "FEW", 0)
    monkeypatch.setattr(compiled, "MANY", 0)
    # A problem of its own, for a program of its own.
    game = copy.copy(get_problem(problem))
    step = 0.0005 if problem.startswith("cbo") else 0.05
    algorithm = get_algorithm("gda", eta_x=step, eta_y=step)
    assert_same(*both("jax", game, algorithm))
    assert not compiled.program_for(game, algorithm, EXACT).exact


def test_distances_to_few_points_are_exact_in_any_dimension():
    game = get_problem("f3_mean_lift_d", 5000)
    assert compiled.program_for(game, get_algorithm("gda"), EXACT).exact


def test_blocks_and_calls_change_no_bit(monkeypatch):
    game, algorithm = get_problem("fiez_ratliff_poly"), get_algorithm("ogda")
    arguments = (game, algorithm, *begin(game, 200), 1500.0, "jax")
    whole = run(*arguments)
    # Runs end at different times, so that the blocks that are left are put together again.
    assert len(set(whole.steps)) > 50
    changes = (calls, "PLANAR", (64,)), (calls, "STRETCH", 8), (engine, "FIRST", 40)
    for module, name, value in changes:
        monkeypatch.setattr(module, name, value)
        parts = run(*arguments)
        first = name == "FIRST"
        assert parts.outcome == whole.outcome
        for mine, other in (*zip(parts.hits.values(), whole.hits.values(), strict=True),):
            assert np.allclose(mine, other, rtol=0.01 * first, atol=2 * first, equal_nan=True)
        for mine, other in (*zip(parts.trace.values(), whole.trace.values(), strict=True),):
            assert np.allclose(mine, other, rtol=1e-9 * first, atol=1e-9 * first)


@pytest.mark.parametrize("budget", [1.0, 2.5, 64.0, 97.0])
def test_small_budgets(budget):
    assert_same(*both("jax", get_problem("keswani_f3"), get_algorithm("gda"), budget=budget))


def test_grid_of_step_sizes_compiles_once():
    problem = get_problem("keswani_f3")
    programs = [
        compiled.program_for(problem, get_algorithm("gda", eta_x=eta), EXACT)
        for eta in (0.01, 0.02)
    ]
    assert programs[0] is programs[1]
    etas = np.linspace(0.01, 0.1, 12)[:, None]
    column = GDA(eta_x=etas, eta_y=0.05)
    a, b = both("jax", problem, column)
    assert_same(a, b)
    arguments = begin(problem, 12)
    alone = GDA(eta_x=float(etas[5, 0]))
    one = run(problem, alone, *(part[5:6] for part in arguments), 600.0, "jax")
    assert np.allclose(one.x[0], b.x[5], rtol=1e-9)


def test_time_limit_ends_runs_where_they_are():
    problem, algorithm = get_problem("keswani_f3"), get_algorithm("gda")
    record = run(problem, algorithm, *begin(problem, 4), 1e9, "jax", time_limit=1.5)
    assert set(record.outcome) == {Outcome.TIME_LIMIT}
    assert (record.steps >= engine.FIRST).all()
    assert np.isfinite(record.x).all()
    assert np.isfinite(record.value).all()


@dataclass(frozen=True)
class Branching(Memoryless):
    """GDA that looks at its iterate with a Python branch."""

    def step(self, state, oracle):
        gx, gy = oracle.grad(state.x, state.y)
        if (gx > 1e9).any():
            gx = 0 * gx
        return Iterate(state.x - 0.05 * gx, state.y + 0.05 * gy)


def test_what_cannot_be_traced_runs_on_numpy_and_says_so():
    problem = get_problem("bilinear_xy")
    record = choice.run("jax", Batch(problem, Branching(), *begin(problem, 2), 50.0))
    assert record.engine == "numpy"
    assert record.outcome == [Outcome.BUDGET] * 2
    assert record.note.startswith("jax cannot run it (")
    assert record.note.endswith("the NumPy engine ran it.")


def test_study_says_which_engine_ran_it_and_does_not_mix_them(tmp_path):
    study = {"seeds": 5, "budget": 300, "out": tmp_path}
    compiled = mb.run(["keswani_f3"], ["gda"], engine="jax", **study).runs
    reference = mb.run(["keswani_f3"], ["gda"], engine="numpy", **study).runs
    assert set(compiled["engine"]) == {"jax"}
    assert set(reference["engine"]) == {"numpy"}
    assert np.allclose(compiled["value"], reference["value"], rtol=1e-10)
    # Below the budget where compiling pays, the automatic choice is the NumPy engine.
    assert set(mb.run(["keswani_f3"], ["gda"], engine="auto", **study).runs["engine"]) == {"numpy"}


def test_choice_of_an_engine(monkeypatch):
    assert choice.choose("auto", 1e6)[0] == "jax"
    # The default budget of 10,000 calls is NumPy's.
    assert [choice.choose("auto", n)[0] for n in (1e3, 1e4, 29_999, 30_000)] == 3 * ["numpy"] + [
        "jax"
    ]
    with pytest.raises(UserError, match="did you mean numpy"):
        choice.choose("numpi", 1e3)
    monkeypatch.setattr(choice, "find_spec", lambda name: None)
    assert "pip install 'minmaxbench\\[jax\\]'" not in choice.choose("auto", 1e3)[1]
    assert "pip install 'minmaxbench[jax]'" in choice.choose("auto", 1e6)[1]
    with pytest.raises(UserError, match="needs JAX: pip install"):
        choice.choose("jax", 1e6)
