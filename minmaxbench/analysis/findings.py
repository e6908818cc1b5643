"""What the tables of a study say, in sentences that are true of its runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from minmaxbench.analysis.statistics import (
    COARSE,
    KEYS,
    by_algorithm,
    by_problem,
    difference,
    equilibria,
    in_error,
)
from minmaxbench.analysis.words import count, listing, percent, span, whole

if TYPE_CHECKING:
    import pandas as pd

ROUNDING = 1e-12
"""Shares that differ by no more are equal."""

WHAT = {"distance": "distance to the nearest equilibrium", "residual": "residual"}


def findings(runs: pd.DataFrame, target: float = 1e-5, metric: str = "distance") -> str:
    """Who reaches the target most often, where nobody does, and what was not compared.

    Algorithms are compared if they were run on every problem that has a listed equilibrium. Equal
    shares are called a tie. Runs that ended in error are failures, and are counted.
    """
    errors = in_error(runs)
    if errors.all():
        first = str(runs["message"].iloc[0])
        whom = "The only run" if len(runs) == 1 else f"All {len(runs):,} runs"
        return f"{whom} ended in error; the first message is: {first}"
    table = by_problem(runs, target, metric)
    solvable = table[table["solvable"]]
    problems = _number(solvable)
    lines = _failures(runs) if errors.any() else []
    if not problems:
        return " ".join(
            [*lines, "No problem of this study has a listed equilibrium, so none can be reached."]
        )
    lines += _ranking(runs, solvable, problems, target, metric)
    rest = _number(table[~table["solvable"]])
    if rest:
        verbs = (
            "has no listed equilibrium and is"
            if rest == 1
            else "have no listed equilibrium and are"
        )
        lines.append(f"{count(rest, 'further problem')} {verbs} not ranked.")
    return " ".join(lines)


def _number(rows: pd.DataFrame) -> int:
    """How many problems there are in some rows."""
    return len(rows[KEYS].drop_duplicates())


def _failures(runs: pd.DataFrame) -> list[str]:
    errors = in_error(runs)
    verb = "counts as a failure" if errors.sum() == 1 else "count as failures"
    lines = [f"{int(errors.sum()):,} of {count(len(runs), 'run')} ended in error and {verb}."]
    unknown = _number(runs[equilibria(runs).isna()])
    if unknown:
        lines.append(
            f"On {count(unknown, 'problem')} every run did, so whether an equilibrium is listed is "
            "not known; it is taken for yes."
        )
    return lines


def _ranking(
    runs: pd.DataFrame, solvable: pd.DataFrame, problems: int, target: float, metric: str
) -> list[str]:
    """What a ranking says; ``solvable`` are the rows of :func:`by_problem` that count in it."""
    where, lines = f"On {count(problems, 'problem')} with a listed equilibrium", []
    if not solvable["successes"].any():
        lines.append(f"{where} no run brings the {WHAT[metric]} below {target:g}.")
        solvable = by_problem(runs, max(target, COARSE), metric)
        solvable = solvable[solvable["solvable"]]
        if target < COARSE and not solvable["successes"].any():
            lines.append(f"None brings it below {COARSE:g} either.")
        if not solvable["successes"].any():
            return lines
        target, where = COARSE, f"On the same problem{'' if problems == 1 else 's'}"
    ranking = by_algorithm(runs, target, metric)
    everywhere = ranking[ranking["problems"] == problems]
    partly = ranking[ranking["problems"] < problems]
    lines.append(_best(everywhere, where, target, metric, len(ranking) == 1))
    near = _near(solvable, everywhere)
    if near:
        lines.append(f"Within noise of that (paired by problem): {listing(near)}.")
    hard = int((solvable.groupby(KEYS, dropna=False)["share"].max() < 0.5).sum())
    if hard:
        them = f"On {hard:,} of these problems no" if problems > 1 else "No"
        lines.append(f"{them} algorithm succeeds in half of its runs.")
    if len(partly):
        names = listing([str(name) for name in partly["algorithm"]])
        verb = "was" if len(partly) == 1 else "were"
        lines.append(
            f"Not run on every one of these problems, and so not compared, {verb} {names}."
        )
    return lines


def _best(everywhere: pd.DataFrame, where: str, target: float, metric: str, alone: bool) -> str:
    """Who is first among the algorithms that were run on every problem, or that nobody is."""
    if not len(everywhere):
        return f"{where} no algorithm was run on all, so none is called the best."
    top = everywhere.iloc[0]
    goal = f"the {WHAT[metric]} below {target:g}"
    if not top["share"]:
        return f"{where} no algorithm that was run on all of them brings {goal}."
    whose = "its runs" if top["problems"] == 1 else "the runs of the average problem"
    often = f"in {percent(top['share'])} of {whose} (95 % interval {span(*top[['low', 'high']])} %)"
    tied = everywhere[everywhere["share"] >= top["share"] - ROUNDING]
    names = [str(name) for name in tied["algorithm"]]
    if len(names) == 1:
        return f"{where}, {names[0]} {'' if alone else 'most often '}brings {goal}: {often}."
    return f"{where}, {listing(names)} tie: each brings {goal} {often}. {_fewest(tied)}"


def _near(solvable: pd.DataFrame, everywhere: pd.DataFrame) -> list[str]:
    """The algorithms below the best whose distance to it may be chance, with their shares."""
    shares = {str(r["algorithm"]): float(r["share"]) for r in everywhere.to_dict("records")}
    if not shares or not max(shares.values()):
        return []
    hits = {
        name: mine.sort_values(KEYS)[["successes", "runs"]].to_numpy(float).T
        for name, mine in solvable.groupby("algorithm")
    }
    best = next(iter(shares))
    return [
        f"{name} ({percent(share)})"
        for name, share in shares.items()
        if share < shares[best] - ROUNDING and difference(*hits[best], *hits[name])[0] <= 0
    ]


def _fewest(tied: pd.DataFrame) -> str:
    """Which of several algorithms with the same share needs the fewest calls."""
    calls = float(tied["median_calls"].iloc[0])
    if not np.isfinite(calls):
        return "In the median over problems none of them arrives, so calls do not tell them apart."
    quick = [str(name) for name in tied[tied["median_calls"] == calls]["algorithm"]]
    if len(quick) == len(tied):
        return f"They need the same number of calls in the median, {whole(calls)}."
    verb = "needs" if len(quick) == 1 else "need"
    return f"Of these, {listing(quick)} {verb} the fewest calls: {whole(calls)} in the median."
