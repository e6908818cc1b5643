"""What the report says of each problem and of each algorithm, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from minmaxbench.algorithms.registry import ALGORITHMS
from minmaxbench.analysis.runtimes import ert
from minmaxbench.analysis.statistics import KEYS, by_problem
from minmaxbench.analysis.words import percent, whole
from minmaxbench.problems.planar import Planar
from minmaxbench.report import methods
from minmaxbench.report.figures.planar import MARKS
from minmaxbench.report.figures.traces import curves
from minmaxbench.report.html.charts import Looks, line, rounded
from minmaxbench.report.tables import problem_labels

if TYPE_CHECKING:
    import pandas as pd

    from minmaxbench.core.problem import Problem
    from minmaxbench.problems.registry import ProblemRef

GRID = 41
"""Points a side of a landscape."""


def problem_facts(
    runs: pd.DataFrame,
    refs: Mapping[tuple[str, int], ProblemRef],
    target: float,
    metric: str,
    looks: Looks,
) -> list[dict[str, Any]]:
    """Each problem: what it is, how each algorithm did on it, its traces, its landscape."""
    table = by_problem(runs, target, metric)
    table = table.assign(label=problem_labels(table))
    table["ert"] = (
        ert(runs, target, metric).reindex(table.set_index([*KEYS, "algorithm"]).index).to_numpy()
    )
    groups = dict(list(runs.groupby(KEYS, dropna=False)))
    found = []
    key: Any
    for key, rows in table.groupby(KEYS, sort=True, dropna=False):
        ref = refs.get((str(key[0]), int(key[1])))
        found.append(
            {
                "label": str(rows["label"].iloc[0]),
                "d": f"{key[2]:.0f} + {key[3]:.0f}",
                "solvable": bool(rows["solvable"].iloc[0]),
                "cells": {str(r["algorithm"]): _cell(r) for r in rows.to_dict("records")},
                "traces": _traces(groups[key], metric, looks),
                **(_said(ref.build()) if ref is not None else _UNKNOWN),
            }
        )
    return sorted(found, key=lambda one: (not one["solvable"], one["label"]))


def _cell(row: Mapping[Any, Any]) -> dict[str, Any]:
    share = float(row["share"])
    return {
        "share": round(share, 4),
        "words": percent(share) if row["successes"] else "-",
        "median": whole(float(row["median_calls"])),
        "ert": whole(float(row["ert"])),
        "errors": int(row["errors"]),
        "runs": int(row["runs"]),
    }


def _traces(mine: pd.DataFrame, metric: str, looks: Looks) -> list[dict[str, Any]]:
    """The median of each algorithm's runs on the grid of calls."""
    column, found = f"trace_{metric}", []
    for name, one in mine.groupby("algorithm", sort=True):
        if column in one and one[column].notna().any():
            calls, data = curves(one, column)
            middle = np.quantile(data, 0.5, axis=0, method="inverted_cdf")
            some = slice(1, None)
            found.append(line(str(name), calls[some], middle[some], looks))
    return found


_UNKNOWN: dict[str, Any] = {
    "title": "", "classes": [], "source": "", "formula": "", "points": [], "landscape": None,
}  # fmt: skip


def _said(problem: Problem) -> dict[str, Any]:
    about, planar = problem.about, isinstance(problem, Planar)
    return {
        "title": about.title,
        "classes": list(about.classes),
        "source": about.source,
        "formula": problem.text if isinstance(problem, Planar) else "",
        "points": _points(problem) if planar else [],
        "landscape": _landscape(problem) if planar else None,
    }


def _points(problem: Problem) -> list[dict[str, Any]]:
    known = problem.points()
    low, high = problem.about.region
    return [
        {"x": x, "y": y, "kind": kind.value, "color": MARKS[kind][1]}
        for x, y, kind in zip(
            rounded(known.x[:, 0]), rounded(known.y[:, 0]), known.kind, strict=True
        )
        if low <= x <= high and low <= y <= high
    ]


def _landscape(problem: Problem) -> dict[str, Any]:
    """f on a grid over the start region, cut where a few values would hide all others."""
    axis = np.linspace(*problem.about.region, GRID)
    x, y = np.meshgrid(axis, axis)
    with np.errstate(all="ignore"):
        f = np.asarray(problem.value(np, x.reshape(-1, 1), y.reshape(-1, 1)), float)
    known = f[np.isfinite(f)]
    low, high = np.quantile(known, [0.02, 0.98]) if known.size else (0.0, 1.0)
    f = np.clip(f, low, high).reshape(x.shape)
    return {"axis": rounded(axis), "f": [rounded(row) for row in f]}


def algorithm_facts(runs: pd.DataFrame, looks: Looks) -> list[dict[str, Any]]:
    """Each algorithm of the runs: its card, as far as it is known here."""
    found = []
    for name, method in (
        runs[["algorithm", "method"]].drop_duplicates("algorithm").to_numpy().tolist()
    ):
        card = methods.card(ALGORITHMS.get(method)) if method in ALGORITHMS else None
        found.append(
            {
                "name": str(name),
                "color": looks[str(name)]["color"],
                "family": card.family if card else methods.OWN,
                "summary": card.summary if card else "",
                "rule": card.rule if card else "",
                "source": card.source if card else "",
                "cost": card.cost if card else "",
                "memory": card.memory if card else "",
                "claims": [[c.says, c.source, c.verdict] for c in card.claims] if card else [],
            }
        )
    return sorted(found, key=lambda one: one["name"])


def cost(runs: pd.DataFrame) -> str:
    """What the runs cost in seconds, harness included, as a sentence."""
    if "seconds" not in runs or not runs["seconds"].notna().any():
        return "How long the runs took is not known."
    seconds = runs.groupby([*KEYS, "algorithm"], dropna=False)["seconds"].sum().sum()
    steps = runs["step_seconds"].median() * 1e6
    return (
        f"{len(runs):,} runs took {seconds:,.0f} seconds of one core, harness included: "
        f"{1e3 * seconds / len(runs):.3g} ms a run, {steps:.3g} µs a step of a run in the median."
    )
