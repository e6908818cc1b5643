"""Every problem: derivatives against complex steps of an independent evaluation, points, classes."""

import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minmaxbench.core.problem import Kind, Problem
from minmaxbench.core.sets import Box
from minmaxbench.core.stochastic import Stochastic
from minmaxbench.errors import UserError
from minmaxbench.problems.formula import Formula
from minmaxbench.problems.planar import planar
from minmaxbench.problems.registry import PROBLEMS, get_problem
from minmaxbench.problems.transforms.instances import get_instance
from minmaxbench.problems.vocabulary import CLASSES

PLANAR = [name for name in PROBLEMS if PROBLEMS.get(name).group == "planar"]
INEQUALITIES = [
    name for name in PROBLEMS if "variational-inequality" in PROBLEMS.get(name).about.classes
]
FAMILIES = [
    name for name in PROBLEMS if PROBLEMS.get(name).group == "family" and name not in INEQUALITIES
]
FIXED = [
    name for name in PROBLEMS if PROBLEMS.get(name).group == "fixed" and name not in INEQUALITIES
]

# How NumPy reads a formula: not through SymPy, and valid for complex numbers.
NUMPY = {
    **{name: getattr(np, name) for name in ("exp", "log", "sin", "cos", "tanh", "sqrt", "pi")},
    "softplus": lambda u: np.log(1 + np.exp(u)),
    "sigmoid": lambda u: 1 / (1 + np.exp(-u)),
}


def random_points(problem, n=1000):
    rng = np.random.default_rng(zlib.crc32(problem.name.encode()))
    low, high = problem.about.region
    # Published starts may be on a corner where f has a kink; stay a little inside.
    pad = 1e-3 * (high - low)
    x = rng.uniform(low + pad, high - pad, (n, problem.dx))
    y = rng.uniform(low + pad, high - pad, (n, problem.dy))
    if isinstance(problem.y_set, Box) and np.isscalar(problem.y_set.lower):
        low, high = max(problem.y_set.lower, -9.0), min(problem.y_set.upper, 9.0)
        y = rng.uniform(low + pad, high - pad, (n, problem.dy))
    return problem.place(x, y)


def close(got, want):
    """Equal to 1e-12, beside the largest of all: sums may cancel."""
    return np.max(np.abs(got - want)) <= 1e-12 * (1 + np.max(np.abs(want)))


@pytest.mark.parametrize("name", PLANAR)
def test_planar_derivatives(name):
    problem = get_problem(name)
    x, y = random_points(problem)
    h = 1e-30

    def f(x, y):
        return eval(problem.text, {"__builtins__": {}}, {**NUMPY, "x": x, "y": y}) + 0 * x

    assert close(problem.value(np, x, y), f(x, y)[:, 0])
    want_x, want_y = f(x + 1j * h, y).imag / h, f(x, y + 1j * h).imag / h
    gx, gy = problem.grad(np, x, y)
    assert gx.shape == gy.shape == x.shape
    assert close(gx, want_x)
    assert close(gy, want_y)
    assert close(problem.grad_x(np, x, y), want_x)
    assert close(problem.grad_y(np, x, y), want_y)
    # Second derivatives: central differences of the complex step, to their own accuracy.
    e = 1e-5
    hx, hy = problem.hvp(np, x, y, np.ones_like(x), np.full_like(y, -0.5))
    step = (e, -0.5 * e)
    differences = [
        (f(x + step[0] + 1j * h * a, y + step[1] + 1j * h * b).imag
         - f(x - step[0] + 1j * h * a, y - step[1] + 1j * h * b).imag) / (2 * e * h)
        for a, b in ((1, 0), (0, 1))
    ]  # fmt: skip
    size = 1 + np.abs(hx).max() + np.abs(hy).max()
    assert np.max(np.abs(hx - differences[0])) <= 1e-5 * size
    assert np.max(np.abs(hy - differences[1])) <= 1e-5 * size


def dimensions(name):
    """Dimensions to try, of those that the family has."""
    entry = PROBLEMS.get(name)
    wanted = [(1, 1), (2, 2), (3, 3), (4, 4), (16, 16), (17, 17), (5, 2), (3, 7), entry.default]
    return [dims for dims in dict.fromkeys(wanted) if has(entry, dims)]


