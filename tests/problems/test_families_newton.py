"""Lists of points of families and lifts against Newton's method, in dimensions 2 to 64.

Newton sees the gradient and Hessian-vector products only; it starts near what is listed, where it
must come back, and anywhere in the start region, where it must find nothing that a list excludes.
"""

import zlib

import numpy as np
import pytest

from minmaxbench.core.problem import Kind
from minmaxbench.problems.registry import PROBLEMS, get_problem
from minmaxbench.problems.transforms.instances import get_instance
from minmaxbench.problems.transforms.lifts import WeightedSum

FAMILIES = [
    name
    for name in PROBLEMS
    if PROBLEMS.get(name).group == "family"
    # Operators have no Hessian, and a factorisation has no d of its own: tests of their own.
    and "variational-inequality" not in PROBLEMS.get(name).about.classes
    and name != "lowrank_d"
]
FLAT = (
    "f3_active",
    "bilinear",
    "robust_sphere",
    "miyagi_f4",
    "feg_worst_case",
    "softmax_rps",
    "wgan",
)
"""Families whose solutions are whole subspaces or orbits."""
KINKED = ("saddle_ackley_d", "huber_skew_d", "policeman_burglar_d", "max_of_quadratics_d")
"""Families without second derivatives at, or a millionth away from, their points, or with points on
the border."""
SIZES_OF = {"softmax_rps_d": (3, 5, 17, 65), "wgan_covariance_d": (1, 4, 16, 64)}
NUMBERS = (0, 1, -2)
CASES = [
    # By default every family once at d = 2 and 4, over all kinds of instance; the rest is slow.
    pytest.param(
        name, d, number, marks=() if d <= 5 and number == NUMBERS[(k + d) % 3] else pytest.mark.slow
    )
    for k, name in enumerate(n for n in FAMILIES if n not in KINKED)
    for d in SIZES_OF.get(name, (2, 4, 16, 64))
    for number in NUMBERS
]


def gradient(problem, z):
    return np.concatenate(problem.grad(np, z[:, : problem.dx], z[:, problem.dx :]), axis=1)


def hessian(problem, z):
    """(lanes, n, n) from Hessian-vector products."""
    x, y = z[:, : problem.dx], z[:, problem.dx :]
    columns = [
        np.concatenate(problem.hvp(np, x, y, x * 0 + e[: problem.dx], y * 0 + e[problem.dx :]), 1)
        for e in np.eye(problem.dx + problem.dy)
    ]
    return np.stack(columns, axis=-1)


def newton(problem, z, steps=40, longest=np.inf):
    """Newton's method with least squares, since lifts have flat directions; steps cut to ``longest``."""
    for _ in range(steps):
        g, h = gradient(problem, z), hessian(problem, z)
        if np.abs(g).max() <= 1e-15:
            break
        step = (np.linalg.pinv(h, rcond=1e-10, hermitian=True) @ g[..., None])[..., 0]
        size = np.sqrt((step * step).sum(1, keepdims=True))
        z = z - step * np.minimum(1, longest / np.maximum(size, 1e-300))
    return z


def split(problem, z):
    return z[:, : problem.dx], z[:, problem.dx :]


def make(name, d, number):
    problem = get_instance(get_problem(name, d), number)
    known = problem.points()
    rng = np.random.default_rng(zlib.crc32(f"{name} {d} {number}".encode()))
    return problem, known, np.concatenate([known.x, known.y], axis=1), rng


@pytest.mark.parametrize(("name", "d", "number"), CASES)
def test_listed_points_are_roots_and_newton_returns_to_them(name, d, number):
    problem, known, z, rng = make(name, d, number)
    scale = np.abs(hessian(problem, z)).max((1, 2)) * (1 + np.abs(z).max(1))
    assert (np.abs(gradient(problem, z)).max(1) <= 1e-13 * scale).all()
    x, y = split(problem, z)
    # Inside the sets, so that the gradient's roots are the solutions of the variational inequality.
    assert np.allclose(problem.x_set.project(np, x), x, atol=1e-14)
    assert np.allclose(problem.y_set.project(np, y), y, atol=1e-14)
    away = rng.standard_normal(z.shape)
    away = 1e-3 * away / np.sqrt((away * away).sum(1, keepdims=True))
    again = newton(problem, z + away)
    gaps = problem.distances(np, *split(problem, again))
    assert np.diag(gaps).max() <= 1e-9
    if not name.startswith(FLAT):
        # No flat directions: it is the very point again.
        assert np.abs(again - z).max() <= 1e-9
    np.testing.assert_allclose(
        problem.value(np, x, y), known.value, rtol=1e-12, atol=1e-11 * scale.max()
    )


def lanes_at(d):
    """How many starts: a step costs (2 d)^3 each."""
    return 40 if d <= 4 else 20 if d <= 16 else 6


def region_starts(problem, rng, lanes=40):
    low, high = problem.about.region
    x = rng.uniform(low, high, (lanes, problem.dx))
    y = rng.uniform(low, high, (lanes, problem.dy))
    return np.concatenate(problem.place(x, y), axis=1)


