"""What tuning runs say: scores of settings, the best, what a budget of k settings would have given.

A *score* is the mean over runs and targets of log10 of the calls to the target, a miss counting as so many
budgets: a run in error misses all. Lower is better.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from minmaxbench.analysis.statistics import calls_to
from minmaxbench.core.arrays import Floats

if TYPE_CHECKING:
    import pandas as pd

BAND = (0.1, 0.9)
"""The quantiles of a band round an expected best."""


def scores(
    runs: pd.DataFrame, targets: Sequence[float], miss: float = 10.0, budget: float | None = None
) -> pd.DataFrame:
    """One row for each algorithm, setting and problem, instances and seeds taken together.

    Columns: ``method``, ``algorithm`` (the setting), ``parameters``, ``problem``, ``runs``, ``score``,
    ``reached`` (the share of runs that met the middle target) and ``calls`` (spent, in all). With a
    ``budget``, what runs did after so many calls is not seen.
    """
    most = float(runs["budget"].iloc[0]) if budget is None else budget
    hits = np.array([calls_to(runs, target).to_numpy(float) for target in targets])
    hits = np.where(hits <= most, hits, np.inf)
    frame = runs[["method", "algorithm", "parameters", "problem"]].assign(
        # A start may meet a target at no call at all.
        score=np.log10(np.where(np.isfinite(hits), np.maximum(hits, 1.0), miss * most)).mean(0),
        reached=np.isfinite(hits[len(targets) // 2]),
        calls=runs.get("calls", 0.0),
    )
    groups = frame.groupby(["method", "algorithm", "parameters", "problem"], sort=False)
    return groups.agg(
        runs=("score", "size"),
        score=("score", "mean"),
        reached=("reached", "mean"),
        calls=("calls", "sum"),
    ).reset_index()


def over(before: pd.DataFrame, now: pd.DataFrame) -> pd.DataFrame:
    """Scores of now, and those of before that are of other algorithms or problems."""
    import pandas as pd

    pair = ["method", "problem"]
    new = pd.MultiIndex.from_frame(now[pair])
    others = before[~pd.MultiIndex.from_frame(before[pair]).isin(new)]
    return pd.concat([others, now], ignore_index=True)


def means(table: pd.DataFrame) -> pd.DataFrame:
    """The mean score of every setting over the problems of ``table``, each problem weighing the same."""
    groups = table.groupby(["method", "algorithm", "parameters"], sort=False)
    return groups.agg(
        score=("score", "mean"), reached=("reached", "mean"), problems=("problem", "size")
    ).reset_index()


def chosen(table: pd.DataFrame, order: Sequence[str]) -> pd.DataFrame:
    """The best setting of each algorithm; of equal scores the first in ``order`` (the default is)."""
    place = {name: k for k, name in enumerate(order)}
    ranked = means(table)
    ranked = ranked.assign(place=ranked["algorithm"].map(place))
    # Scores are means of many logarithms: the last digits are rounding.
    ranked = ranked.assign(rounded=ranked["score"].round(9))
    ranked = ranked.sort_values(["method", "rounded", "place"], ignore_index=True)
    first = ranked.drop_duplicates("method").drop(columns=["place", "rounded"])
    return first.reset_index(drop=True)


def best_of(values: Floats, k: int) -> tuple[float, float, float]:
    """The expected least of k of the values, drawn with replacement, and its band.

    Exactly, not by resampling: the i-th smallest of n is the least with probability
    ((n - i + 1)^k - (n - i)^k)/n^k (Dodge, Gururangan, Card, Schwartz, Smith, EMNLP 2019).
    """
    ordered, n = np.sort(np.asarray(values, float)), len(values)
    tail = ((n - np.arange(n + 1)) / n) ** k
    weights = tail[:-1] - tail[1:]
    low, high = (
        float(ordered[min(int(np.searchsorted(np.cumsum(weights), q)), n - 1)]) for q in BAND
    )
    return float(weights @ ordered), low, high


def tunability(table: pd.DataFrame) -> pd.DataFrame:
    """The expected best score of k settings, k = 1, 2, 4, ... and all, for each algorithm, with bands.

    Columns ``method``, ``k``, ``score``, ``low``, ``high``; ``default``, the score of the first setting, and
    ``best``, that of the best of all.
    """
    import pandas as pd

    rows = []
    for method, mine in means(table).groupby("method", sort=True):
        values: Floats = mine["score"].to_numpy(float)
        sizes = sorted({2**j for j in range(len(values).bit_length())} | {len(values)})
        rows += [(method, k, *best_of(values, k), values[0], values.min()) for k in sizes]
    return pd.DataFrame(rows, columns=["method", "k", "score", "low", "high", "default", "best"])


def sensitivity(table: pd.DataFrame) -> pd.DataFrame:
    """How much of the declared space solves a problem, for each algorithm, in the mean over problems.

    ``share`` of the settings met the middle target in at least half of their runs; ``anywhere`` is the
    share of problems on which some setting did.
    """
    solved = table.assign(solved=table["reached"] >= 0.5)
    groups = solved.groupby(["method", "problem"], sort=True)["solved"]
    each = groups.agg(share="mean", anywhere="any").reset_index()
    return each.groupby("method", sort=True)[["share", "anywhere"]].mean().reset_index()
