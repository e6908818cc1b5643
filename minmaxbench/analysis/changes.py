"""Two sets of runs side by side: what changed from the first to the second, beyond noise."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import numpy as np

from minmaxbench.analysis.ranking import ROPE, holm
from minmaxbench.analysis.runtimes import ert
from minmaxbench.analysis.statistics import (
    CONFIDENCE,
    KEYS,
    calls_to,
    difference,
    ranked,
    student,
)
from minmaxbench.core.arrays import Floats
from minmaxbench.errors import UserError

if TYPE_CHECKING:
    import pandas as pd

PAIR = [*KEYS, "algorithm"]


class Change(StrEnum):
    """What became of an algorithm, on one problem or over all; same is no change beyond noise."""

    BETTER = "better"
    WORSE = "worse"
    NONE = "same"


@dataclass(frozen=True)
class Changes:
    """What changed from one set of runs to another."""

    pairs: pd.DataFrame
    """A row a problem and algorithm that both have: ``share_first``, ``share_second``, ``ert_first``,
    ``ert_second``, ``p_value``, ``adjusted`` (after Holm, over all rows), ``change``."""
    algorithms: pd.DataFrame
    """A row an algorithm: ``problems``, the mean shares, their ``difference`` with its interval
    ``low`` and ``high``, ``ratio`` of expected run times (geometric mean where both are finite) with
    ``ratio_low`` and ``ratio_high``, ``step_ratio`` (seconds a step), ``better``, ``worse`` (how many
    problems), ``change``."""
    only_first: list[str]
    """What only the first set has: 'algorithm on problem'."""
    only_second: list[str]
    paired: bool
    """Whether the runs have the same seeds, starts and budgets, and were compared run by run."""

    @property
    def worse(self) -> bool:
        """Whether something is worse beyond noise."""
        both = [*self.pairs["change"], *self.algorithms["change"]]
        return Change.WORSE in both


def changes(
    first: pd.DataFrame, second: pd.DataFrame, target: float = 1e-5, metric: str = "distance"
) -> Changes:
    """Compare the runs of two studies, problem by problem and algorithm by algorithm.

    Of a problem and an algorithm the calls to the target are compared, never being later than any: by
    the sign test where both sets have the same seeds (Conover, Practical Nonparametric Statistics,
    1999, section 3.4), calls within a factor of 1.1 being equal; else by Mann and Whitney's test. A
    row has changed if its p-value, corrected after Holm over all rows, is below 5 %. An algorithm
    has changed if a row of its has, or if the 95 % interval of its mean share's difference, paired
    by problem, leaves out zero. Problems without an equilibrium are left out.

    Raises
    ------
    UserError
        Where the two have no problem and algorithm in common.
    """
    first, second = first[ranked(first)], second[ranked(second)]
    sides = [_hits(runs, target, metric) for runs in (first, second)]
    common = sides[0].index.intersection(sides[1].index)
    if not len(common):
        raise UserError(
            "The two have no algorithm on a problem in common, so there is nothing to compare."
        )
    paired = all(_same_seeds(sides, key) for key in common)
    pairs = _pairs(sides, common, paired)
    before, after = (ert(runs, target, metric).reindex(common) for runs in (first, second))
    pairs = pairs.assign(ert_first=before.to_numpy(), ert_second=after.to_numpy())
    steps = [runs.groupby("algorithm")["step_seconds"].median() for runs in (first, second)]
    table = _algorithms(pairs, steps[1] / steps[0])
    one, other = (side.index for side in sides)
    return Changes(
        pairs, table, _named(one.difference(other)), _named(other.difference(one)), paired
    )


def _hits(runs: pd.DataFrame, target: float, metric: str) -> pd.DataFrame:
    """Per problem and algorithm the calls to the target of each run, and what tells the runs apart."""
    frame = runs[[*PAIR, "seed", "start", "budget"]].assign(hit=calls_to(runs, target, metric))
    return frame.sort_values("seed").groupby(PAIR, dropna=False).agg(list)


def _same_seeds(sides: list[pd.DataFrame], key: Any) -> bool:
    one, other = (side.loc[key] for side in sides)
    return all(one[name] == other[name] for name in ("seed", "start", "budget"))


def _pairs(sides: list[pd.DataFrame], common: pd.Index[str], paired: bool) -> pd.DataFrame:
    import pandas as pd

    rows = []
    for key in common:
        one, other = (np.asarray(side.loc[key, "hit"], float) for side in sides)
        p_value, better = _signs(one, other) if paired else _mann_whitney(one, other)
        shares = [float(np.isfinite(hits).mean()) for hits in (one, other)]
        numbers = (len(one), len(other), *shares, p_value, better)
        rows.append((*key, *numbers))
    names = ["runs_first", "runs_second", "share_first", "share_second", "p_value", "better"]
    table = pd.DataFrame(rows, columns=[*PAIR, *names])
    adjusted = holm(table["p_value"].to_numpy(float))
    told = np.where(table.pop("better"), Change.BETTER.value, Change.WORSE.value)
    word = np.where(adjusted < 1 - CONFIDENCE, told, Change.NONE.value)
    return table.assign(adjusted=adjusted, change=word)


def _signs(one: Floats, other: Floats) -> tuple[float, bool]:
    """The sign test's p-value, and whether the second is more often the quicker."""
    from scipy.stats import binomtest

    better, worse = int((other * ROPE < one).sum()), int((one * ROPE < other).sum())
    if not better + worse:
        return 1.0, True
    return float(binomtest(better, better + worse).pvalue), better > worse