def roots(problem, z):
    """Roots of the gradient that Newton's method reaches from ``z``."""
    low, high = problem.about.region
    known = problem.points()
    reach = max((high - low) / 4, np.abs(known.x).max() / 20, np.abs(known.y).max() / 20)
    with np.errstate(all="ignore"):
        z = newton(problem, z, 80, longest=reach)
        h = np.abs(hessian(problem, z)).max((1, 2))
        good = np.abs(gradient(problem, z)).max(1) <= 1e-12 * h * (1 + np.abs(z).max(1))
        # In the flat tail of F3 both gradient and Hessian vanish, and their ratio with them.
        good &= h > 1e-3
    return z[good]


COMPLETE = [
    name
    for name in FAMILIES
    if name not in KINKED and get_problem(name, SIZES_OF.get(name, (2,))[0]).points().complete
]


def test_which_lists_claim_to_be_complete():
    assert COMPLETE == [
        "alex_quadratic_d",
        "bilinear_d",
        "cubic_saddle_d",
        "f3_active_subspace_d",
        "feg_worst_case_d",
        "kbeam_barrier_d",
        "loizou_nonmonotone_d",
        "miyagi_f10_d",
        "miyagi_f11_d",
        "miyagi_f4_d",
        "miyagi_f5_d",
        "miyagi_f7_d",
        "ncsc_quadratic_d",
        "ouyang_xu_d",
        "pl_game_d",
        "planted",
        "quad_quartic_d",
        "robust_least_squares_d",
        "robust_sphere_d",
        "smooth_l1_saddle_d",
        "softmax_rps_d",
        "weak_mvi_quadratic_d",
    ]


@pytest.mark.parametrize(("name", "d", "number"), [c for c in CASES if c.values[0] in COMPLETE])
def test_newton_finds_nothing_that_a_complete_list_lacks(name, d, number):
    problem, _, _, rng = make(name, d, number)
    z = roots(problem, region_starts(problem, rng))
    gaps = problem.distances(np, *split(problem, z)).min(1)
    if name == "f3_active_subspace_d":
        # The claim is for the kernel's box.
        base = get_problem(name, d)
        moved = problem if number >= 0 else problem.base
        x, y = split(problem, z) if number >= 0 else reversed(split(problem, z))
        x, y = (x, y) if number == 0 else moved._back(np, x, y)
        s, t = base._kernel_point(np, x, y)
        gaps = gaps[(np.abs(s[:, 0]) <= 28) & (np.abs(t[:, 0]) <= 28)]
    if problem.constrained:
        # Roots outside the sets are no solutions.
        x, y = split(problem, z)
        outside = [
            np.abs(a - s.project(np, a)) for s, a in ((problem.x_set, x), (problem.y_set, y))
        ]
        gaps = gaps[np.concatenate(outside, axis=1).max(1) <= 1e-12]
    assert len(gaps) >= 5 or name == "robust_sphere_d"
    assert (gaps <= 1e-7).all()


SUMS = [
    name
    for name in FAMILIES
    if name not in SIZES_OF and isinstance(get_problem(name, 2), WeightedSum)
]
SIZES = [2, 4, pytest.param(16, marks=pytest.mark.slow), pytest.param(64, marks=pytest.mark.slow)]


@pytest.mark.parametrize("name", SUMS)
@pytest.mark.parametrize("d", SIZES)
def test_roots_of_a_sum_are_products_of_kernel_points(name, d):
    # Listed are those with equal coordinates; of the equilibria these are all, as there is one.
    problem, known, _, rng = make(name, d, 0)
    kernel = problem.kernel.points()
    assert len(kernel.equilibria) == len(known.equilibria) == 1
    lanes = lanes_at(d)
    rows = rng.integers(len(kernel), size=(lanes, d))
    noise = rng.uniform(-0.05, 0.05, (2, lanes, d))
    x, y = problem._back(np, kernel.x[rows, 0] + noise[0], kernel.y[rows, 0] + noise[1])
    z = roots(problem, np.concatenate([x, y], axis=1))
    assert len(z) >= lanes / 2
    s, t = (part.reshape(-1, 1) for part in problem._turn(np, *split(problem, z)))
    assert problem.kernel.distances(np, s, t).min(1).max() <= 1e-6
    if len(kernel) > 1:
        # Most are not listed, and the list does not claim them.
        assert (problem.distances(np, *split(problem, z)).min(1) > 0.1).mean() > 0.5
        assert not known.complete


@pytest.mark.parametrize("d", SIZES)
def test_stationary_points_of_the_equivariant_lift_are_collinear_kernel_points(d):
    problem, _, _, rng = make("f3_equivariant_d", d, 0)
    kernel = get_problem("keswani_f3")
    lanes = 3 * lanes_at(d)
    starts = rng.standard_normal((2, lanes, d))
    lengths = rng.uniform(0, 20, (2, lanes, 1))
    starts = lengths * starts / np.sqrt((starts * starts).sum(-1, keepdims=True))
    x, y = split(problem, roots(problem, np.concatenate(list(starts), axis=1)))
    n, m = np.sqrt((x * x).sum(1)), np.sqrt((y * y).sum(1))
    inner = (x * y).sum(1)
    np.testing.assert_allclose(np.abs(inner), n * m, rtol=1e-7, atol=1e-12)
    # Along the common line they are points of the kernel, which is even.
    gaps = kernel.distances(np, n[:, None], (np.where(inner < 0, -m, m))[:, None])
    known = kernel.points()
    inside = (n <= 28) & (m <= 28)
    assert gaps[inside].min(1).max() <= 1e-6
    assert len(np.unique(gaps[inside].argmin(1))) >= 2
    assert [known.kind[k] for k in known.equilibria] == [Kind.MINIMAX]
