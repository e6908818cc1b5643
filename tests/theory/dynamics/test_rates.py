"""Local rates: what runs do near certified points against the Jacobians of their steps over a period."""

from functools import cache

import numpy as np
import pytest

from minmaxbench.algorithms.registry import ALGORITHMS
from minmaxbench.core import tree
from minmaxbench.core.noise import Draws, run_keys
from minmaxbench.core.oracle import NumpyOracle
from minmaxbench.errors import UserError
from minmaxbench.problems.certificates import middle
from minmaxbench.problems.registry import get_problem, names
from minmaxbench.theory.dynamics.rates import TRIAL, local_rate
from minmaxbench.theory.dynamics.stability import numbers, spectral_radius

NO_RATE = {
    "adam_gda": "not linear", "extra_adam": "not linear", "optimistic_adam": "not linear",
    "optimistic_adam_keswani": "not linear", "acgd": "not linear", "adagrad_gda": "not linear",
    "tiada": "not linear", "dual_extrapolation": "finds its own", "agraal": "finds its own",
    "eg_adaptive_boehm": "finds its own", "eg_l0_l1": "finds its own",
    "eg_plus_adaptive": "finds its own", "eg_plus_curvature": "finds its own",
    "eg_universal": "finds its own", "fbf_search": "finds its own",
    "mirror_prox_universal": "finds its own", "neada_adagrad": "finds its own",
    "anchored_gda": "change for ever", "apv": "change for ever", "arg": "change for ever",
    "cfogda": "change for ever", "dseg": "change for ever", "eag_c": "change for ever",
    "eag_v": "change for ever", "fast_ogda": "change for ever", "feg": "change for ever",
    "g_eag": "change for ever", "greedy_max": "values of f", "greedy_max_program": "values of f",
    "greedy_max_theory": "values of f", "greedy_max_adam": "values of f",
    "eg_regularised": "drawn to its start for ever", "rain": "change for ever",
    "feg_adaptive": "finds its own", "gda_am": "finds its own", "j_symmetric": "finds its own",
}  # fmt: skip
"""Who has no rate, and why: steps scaled by their own gradients, found on the way, drawn to an
anchor by less and less, or chosen by values."""


@cache
def has_rate(name):
    try:
        local_rate(ALGORITHMS.get(name)(), TRIAL[0])
    except UserError:
        return False
    return True


MAYBE = [name for name in ALGORITHMS if name not in NO_RATE]
PLANAR = names("planar")
FEW = ("global_forsaken",)
"""One strict local Nash point."""
PAIRS = [
    pytest.param(problem, name, marks=() if problem in FEW else pytest.mark.slow)
    for problem in PLANAR
    for name in MAYBE
]


def strict_points(problem):
    """Certified interior points of a planar problem whose Hessian is far from singular."""
    proved = problem.certificate
    for point in proved.points if proved is not None else ():
        x, y = np.array([[float(point.x)]]), np.array([[float(point.y)]])
        a, b, c = map(middle, point.hessian)
        if not any(point.held) and abs(a * c - b * b) > 1e-3 * (abs(a) + abs(b) + abs(c)) ** 2:
            yield x, y, (a, b, c)


