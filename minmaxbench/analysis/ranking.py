"""Ranks of algorithms over problems, and how far they can be trusted.

The input is a matrix of costs (:func:`minmaxbench.analysis.runtimes.costs`): a row a problem, a
column an algorithm, infinite where it never arrives. All who never arrive share the worst rank.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from minmaxbench.analysis.statistics import CONFIDENCE, student
from minmaxbench.core.arrays import Floats
from minmaxbench.errors import UserError, needed

if TYPE_CHECKING:
    import pandas as pd

ROPE = 1.1
"""Costs within this factor of one another are practically equal."""
FEW = 13
"""Of so many numbers all patterns of signs are tried."""
SAMPLES = 10_000
"""Draws from a posterior: a probability is known to half a point."""
PENALTY = 10.0
"""Where a test needs a number for a run that never arrives: so many times the largest cost that is finite."""


@dataclass(frozen=True)
class Ranking:
    """Mean ranks over problems, 1 the best, and what is known of their differences."""

    table: pd.DataFrame
    """By algorithm, the best first: ``rank``, its 95 % interval ``low`` and ``high``, ``best`` (how
    often it is the quickest, ties counted for each), ``never`` (problems it does not solve)."""
    problems: int
    p_value: float
    """Friedman's: how likely so different ranks are if all algorithms are equal; NaN below 3."""
    critical: float
    """Nemenyi's critical difference of two mean ranks at 5 %."""

    @property
    def ties(self) -> list[tuple[str, ...]]:
        """The largest groups of neighbours whose ranks differ by less than the critical difference."""
        names, ranks = list(self.table.index), self.table["rank"].to_numpy(float)
        found: list[tuple[str, ...]] = []
        last = 0
        for first in range(len(names)):
            end = int(np.searchsorted(ranks, ranks[first] + self.critical, "left"))
            if end > max(last, first + 1):
                found.append(tuple(names[first:end]))
                last = end
        return found


def ranks(costs: pd.DataFrame) -> pd.DataFrame:
    """The rank of each algorithm on each problem: 1 the least cost, equal costs share the mean rank."""
    return costs.rank(axis=1, method="average")


def ranking(costs: pd.DataFrame) -> Ranking:
    """Mean ranks with Student's intervals over problems, Friedman's test, Nemenyi's critical difference.

    Friedman, JASA 1937; Nemenyi 1963, as in Demsar, JMLR 2006, section 3.2.2. With many ties the
    critical difference is conservative.

    Raises
    ------
    UserError
        For fewer than two algorithms or no problem that they have in common.
    """
    import pandas as pd

    problems, count = costs.shape
    if count < 2 or not problems:
        raise UserError(
            f"A ranking needs two algorithms and a problem that all were run on; got {count} and {problems}."
        )
    each = ranks(costs)
    place: Floats = each.to_numpy(float)
    mean, half = place.mean(axis=0), np.full(count, np.inf)
    if problems > 1:
        # Resampling ten problems covers nine times in ten what it should nineteen times in twenty.
        half = student(problems - 1) * place.std(axis=0, ddof=1) / np.sqrt(problems)
    table = pd.DataFrame(
        {
            "rank": mean,
            "low": np.maximum(mean - half, 1.0),
            "high": np.minimum(mean + half, float(count)),
            "best": (np.isfinite(costs) & costs.eq(costs.min(axis=1), axis=0)).sum().to_numpy(),
            "never": np.isinf(costs).sum().to_numpy(),
        },
        index=each.columns,
    ).sort_values("rank", kind="stable")
    critical = _quantile(count) * np.sqrt(count * (count + 1) / (6 * problems))
    return Ranking(table, problems, friedman(costs), float(critical))


def friedman(costs: pd.DataFrame) -> float:
    """How likely so different ranks are if all algorithms are equal; NaN below three of them.

    Friedman, JASA 1937, with the correction for ties.
    """
    from scipy.stats import friedmanchisquare

    place: Floats = ranks(costs).to_numpy(float)
    told = place.shape[1] > 2 and len(place) > 1 and bool((place != place[:, :1]).any())
    return float(friedmanchisquare(*place.T).pvalue) if told else np.nan


@cache
def _quantile(count: int) -> float:
    """Of the range of so many normal variables, over sqrt(2): Demsar's table 5a."""
    from scipy.stats import studentized_range

    return float(studentized_range.ppf(CONFIDENCE, count, np.inf) / np.sqrt(2))


