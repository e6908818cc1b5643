"""The kept code of the package's own formulas is what SymPy derives from them today."""

from __future__ import annotations

from benchmarks.formulas import derived, formulas
from minmaxbench.problems.code import WHATS, kept

KEPT_CODE = kept()


def test_all_code_of_every_formula_is_kept_and_none_of_others():
    assert set(KEPT_CODE) == {formula.key for formula in formulas()}
    assert all(set(codes) == set(WHATS) for codes in KEPT_CODE.values())


def test_the_kept_code_is_what_is_derived():
    assert derived(formulas()) == KEPT_CODE
