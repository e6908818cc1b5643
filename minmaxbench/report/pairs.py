"""The table of pairs: a row an algorithm, a column a problem, in each cell what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from minmaxbench.analysis.statistics import calls_to, in_error
from minmaxbench.analysis.words import percent, whole
from minmaxbench.report.forms import Table

if TYPE_CHECKING:
    import pandas as pd

FEW = 8
"""With more problems than this the table is no page."""


def pairs_table(runs: pd.DataFrame, target: float = 1e-5, metric: str = "distance") -> Table:
    """One row a pair in numbers, one cell a pair in words.

    A cell holds the median of the calls to the target where half of the runs or more reach it, a run
    that does not counting as never; otherwise the commonest verdict. Shares are of all runs, instances
    together; a run in error reaches nothing.
    """
    import pandas as pd

    hits = calls_to(runs, target, metric).to_numpy(float)
    seen = runs.assign(_hit=np.where(in_error(runs) | np.isnan(hits), np.inf, hits))
    rows, order = [], list(dict.fromkeys(runs["algorithm"]))
    for (name, problem), mine in seen.groupby(["algorithm", "problem"], sort=False):
        verdicts = mine["verdict"].value_counts()
        reached = float(np.isfinite(mine["_hit"]).mean())
        rows.append((str(name), str(problem), len(mine), reached, float(mine["_hit"].median()),
                     str(verdicts.index[0]), float(verdicts.iloc[0] / len(mine))))  # fmt: skip
    columns = ["algorithm", "problem", "runs", "share", "median_calls", "verdict", "verdict_share"]
    found = pd.DataFrame(rows, columns=columns)
    cells = found.assign(cell=[_cell(row) for row in found.to_dict("records")])
    wide = cells.pivot(index="algorithm", columns="problem", values="cell").fillna("not run")
    wide = wide.reindex(order)[list(dict.fromkeys(runs["problem"]))].reset_index()
    wide.columns.name = None
    notes = (
        f"a number: the median of the calls to {metric} at most {target:g}, and in brackets the share of "
        "runs that get there, where it is not all; otherwise what came of most runs",
    )
    title = f"Calls to {metric} ≤ {target:g}, or what happened instead"
    return Table(title, found, wide, cells[["algorithm", "problem", "cell"]], notes)


def _cell(row: dict[Any, Any]) -> str:
    if row["share"] < 0.5:
        return f"{row['verdict']} {percent(row['verdict_share'])}"
    part = "" if row["share"] == 1 else f" ({percent(row['share'])})"
    return f"{whole(row['median_calls'])}{part}"
