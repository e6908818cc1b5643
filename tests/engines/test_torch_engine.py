"""The torch engine against the NumPy engine, and problems that torch differentiates."""

from dataclasses import dataclass

import numpy as np
import pytest
from helpers import assert_equal, assert_same, begin, both, run

import minmaxbench as mb
from minmaxbench.algorithms.gradient import GDA
from minmaxbench.algorithms.registry import ALGORITHMS, get_algorithm
from minmaxbench.bench.plan import unfit
from minmaxbench.core.algorithm import Iterate, Memoryless
from minmaxbench.core.calls import Call
from minmaxbench.core.oracle import OracleNoise
from minmaxbench.core.problem import About
from minmaxbench.core.sets import Space
from minmaxbench.engines import choice
from minmaxbench.engines.batch import Batch
from minmaxbench.errors import UserError
from minmaxbench.problems.registry import PROBLEMS, get_problem
from minmaxbench.problems.transforms.instances import get_instance


def test_missing_torch_names_the_extra(monkeypatch):
    monkeypatch.setattr(choice, "find_spec", lambda name: None)
    with pytest.raises(UserError, match=r"needs PyTorch: pip install 'minmaxbench\[torch\]'"):
        choice.choose("torch", 1e6)


torch = pytest.importorskip("torch")
xp = pytest.importorskip("array_api_compat.torch")

from minmaxbench.engines import torch_engine  # noqa: E402
from minmaxbench.problems.torch_problem import TorchProblem  # noqa: E402

CASES = [
    ("gda", {}, "keswani_f3", 0),
    ("extragradient", {}, "fiez_torus", 0),
    ("ogda", {"first": "zero"}, "bilinear_d", 0),
    ("gdmax", {"k": 2}, "dirac_gan_r1", 0),
    ("gda", {}, "keswani_f3", 2),
    ("ogda", {}, "fiez_ratliff_poly", -3),
    ("extragradient", {}, "f3_mean_lift_d", 0),
    ("greedy_max", {}, "keswani_f3", 0),
    ("greedy_max_program", {}, "ftr_f2", 0),
    ("greedy_max", {"tau1": 5.0, "proposal": "ball"}, "jin_cos", 0),
    ("greedy_max", {"proposal": "low_rank"}, "f3_active_subspace_d", 0),
    ("gda", {"eta_x": 5.0, "eta_y": 5.0}, "omd_ex22", 0),
]


@pytest.mark.parametrize(("name", "parameters", "problem", "instance"), CASES)
def test_same_runs(name, parameters, problem, instance):
    game = get_instance(get_problem(problem), instance)
    assert_same(*both("torch", game, get_algorithm(name, **parameters)))


@pytest.mark.parametrize("name", ["gda", "greedy_max"])
def test_noise_is_the_same(name):
    noise = OracleNoise(gradient=0.3, value=0.1)
    assert_same(*both("torch", get_problem("keswani_f3"), get_algorithm(name), noise=noise))


@pytest.mark.slow
@pytest.mark.parametrize("problem", list(PROBLEMS))
def test_every_algorithm_runs_on_every_problem(problem):
    game = get_problem(problem)
    for name in ALGORITHMS:
        x, y, keys = begin(game, 5)
        if unfit(game, get_algorithm(name)):
            continue
        a = run(game, get_algorithm(name), x, y, keys, 40.0)
        b = run(game, get_algorithm(name), x, y, keys, 40.0, "torch")
        assert a.outcome == b.outcome, name
        # How many products a Krylov solve takes is decided by rounding, and engines round differently.
        if Call.HVP not in get_algorithm(name).needs:
            assert np.array_equal(a.counts, b.counts), name


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("gda", "keswani_f3"),
        ("greedy_max", "keswani_f3"),
        ("ogda", "bilinear_d"),
        ("gda", "f3_equivariant_d"),
        ("extragradient", "cbo_rastrigin_1d"),
        ("gda", "dirac_gan"),
    ],
)
def test_lane_alone_is_the_lane_among_many(name, problem):
    game, algorithm = get_problem(problem), get_algorithm(name)
    x, y, keys = begin(game, 300)
    many = run(game, algorithm, x, y, keys, 300.0, "torch")
    assert many.x.shape == x.shape
    assert len(many.outcome) == 300
    for lane in (0, 257, 299):
        one = slice(lane, lane + 1)
        alone = run(game, algorithm, x[one], y[one], keys[one], 300.0, "torch")
        assert_equal(alone, many, one)


def test_column_of_step_sizes():
    # On f = xy large steps diverge soon, and their lanes are left out.
    etas = np.linspace(0.01, 3.0, 40)[:, None]
    a, b = both("torch", get_problem("bilinear_xy"), GDA(eta_x=etas, eta_y=1.0), lanes=40)
    assert_same(a, b)
    assert len(set(a.outcome)) > 1


def test_settings_of_torch_are_left_as_they_were():
    before = torch.get_default_dtype(), torch.get_num_threads()
    both("torch", get_problem("keswani_f3"), get_algorithm("gda"), budget=5.0)
    assert (torch.get_default_dtype(), torch.get_num_threads()) == before


