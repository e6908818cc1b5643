"""Success in three senses: near a certified equilibrium, an (eps, omega)-equilibrium, a small value gap."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from minmaxbench.bench.judged import judge_runs
from minmaxbench.core.arrays import Bools, Floats
from minmaxbench.errors import UserError
from minmaxbench.problems.registry import PROBLEMS, ProblemRef
from minmaxbench.record.judgement import Judgement
from minmaxbench.theory.values import value_gap

if TYPE_CHECKING:
    import pandas as pd

JUDGED = 5
"""So many runs of each algorithm on each instance are judged: a judgement costs hundreds of ascents."""
NEAR, GAP = 0.1, 0.03
"""The distance, and the gap of values, that count as success. The gap is the paper's margin, eps/4 at eps =
0.12; the distance is the target that a method with random steps of that margin can meet."""


def senses(runs: pd.DataFrame) -> pd.DataFrame:
    """One row for each run that is judged: the keys of the run, ``near``, ``greedy`` and ``gap``.

    ``near``: the end point is within 0.1 of a listed equilibrium; ``greedy``: it is judged an (eps,
    omega)-approximate local equilibrium, the same test for every algorithm; ``gap``: its value gap is at
    most 0.03. Each is 1 or 0, or NaN where it is not known: no equilibrium is listed, the test is open,
    the minimax value is not proved. Raises :class:`UserError` where no end points are stored.
    """
    known = runs[runs["problem"].isin(list(PROBLEMS)) & (runs["outcome"] != "error")]
    keys = ["problem", "instance", "dx", "dy", "algorithm"]
    some = known.groupby(keys, sort=False, dropna=False).head(JUDGED)
    if "x" not in some or not len(some):
        raise UserError("These runs hold no end points of problems known here, so none is judged.")
    some = some[[x is not None for x in some["x"]]]
    judged = judge_runs(some)["equilibrium"].reindex(some.index)
    return some[[*keys, "method", "seed"]].assign(
        near=_known(
            some["distance"].to_numpy(float) <= NEAR, some["equilibria"].to_numpy(float) > 0
        ),
        # A run that went away has no end point to be judged, and has not succeeded.
        greedy=judged.map(_SUCCESS).fillna(0.0).where(judged.ne(Judgement.OPEN.value), np.nan),
        gap=_gaps(some),
    )


_SUCCESS = {Judgement.YES.value: 1.0, Judgement.NO.value: 0.0}


def _known(success: Bools, known: Bools) -> Floats:
    return np.where(known, np.asarray(success, float), np.nan)


def _gaps(runs: pd.DataFrame) -> Floats:
    found = np.full(len(runs), np.nan)
    place = {index: k for k, index in enumerate(runs.index)}
    planar = runs[(runs["dx"] == 1) & (runs["dy"] == 1)]
    for _, mine in planar.groupby(["problem", "instance"], sort=False):
        first = mine.iloc[0]
        problem = ProblemRef.named(str(first["problem"]), 1, 1, int(first["instance"])).build()
        x = np.array([point[0] for point in mine["x"]], float)[:, None]
        gaps = value_gap(problem, np.nan_to_num(x, posinf=1e300, neginf=-1e300))
        success = np.where(np.isnan(gaps), np.nan, (gaps <= GAP) & np.isfinite(x[:, 0]))
        found[[place[index] for index in mine.index]] = success
    return found
