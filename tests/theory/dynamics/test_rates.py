"""Local rates: what runs do near certified points against the Jacobians of their steps over a period."""

import csv
from functools import cache

import numpy as np
import pytest

from benchmarks.local_rates import DRAWN, INVERTS, TABLE, measured, rows_of, strict_points
from minmaxbench.algorithms.registry import ALGORITHMS
from minmaxbench.errors import UserError
from minmaxbench.problems.registry import names
from minmaxbench.theory.dynamics.rates import TRIAL, local_rate
from minmaxbench.theory.dynamics.stability import spectral_radius

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
    "newton_dogleg": "finds its own", "pesg": "drawn to its start for ever",
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


MAYBE = [name for name in ALGORITHMS if name not in NO_RATE and name not in DRAWN]
EXCEPTIONS = {("cesp", "ratio_game_exotic")}
"""f_xx = f_yy = 0 at the point, and beside it f curves: there CESP makes steps that the model has not."""
FEW = ("global_forsaken",)
"""One strict local Nash point."""


def agree(name, problems):
    """Measured factors are spectral radii at all strict points of the problems."""
    for row in rows_of(name, problems) if has_rate(name) else ():
        assert not row.differ or (name, row.problem) in EXCEPTIONS, (name, row)
        refused, hessians = 0, [point.hessian for point in strict_points(row.problem)]
        if name == "cesp":
            # It does not stay where a player's curvature is wrong.
            refused = sum(a < 0 or c > 0 for a, _, c in hessians)
        elif name in INVERTS:
            refused = sum(abs(c) < 1e-9 for _, _, c in hessians)
        # The criterion of sos jumps at some points.
        assert row.refused == refused or name == "sos", (name, row)
        assert row.agree + row.digits + row.refused + row.differ == row.points


@pytest.mark.parametrize("name", MAYBE)
def test_runs_contract_at_the_rate_of_their_jacobian(name):
    agree(name, FEW)


@pytest.mark.slow
@pytest.mark.parametrize("name", MAYBE)
def test_runs_contract_at_the_rate_of_their_jacobian_at_every_strict_point(name):
    agree(name, names("planar"))


def test_another_rate_than_the_measured_one_is_seen():
    class Faster(ALGORITHMS.get("gda")):
        def step(self, state, oracle):
            new = super().step(state, oracle)
            return new + 0.02 * (new - state)

    (point,) = strict_points("global_forsaken")
    got, looks = measured(Faster(), [point], np.array([1e-6]), 480)
    assert looks[0] > 10
    assert abs(np.log(got[0] / local_rate(Faster(), point.hessian))) < 1e-3
    assert abs(np.log(got[0] / local_rate(ALGORITHMS.get("gda")(), point.hessian))) > 1e-4


def test_the_table_holds_every_method_that_has_a_rate_and_none_differs():
    with TABLE.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["algorithm"] for row in rows} == {name for name in MAYBE if has_rate(name)}
    differ = {(row["algorithm"], row["problem"]) for row in rows if row["differ"] != "0"}
    assert differ == EXCEPTIONS


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