def nemenyi(costs: pd.DataFrame) -> pd.DataFrame:
    """The p-value of each pair in Nemenyi's test after Friedman's: algorithms by algorithms."""
    import pandas as pd
    from scipy.stats import studentized_range

    problems, count = costs.shape
    mean = ranks(costs).mean(axis=0).to_numpy(float)
    gap = np.abs(mean[:, None] - mean) / np.sqrt(count * (count + 1) / (6 * problems))
    values = studentized_range.sf(gap * np.sqrt(2), count, np.inf)
    np.fill_diagonal(values, 1.0)
    return pd.DataFrame(values, index=costs.columns, columns=costs.columns)


def wilcoxon_holm(
    costs: pd.DataFrame, pairs: Sequence[tuple[str, str]] | None = None
) -> pd.DataFrame:
    """The p-value of each pair, or of some, in Wilcoxon's signed-rank test, corrected after Holm.

    Of the logarithms of costs, an algorithm that never arrives being :data:`PENALTY` times as dear as
    the largest finite cost (Wilcoxon, Biometrics 1945, zeros after Pratt 1959; Holm, Scand. J.
    Statist. 1979). One row a pair: ``first``, ``second``, ``p_value``, ``adjusted``.
    """
    import pandas as pd

    logs = _logs(costs)
    pairs = list(combinations(costs.columns, 2)) if pairs is None else pairs
    values = np.array([_signed_rank((logs[a] - logs[b]).to_numpy(float)) for a, b in pairs])
    return pd.DataFrame(
        {
            "first": [a for a, _ in pairs],
            "second": [b for _, b in pairs],
            "p_value": values,
            "adjusted": holm(values),
        }
    )


def _signed_rank(gaps: Floats) -> float:
    """Wilcoxon's two-sided p-value of one sample, zeros after Pratt; of few numbers exact, ties or not.

    SciPy's own test is exact there, too, but asks its statistic once for each of up to 8,192 patterns of
    signs, which takes seconds.
    """
    from scipy.stats import permutation_test, rankdata, wilcoxon

    if len(gaps) < 2 or not gaps.any():
        return 1.0
    if len(gaps) > FEW:
        return float(wilcoxon(gaps, zero_method="zsplit").pvalue)
    signed = np.sign(gaps) * rankdata(np.abs(gaps))
    return float(permutation_test((signed,), np.sum, permutation_type="samples").pvalue)


def holm(p_values: Floats) -> Floats:
    """P-values of many tests, corrected so that 5 % is the chance of any false alarm among them all.

    Holm, Scandinavian Journal of Statistics 1979.
    """
    order = np.argsort(p_values, kind="stable")
    steps = p_values[order] * np.arange(len(p_values), 0, -1)
    adjusted = np.empty(len(p_values))
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return adjusted


def probably_better(
    costs: pd.DataFrame, first: str, second: str, seed: int = 0
) -> tuple[float, float, float]:
    """The probabilities that ``first`` is cheaper, that both are practically equal, that it is dearer.

    The Bayesian signed-rank test (Benavoli, Corani, Demsar, Zaffalon, JMLR 2017, section 4.2.1) by
    the authors' library baycomp, of the logarithms of costs; a factor of :data:`ROPE` is equal.
    """
    baycomp = needed("baycomp", "report", "The Bayesian signed-rank test")
    logs = _logs(costs)
    dearer, equal, cheaper = baycomp.SignedRankTest.probs(
        logs[first].to_numpy(float),
        logs[second].to_numpy(float),
        rope=np.log(ROPE),
        nsamples=SAMPLES,
        random_state=seed,
    )
    return float(cheaper), float(equal), float(dearer)


def wins(costs: pd.DataFrame) -> pd.DataFrame:
    """How often each algorithm beats each other by more than :data:`ROPE`: algorithms by algorithms.

    Entry (a, b) counts the problems on which a is cheaper than b. Neither wins where both never
    arrive; ties are the problems less entries (a, b) and (b, a).
    """
    import pandas as pd

    values: Floats = costs.to_numpy(float)
    beaten = values[:, :, None] * ROPE < values[:, None, :]
    return pd.DataFrame(beaten.sum(axis=0), index=costs.columns, columns=costs.columns)


def _logs(costs: pd.DataFrame) -> pd.DataFrame:
    values: Floats = costs.to_numpy(float)
    finite = np.isfinite(values)
    worst = PENALTY * values.max(initial=1.0, where=finite)
    logs = np.log(np.maximum(np.where(finite, values, worst), 1.0))
    return type(costs)(logs, index=costs.index, columns=costs.columns)
