"""What the report says of each problem and of each algorithm, as plain data."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from minmaxbench.algorithms.registry import ALGORITHMS
from minmaxbench.analysis.runtimes import ert
from minmaxbench.analysis.statistics import KEYS, by_problem
from minmaxbench.analysis.words import percent, whole
from minmaxbench.bench.studyfile import study_file
from minmaxbench.problems.planar import Planar
from minmaxbench.report import methods
from minmaxbench.report.figures.traces import curves
from minmaxbench.report.html.charts import rounded
from minmaxbench.report.html.mathml import mathml
from minmaxbench.report.html.tuning import tuning_facts
from minmaxbench.report.tables import problem_labels

if TYPE_CHECKING:
    import pandas as pd

    from minmaxbench.core.problem import Problem
    from minmaxbench.problems.registry import ProblemRef


def problem_facts(
    runs: pd.DataFrame,
    refs: Mapping[tuple[str, int], ProblemRef],
    target: float,
    metric: str,
    drawn: Mapping[tuple[str, int], dict[str, Any]],
) -> list[dict[str, Any]]:
    """Each problem: what it is, how each algorithm did on it, its traces, and what is ``drawn`` of it."""
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
                "traces": _traces(groups[key], metric),
                **(_said(ref.build()) if ref is not None else _UNKNOWN),
                **drawn.get((str(key[0]), int(key[1])), _NOT_DRAWN),
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


def _traces(mine: pd.DataFrame, metric: str) -> list[dict[str, Any]]:
    """The median of each algorithm's runs on the grid of calls; those on one grid share it."""
    column = f"trace_{metric}"
    if column not in mine:
        return []
    found: dict[tuple[float, ...], dict[str, list[float]]] = {}
    for name, one in mine.groupby("algorithm", sort=True):
        if one[column].notna().any():
            calls, data = curves(one, column)
            middle = np.quantile(data, 0.5, axis=0, method="inverted_cdf")
            grid = tuple(rounded(calls[1:]))
            found.setdefault(grid, {})[str(name)] = rounded(middle[1:])
    return [{"calls": list(grid), "lines": lines} for grid, lines in found.items()]


_UNKNOWN: dict[str, Any] = {
    "title": "", "classes": [], "source": "", "formula": "", "typeset": "",
}  # fmt: skip
_NOT_DRAWN: dict[str, Any] = {"points": [], "landscape": None, "paths": [], "basins": None}


def _said(problem: Problem) -> dict[str, Any]:
    about, formula = problem.about, problem if isinstance(problem, Planar) else None
    return {
        "title": about.title,
        "classes": list(about.classes),
        "source": about.source,
        "formula": formula.text if formula else "",
        "typeset": mathml(f"f(x, y) = {formula.formula.latex}", block=True) if formula else "",
    }


def algorithm_facts(runs: pd.DataFrame) -> list[dict[str, Any]]:
    """Each algorithm of the runs: its card, as far as it is known here."""
    found, tuned = [], tuning_facts()
    for name, method in (
        runs[["algorithm", "method"]].drop_duplicates("algorithm").to_numpy().tolist()
    ):
        card = methods.card(ALGORITHMS.get(method)) if method in ALGORITHMS else None
        found.append(
            {
                "name": str(name),
                "family": card.family if card else methods.OWN,
                "summary": card.summary if card else "",
                "rule": card.rule if card else "",
                "typeset": _typeset(card.doc) if card else [],
                **tuned.get(method, {"tuned": [], "tried": None}),
                "source": card.source if card else "",
                "cost": card.cost if card else "",
                "memory": card.memory if card else "",
                "claims": [[c.says, c.source, c.verdict] for c in card.claims] if card else [],
            }
        )
    return sorted(found, key=lambda one: one["name"])


def _typeset(doc: str) -> list[str]:
    """The formulas of a docstring as MathML; none where one of them cannot be read."""
    made = [mathml(text, block=True) for text in re.findall(methods.DISPLAY, doc)]
    return made if all(made) else []


def made(about: Mapping[str, Any]) -> tuple[list[tuple[str, str]], str]:
    """What made a folder of results: pairs of words, and the study as a file, empty if it is not known."""
    machine, packages = about.get("machine") or {}, about.get("packages") or {}
    pairs = [
        ("study", str(about.get("name", ""))),
        ("written", str(about.get("written", ""))),
        ("Python", str(about.get("python", ""))),
        ("packages", ", ".join(f"{name} {number}" for name, number in packages.items())),
        ("machine", ", ".join(str(value) for value in machine.values() if value)),
        ("git revision of the folder", str(about.get("git") or "")),
        ("results schema", str(about.get("schema", ""))),
        ("hash of what all units share", str(about.get("settings", ""))),
    ]
    study = about.get("study") or {}
    return [pair for pair in pairs if pair[1]], study_file(study) if "problems" in study else ""


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
