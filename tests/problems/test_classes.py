"""What a problem's declaration calls it, against what is proved or sampled of it."""

import math
from types import SimpleNamespace

import numpy as np
import pytest

from minmaxbench.core.estimates import hessians, start_samples
from minmaxbench.core.problem import About
from minmaxbench.core.sets import Ball, Box, Simplex, Torus
from minmaxbench.problems.classes import classes_of, derived
from minmaxbench.problems.planar import Planar
from minmaxbench.problems.registry import get_problem, names
from minmaxbench.problems.vocabulary import CLASSES, CURVATURES, PROPERTIES

ALL = names()
PLANAR = names(group="planar")
GAMES = [n for n in ALL if "variational-inequality" not in get_problem(n).about.classes]


@pytest.mark.parametrize("name", ALL)
def test_a_declaration_says_nothing_that_is_refuted(name):
    problem = get_problem(name)
    refuted = [word for word, verdict in derived(problem).items() if not verdict]
    assert not set(refuted) & set(problem.about.classes)
    assert set(classes_of(problem)) <= set(CLASSES)


@pytest.mark.parametrize("name", PLANAR)
def test_the_curvature_of_a_planar_problem_is_proved(name):
    problem = get_problem(name)
    said = set(problem.about.classes) & set(CURVATURES)
    found = derived(problem)
    assert said
    assert {word: found.get(word) for word in said} == dict.fromkeys(said, True)


@pytest.mark.parametrize("name", [n for n in GAMES if n not in PLANAR])
def test_the_curvature_of_other_problems_holds_on_samples(name):
    problem = get_problem(name)
    if problem.dx + problem.dy > 40:
        pytest.skip("its Hessian is not written out")
    if name == "dresher_111":
        pytest.skip("what makes it nonconvex in x is a kink, which a Hessian does not see")
    words = set(problem.about.classes) & set(CURVATURES)
    assert words
    x, y = wide_samples(problem, 200 if problem.dx + problem.dy < 12 else 3)
    matrices = hessians(problem, x, y)
    size = np.abs(matrices).max()
    fxx, fyy = matrices[:, : problem.dx, : problem.dx], matrices[:, problem.dx :, problem.dx :]
    along = [tangent(s, d) for s, d in ((problem.x_set, problem.dx), (problem.y_set, problem.dy))]
    in_x, in_y = (
        np.linalg.eigvalsh(t.T @ m @ t) / size for t, m in zip(along, (fxx, fyy), strict=True)
    )
    check = {"convex": in_x.min() >= -1e-9, "nonconvex": in_x.min() < 0, "linear": flat(in_x)}
    check["concave"] = in_x.max() <= 1e-9
    answers = {
        "concave": in_y.max() <= 1e-9,
        "strongly-concave": in_y.max() < 0,
        "nonconcave": in_y.max() > 0,
        "convex": in_y.min() >= -1e-9,
        "linear": flat(in_y),
    }
    for first, _, second in (word.partition("-") for word in words):
        assert check.get(first, flat(in_x)), (words, in_x.min(), in_x.max())
        assert answers.get(second, flat(in_y)), (words, in_y.min(), in_y.max())


def wide_samples(problem, count):
    """Points of the sets; of four times the start region where a player is free."""
    (low, high), half = problem.about.region, 0
    half = (high - low) / 2
    wide = About(region=((low + high) / 2 - 4 * half, (low + high) / 2 + 4 * half))
    free = not problem.constrained
    return start_samples(
        SimpleNamespace(
            dx=problem.dx,
            dy=problem.dy,
            x_set=problem.x_set,
            y_set=problem.y_set,
            about=wide if free else problem.about,
            place=problem.place,
        ),
        count,
    )


def flat(values):
    """No curvature but rounding."""
    return np.abs(values).max() <= 1e-9


def tangent(s, d):
    """A basis of the directions in which a player may move: on a simplex those of sum zero."""
    if not isinstance(s, Simplex):
        return np.eye(d)
    basis = np.linalg.svd(np.ones((1, d)))[2][1:]
    return basis.T


def says(word):
    return [n for n in ALL if word in get_problem(n).about.classes]


@pytest.mark.parametrize("name", says("bounded"))
def test_a_bounded_function_is_bounded_far_out(name):
    problem = get_problem(name)
    rng = np.random.default_rng(0)
    reach = 10.0 ** rng.uniform(-1, 4, (4000, 1))
    x, y = (reach * rng.standard_normal((4000, d)) for d in (problem.dx, problem.dy))
    x, y = problem.x_set.project(np, x), problem.y_set.project(np, y)
    largest = np.abs(problem.value(np, x, y)).max()
    bound = max(map(abs, problem.about.bounds))
    assert largest <= min(bound, 1e5)


@pytest.mark.parametrize("name", says("quadratic"))
def test_a_quadratic_has_one_hessian(name):
    problem = get_problem(name)
    x, y = start_samples(problem, 4)
    matrices = hessians(problem, x, y)
    assert np.ptp(matrices, axis=0).max() <= 1e-9 * (1 + np.abs(matrices).max())


@pytest.mark.parametrize("name", says("separable"))
def test_a_separable_function_has_no_coupling(name):
    problem = get_problem(name)
    if name == "feg_worst_case_d":
        pytest.skip("separable in the pairs of coordinates, not in the players")
    x, y = start_samples(problem, 4)
    assert not hessians(problem, x, y)[:, : problem.dx, problem.dx :].any()


def test_sets_are_what_boxed_simplex_and_periodic_say():
    kinds = {"boxed": (Box, Ball), "periodic": (Torus,)}
    for name in ALL:
        problem = get_problem(name)
        for word, sets in kinds.items():
            if word in problem.about.classes:
                assert isinstance(problem.x_set, sets) or isinstance(problem.y_set, sets), name
        if "simplex" in problem.about.classes:
            assert any("simplex" in s.describe("z") for s in (problem.x_set, problem.y_set)), name


def test_nonsmooth_problems_have_no_lipschitz_field():
    found = [n for n in PLANAR if derived(get_problem(n)).get("nonsmooth")]
    assert found == ["rde_L4"]
    ackley = get_problem("saddle_ackley_d", 2)
    near = np.full((1, 2), 1e-9)
    assert np.abs(hessians(ackley, near, near)).max() > 1e6
    assert not math.isfinite(ackley.about.smoothness)


@pytest.mark.parametrize(
    "name", [n for n in PLANAR if "degenerate" in get_problem(n).about.classes]
)
def test_a_degenerate_problem_has_a_singular_stationary_point(name):
    problem = get_problem(name)
    known = problem.points()
    a, b, c = problem.hessian(np, known.x, known.y)
    singular = np.abs(a * c - b * b) <= 1e-9 * (1 + a * a + b * b + c * c)
    singular |= np.minimum(np.abs(a), np.abs(c)) <= 1e-9
    assert singular.any() or problem.certificate.curves or problem.certificate.open


def test_the_narrowest_class_is_added_where_none_is_said():
    from dataclasses import replace

    problem = get_problem("jin_quadratic")
    silent = replace(problem, about=replace(problem.about, classes=()))
    assert isinstance(silent, Planar)
    assert classes_of(silent)[0] == "nonconvex-strongly-concave"
    assert {"nonconvex-PL", "interaction-dominant"} <= set(classes_of(silent)) <= set(CLASSES)
    assert not set(CURVATURES) & set(PROPERTIES)