def has(entry, dims):
    if entry.square and dims[0] != dims[1]:
        return False
    try:
        entry.build(*dims)
    except UserError:
        return False
    return max(dims) <= 30 or dims != entry.default


@pytest.mark.parametrize("number", [0, 1, -2])
@pytest.mark.parametrize(
    ("name", "dims"),
    [(name, dims) for name in FAMILIES for dims in dimensions(name)]
    + [(name, PROBLEMS.get(name).fixed) for name in FIXED]
    + [(name, (1, 1)) for name in ("jin_cos", "fiez_torus", "keswani_f3", "global_forsaken")],
)
def test_families_and_instances(name, dims, number):
    problem = get_problem(name, *dims)
    if number and isinstance(problem, Stochastic):
        pytest.skip("minibatches have no instances")
    problem = get_instance(problem, number)
    x, y = random_points(problem, 40)
    rng = np.random.default_rng(1)
    u, v = rng.normal(size=x.shape), rng.normal(size=y.shape)
    h = 1e-30
    gx, gy = problem.grad(np, x, y)
    slope = problem.value(np, x + 1j * h * u, y + 1j * h * v).imag / h
    assert close((gx * u).sum(1) + (gy * v).sum(1), slope)
    assert close(problem.grad_x(np, x, y), gx)
    assert close(problem.grad_y(np, x, y), gy)
    turned = problem.grad(np, x + 1j * h * u, y + 1j * h * v)
    for got, want in zip(problem.hvp(np, x, y, u, v), turned, strict=True):
        assert close(got, want.imag / h)
    known = problem.points()
    residual = problem.residual(np, known.x, known.y, *problem.grad(np, known.x, known.y))
    assert (residual <= 1e-9).all()
    assert (np.diag(problem.distances(np, known.x, known.y)) <= 1e-9).all()
    low, high = problem.about.bounds
    values = problem.value(np, x, y)
    assert ((values >= low - 1e-9) & (values <= high + 1e-9)).all()


@pytest.mark.parametrize("name", ["f3_equivariant_d", "f3_active_subspace_d", "f3_weighted_lift_d",
                                  "f3_mean_lift_d", "bilinear_d", "ncsc_quadratic_d",
                                  "saddle_rastrigin_d", "hidden_tanh_mean_d"])  # fmt: skip
@pytest.mark.parametrize("d", [1, 3, 6])
def test_smoothness_and_kinds_agree_with_a_dense_hessian(name, d):
    problem = get_problem(name, d)
    x, y = random_points(problem, 60)
    known = problem.points()
    x, y = np.concatenate([x, known.x]), np.concatenate([y, known.y])
    basis = np.eye(2 * d)
    columns = [
        np.concatenate(problem.hvp(np, x, y, 0 * x + e[:d], 0 * y + e[d:]), axis=1) for e in basis
    ]
    hessians = np.stack(columns, axis=-1)
    np.testing.assert_allclose(hessians, np.swapaxes(hessians, 1, 2), atol=1e-9)
    assert np.abs(np.linalg.eigvalsh(hessians)).max() <= problem.about.smoothness * (1 + 1e-9)
    for hessian, kind in zip(hessians[60:], known.kind, strict=True):
        a, b, c = hessian[:d, :d], hessian[:d, d:], hessian[d:, d:]
        if kind is Kind.MINIMAX and name != "f3_active_subspace_d":
            assert np.linalg.eigvalsh(c).max() < 0
            assert np.linalg.eigvalsh(a - b @ np.linalg.solve(c, b.T)).min() > 0


@pytest.mark.parametrize("name", PLANAR)
def test_points_are_stationary_and_distinct(name):
    problem = get_problem(name)
    known = problem.points()
    if not len(known):
        pytest.skip("nothing listed")
    residual = problem.residual(np, known.x, known.y, *problem.grad(np, known.x, known.y))
    assert residual.max() <= 1e-8 * (1 + np.abs(known.value).max())
    gaps = problem.distances(np, known.x, known.y) + 9 * np.eye(len(known))
    assert gaps.min() > 1e-6


