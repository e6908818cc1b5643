"""Does a rank survive? The ranking made again with another budget, target, sense, set of problems or rivals.

Equal scores are a tie, and so is an order of two algorithms that is reversed in any of these.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from minmaxbench.analysis.statistics import KEYS, calls_to, ranked
from minmaxbench.core.arrays import Bools
from minmaxbench.errors import UserError
from minmaxbench.record.targets import RANKED

if TYPE_CHECKING:
    import pandas as pd

MISS = 10.0
"""A target that is missed counts as met after so many budgets."""
TAU = 4.0
"""Profiles are integrated up to so many times the calls of the quickest (AlgoPerf, 2023)."""


def costs(
    runs: pd.DataFrame,
    budget: float,
    targets: tuple[float, ...] = RANKED,
    metric: str = "distance",
) -> pd.DataFrame:
    """A row a problem, a column an algorithm: the mean log10 of the calls to the targets.

    What runs did after ``budget`` calls is not seen. Only problems with a listed equilibrium count, and
    only algorithms that were run on all of them; instances of a problem are taken together.
    """
    hits = np.array([calls_to(runs, target, metric).to_numpy(float) for target in targets])
    hits = np.where(hits <= budget, np.maximum(hits, 1.0), MISS * budget)
    frame = runs[["problem", "dx", "dy", "algorithm"]].assign(cost=np.log10(hits).mean(0))
    frame = frame[ranked(runs)]
    table = frame.groupby(["problem", "dx", "dy", "algorithm"])["cost"].mean().unstack()
    whole: pd.DataFrame = table.loc[:, table.notna().all()]
    return whole


def profile_scores(table: pd.DataFrame) -> pd.Series[float]:
    """Of each algorithm the integral of its performance profile from 1 to tau, between 0 and 1.

    Calls are relative to those of the quickest on each problem, so that it depends on the rivals (Dolan,
    More, Mathematical Programming 2002).
    """
    ratios = 10 ** (table.sub(table.min(axis=1), axis=0))
    return ((TAU - ratios).clip(lower=0) / (TAU - 1)).mean()


def variants(runs: pd.DataFrame) -> Iterator[tuple[str, pd.Series[float]]]:
    """The ranking score of every algorithm, lower is better, in the base case and in each other one.

    The base is half of the budget of the runs, so that half and double of it are there.
    """
    base = float(runs["budget"].max()) / 2
    yield "base", costs(runs, base).mean()
    yield "half the budget", costs(runs, base / 2).mean()
    yield "double the budget", costs(runs, base * 2).mean()
    for target in RANKED:
        yield f"target {target:g} alone", costs(runs, base, (target,)).mean()
    yield "residual", costs(runs, base, metric="residual").mean()
    if "equilibrium" in runs and runs["equilibrium"].fillna("").ne("").any():
        yield "(eps, omega)-equilibrium", _not_judged(runs)
    table = costs(runs, base)
    half = np.array([_half(str(name[0])) for name in table.index])
    for word, mine in (("one half of the problems", half), ("the other half", ~half)):
        if mine.any():
            yield word, table[mine].mean()
    for word, mine in _starts(runs):
        if mine.any() and not mine.all():
            yield word, costs(runs[mine], base).mean()
    profile = profile_scores(table)
    yield "profile", -profile
    if len(profile) > 2:
        first = profile.idxmax()
        yield f"profile without {first}", -profile_scores(table.drop(columns=[first]))


def _not_judged(runs: pd.DataFrame) -> pd.Series[float]:
    """The share of judged end points that are no (eps, omega)-equilibrium."""
    judged = runs[runs["equilibrium"].fillna("").ne("")]
    missed = judged.assign(missed=judged["equilibrium"].ne("equilibrium"))
    each = missed.groupby([*KEYS, "algorithm"])["missed"].mean().unstack()
    return each.loc[:, each.notna().all()].mean()


def _starts(runs: pd.DataFrame) -> Iterator[tuple[str, Bools]]:
    """The runs of other starts: near and far ones, those of a smaller region, of its rim, of a design."""
    where = [runs[key] for key in KEYS]
    for what, at in (("an equilibrium", _distances(runs)), ("the region's middle", _off(runs))):
        middle = at.groupby(where, dropna=False).transform("median")
        yield f"starts nearer to {what}", (at <= middle).to_numpy(bool)
        yield f"starts farther from {what}", (at > middle).to_numpy(bool)
    if "start" in runs:
        for design in sorted(runs["start"].unique()):
            yield f"starts of the design {design}", (runs["start"] == design).to_numpy(bool)


def _distances(runs: pd.DataFrame) -> pd.Series[float]:
    """The distance of each start to the nearest equilibrium, NaN where it is not stored."""
    if "trace_distance" not in runs:
        return runs["budget"] * np.nan
    # A run in error has none: None, or NaN where no run has any.
    return runs["trace_distance"].map(lambda d: d[0] if np.ndim(d) and len(d) else np.nan)


def _off(runs: pd.DataFrame) -> pd.Series[float]:
    """How far each start is from the mean start on its instance, NaN where iterates are not stored.

    Starts are uniform on the region, so that the nearer half is about uniform on a smaller one.
    """
    off = runs["budget"] * np.nan
    if "trace_x" not in runs:
        return off
    small = runs[runs["trace_x"].notna()]
    for (_, _, dx, dy), mine in small.groupby(KEYS):
        starts = np.array(
            [[*x[:dx], *y[:dy]] for x, y in zip(mine["trace_x"], mine["trace_y"], strict=True)]
        )
        off[mine.index] = np.linalg.norm(starts - starts.mean(0), axis=1)
    return off


def _half(name: str) -> bool:
    return hashlib.sha256(f"half|{name}".encode()).digest()[0] % 2 == 0


def robustness(runs: pd.DataFrame) -> pd.DataFrame:
    """One row an algorithm: its ``rank``, the ``lowest`` and ``highest`` it has in any variant, its ties.

    ``low`` and ``high`` are the places that it shares with those of the same score, and those whose
    order to it is reversed in some variant; ``moved`` says in which. Ranks of variants without some
    algorithm are among those left.

    Raises :class:`UserError` for fewer than two algorithms.
    """
    import pandas as pd

    every = dict(variants(runs))
    base = every["base"].sort_values(kind="stable")
    names = list(base.index)
    if len(names) < 2:
        raise UserError(
            "A ranking needs two algorithms that were run on all problems with an equilibrium; got "
            f"{len(names)}."
        )
    place = {name: k + 1 for k, name in enumerate(names)}
    rows = []
    for name in names:
        there = {word: score for word, score in every.items() if name in score}
        ranks = {word: int((score < score[name]).sum()) + 1 for word, score in there.items()}
        tied = {
            other
            for score in there.values()
            for other in names
            if other in score
            and (
                (score[other] < score[name]) != (base[other] < base[name])
                or base[other] == base[name]
            )
        }
        places = [place[name], *(place[other] for other in tied)]
        moved = [w for w, r in ranks.items() if r != ranks["base"] and "without" not in w]
        rows.append(
            (name, place[name], min(ranks.values()), max(ranks.values()), min(places), max(places),
             float(base[name]), ", ".join(moved))
        )  # fmt: skip
    columns = ["algorithm", "rank", "lowest", "highest", "low", "high", "score", "moved"]
    return pd.DataFrame(rows, columns=columns)
