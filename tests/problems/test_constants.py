"""Constants of families and of other problems that state them: against whole matrices and samples."""

import numpy as np
import pytest

from minmaxbench.core.constants import How, block_norm
from minmaxbench.core.estimates import hessian_norms, hessians, start_samples
from minmaxbench.core.problem import About, Problem
from minmaxbench.errors import UserError
from minmaxbench.problems.registry import get_problem, names

OTHER = [
    name
    for name in names()
    if name not in names("planar") and "practical" not in get_problem(name).about.classes
]
SIZES = (1, 2, 7, 64)

SHARP = [
    "bilinear_d", "ncsc_quadratic_d", "weak_mvi_quadratic_d", "miyagi_f4_d", "miyagi_f5_d",
    "miyagi_f10_d", "robust_sphere_d", "policeman_burglar_d", "robust_least_squares_d",
    "fiez_quadratic_4d",
]  # fmt: skip
"""Their Hessian is constant and L its norm, not a bound on it."""


def sizes(name):
    """d = 1, 2, 7 and 64, as far as the problem has them."""
    for d in SIZES:
        try:
            yield get_problem(name, d)
        except UserError:
            continue


@pytest.mark.parametrize("name", OTHER)
def test_constants_hold_against_whole_matrices(name):
    for problem in sizes(name):
        known = problem.constants
        few = 8 if problem.dx + problem.dy < 50 else 2
        x, y = start_samples(problem, few, seed=7)
        matrices = hessians(problem, x, y)
        if not np.isfinite(matrices).all():
            continue
        holds(problem, known, matrices)
        if "b" in known and known["b"].how.proved:
            for at in ((x, y), corners(problem, x, y)):
                assert np.abs(problem.value(np, *at)).max() <= known["b"].value * (1 + 1e-12)


def corners(problem, x, y):
    """Corners of the start region, in the players' sets: where many a function is largest."""
    low, high = problem.about.region
    x, y = (np.where(2 * z > low + high, high, low) for z in (x, y))
    x, y = problem.place(x, y)
    return problem.x_set.project(np, x), problem.y_set.project(np, y)


@pytest.mark.parametrize("name", [n for n in names("family") if n in OTHER])
def test_the_bound_of_a_family_is_proved(name):
    known = get_problem(name).constants
    assert "b" not in known or known["b"].how.proved  # What is no min-max problem has no f.


@pytest.mark.parametrize("d", [1, 3])
def test_the_bound_of_the_worst_case_is_attained(d):
    known = get_problem("feg_worst_case_d", d)
    values = known.value(np, np.full((1, d), -2.0), np.full((1, d), 2.0))
    assert values == known.constants["b"].value


def holds(problem, known, matrices):
    """L, mu_x and mu_y against the spectra of Hessians."""
    dx, size = problem.dx, known["L"].value
    largest = np.linalg.norm(matrices, 2, axis=(1, 2)).max()
    if known["L"].how.proved:
        assert largest <= size * (1 + 1e-9), (problem, largest)
    if "mu_x" in known:
        least = np.linalg.eigvalsh(matrices[:, :dx, :dx]).min()
        assert least >= known["mu_x"].value - 1e-9 * size
    if "mu_y" in known:
        least = np.linalg.eigvalsh(-matrices[:, dx:, dx:]).min()
        assert least >= known["mu_y"].value - 1e-9 * size


@pytest.mark.parametrize("name", SHARP)
def test_l_of_a_quadratic_game_is_the_norm_of_its_hessian(name):
    for problem in sizes(name):
        x, y = start_samples(problem, 1)
        (norm,) = np.linalg.norm(hessians(problem, x, y), 2, axis=(1, 2))
        assert problem.constants["L"].how is How.CLOSED
        assert problem.constants["L"].value == pytest.approx(norm, rel=1e-9), problem


@pytest.mark.parametrize("d", [1, 2, 7, 64])
def test_rho_of_a_quadratic_game_is_read_off_the_inverse(d):
    for name in ("ncsc_quadratic_d", "bilinear_d", "weak_mvi_quadratic_d"):
        problem = get_problem(name, d)
        x, y = start_samples(problem, 1)
        (field,) = hessians(problem, x, y)
        field[d:] *= -1
        inverse = np.linalg.inv(field)
        least = np.linalg.eigvalsh((inverse + inverse.T) / 2).min()
        assert problem.constants["rho"].value == pytest.approx(least, abs=1e-9)


@pytest.mark.parametrize("name", ["f3_mean_lift_d", "f3_rotated_sum_d", "yang_pl_mean_d"])
def test_a_lift_has_the_constants_of_its_kernel(name):
    kernel = get_problem(name, 1).kernel.constants
    for d in (2, 7):
        known = get_problem(name, d).constants
        w = get_problem(name, d).weights
        assert known["L"].value == pytest.approx(kernel["L"].value * w.max())
        assert known["L"].how is How.ENCLOSED


def test_the_block_bound_is_sharp_for_numbers_and_a_bound_for_matrices():
    rng = np.random.default_rng(3)
    a, c = (np.diag(rng.standard_normal(4)) for _ in range(2))
    b = rng.standard_normal((4, 4))
    whole = np.block([[a, b], [b.T, -c]])
    ranges = [(float(m.diagonal().min()), float(m.diagonal().max())) for m in (a, c)]
    bound = block_norm(ranges[0], float(np.linalg.norm(b, 2)), ranges[1])
    assert np.linalg.norm(whole, 2) <= bound
    assert block_norm((-6.0, -6.0), 4.0, (2.0, 2.0)) == pytest.approx(
        np.linalg.norm([[-6.0, 4.0], [4.0, -2.0]], 2)
    )


class Users(Problem):
    """x^2 y, which says nothing about itself and has no Hessian-vector products."""

    name, dx, dy = "users", 1, 1
    about = About(region=(-1.0, 1.0))

    def value(self, xp, x, y):
        """x^2 y."""
        return (x * x * y)[..., 0]

    def grad_x(self, xp, x, y):
        """2xy."""
        return 2 * x * y

    def grad_y(self, xp, x, y):
        """x^2."""
        return x * x


def test_what_is_not_known_is_estimated_and_called_so():
    known = Users().constants
    assert known["L"].how is How.ESTIMATED
    assert 2.2 < known["L"].value < 1 + np.sqrt(5)
    assert 0.6 < known["b"].value <= 1


def test_the_power_method_agrees_with_whole_matrices(monkeypatch):
    problem = get_problem("alex_quadratic_d", 20)
    x, y = start_samples(problem, 2)
    whole = hessian_norms(problem, x, y)
    monkeypatch.setattr("minmaxbench.core.estimates.DENSE", 0)
    assert hessian_norms(problem, x, y) == pytest.approx(whole, rel=0.02)
