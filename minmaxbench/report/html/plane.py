"""What the report draws of planar problems: landscapes, runs made again step by step, basins."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from minmaxbench.algorithms.registry import ALGORITHMS, get_algorithm
from minmaxbench.analysis.statistics import by_algorithm, in_error
from minmaxbench.bench.basins import basins
from minmaxbench.bench.replay import Asked, replay
from minmaxbench.core.oracle import OracleNoise
from minmaxbench.core.problem import Kind
from minmaxbench.record.verdicts import Verdict
from minmaxbench.report.figures.planar import MARKS, REACH
from minmaxbench.report.html.charts import Looks, rounded
from minmaxbench.report.style import VERDICT_COLOURS

if TYPE_CHECKING:
    import pandas as pd

    from minmaxbench.core.algorithm import Algorithm
    from minmaxbench.core.problem import Problem
    from minmaxbench.problems.registry import ProblemRef

GRID = 41
"""Points a side of a landscape."""
SHOWN = 4
"""So many algorithms are drawn in the plane: those asked for, and the best."""
RUNS, CALLS = 4, 400.0
"""So many runs of each are made again, up to so many calls."""
APART = 1 / 250
"""A point is kept once the run has gone so far from the last one, in widths of the picture."""
PATHS, BASINS = 120, 24
"""Runs and basins are drawn for so many pairs of a problem and an algorithm, where runs end in the most
ways first: some ten seconds of the processor for most algorithms."""
SIDE, BASIN_CALLS = 25, 500.0
"""Starts a side, and gradient calls a run, of a basin."""

CODES = "0123456789"
KINDS = list(Verdict)


def planes(
    runs: pd.DataFrame,
    refs: Mapping[tuple[str, int], ProblemRef],
    study: Mapping[str, Any],
    looks: Looks,
    asked: Sequence[str],
) -> dict[tuple[str, int], dict[str, Any]]:
    """What is drawn of each planar problem that is known here, by its name and instance.

    ``study`` is what the manifest says of the study: without it no run can be made again.
    """
    settings = _asked(study)
    found: dict[tuple[str, int], dict[str, Any]] = {}
    for key in _mixed(runs):
        problem = refs[key].build() if key in refs else None
        if problem is not None and (problem.dx, problem.dy) == (1, 1):
            drawn = {"points": _points(problem), "landscape": _landscape(problem)}
            found[key] = {**drawn, "paths": [], "basins": None}
    if settings is None:
        return found
    rows = {key: _of(runs, key) for key in found}
    names = _shown(runs, asked)
    pairs = [(key, name) for key in found for name in names]
    rules = {pair: rule for pair in pairs if (rule := _rule(rows[pair[0]], pair[1])) is not None}
    # Those asked for on every problem before any other.
    first = [pair for pair in rules if pair[1] in asked]
    for key, name in list(dict.fromkeys([*first, *rules]))[:PATHS]:
        rule, color = rules[key, name], looks[name]["color"]
        found[key]["paths"] += _paths(rows[key], refs[key], name, rule, settings, color)
    for key, name in list(rules)[:BASINS]:
        _add_basins(found[key], refs[key].build(), name, rules[key, name])
    return found


def _of(runs: pd.DataFrame, key: tuple[str, int]) -> pd.DataFrame:
    return runs[(runs["problem"] == key[0]) & (runs["instance"] == key[1])]


def _asked(study: Mapping[str, Any]) -> Asked | None:
    if not {"start", "seed", "noise"} <= set(study):
        return None
    return Asked(study["start"], study["seed"], OracleNoise(**study["noise"]))


def _shown(runs: pd.DataFrame, asked: Sequence[str]) -> list[str]:
    best = [str(name) for name in by_algorithm(runs)["algorithm"]]
    return list(dict.fromkeys([*asked, *best]))[: max(SHOWN, len(asked))]


def _mixed(runs: pd.DataFrame) -> list[tuple[str, int]]:
    """The problems by name and instance, those first where runs end in the most ways."""
    ends = runs.groupby(["problem", "instance"])["verdict"].nunique()
    ordered = ends.sort_values(ascending=False, kind="stable").index
    return [(str(name), int(instance)) for name, instance in ordered]


def _rule(runs: pd.DataFrame, name: str) -> Algorithm | None:
    """The algorithm that some runs are of, if it is known here."""
    mine = runs[(runs["algorithm"] == name) & ~in_error(runs)]
    if not len(mine) or mine["method"].iloc[0] not in ALGORITHMS:
        return None
    return get_algorithm(str(mine["method"].iloc[0]), **json.loads(mine["parameters"].iloc[0]))


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


def _paths(
    runs: pd.DataFrame, ref: ProblemRef, name: str, rule: Algorithm, settings: Asked, color: str
) -> list[dict[str, Any]]:
    """Some runs of an algorithm, step by step: x, y and the calls spent before each point."""
    low, high = ref.build().about.region
    mine = runs[(runs["algorithm"] == name) & ~in_error(runs)].sort_values("seed").head(RUNS)
    try:
        walked = replay(ref, rule, settings, mine, CALLS)
    except Exception:
        # Code of the user's may do anything; the page goes without this picture.
        return []
    lanes = [_thinned(one, low, high) for _, one in walked.groupby("run", sort=True)]
    return [{"name": name, "color": color, "lanes": lanes}]


def _thinned(one: pd.DataFrame, low: float, high: float) -> dict[str, Any]:
    """A path up to where it leaves the picture for good, without points that nobody can tell apart.

    No two points that are kept are farther apart than a step of the run, or than can be seen.
    """
    x, y, call = (one[name].to_numpy(float) for name in ("x", "y", "call"))
    middle, width = (low + high) / 2, high - low
    inside = (np.abs(x - middle) < REACH * width) & (np.abs(y - middle) < REACH * width)
    end = len(x) if inside.all() else int(np.argmin(inside))
    kept, last = [], -1
    for k in range(end):
        far = last < 0 or np.hypot(x[k] - x[last], y[k] - y[last]) >= APART * width
        if far or k == end - 1:
            kept.append(k)
            last = k
    return {"x": rounded(x[kept]), "y": rounded(y[kept]), "call": rounded(call[kept])}


def _add_basins(drawn: dict[str, Any], problem: Problem, name: str, rule: Algorithm) -> None:
    """Add the verdicts of an algorithm's runs from a grid of starts, a character each."""
    try:
        made = basins(problem, rule, SIDE, BASIN_CALLS)
    except Exception:
        # As above.
        return
    if drawn["basins"] is None:
        drawn["basins"] = {"x": rounded(made.x), "y": rounded(made.y), "cells": {}}
    rows = ["".join(CODES[KINDS.index(v)] for v in row) for row in made.verdict]
    drawn["basins"]["cells"][name] = rows


def verdicts() -> list[dict[str, str]]:
    """The verdicts in the order of their codes, each with its colour."""
    return [{"name": kind.value, "color": VERDICT_COLOURS[kind.value]} for kind in KINDS]


def marks() -> dict[str, str]:
    """Plotly's symbol of each kind of point."""
    symbols = {"*": "star", "s": "square", "X": "x", "D": "diamond"}
    return {kind.value: symbols[MARKS[kind][0]] for kind in Kind}