def measured_rate(rule, problem, x, y, far, lanes=3, steps=960, stretch=12):
    """The mean factor by which runs come nearer to a point, over the second half of many steps.

    Beside lane 0, which rests at the point, the others are brought back to a distance of ``far`` after
    each stretch, what moves of their state with them; stretches hold whole periods.
    """
    oracle = NumpyOracle(problem, Draws(run_keys("rates", np.arange(lanes))))
    state = rule.init(np.repeat(x, lanes, 0), np.repeat(y, lanes, 0), oracle)
    rng = np.random.default_rng(8)
    aside = far * rng.standard_normal((lanes, 2))
    aside[0] = 0
    home = {n: a[:1] for n, a in numbers(rule.step(state, oracle)).items()}
    state = rule.init(x + aside[:, :1], y + aside[:, 1:], oracle)
    logs = []
    for _ in range(steps // stretch):
        for _ in range(stretch):
            state = rule.step(state, oracle)
        parts = numbers(state)
        z = np.hstack([state.x, state.y])
        size = np.sqrt(((z - np.hstack([x, y])) ** 2).sum(1))[1:]
        logs.append(np.log(size / far))
        if size.max() < 1e-14 or not np.isfinite(size).all():
            return float(np.exp(logs[0].mean() / stretch)), len(logs)
        scale = np.concatenate([[0.0], far / size])[:, None]
        # What is no vector near the point, such as a counter, is the same in all lanes.
        new = {n: home[n] + scale * (a - home[n]) for n, a in parts.items() if np.ptp(a) > 0}
        state = tree.rebuild(state, new)
    late = np.array(logs[len(logs) // 2 :])
    return float(np.exp(late.mean() / stretch)), len(logs)


@pytest.mark.parametrize(("problem", "name"), PAIRS)
def test_runs_contract_at_the_rate_of_their_jacobian(problem, name):
    game, rule = get_problem(problem), ALGORITHMS.get(name)()
    for x, y, hessian in list(strict_points(game))[:20] if has_rate(name) else ():
        if name == "cesp" and (hessian[0] < 0 or hessian[2] > 0):
            with pytest.raises(UserError, match="does not stay"):
                local_rate(rule, hessian)
            continue
        try:
            want = local_rate(rule, hessian)
        except UserError as error:
            # Its criterion jumps at some points.
            if name != "sos" or "not linear" not in str(error):
                raise
            continue
        far = 1e-6 if want < 1.2 else 1e-10
        with np.errstate(all="ignore"):
            got, stretches = measured_rate(rule, game, x, y, far)
        if want < 0.1 or stretches < 10:
            # The first stretch is all there is: at or beyond the last digits.
            assert got < max(0.3, want + 0.1), (name, hessian)
        elif want > 3:
            assert got > 1.2, (name, hessian)
        else:
            slack = 2e-3 + 0.01 * abs(np.log(want))
            if abs(np.log(got / want)) >= slack:
                # A pair of complex eigenvalues swings about its rate: it takes longer to see.
                with np.errstate(all="ignore"):
                    got, _ = measured_rate(rule, game, x, y, far, steps=3840)
            assert abs(np.log(got / want)) < slack, (name, hessian, got, want)


@pytest.mark.parametrize("name", NO_RATE)
def test_who_has_no_rate_says_why(name):
    with pytest.raises(UserError, match=NO_RATE[name]):
        local_rate(ALGORITHMS.get(name)(), TRIAL[0])


@pytest.mark.parametrize("eta", [0.1, 0.4])
def test_periods_and_clocks_are_those_of_algebra(eta):
    xy = (0.0, 1.0, 0.0)
    # A pair of slingshot's steps on f = xy: z -> (1 - h^2) z, h = 1/2.
    assert local_rate(ALGORITHMS.get("slingshot")(), xy) == pytest.approx(0.75**0.5, abs=1e-9)
    # Lookahead: k steps of GDA, and a part of the way back.
    rule = ALGORITHMS.get("lookahead_minmax")(eta=eta, k=4, alpha=0.3)
    whole = 0.7 + 0.3 * (1 + 1j * eta) ** 4
    assert local_rate(rule, xy) == pytest.approx(abs(whole) ** 0.25, abs=1e-9)
    gda = ALGORITHMS.get("gda")(eta_x=eta, eta_y=eta)
    assert local_rate(gda, xy) == pytest.approx(spectral_radius(gda, xy), abs=1e-9)


def test_stable_opponent_shaping_is_look_ahead_near_a_point():
    # Its p is |F|^2 there: a step that is looked at from afar is another method's.
    for hessian in TRIAL:
        sos, ahead = (
            local_rate(ALGORITHMS.get(n)(), hessian) for n in ("sos", "lookahead_opponent")
        )
        assert sos == pytest.approx(ahead, abs=1e-7)


def test_almost_every_deterministic_method_has_a_rate():
    assert sum(map(has_rate, MAYBE)) > 40