# Known from the papers and checked by hand.
@pytest.mark.parametrize(
    ("name", "point", "kind"),
    [
        ("ftr_f1", (0, 0), Kind.MINIMAX),
        ("ftr_f2", (0, 0), Kind.MAXIMIN),
        ("keswani_f3", (0, 0), Kind.MINIMAX),
        ("bilinear_xy", (0, 0), Kind.NASH),
        ("dirac_gan", (0, 0), Kind.NASH),
        ("cgd_convex", (0, 0), Kind.NASH),
        ("cgd_concave_convex", (0, 0), Kind.NEITHER),
        ("letcher_zero_sum", (0, 0), Kind.NEITHER),
        ("jin_quadratic", (0, 0), Kind.MINIMAX),
        ("rde_L1", (1, 1), Kind.NASH),
        ("degenerate_coupled_1d", (0, 0), Kind.MINIMAX),
        ("razaviyayn_cubic", (0, 0), Kind.MINIMAX),
        ("razaviyayn_cubic", (-2 / 3, -2 / 3), Kind.NEITHER),
    ],
)
def test_points_known_from_the_papers(name, point, kind):
    known = get_problem(name).points()
    gap = np.abs(known.x[:, 0] - point[0]) + np.abs(known.y[:, 0] - point[1])
    assert gap.min() < 1e-9
    assert known.kind[int(gap.argmin())] is kind


def test_what_has_no_equilibrium():
    # f2 of Wang et al.; Jin et al.'s example without local minimax; Letcher's game without attractor.
    for name in ("ftr_f2", "jin_no_local_minimax", "letcher_zero_sum", "cgd_concave_convex"):
        assert not get_problem(name).points().equilibria.size, name


def test_a_minimax_on_the_edge_is_found():
    # Jin et al.: for 0.2 xy - cos y on [-1, 1] x [-2 pi, 2 pi] no interior point is an equilibrium.
    known = get_problem("jin_cos").points()
    best = known.equilibria
    assert np.allclose(np.abs(known.x[best]), 1)


def test_curves_of_stationary_points_are_not_listed_as_points():
    known = get_problem("jin_sin_sum").points()
    assert not len(known)
    assert "curve" in known.proof


def test_every_class_is_in_the_vocabulary():
    for name in PROBLEMS:
        about = PROBLEMS.get(name).about
        assert set(about.classes) <= set(CLASSES), name
        assert about.source
        assert about.title


@settings(max_examples=15, deadline=None)
@given(st.sampled_from(list(PROBLEMS)), st.integers(2, 9), st.integers(0, 2))
def test_bits_of_a_lane_do_not_depend_on_the_batch(name, lanes, number):
    problem = get_problem(name)
    problem = get_instance(problem, 0 if isinstance(problem, Stochastic) else number)
    x, y = random_points(problem, lanes)
    methods = [problem.grad_x, problem.grad_y]
    for method in methods if name in INEQUALITIES else [problem.value, *methods]:
        whole = method(np, x, y)
        alone = np.concatenate([method(np, x[k : k + 1], y[k : k + 1]) for k in range(lanes)])
        np.testing.assert_array_equal(whole, alone)
    gx, gy = problem.grad(np, x, y)
    ax, ay = problem.grad(np, x[:1], y[:1])
    np.testing.assert_array_equal(gx[:1], ax)
    np.testing.assert_array_equal(gy[:1], ay)


def test_instances():
    problem = get_problem("keswani_f3")
    assert get_instance(problem, 0) is problem
    x, y = random_points(problem, 5)
    for number in (1, 2, 3):
        moved = get_instance(problem, number)
        mx, my = moved.x_map.forth(np, x), moved.y_map.forth(np, y)
        np.testing.assert_allclose(moved.value(np, mx, my), problem.value(np, x, y), rtol=1e-12)
        swapped = get_instance(problem, -number)
        np.testing.assert_allclose(swapped.value(np, my, mx), -problem.value(np, x, y), rtol=1e-12)
        kinds = {Kind.MINIMAX: Kind.MAXIMIN}
        assert swapped.points().kind == tuple(kinds.get(k, k) for k in problem.points().kind)
        assert moved.points().kind == problem.points().kind
        np.testing.assert_allclose(
            moved.distances(np, mx, my), moved.x_map.scale * problem.distances(np, x, y)
        )
    assert get_instance(problem, 1).x_map.scale != get_instance(problem, 2).x_map.scale


def test_a_moved_box_projects_as_the_box_does():
    problem = get_problem("jin_cos")
    moved = get_instance(problem, 1)
    z = np.linspace(-20, 20, 41)[:, None]
    base = moved.y_map.back(np, moved.y_set.project(np, z))
    np.testing.assert_allclose(base, problem.y_set.project(np, moved.y_map.back(np, z)), atol=1e-12)


