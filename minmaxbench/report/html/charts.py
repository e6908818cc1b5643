"""The report's pictures, as data for Plotly: lists of curves with their layouts."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from minmaxbench.analysis.against import run_everywhere
from minmaxbench.analysis.profile import profile
from minmaxbench.analysis.ranking import ranking
from minmaxbench.analysis.runtimes import costs, performance_profile
from minmaxbench.analysis.statistics import by_verdict
from minmaxbench.analysis.words import count
from minmaxbench.core.arrays import Floats
from minmaxbench.record.verdicts import Verdict
from minmaxbench.report.style import REST, VERDICT_COLOURS, looks_of

if TYPE_CHECKING:
    import pandas as pd

POINTS = 80
DIGITS = 4
LARGEST = 100.0
"""Performance profiles end at this factor."""

_PATTERNS = ("solid", "dash", "dot", "dashdot", "longdash")


Looks: TypeAlias = Mapping[str, Mapping[str, Any]]
"""Colour and dash of each algorithm's curves: :func:`curves_of`."""


def overview(
    runs: pd.DataFrame, target: float, metric: str, looks: Looks, asked: Sequence[str] = ()
) -> list[dict[str, Any]]:
    """The pictures of the whole study, each with a title, what it shows, and how to read it.

    Those are ranked that were run on the most problems, or wherever those ``asked`` for were.
    """
    table = costs(run_everywhere(runs, asked), target, metric)
    found = [
        _profile(runs, target, metric, looks),
        _performance(table, looks),
        _ranks(table, looks, runs["algorithm"].nunique() - table.shape[1]),
        _verdicts(runs),
    ]
    return [chart for chart in found if chart["traces"]]


def curves_of(runs: pd.DataFrame, asked: Sequence[str] = ()) -> Looks:
    """Colour and dash of each algorithm's curves, as in the other figures; of many most are grey."""
    chosen = looks_of(runs, asked)
    dashes = list(dict.fromkeys(str(look["linestyle"]) for look in chosen.values()))
    return {
        name: {
            "color": look["color"],
            "dash": _PATTERNS[dashes.index(str(look["linestyle"])) % len(_PATTERNS)],
            "front": look is not REST,
        }
        for name, look in chosen.items()
    }


def _profile(runs: pd.DataFrame, target: float, metric: str, looks: Looks) -> dict[str, Any]:
    calls = np.geomspace(1, max(2.0, float(runs["budget"].max())), POINTS)
    table = profile(runs, target, calls, metric)
    traces = [
        line(str(name), mine["calls"], mine["share"], looks)
        for name, mine in table.groupby("algorithm", sort=True)
    ]
    return {
        "title": f"Share of runs with {metric} ≤ {target:g} after so many gradient calls",
        "how": "Higher and further to the left is better. Of many algorithms the best are in "
        "colour. Where a line ends is the share that the "
        "budget bought. Shares are means over problems; a run in error never arrives.",
        "traces": in_order(traces),
        "layout": {
            "xaxis": {"type": "log", "title": {"text": "gradient calls"}},
            "yaxis": {"range": [0, 1], "title": {"text": "share of runs"}},
        },
    }


def _performance(table: pd.DataFrame, looks: Looks) -> dict[str, Any]:
    factors = np.geomspace(1, LARGEST, POINTS)
    curves = performance_profile(table, factors) if table.shape[1] > 1 else table.iloc[:, :0]
    return {
        "title": "Performance profile: share of problems solved within a factor of the quickest",
        "how": "At factor 1 one reads how often an algorithm is the quickest; at the right, how many "
        "problems it solves at all. Such curves rank only the best (Gould, Scott 2016): to see who is "
        "second, hide the winner in the legend and look at the table of ranks.",
        "traces": in_order([line(str(n), curves.index, curves[n], looks) for n in curves]),
        "layout": {
            "xaxis": {"type": "log", "title": {"text": "expected run time over the least"}},
            "yaxis": {"range": [0, 1], "title": {"text": f"share of {len(table)} problems"}},
        },
    }


