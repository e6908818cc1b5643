"""docs/statements.md: each row has its test; and the tests of rows that have no other place."""

import re
from pathlib import Path

import numpy as np
import pytest

from minmaxbench.core.problem import Kind
from minmaxbench.problems.cycles import FLOW, known_cycles
from minmaxbench.problems.registry import get_problem, names

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "statements.md").read_text(encoding="utf-8")


def test_every_row_names_tests_that_exist():
    texts = "\n".join(p.read_text(encoding="utf-8") for p in (ROOT / "tests").rglob("test_*.py"))
    defined = set(re.findall(r"^def (test_\w+)", texts, re.M))
    rows = [line for line in PAGE.splitlines() if line.startswith("| ")][2:]
    assert len(rows) > 40
    for row in rows:
        named = re.findall(r"`(test_\w+)`", row)
        assert named, row
        assert set(named) <= defined, row


def test_every_problem_that_a_row_names_exists():
    known = names()
    for row in PAGE.splitlines():
        first = row.split("|")[1] if row.startswith("| `") else ""
        for name in re.findall(r"`(\w+_?\*?)`", first):
            assert name.startswith(("_", "A")) or any(n.startswith(name.rstrip("*")) for n in known)


def test_the_exceptions_of_the_certificates_are_those_that_are_named():
    text = (ROOT / "docs" / "certificates.md").read_text(encoding="utf-8")
    section = text[text.index("## The exceptions") : text.index("## Global values")]
    planar = names(group="planar")
    left = {name for name in planar if not get_problem(name).certificate.complete}
    rows = "".join(line for line in section.splitlines() if line.startswith("| `"))
    assert set(re.findall(r"`(\w+)`", rows)) == left
    assert f"Of the {len(planar)} planar problems {len(planar) - len(left)} are" in section


def flow(name):
    """Eigenvalues of gradient play, (-f_x, f_y), linearised at the origin."""
    zero = np.zeros((1, 1))
    fxx, fxy, fyy = (h[0, 0] for h in get_problem(name).hessian(np, zero, zero))
    return np.linalg.eigvals(np.array([[-fxx, -fxy], [fxy, fyy]])).real


@pytest.mark.parametrize(
    ("name", "least", "most"),
    [
        ("ftr_f1", 2, 2),
        ("ftr_f2", -2, -2),
        ("jin_quadratic", 0, 0),
        ("dirac_gan", 0, 0),
        ("dirac_gan_r1", -0.15, -0.15),
    ],
)
def test_gradient_play_at_the_origin(name, least, most):
    found = flow(name)
    assert found.min() == pytest.approx(least, abs=1e-12)
    assert found.max() == pytest.approx(most, abs=1e-12)
    if name in ("ftr_f1", "jin_quadratic"):
        assert get_problem(name).points().kind == (Kind.MINIMAX,)
    if name == "dirac_gan":
        assert [c.stability for c in known_cycles(get_problem(name)) if c.dynamics == FLOW] == [
            "neutral"
        ]


def test_sin_of_a_sum_has_no_local_nash_point():
    problem = get_problem("jin_sin_sum")
    assert problem.certificate.curves == ("cos(x + y) = 0",)
    assert not problem.points().equilibria.size
    x = np.linspace(-3, 3, 7)[:, None]
    best = np.pi / 2 - x
    # The best answers: f = 1, and x does better by any small move.
    np.testing.assert_allclose(problem.value(np, x, best), 1)
    for s in (-1e-3, 1e-3):
        assert (problem.value(np, x + s, best) < 1).all()


def test_forsaken_has_one_critical_point_which_is_no_minimax_point():
    problem = get_problem("forsaken")
    known, proved = problem.points(), problem.certificate
    assert known.complete
    assert known.kind == (Kind.MAXIMIN,)
    np.testing.assert_allclose([known.x[0, 0], known.y[0, 0]], [0.0780, 0.4119], atol=5e-5)
    assert known.value[0] == pytest.approx(-0.0303, abs=5e-5)
    assert proved.minimax.value[0] > 0.2011
    assert not proved.minimax.rows


