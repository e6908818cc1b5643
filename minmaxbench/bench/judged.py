"""The equilibrium test of :mod:`minmaxbench.theory.approximate` on the final points of runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from minmaxbench.errors import UserError
from minmaxbench.problems.registry import ProblemRef
from minmaxbench.theory.approximate import COLUMNS, EquilibriumTest, columns_of, equilibrium

if TYPE_CHECKING:
    import pandas as pd


def judge_runs(runs: pd.DataFrame, test: EquilibriumTest | None = None) -> pd.DataFrame:
    """Judge the final points of runs: a frame with their index, and a column a field of the test.

    ``runs`` has the columns problem, dx, dy, instance, x and y, as the runs of a study do. Runs
    without a finite final point are left out. Raises :class:`UserError` where no final points are
    stored: problems of more than 8 variables keep none.
    """
    import pandas as pd

    if "x" not in runs:
        raise UserError("These runs hold no final points: they are kept up to 8 variables.")
    pairs = zip(runs["x"], runs["y"], strict=True)
    finite = runs[[x is not None and bool(np.isfinite([*x, *y]).all()) for x, y in pairs]]
    parts = []
    for _, mine in finite.groupby(["problem", "dx", "dy", "instance"], sort=False):
        one = mine.iloc[0]
        name, dims = str(one["problem"]), (int(one["dx"]), int(one["dy"]))
        problem = ProblemRef.named(name, *dims, int(one["instance"])).build()
        points = np.stack(mine["x"].to_list()), np.stack(mine["y"].to_list())
        parts.append(pd.DataFrame(columns_of(equilibrium(problem, *points, test)), mine.index))
    return pd.concat(parts) if parts else pd.DataFrame(columns=COLUMNS)