def test_line_says_where_it_runs(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert choice.choose("torch", 100) == ("torch", "Engine torch, as asked for, on CPU.")
    assert choice.choose("auto", 1e9)[0] != "torch"
    assert choice.choose("auto", 1)[0] != "torch"


@dataclass(frozen=True)
class NumpyOnly(Memoryless):
    """GDA that asks NumPy to do what NumPy alone can."""

    def step(self, state, oracle):
        gx, gy = oracle.grad(state.x, state.y)
        return Iterate(state.x - 0.05 * gx.astype(float), state.y + 0.05 * gy)


def test_what_fails_on_tensors_runs_on_numpy_and_says_so():
    problem = get_problem("bilinear_xy")
    batch = Batch(problem, NumpyOnly(), *begin(problem, 2), 50.0)
    record = choice.run("torch", batch)
    assert record.engine == "numpy"
    assert record.note.startswith("torch cannot run it (AttributeError")
    assert record.note.endswith("the NumPy engine ran it.")
    assert_equal(record, choice.run("numpy", batch))


def test_a_study_runs_on_torch(tmp_path):
    study = {"seeds": 2, "budget": 50, "out": tmp_path}
    frame = mb.run(["bilinear_xy"], ["gda"], engine="torch", **study).runs
    assert set(frame["engine"]) == {"torch"}
    numpy = mb.run(["bilinear_xy"], ["gda"], engine="numpy", **study).runs
    assert np.allclose(frame["value"], numpy["value"], rtol=1e-10)


FUNCTIONS = [
    name for name in PROBLEMS if "variational-inequality" not in PROBLEMS.get(name).about.classes
]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_derivatives_agree_with_torch(name):
    problem = get_problem(name)
    if Call.VALUE not in problem.offers:
        pytest.skip("a field without a function")
    x, y, _ = begin(problem, 20)
    x, y = problem.place(0.9 * x, 0.9 * y)
    if problem.constrained:
        x, y = problem.x_set.project(np, x), problem.y_set.project(np, y)

    def total(x, y):
        return problem.value(xp, x, y).sum()

    with torch_engine.setting(), torch.enable_grad():
        at = torch.tensor(x), torch.tensor(y)
        want = torch.func.grad(total, argnums=(0, 1))(*at)
        want = [part.cpu().numpy() for part in want]
    for got, part in zip(problem.grad(np, x, y), want, strict=True):
        assert np.max(np.abs(got - part) / (1 + np.abs(part))) <= 1e-10


class Network(TorchProblem):
    """A critic of one hidden layer against a generator that shifts: f = c.tanh(W (x - y_1)) - |y|^2."""

    name, dx, dy = "network", 3, 4
    x_set = y_set = Space()
    about = About("a network", "here", (), (-1.0, 1.0))

    def payoff(self, x, y):
        weights = torch.linspace(-1, 1, 12, dtype=x.dtype).reshape(4, 3)
        return (y * torch.tanh((weights * x).sum(-1) - y[0])).sum() - 0.5 * (y * y).sum()


# torch warns of a function that it uses itself when it first differentiates forwards.
@pytest.mark.filterwarnings("ignore:.torch.jit.script. is deprecated:DeprecationWarning")
def test_network_needs_only_its_value():
    problem = Network()
    (x, y, _), h = begin(problem, 7), 1e-6
    u, v = np.ones_like(x), np.linspace(0, 1, 4) * np.ones_like(y)
    gx, gy = problem.grad(np, x, y)
    assert np.array_equal(gx, problem.grad_x(np, x, y))
    assert np.array_equal(gy, problem.grad_y(np, x, y))
    ahead, behind = ((x + s * h * u, y + s * h * v) for s in (1, -1))
    slope = (problem.value(np, *ahead) - problem.value(np, *behind)) / (2 * h)
    assert np.allclose((gx * u).sum(1) + (gy * v).sum(1), slope, atol=1e-8)
    hvp = problem.hvp(np, x, y, u, v)
    pairs = zip(hvp, problem.grad(np, *ahead), problem.grad(np, *behind), strict=True)
    for product, plus, minus in pairs:
        assert np.allclose(product, (plus - minus) / (2 * h), atol=1e-8)
    assert_same(*both("torch", problem, get_algorithm("extragradient"), budget=100.0))
    assert_same(*both("torch", problem, get_algorithm("greedy_max"), budget=100.0))


@pytest.mark.parametrize("counts", [(0, 0), (3, 3), (0, 7), (5000, 2), (10**6, 10**6)])
def test_adam_in_one_pass_is_adam(counts):
    from minmaxbench.algorithms.parts.scaling import Adam, Moments

    rng = np.random.default_rng(1)
    piece = Adam(0.5, 0.999, 1e-8)
    m, v, g = (xp.asarray(rng.standard_normal((2, 301))) for _ in range(3))
    left = [xp.asarray(np.array([[beta**t] for t in counts])) for beta in (0.5, 0.999)]
    state = Moments(m, v * v, *left)
    kept = [a.clone() for a in (*state, g)]
    quick, plain = (f(state, g, xp) for f in (piece.scale, piece.formula))
    for got, want in zip((quick[0], *quick[1]), (plain[0], *plain[1]), strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-12, atol=1e-15)
    # States are kept: nothing is written in place.
    assert all(torch.equal(a, b) for a, b in zip((*state, g), kept, strict=True))
    assert torch_engine.in_one_pass(Adam(0.5, 0.999, 1e-8, "raw"), state, g) is None
    column = xp.asarray([[0.5], [0.9]])
    assert torch_engine.in_one_pass(Adam(column, 0.999, 1e-8), state, g) is None