@pytest.mark.parametrize(
    ("name", "stabilities", "period"),
    [
        ("hsieh_almost_bilinear_eps001", ["attracting"], 2 * np.pi),
        ("hsieh_almost_bilinear_eps01", ["attracting"], 2 * np.pi),
        ("forsaken", ["repelling", "attracting"], 7.17),
        ("global_forsaken", ["attracting", "repelling"], 6.38),
        ("letcher_zero_sum", ["attracting"], 6.85),
        ("stonr_f2", ["repelling"], 6.30),
        ("grimmer_A1", [], None),
        ("grimmer_A10", ["attracting"], 0.95),
        ("grimmer_A11", ["attracting"], 0.79),
        ("grimmer_A100", ["attracting"], 0.06),
    ],
)
def test_cycles_that_papers_speak_of(name, stabilities, period):
    cycles = known_cycles(get_problem(name))
    found = [c for c in cycles if c.dynamics == FLOW]
    assert [c.stability for c in found] == stabilities
    if period is not None:
        assert found[0].period == pytest.approx(period, abs=0.01)
    if name == "stonr_f2":
        assert {c.dynamics for c in cycles} >= {"gda", "ogda", "extragradient"}


@pytest.mark.parametrize(
    ("name", "value", "point"),
    [
        ("ttur_toy", 100, (0, 0)),
        ("omd_ex22", 1, (0, 0)),
        ("cbo_nonseparate", 0, (0, 0)),
        ("cbo_rastrigin_1d", 0, (0, 0)),
        ("cbo_nonsep_rastrigin_1d", 0, (0, 0)),
        ("dirac_gan", -2 * np.log(2), (0, 0)),
        ("dirac_gan_r1", -2 * np.log(2), (0, 0)),
        ("hidden_matching_pennies", 0, (0, 0)),
        ("yang_two_sided_pl", 0, (0, 0)),
        ("parrilo_31", -0.47247, (0.6300, 0.3969)),
        ("ratio_game_exotic", -0.60582, (0.9519, 0.0505)),
    ],
)
def test_saddle_points_of_papers_are_global(name, value, point):
    problem = get_problem(name)
    proved, known = problem.certificate, problem.points()
    for found, at in zip((proved.minimax, proved.maximin), point, strict=True):
        assert found.value == pytest.approx((value, value), abs=2e-5)
        assert any(a - 1e-4 <= at <= b + 1e-4 for a, b in found.where)
        assert found.rows
        (row,) = found.rows
        # Weakly: f(x, 0) is the same for every x, so that second derivatives tell minimax alone.
        assert known.kind[row] is (Kind.MINIMAX if name == "dirac_gan_r1" else Kind.NASH)
        np.testing.assert_allclose([known.x[row, 0], known.y[row, 0]], point, atol=1e-4)


def test_the_point_of_omd_is_no_saddle_point():
    proved = get_problem("omd_fig1").certificate
    assert proved.complete
    assert [p.kind for p in proved.points] == [Kind.MINIMAX]
    assert proved.maximin.value[1] + 0.06 < proved.minimax.value[0]


def test_the_coupling_of_the_pl_game_leaves_f_unbounded():
    problem = get_problem("pl_game_d")
    rng = np.random.default_rng(0)
    y = rng.standard_normal((1, problem.dy))
    d = problem.dx
    e, zero = np.eye(d), np.zeros((d, d))
    p = problem.hvp(np, zero, zero, e, zero)[0]
    values, vectors = np.linalg.eigh((p + p.T) / 2)
    flat = vectors[:, values < 1e-9 * values.max()]
    assert flat.shape[1]
    slope = problem.grad_x(np, np.zeros((1, d)), y)[0] @ flat
    way = -(flat @ slope)[None] / np.linalg.norm(slope)
    far = [problem.value(np, t * way, y)[0] for t in (0.0, 1e3, 1e6)]
    assert far[0] > far[1] > far[2]
    assert far[1] - far[2] > 1e2 * np.linalg.norm(slope)
