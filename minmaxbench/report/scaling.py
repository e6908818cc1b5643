"""The scaling study in tables: exponents, dimensions, and the theorem beside what was spent."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from minmaxbench.analysis.growth import LEVEL, by_dimension, growths
from minmaxbench.analysis.words import NEVER, percent
from minmaxbench.record.outcomes import Outcome
from minmaxbench.report.forms import Table
from minmaxbench.report.style import make_folder

if TYPE_CHECKING:
    import pandas as pd

TARGETS = (0.5, 0.1, 0.001)
"""Distances to the equilibrium; the first is as near as greedy-max comes before it stops itself."""

KEPT = (
    "study", "problem", "dx", "dy", "algorithm", "method", "parameters", "noise", "seed", "start",
    "budget", "outcome", "message", "calls", "value_calls", "grad_x_calls", "grad_y_calls", "steps",
    "step_seconds", "value", "residual", "distance", "equilibrium", "slope_y", "improvement",
    "improvement_low", "improvement_high",
)  # fmt: skip

STOPPED = (Outcome.STOPPED.value, "r_max")
"""How a run says that it stopped itself; runs that were kept before the word changed say it so."""


def keep_runs(runs: pd.DataFrame, path: Path) -> None:
    """Write the runs without their traces: a row each, small enough to be passed on."""
    hits = [name for name in map(str, runs) if name.startswith(("distance_", "residual_"))]
    make_folder(path.parent)
    runs[[*KEPT, *hits]].to_parquet(path, compression="zstd", index=False)


def write_tables(runs: pd.DataFrame, folder: Path) -> list[Path]:
    """``growth.csv`` and ``by_dimension.csv`` for all targets, and ``theorem.csv``, in ``folder``."""
    import pandas as pd

    folder = make_folder(folder)
    tables = {
        "growth": pd.concat([growths(runs, t).assign(target=t) for t in TARGETS]),
        "by_dimension": pd.concat([by_dimension(runs, t).assign(target=t) for t in TARGETS]),
        "theorem": theorem_table(runs),
    }
    paths = []
    for name, table in tables.items():
        path = folder / f"{name}.csv"
        table.to_csv(path, index=False, float_format="%.6g")
        paths.append(path)
    return paths


def growth_table(runs: pd.DataFrame, target: float = TARGETS[0]) -> pd.DataFrame:
    """Exponents and verdicts as text, one row for each problem, algorithm and noise."""
    table = growths(runs, target)
    rows = table.to_dict("records")
    shown = table[["problem", "algorithm"]].copy()
    if table["noise"].any():
        shown["noise"] = [f"{r['noise']:g}" for r in rows]
    shown["d"] = [f"{r['smallest']:,} to {r['largest']:,}" for r in rows]
    shown["reached at these"] = [f"{percent(r['first'])}, {percent(r['last'])}" for r in rows]
    shown["calls ~ d^p, p"] = [_number(r["exponent"]) for r in rows]
    shown[f"{LEVEL:.0%} interval"] = [
        NEVER if np.isnan(r["low"]) else f"{_number(r['low'])} to {_number(r['high'])}"
        for r in rows
    ]
    shown["verdict"] = [str(r["verdict"]) for r in rows]
    shown["why"] = table["reason"]
    return shown


def growth_report(runs: pd.DataFrame, target: float = TARGETS[0]) -> Table:
    """The same as a table for the terminal."""
    words = growth_table(runs, target)
    rows = words.to_dict("records")
    long = words[["problem"]].copy()
    long["algorithm"] = [
        f"{r['algorithm']}, noise {r['noise']}" if r.get("noise", "0") != "0" else r["algorithm"]
        for r in rows
    ]
    long["d: reached at these"] = [f"{r['d']}: {r['reached at these']}" for r in rows]
    long[f"p ({LEVEL:.0%} interval)"] = [
        NEVER if p == NEVER else f"{p} ({interval})"
        for p, interval in zip(words["calls ~ d^p, p"], words[f"{LEVEL:.0%} interval"], strict=True)
    ]
    long["verdict"] = words["verdict"]
    title = f"Calls until the distance stays below {target:g}, against the dimension: ~ d^p"
    return Table(title, growths(runs, target), words, long)


def _number(p: float) -> str:
    if np.isnan(p):
        return NEVER
    return f"{p:.3f}" if np.isfinite(p) else ("no limit" if p > 0 else "no lower limit")


def theorem_table(runs: pd.DataFrame) -> pd.DataFrame:
    """The theorem's bound on gradient calls beside the calls that greedy-max spent until it stopped.

    One row for each problem with finite b and L, and dimension; ``spent`` and ``distance`` are
    medians over the runs of ``greedy_max`` without noise.
    """
    import pandas as pd

    from minmaxbench.algorithms.greedy_max.theory import GreedyMaxTheory
    from minmaxbench.problems.registry import get_problem
    from minmaxbench.theory.bounds import greedy_max_theorem

    mine = runs[(runs["algorithm"] == "greedy_max") & (runs["noise"] == 0)]
    rows = []
    for _, group in mine.groupby(["problem", "dx"], sort=True):
        name, d = str(group["problem"].iloc[0]), int(group["dx"].iloc[0])
        problem = get_problem(name, d)
        if not np.isfinite([*problem.about.bounds, problem.about.smoothness]).all():
            continue
        spent = {
            "spent": float(group["calls"].median()),
            "stopped": float(group["outcome"].isin(STOPPED).mean()),
            "distance": float(group["distance"].median()),
        }
        rows.append(
            {"problem": name, "d": d, **greedy_max_theorem(problem, GreedyMaxTheory()), **spent}
        )
    return pd.DataFrame(rows)
