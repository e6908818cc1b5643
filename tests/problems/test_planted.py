"""Planted points are of the kind that was asked for, by the definitions, whatever the dials."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import minmaxbench as mb
from minmaxbench.core.estimates import hessian_norms, hessians, start_samples
from minmaxbench.core.problem import Kind
from minmaxbench.errors import UserError
from minmaxbench.problems.families.planted import KINDS, planted

DIALS = {
    "kind": st.sampled_from(sorted(KINDS)),
    "seed": st.integers(0, 10**9),
    "condition": st.floats(1.0, 1e3),
    "coupling": st.floats(1.5, 20.0),
    "angle": st.floats(-90.0, 90.0),
    "reach": st.floats(0.5, 10.0),
}
SIZES = st.integers(1, 6)


def drawn(dx, dy, dials):
    """The problem, or None where the coupling is too weak for the kind."""
    try:
        return planted(dx, dy, **dials)
    except UserError as error:
        if "needs a coupling above" in str(error) and dials["kind"] in ("minimax", "maximin"):
            return None
        raise


def blocks(problem):
    """The Hessian at the planted point: its three blocks."""
    known = problem.points()
    (h,) = hessians(problem, known.x, known.y)
    d = problem.dx
    return h[:d, :d], h[:d, d:], h[d:, d:]


def kind_by_definition(a, b, c):
    """Strict local Nash, minimax, maximin (Jin, Netrapalli, Jordan 2020), or none of them."""
    least, most = np.linalg.eigvalsh(a).min(), np.linalg.eigvalsh(c).max()
    if least > 0 and most < 0:
        return Kind.NASH
    if most < 0 and np.linalg.eigvalsh(a - b @ np.linalg.solve(c, b.T)).min() > 0:
        return Kind.MINIMAX
    if least > 0 and np.linalg.eigvalsh(c - b.T @ np.linalg.solve(a, b)).max() < 0:
        return Kind.MAXIMIN
    return Kind.NEITHER


@settings(max_examples=40, deadline=None)
@given(dx=SIZES, dy=SIZES, dials=st.fixed_dictionaries(DIALS))
def test_the_planted_point_is_of_its_kind_by_the_definitions(dx, dy, dials):
    problem = drawn(dx, dy, dials)
    if problem is None:
        return
    known = problem.points()
    gx, gy = problem.grad(np, known.x, known.y)
    assert np.abs(gx).max() == np.abs(gy).max() == 0
    assert known.kind == (kind_by_definition(*blocks(problem)),) == (KINDS[dials["kind"]],)


@settings(max_examples=40, deadline=None)
@given(dx=SIZES, dy=SIZES, dials=st.fixed_dictionaries(DIALS))
def test_bounds_hold_and_derivatives_are_those_of_f(dx, dy, dials):
    problem = drawn(dx, dy, dials)
    if problem is None:
        return
    x, y = start_samples(problem, 30)
    known = problem.constants
    assert np.abs(problem.value(np, x, y)).max() <= known["b"].value
    assert hessian_norms(problem, x, y).max() <= known["L"].value * (1 + 1e-9)
    u, v = np.ones_like(x), np.cos(y)
    h = 1e-30j
    gx, gy = problem.grad(np, x, y)
    slope = problem.value(np, x + h * u, y + h * v).imag / 1e-30
    scale = 1e-12 * (1 + np.abs(gx).sum(-1) + np.abs(gy).sum(-1))
    assert (np.abs(slope - (gx * u).sum(-1) - (gy * v).sum(-1)) <= scale).all()
    ahead = problem.grad(np, x + h * u, y + h * v)
    for product, step in zip(problem.hvp(np, x, y, u, v), ahead, strict=True):
        assert step.imag / 1e-30 == pytest.approx(product, rel=1e-9, abs=1e-9 * known["L"].value)


@pytest.mark.parametrize("d", [1, 2, 7, 64, 1000])
def test_any_dimension(d):
    for kind in KINDS:
        problem = planted(d, kind=kind)
        x, y = start_samples(problem, 2)
        assert np.isfinite(problem.value(np, x, y)).all()
        assert problem.points().kind == (KINDS[kind],)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_away_from_the_point_f_is_nonconvex_nonconcave(kind):
    problem = planted(2, kind=kind)
    x, y = start_samples(problem, 300)
    matrices = hessians(problem, 2.0 * x, 2.0 * y)
    assert np.linalg.eigvalsh(matrices[:, :2, :2]).min() < -1e-3
    assert np.linalg.eigvalsh(matrices[:, 2:, 2:]).max() > 1e-3


def test_the_dials_do_what_they_say():
    a, b, c = blocks(planted(8, kind="nash", condition=50.0, coupling=3.0, seed=4))
    assert np.linalg.cond(a) == pytest.approx(50.0)
    assert np.linalg.cond(c) == pytest.approx(50.0)
    weak = np.linalg.norm(blocks(planted(8, kind="nash", coupling=1.0, seed=4))[1], 2)
    strong = np.linalg.norm(blocks(planted(8, kind="nash", coupling=5.0, seed=4))[1], 2)
    assert strong == pytest.approx(5 * weak)
    assert not np.allclose(
        b, blocks(planted(8, kind="nash", condition=50.0, coupling=3.0, seed=5))[1]
    )
    straight, turned = (blocks(planted(8, kind="nash", angle=t)) for t in (0.0, 30.0))
    commute = [
        np.abs(h[0] @ h[1] @ h[1].T - h[1] @ h[1].T @ h[0]).max() for h in (straight, turned)
    ]
    assert commute[0] < 1e-12 < 1e-3 < commute[1]


def test_by_name_from_python_and_in_studies(tmp_path):
    problem = mb.problem("planted", 4, kind="neither", seed=7)
    again = mb.problem("planted:kind=neither,seed=7,d=4")
    x, y = start_samples(problem, 3)
    assert (problem.value(np, x, y) == again.value(np, x, y)).all()
    refs = mb.run(
        [{"name": "planted", "seed": [1, 2, 3], "kind": "minimax", "d": 3}],
        ["gda"], seeds=2, budget=50, out=tmp_path / "r",
    )  # fmt: skip
    assert refs.runs["problem"].nunique() == 3
    assert mb.problem({"name": "planted", "seed": 1, "instance": 2}).instance == 2


@pytest.mark.parametrize(
    ("dials", "sentence"),
    [
        ({"kind": "minmax"}, "did you mean minimax"),
        ({"sed": 3}, "did you mean seed"),
        ({"seed": 0.5}, "whole number"),
        ({"condition": 0.1}, "condition of a planted problem is a number from 1"),
        ({"coupling": 0.2}, "needs a coupling above"),
    ],
)
def test_bad_dials_are_one_sentence(dials, sentence):
    with pytest.raises(UserError, match=sentence):
        mb.problem("planted", 4, **dials)