def _ranks(table: pd.DataFrame, looks: Looks, others: int) -> dict[str, Any]:
    chart: dict[str, Any] = {"title": "Mean ranks", "how": "", "traces": [], "layout": {}}
    if table.shape[1] < 2 or not len(table):
        return chart
    found = ranking(table)
    ranked = found.table.iloc[::-1]
    chart["title"] = (
        f"Mean rank by expected run time, over {found.problems} problems; 1 is the best"
    )
    chart["how"] = (
        "Bars are 95 % intervals over problems. Ranks that differ by less than "
        f"{found.critical:.2f} are not told apart by Nemenyi's test at 5 %. Who never arrives shares "
        "the worst rank of the problem."
        + (f" {count(others, 'algorithm')} run on fewer problems: not ranked." if others else "")
    )
    chart["traces"] = [
        {
            "type": "scatter",
            "mode": "markers",
            "x": rounded(ranked["rank"]),
            "y": [str(name) for name in ranked.index],
            "marker": {"color": [looks[str(name)]["color"] for name in ranked.index], "size": 9},
            "error_x": {
                "type": "data",
                "color": "#888888",
                "symmetric": False,
                "array": rounded(ranked["high"] - ranked["rank"]),
                "arrayminus": rounded(ranked["rank"] - ranked["low"]),
            },
            "showlegend": False,
        }
    ]
    chart["layout"] = {
        "xaxis": {"title": {"text": "mean rank"}},
        "yaxis": _rows(len(ranked)),
        "height": 110 + 24 * len(ranked),
    }
    return chart


def _rows(many: int) -> dict[str, Any]:
    """An axis of names, each of them written: by itself Plotly leaves room for many more, and some out."""
    return {"automargin": True, "range": [-0.8, many - 0.2], "dtick": 1}


def _verdicts(runs: pd.DataFrame) -> dict[str, Any]:
    shares = by_verdict(runs).pivot(index="algorithm", columns="verdict", values="share").iloc[::-1]
    traces = [
        {
            "type": "bar",
            "orientation": "h",
            "name": kind.value,
            "x": rounded(shares[kind.value]),
            "y": [str(name) for name in shares.index],
            "marker": {"color": VERDICT_COLOURS[kind.value]},
        }
        for kind in Verdict
        if shares[kind.value].any()
    ]
    return {
        "title": "Where runs got to",
        "how": "Shares of runs, means over problems. Many that diverge or cycle say that a setting "
        "does not suit many problems, not that an algorithm cannot be tuned to them.",
        "traces": traces,
        "layout": {
            "barmode": "stack",
            "xaxis": {"range": [0, 1], "title": {"text": "share of runs"}},
            "yaxis": _rows(len(shares)),
            "height": 140 + 24 * len(shares),
        },
    }


def line(name: str, x: Any, y: Any, looks: Looks) -> dict[str, Any]:
    """A step curve of an algorithm; grey ones are not named beside the picture."""
    front = bool(looks[name]["front"])
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "x": rounded(x),
        "y": rounded(y),
        "line": {
            "color": looks[name]["color"],
            "dash": looks[name]["dash"],
            "shape": "hv",
            "width": 2 if front else 0.8,
        },
        "showlegend": front,
    }


def in_order(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Grey curves first: what is drawn later lies above."""
    return sorted(lines, key=lambda one: bool(one["showlegend"]))


def rounded(values: Any) -> list[float]:
    """Numbers with few digits: what a picture shows."""
    array: Floats = np.asarray(values, float)
    return [float(f"{value:.{DIGITS}g}") for value in array.ravel()]


def finite(data: Any) -> Any:
    """The same data, None for numbers that JSON does not have."""
    if isinstance(data, dict):
        return {str(key): finite(value) for key, value in data.items()}
    if isinstance(data, (list, tuple)):
        return [finite(value) for value in data]
    return None if isinstance(data, float) and not math.isfinite(data) else data
