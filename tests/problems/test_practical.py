"""The practical problems: data, second implementations, solutions, metrics, minibatches."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import solve_discrete_are
from scipy.optimize import brentq, minimize

import minmaxbench as mb
from benchmarks import practical_page
from benchmarks.practical_plain import PLAIN
from minmaxbench.analysis.statistics import BEATEN, beaten
from minmaxbench.bench.fingerprint import definition
from minmaxbench.core.problem import Kind
from minmaxbench.core.sets import ChiSquareBall, Simplex
from minmaxbench.core.stochastic import Stochastic
from minmaxbench.errors import UserError
from minmaxbench.problems.practical import data, policy
from minmaxbench.problems.practical.base import EXCESS, PRIMAL
from minmaxbench.problems.registry import PROBLEMS, get_problem
from minmaxbench.report.tables import comparison

NAMES = [n for n in PROBLEMS if "practical" in PROBLEMS.get(n).about.classes]
MINIBATCH = [n for n in NAMES if n.endswith("_minibatch")]
FULL = [n for n in NAMES if n not in MINIBATCH]
KNOWN = [n for n in FULL if n not in ("auc_network", "adversarial_network")]
OPTIMUM = [n for n in KNOWN if EXCESS in get_problem(n).metrics]


def points_of(problem, n, seed=0):
    rng = np.random.default_rng(seed)
    low, high = problem.about.region
    return problem.place(*(rng.uniform(low, high, (n, d)) for d in (problem.dx, problem.dy)))


# Data.


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("breast_cancer", (569, 30)),
        ("wine", (178, 13)),
        ("digits", (1797, 61)),
        ("diabetes", (442, 10)),
    ],
)
def test_data_are_standardised_kept_and_closed(name, shape):
    found = data.load(name)
    assert found.rows.shape == shape
    np.testing.assert_allclose(found.rows.mean(0), 0, atol=1e-12)
    np.testing.assert_allclose((found.rows**2).mean(0), 1, rtol=1e-12)
    assert data.load(name) is found
    with pytest.raises(ValueError, match="read-only"):
        found.rows[0, 0] = 1.0


def test_a_missing_package_is_one_sentence(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn", None)
    data.load.cache_clear()
    with pytest.raises(UserError, match=r"scikit-learn: pip install minmaxbench\[data\]\.$"):
        get_problem("worst_class")
    monkeypatch.undo()
    data.load.cache_clear()


def test_listing_reads_no_data():
    code = "import sys, minmaxbench as mb; mb.problems(); print('sklearn' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


@pytest.mark.parametrize("name", ["worst_class", "auc_linear_minibatch"])
def test_the_fingerprint_tells_other_data_and_another_solution(name):
    first, second = get_problem(name), get_problem(name)
    assert definition(first) == definition(second)
    base = second.base if isinstance(second, Stochastic) else second
    base.rows = base.rows + 0
    assert definition(first) == definition(second)
    base.rows[0, 0] += 1e-9
    assert definition(first) != definition(second)
    third = get_problem(name)
    base = third.base if isinstance(third, Stochastic) else third
    base.kept = {**base.kept, "x": [[0.0] * third.dx]}
    assert definition(first) != definition(third)


# Derivatives.


@pytest.mark.parametrize("name", FULL)
def test_gradients_are_those_of_a_plain_implementation(name):
    problem, gradient = get_problem(name), PLAIN[name]()
    x, y = points_of(problem, 5)
    gx, gy = problem.grad(np, x, y)
    for k in range(5):
        for got, want in zip((gx[k], gy[k]), gradient(x[k], y[k]), strict=True):
            assert np.abs(got - want).max() <= 1e-12 * (1 + np.abs(want).max())


@pytest.mark.parametrize("name", FULL)
def test_gradients_against_complex_steps_at_100_points(name):
    problem = get_problem(name)
    x, y = points_of(problem, 100)
    rng, h = np.random.default_rng(1), 1e-30
    u, v = rng.standard_normal(x.shape), rng.standard_normal(y.shape)
    gx, gy = problem.grad(np, x, y)
    slope = problem.value(np, x + 1j * h * u, y + 1j * h * v).imag / h
    got = (gx * u).sum(1) + (gy * v).sum(1)
    assert np.abs(got - slope).max() <= 1e-12 * (1 + np.abs(slope).max())


@pytest.mark.parametrize("name", FULL)
def test_hessian_products_are_symmetric_and_differences_of_gradients(name):
    problem = get_problem(name)
    x, y = points_of(problem, 4)
    rng = np.random.default_rng(2)
    a, b = (tuple(rng.standard_normal((4, d)) for d in (problem.dx, problem.dy)) for _ in "ab")
    ha, hb = problem.hvp(np, x, y, *a), problem.hvp(np, x, y, *b)
    one, other = (
        sum((p * q).sum(1) for p, q in zip(*pair, strict=True)) for pair in ((ha, b), (hb, a))
    )
    assert np.abs(one - other).max() <= 1e-11 * (1 + np.abs(one).max())
    e = 1e-7
    ahead, behind = (problem.grad(np, x + s * e * a[0], y + s * e * a[1]) for s in (1, -1))
    for h, p, q in zip(ha, ahead, behind, strict=True):
        assert np.abs(h - (p - q) / (2 * e)).max() <= 1e-6 * (1 + np.abs(h).max())


def test_bits_do_not_depend_on_the_threads_of_blas():
    code = (
        "import sys; sys.path.insert(0, 'tests/problems')\n"
        "import hashlib, numpy as np\n"
        "from test_practical import FULL, points_of\n"
        "from minmaxbench.problems.registry import get_problem\n"
        "for name in FULL:\n"
        "    p = get_problem(name); g = p.grad(np, *points_of(p, 3))\n"
        "    print(name, hashlib.sha256(b''.join(a.tobytes() for a in g)).hexdigest())\n"
    )
    said = []
    for threads in ("1", "4"):
        env = {**os.environ, "OPENBLAS_NUM_THREADS": threads}
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=env
        )
        said.append(done.stdout)
    assert said[0].count("\n") == len(FULL)
    assert said[0] == said[1]


# Solutions.


@pytest.mark.parametrize("name", KNOWN)
def test_solutions_are_stationary_to_rounding(name):
    problem = get_problem(name)
    known = problem.points()
    assert len(known)
    residual = problem.residual(np, known.x, known.y, *problem.grad(np, known.x, known.y))
    assert (
        residual.max()
        <= 1e-12 * (1 + np.abs(known.value).max()) * max(problem.dx, problem.dy) ** 0.5
    )
    for s, z in ((problem.x_set, known.x), (problem.y_set, known.y)):
        np.testing.assert_allclose(s.project(np, z), z, atol=1e-15)


@pytest.mark.parametrize("name", OPTIMUM)
def test_no_x_near_or_far_beats_the_optimum(name):
    problem = get_problem(name)
    known = problem.points()
    best = known.value.min()
    assert problem.primal(np, known.x[:1])[0] == pytest.approx(best, abs=1e-12)
    rng = np.random.default_rng(3)
    far = points_of(problem, 50)[0]
    for size in (1e-6, 1e-4, 1e-2, 1e-1):
        x = known.x[:1] + size * rng.standard_normal((50, problem.dx))
        x = problem.x_set.project(np, np.concatenate([x, far]))
        assert problem.measure(x, points_of(problem, len(x))[1])["excess"].min() >= -1e-12


@pytest.mark.parametrize("name", [n for n in KNOWN if get_problem(n).points().kind[0] is Kind.NASH])
def test_nash_points_leave_nobody_anything_to_win(name):
    problem = get_problem(name)
    known = problem.points()
    rng = np.random.default_rng(4)
    for size in (1e-5, 1e-3, 1e-1):
        for row in range(len(known)):
            x, y = (np.repeat(z[row : row + 1], 40, 0) for z in (known.x, known.y))
            other_x = problem.x_set.project(np, x + size * rng.standard_normal(x.shape))
            other_y = problem.y_set.project(np, y + size * rng.standard_normal(y.shape))
            assert (problem.value(np, other_x, y) >= known.value[row] - 1e-13).all()
            assert (problem.value(np, x, other_y) <= known.value[row] + 1e-13).all()


@pytest.mark.parametrize(
    "name", ["dro_chi2", "dro_kl", "group_dro", "worst_class", "fair_logistic"]
)
def test_the_dual_value_is_the_primal_one(name):
    """min over x of f(x, y*) from far away, by a solver of its own: no duality gap."""
    problem = get_problem(name)
    known = problem.points()
    x0, _ = points_of(problem, 1)

    def f(x):
        gx = problem.grad_x(np, x[None], known.y)
        return problem.value(np, x[None], known.y)[0], gx[0]

    bounds = None
    if name == "dro_kl":
        bounds = [(None, None)] * 31 + [(0.01, None)]
    found = minimize(
        f,
        x0[0],
        jac=True,
        method="L-BFGS-B",
        bounds=bounds,
        options={"ftol": 1e-16, "gtol": 1e-9, "maxiter": 3000},
    )
    assert found.fun == pytest.approx(known.value[0], abs=1e-9)
    assert found.fun >= known.value[0] - 1e-12


def test_the_kinds_of_the_nonconvex_solutions():
    # Where f(., y*) is lower elsewhere, the point is no Nash point.
    for name in ("sparse_pca", "fair_pca", "lq_gan", "dro_nonconvex"):
        problem = get_problem(name)
        known = problem.points()
        assert set(known.kind) == {Kind.MINIMAX}
        gx = np.eye(problem.dx)
        own, _ = problem.hvp(
            np,
            np.repeat(known.x[:1], problem.dx, 0),
            np.repeat(known.y[:1], problem.dx, 0),
            gx,
            np.zeros((problem.dx, problem.dy)),
        )
        assert np.linalg.eigvalsh((own + own.T) / 2)[0] < -1e-4


@pytest.mark.parametrize("name", ["sparse_pca", "adversarial_linear"])
def test_what_may_be_anything_at_a_solution_does_not_count(name):
    problem = get_problem(name)
    known = problem.points()
    assert np.diag(problem.distances(np, known.x, known.y)).max() == 0
    y = problem.y_set.project(np, known.y + 0.01)
    plain = np.sqrt(((y - known.y) ** 2).sum(1))
    counted = np.diag(problem.distances(np, known.x, y))
    assert (counted > 0).all()
    assert (counted < plain).all()
    # What does not count changes nothing at the solution.
    free = np.abs(problem.grad_y(np, known.x, known.y)) <= 1e-15
    moved = np.where(free, y, known.y)
    np.testing.assert_allclose(problem.value(np, known.x, moved), known.value, rtol=1e-14)
    assert np.diag(problem.distances(np, known.x, moved)).max() == 0
    one = problem.distances(np, known.x, y, np.array([0]))
    np.testing.assert_array_equal(one[:, 0], problem.distances(np, known.x, y)[:, 0])


# Statements of the sources.


def test_the_aircraft_solves_the_riccati_equation():
    problem = get_problem("lq_game")
    known = problem.points()
    _, cost = problem._loop(np, known.x, known.y)
    both, price = np.column_stack([policy.B, policy.C]), np.diag([1.0, -1.0])
    want = solve_discrete_are(policy.A, both, np.eye(3), price)
    np.testing.assert_allclose(cost[0], want, rtol=1e-10, atol=1e-10)
    # The game has a value where 1 - C'PC > 0.
    assert 1 - policy.C[:, 0] @ want @ policy.C[:, 0] > 0.9


def test_the_box_of_gains_is_stable():
    problem = get_problem("lq_game")
    corners = 0.3 * np.array(list(np.ndindex(*(2,) * 6)), dtype=float) * 2 - 0.3
    rng = np.random.default_rng(0)
    z = np.concatenate([corners, rng.uniform(-0.3, 0.3, (5000, 6))])
    assert problem.measure(z[:, :3], z[:, 3:])["spectral_radius"].max() < 0.999


def test_no_wind_is_worse_than_the_answer():
    problem, rng = get_problem("lq_game"), np.random.default_rng(0)
    corners = 0.6 * np.array(list(np.ndindex(2, 2, 2))) - 0.3
    x = np.concatenate([problem.points().x, corners, rng.uniform(-0.3, 0.3, (20, 3))])
    best = problem.primal(np, x)
    assert best[0] == pytest.approx(problem.points().value[0], abs=1e-11)
    assert (best[1:] > best[0]).all()
    answer = problem.answer(np, x)
    # Of some gains the worst wind lies on the border of its box.
    assert (np.abs(answer) == 0.3).any()
    for reach in (0.3, 0.03, 0.003):
        wind = np.clip(answer + rng.uniform(-reach, reach, x.shape), -0.3, 0.3)
        assert (problem.value(np, x, wind) <= best + 1e-11).all()


def test_the_shift_is_concave_only_for_small_weights():
    problem = get_problem("robust_shift")
    w = problem.points().x[:1]
    assert np.sum(w * w) == pytest.approx(0.1, abs=1e-12)
    for scale, sign in ((0.9, -1), (1.1, 1)):
        _, curvature = problem.hvp(np, scale * w, 0 * w, 0 * w, w)
        assert sign * np.sum(curvature * w) > 0
    # Both solutions: d along w, to either side.
    assert problem.points().value[0] == pytest.approx(problem.points().value[1], abs=1e-13)


def test_robust_least_squares_is_two_sided_pl():
    """|f_y|^2 >= 2 mu (max f - f), mu = 2 (lambda - 1)/n: equality, the Hessian in y is -mu I."""
    problem = get_problem("robust_ls_diabetes")
    x, y = points_of(problem, 20)
    gap = problem.primal(np, x) - problem.value(np, x, y)
    slope = (problem.grad_y(np, x, y) ** 2).sum(1)
    np.testing.assert_allclose(slope, 2 * (2 * 2 / 442) * gap, rtol=1e-10)


def test_the_multiplier_of_the_fair_classifier_is_within_its_bound():
    # Else the bound 10 would have changed the solution.
    known = get_problem("fair_logistic").points()
    assert 0 < known.y.max() < 10
    problem = get_problem("fair_logistic")
    assert abs(known.x[0] @ problem.c) == pytest.approx(0.05, abs=1e-12)


# Sets.


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 40),
    st.floats(0.01, 200.0),
    st.floats(1e-3, 1e3),
    st.integers(0, 10**6),
    st.booleans(),
)
def test_projection_onto_a_chi_square_ball(n, rho, size, seed, ties):
    z = size * np.random.default_rng(seed).standard_normal((3, n))
    z = np.round(z / size) * size if ties else z
    got = ChiSquareBall(rho).project(np, z)
    for row, p in zip(z, got, strict=True):

        def at(t, row=row):
            return Simplex().project(np, t * row[None])[0]

        def excess(t):
            return float(((n * at(t) - 1) ** 2).sum() - 2 * rho)

        t = 1.0 if excess(1.0) <= 0 else brentq(excess, 0.0, 1.0, xtol=1e-15, rtol=1e-14)
        np.testing.assert_allclose(p, at(t), atol=1e-9)
    again = ChiSquareBall(rho).project(np, got)
    np.testing.assert_allclose(again, got, atol=1e-12)


def test_a_simplex_with_a_floor():
    z = np.random.default_rng(0).standard_normal((20, 7))
    p = Simplex(0.05).project(np, z)
    np.testing.assert_allclose(p.sum(1), 1)
    assert p.min() >= 0.05
    # The projection: what is left over is at least as far from every other point.
    others = Simplex(0.05).spread(np.random.default_rng(1).random((200, 7)))
    assert others.min() >= 0.05
    assert (np.einsum("ni,nmi->nm", z - p, others[None] - p[:, None]) <= 1e-12).all()


def test_bad_radii_are_refused():
    with pytest.raises(UserError, match="radius rho of a chi-square ball is a positive number"):
        ChiSquareBall(0.0)


# Metrics.


def test_auc_is_the_share_of_pairs_in_order():
    problem = get_problem("auc_linear")
    x, y = points_of(problem, 3)
    scores = problem.rows @ x[:, :-2].T
    sick, well = scores[problem.sick], scores[~problem.sick]
    want = (sick[:, None] > well[None]).mean((0, 1))
    np.testing.assert_allclose(problem.measure(x, y)["auc"], want, rtol=1e-12)


def test_the_worst_group_and_the_worst_class():
    problem = get_problem("group_dro")
    x, y = points_of(problem, 3)
    wrong = problem.wrong(x)
    groups = problem.means.rows > 0
    want = np.max([wrong[:, g].mean(1) for g in groups], axis=0)
    np.testing.assert_allclose(problem.measure(x, y)["worst_group_error"], want)
    wine = get_problem("worst_class")
    x, y = points_of(wine, 3)
    best = (wine.rows @ x.reshape(3, 14, 3)).argmax(-1)
    right = best == data.load("wine").classes
    want = np.max([1 - right[:, data.load("wine").classes == c].mean(1) for c in range(3)], axis=0)
    np.testing.assert_allclose(wine.measure(x, y)["worst_class_error"], want)


def test_nothing_is_exploitable_at_the_solution_of_the_markov_game():
    problem = get_problem("markov_game")
    known = problem.points()
    assert abs(problem.measure(known.x, known.y)["exploitability"][0]) <= 1e-12
    x, y = points_of(problem, 20)
    found = problem.measure(x, y)
    assert (found["exploitability"] > 0.01).all()
    # No sampled policy earns more than the best one.
    others = points_of(problem, 400, 1)[1]
    earned = problem.value(np, np.repeat(x[:1], 400, 0), others)
    assert found["primal"][0] >= earned.max()


@pytest.mark.parametrize("name", ["group_dro", "markov_game", "lq_game"])
def test_instances_carry_metrics_and_solutions_along(name):
    problem, moved, swapped = (
        mb.problems.registry.get_problem(name, instance=k) for k in (0, 1, -1)
    )
    x, y = points_of(problem, 3)
    mx, my = moved.x_map.forth(np, x), moved.y_map.forth(np, y)
    want = problem.measure(x, y)
    for got in (moved.measure(mx, my), swapped.measure(my, mx)):
        for metric, column in want.items():
            np.testing.assert_allclose(got[metric], column, rtol=1e-9, atol=1e-12)


# Minibatches.


@pytest.mark.parametrize("name", MINIBATCH)
def test_minibatches_are_without_bias(name):
    """The mean over all minibatches of one example is f, and so is the minibatch of all examples."""
    problem = get_problem(name)
    x, y = points_of(problem, 1)
    n = problem.examples
    each = problem.on(np.arange(n)[:, None])
    many = np.repeat(x, n, 0), np.repeat(y, n, 0)
    whole = problem.on(np.arange(n)[None])
    f, g = problem.value(np, x, y), problem.grad(np, x, y)
    for got in (each.value(np, *many).mean(), whole.value(np, x, y)[0]):
        assert got == pytest.approx(f[0], rel=1e-11)
    for got, all_, want in zip(each.grad(np, *many), whole.grad(np, x, y), g, strict=True):
        size = 1 + np.abs(want).max()
        assert np.abs(got.mean(0) - want[0]).max() <= 1e-11 * size
        assert np.abs(all_ - want).max() <= 1e-11 * size


def test_a_run_on_minibatches_gets_near_and_has_no_instances(tmp_path):
    names = ["auc_linear_minibatch", "auc_linear"]
    done = mb.run(names, ["gda:eta_x=0.01,eta_y=0.01"], seeds=2, budget=2000, out=tmp_path)
    primal = done.runs.groupby("problem")["metric_primal"].max()
    assert primal["auc_linear_minibatch"] < 0.5
    with pytest.raises(UserError, match="no instances"):
        get_problem("auc_linear_minibatch", instance=1)


# The page.


def test_the_page_is_as_it_is_printed():
    page = Path(__file__).parents[2] / "docs" / "practical.md"
    assert page.read_text(encoding="utf-8") == practical_page.page() + "\n"


# The known optimum.


def test_a_run_that_beats_the_known_optimum_is_told_loudly(tmp_path):
    done = mb.run(["group_dro"], ["gda"], seeds=2, budget=50, out=tmp_path).runs
    assert not beaten(done).any()
    assert not any("BEATEN" in note for note in comparison(done).notes)
    for column, value in (("metric_excess", -1e-6), ("trace_metric_excess", None)):
        wrong = done.copy()
        if value is None:
            wrong[column] = [[0.1, -1e-6, 0.3], [0.1, np.nan, 0.3]]
        else:
            wrong[column] = [value, 0.2]
        assert beaten(wrong).tolist() == [True, False]
        (said,) = [note for note in comparison(wrong).notes if "BEATEN" in note]
        assert "gda on group_dro, seed 0" in said
    assert PRIMAL.name in {m.name for m in get_problem("group_dro").metrics}
    assert BEATEN < 1e-6
