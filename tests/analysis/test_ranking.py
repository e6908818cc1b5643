"""Ranks and tests of ranks against other libraries, and what they say of planted truths."""

import numpy as np
import pandas as pd
import pytest
import scikit_posthocs
from analysis.matrices import NEVER, matrices, matrix
from hypothesis import given, settings
from scipy.stats import chi2, friedmanchisquare, wilcoxon
from statsmodels.stats.multitest import multipletests

from minmaxbench import UserError
from minmaxbench.analysis.ranking import (
    friedman,
    nemenyi,
    probably_better,
    ranking,
    ranks,
    wilcoxon_holm,
    wins,
)


@pytest.fixture(scope="module")
def costs():
    rng = np.random.default_rng(3)
    table = np.exp(rng.normal(size=(24, 4)) + np.array([0.0, 0.1, 0.8, 2.0]))
    table[rng.random(table.shape) < 0.1] = NEVER
    return matrix((10 * table).tolist())


def test_the_worst_rank_is_shared_by_all_who_never_arrive():
    table = ranks(matrix([[3, NEVER, 1, NEVER]]))
    assert table.iloc[0].tolist() == [2.0, 3.5, 1.0, 3.5]


def test_ranking_counts(costs):
    result = ranking(costs)
    table = result.table
    assert table["rank"].is_monotonic_increasing
    assert table["rank"].sum() == pytest.approx(4 * 5 / 2)
    assert ((table["low"] <= table["rank"]) & (table["rank"] <= table["high"])).all()
    assert table.loc["a3", "never"] == np.isinf(costs["a3"]).sum()
    assert result.p_value < 0.01


def test_nemenyi_is_that_of_scikit_posthocs(costs):
    block = ranks(costs).to_numpy()
    theirs = scikit_posthocs.posthoc_nemenyi_friedman(block)
    np.testing.assert_allclose(nemenyi(costs).to_numpy(), theirs.to_numpy(), atol=1e-6)


@pytest.fixture(scope="module")
def tied():
    """Costs of few different values: ties of every size, and of those who never arrive."""
    rng = np.random.default_rng(8)
    worth = rng.integers(1, 4, (15, 5)) + np.array([0, 0, 1, 1, 2])
    return matrix(np.where(worth > 4, NEVER, worth).tolist())


def test_friedman_is_that_of_scipy_and_scikit_posthocs(costs, tied):
    """On every problem being run by all, Durbin's test is Friedman's (Conover 1999, section 5.9)."""
    for table in (costs, tied):
        scipys = friedmanchisquare(*table.to_numpy().T).pvalue
        posthocs = scikit_posthocs.test_durbin(ranks(table).to_numpy())[0]
        assert friedman(table) == pytest.approx(scipys, rel=1e-12)
        assert friedman(table) == pytest.approx(posthocs, rel=1e-12)
        assert ranking(table).p_value == friedman(table)


def test_friedman_is_the_formula_with_its_correction_for_ties(tied):
    """Conover 1999, equation 5.8.5 by hand: it is not the one without the correction."""
    place = tied.rank(axis=1).to_numpy()
    b, k = place.shape
    sums = place.sum(axis=0) - b * (k + 1) / 2
    plain = 12 * (sums**2).sum() / (b * k * (k + 1))
    corrected = (k - 1) * (sums**2).sum() / ((place**2).sum() - b * k * (k + 1) ** 2 / 4)
    assert friedman(tied) == pytest.approx(chi2.sf(corrected, k - 1), rel=1e-12)
    assert friedman(tied) < 0.8 * chi2.sf(plain, k - 1)


def test_the_critical_difference_is_that_of_the_table_of_demsar():
    """Demsar, JMLR 2006, table 5a: q at 5 % is 2.569 for four classifiers; 14 data sets give 1.25."""
    table = matrix(np.random.default_rng(0).random((14, 4)).tolist())
    assert ranking(table).critical == pytest.approx(2.569 * np.sqrt(4 * 5 / (6 * 14)), abs=1e-3)


@pytest.mark.parametrize("number", [2, 5, 9])
def test_the_signed_rank_test_of_few_problems_is_that_of_scipy(number):
    rng = np.random.default_rng(number)
    # Costs of few values: differences are zero, and tied.
    table = matrix(np.exp(rng.integers(1, 4, (number, 2)).astype(float)).tolist())
    gap = np.log(table["a0"]) - np.log(table["a1"])
    assert gap.eq(0).any() or number == 2
    theirs = wilcoxon(gap, zero_method="zsplit").pvalue
    assert wilcoxon_holm(table)["p_value"][0] == pytest.approx(theirs, rel=1e-12)


def test_holm_is_that_of_statsmodels(costs):
    table = wilcoxon_holm(costs)
    theirs = multipletests(table["p_value"], method="holm")[1]
    np.testing.assert_allclose(table["adjusted"], theirs, rtol=1e-12)


def test_groups_of_ties_are_the_largest_and_none_lies_in_another():
    rows = [[1.0, 2.0, 3.0, 4.0, 5.0]] * 8
    result = ranking(matrix(rows))
    gap = result.critical
    for group in result.ties:
        places = result.table.loc[list(group), "rank"]
        assert len(group) > 1
        assert places.max() - places.min() < gap
    assert all(not set(a) < set(b) for a in result.ties for b in result.ties)


def test_equal_algorithms_are_told_apart_as_rarely_as_the_test_says():
    rng = np.random.default_rng(1)
    found = sum(friedman(matrix(rng.random((20, 4)).tolist())) < 0.05 for _ in range(300))
    assert found / 300 < 0.09


def test_one_that_is_always_twice_as_quick_is_probably_better(costs):
    rng = np.random.default_rng(0)
    one = np.exp(rng.normal(size=30)) + 1
    better, equal, worse = probably_better(
        matrix(np.column_stack([one, 2 * one]).tolist()), "a0", "a1"
    )
    assert better > 0.99
    better, equal, worse = probably_better(matrix(np.column_stack([one, one]).tolist()), "a0", "a1")
    assert equal > 0.99
    assert better + equal + worse == pytest.approx(1)


@settings(deadline=None)
@given(matrices)
def test_wins_ties_and_losses_are_all_problems(table):
    won = wins(table)
    for a in table:
        for b in table:
            loop = sum(1.1 * x < y for x, y in zip(table[a], table[b], strict=True))
            assert won.loc[a, b] == loop
    assert ((won + won.T).to_numpy() <= len(table)).all()


@settings(deadline=None, max_examples=30)
@given(matrices)
def test_no_test_of_ranks_fails_on_any_matrix(table):
    result = ranking(table)
    assert isinstance(result.table, pd.DataFrame)
    assert np.isnan(result.p_value) or 0 <= result.p_value <= 1
    assert wilcoxon_holm(table)["adjusted"].between(0, 1).all()
    assert nemenyi(table).to_numpy().min() >= 0


def test_too_few_algorithms_are_one_sentence():
    with pytest.raises(UserError, match="A ranking needs two algorithms"):
        ranking(matrix([[1.0]]))