def _mann_whitney(one: Floats, other: Floats) -> tuple[float, bool]:
    from scipy.stats import mannwhitneyu, rankdata

    place = rankdata([*one, *other])
    if (place == place[0]).all():
        return 1.0, True
    result = mannwhitneyu(place[: len(one)], place[len(one) :])
    return float(result.pvalue), bool(place[: len(one)].mean() > place[len(one) :].mean())


def _algorithms(pairs: pd.DataFrame, step_ratio: pd.Series[float]) -> pd.DataFrame:
    import pandas as pd

    rows = []
    for name, mine in pairs.groupby("algorithm", sort=True):
        runs = [mine[f"runs_{side}"].to_numpy(float) for side in ("first", "second")]
        shares = [mine[f"share_{side}"].to_numpy(float) for side in ("first", "second")]
        low, high = difference(shares[1] * runs[1], runs[1], shares[0] * runs[0], runs[0])
        better, worse = (int((mine["change"] == kind.value).sum()) for kind in list(Change)[:2])
        up, down = low > 0 or better > worse, high < 0 or worse > 0
        word = Change.WORSE if down else Change.BETTER if up else Change.NONE
        means = [float(share.mean()) for share in shares]
        ratio = _ratio(mine["ert_first"].to_numpy(float), mine["ert_second"].to_numpy(float))
        spread = (means[1] - means[0], low, high)
        seconds = float(step_ratio.get(str(name), np.nan))
        rows.append((name, len(mine), *means, *spread, *ratio, seconds, better, worse, word.value))
    columns = [
        "algorithm", "problems", "share_first", "share_second", "difference", "low", "high",
        "ratio", "ratio_low", "ratio_high", "step_ratio", "better", "worse", "change",
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def _ratio(one: Floats, other: Floats) -> tuple[float, float, float]:
    """The geometric mean of second over first where both are finite, and Student's interval of it."""
    finite = np.isfinite(one) & np.isfinite(other)
    if not finite.any():
        return np.nan, np.nan, np.nan
    logs = np.log(np.maximum(other[finite], 1.0) / np.maximum(one[finite], 1.0))
    mean, number = float(logs.mean()), len(logs)
    if number == 1:
        return float(np.exp(mean)), np.nan, np.nan
    half = student(number - 1) * float(logs.std(ddof=1)) / np.sqrt(number)
    return float(np.exp(mean)), float(np.exp(mean - half)), float(np.exp(mean + half))


def _named(keys: pd.Index[str]) -> list[str]:
    return sorted({f"{key[-1]} on {key[0]}" for key in keys})