def test_bad_names_and_dimensions():
    with pytest.raises(UserError, match="did you mean keswani_f3"):
        get_problem("keswani_f4")
    with pytest.raises(UserError, match="dx = 1 and dy = 1 only"):
        get_problem("keswani_f3", 2)
    with pytest.raises(UserError, match="needs dx = dy"):
        get_problem("f3_mean_lift_d", 2, 3)
    with pytest.raises(UserError, match="at least 1"):
        get_problem("bilinear_d", 0)


def test_high_powers_and_constants_compile():
    formula = Formula("x**11*y**7 + (x + y)**-3 + sqrt(x) + 2")
    x, y = np.array([[1.1], [0.7]]), np.array([[0.9], [1.3]])
    np.testing.assert_allclose(
        formula.value_at(np, x, y), x**11 * y**7 + (x + y) ** -3.0 + np.sqrt(x) + 2, rtol=1e-14
    )
    want = 11 * x**10 * y**7 - 3 * (x + y) ** -4.0 + 0.5 / np.sqrt(x)
    np.testing.assert_allclose(formula.x_gradient_at(np, x, y), want, rtol=1e-13)
    constant = Formula("3 + 0*x")
    assert constant.value_at(np, x, y).tolist() == [[3.0], [3.0]]
    assert constant.y_gradient_at(np, x, y).tolist() == [[0.0], [0.0]]


def test_a_users_problem():
    mine = planar("mine_for_test", title="t", formula="x*y + sigmoid(x)", source="s", classes=())
    try:
        assert get_problem("mine_for_test") is mine
        again = planar("mine_for_test", formula="x*y")  # a notebook's cell, run again
        assert get_problem("mine_for_test") is again
        with pytest.raises(UserError, match="already registered"):
            planar("keswani_f3", formula="x*y")
        assert "frac" in mine.formula.latex or "sigmoid" in mine.formula.latex
    finally:
        PROBLEMS.remove("mine_for_test")


def test_large_dimension_needs_no_matrix():
    for name in ("f3_active_subspace_d", "f3_mean_lift_d", "f3_rotated_mean_d"):
        problem = get_problem(name, 100_000)
        x, y = problem.place(np.full((2, 100_000), 5.5), np.full((2, 100_000), 5.5))
        gx, _ = problem.grad(np, x, y)
        assert np.isfinite(gx).all()


@pytest.mark.parametrize("name", ["f3_mean_lift_d", "f3_rotated_sum_d"])
def test_sums_measure_distances_as_every_problem_does(name):
    problem, rng = get_problem(name, 5), np.random.default_rng(0)
    x, y = rng.standard_normal((2, 4, 5))
    rows = np.array([3, 0])
    assert problem.points() is problem.points()  # they are long, and asked for in every chunk
    for chosen in (None, rows):
        plain = Problem.distances(problem, np, x, y, chosen)
        np.testing.assert_allclose(problem.distances(np, x, y, chosen), plain, rtol=1e-15)


def test_a_problem_may_live_on_a_half_line():
    x, y = (0, np.inf), (-np.inf, 2)
    mine = planar("half_for_test", formula="(x + 1)**2 - (y - 3)**2 + x*y", x=x, y=y)
    try:
        known = mine.points()
        # Both players are held: f_x = 4 and f_y = 2. The ends of the search box are no bounds.
        assert known.x.tolist() == [[0.0]]
        assert known.y.tolist() == [[2.0]]
    finally:
        PROBLEMS.remove("half_for_test")


def test_sets_of_a_planar_problem_are_written_as_people_write_them():
    mine = planar("sets_for_test", formula="x*y", x=(-1, 1), y=Box([0], [3]))
    try:
        assert (mine.x_set, mine.y_set) == (Box(-1.0, 1.0), Box(0.0, 3.0))
        assert mine.about.region == (-1.0, 1.0)
        assert mine.about.confidence == ""
    finally:
        PROBLEMS.remove("sets_for_test")
    with pytest.raises(UserError, match="set of x of 'p' is a set such as Box"):
        planar("p", formula="x*y", x=1.0)
    with pytest.raises(UserError, match="set of y of 'p' has 2 coordinates"):
        planar("p", formula="x*y", y=Box((0, 0), (1, 1)))
