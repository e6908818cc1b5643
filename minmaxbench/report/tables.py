"""The tables of a study: numbers for programs, words for people, wide or one row a pair."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from minmaxbench.analysis.statistics import (
    COARSE,
    KEYS,
    beaten,
    by_algorithm,
    by_problem,
    by_verdict,
    in_error,
)
from minmaxbench.analysis.words import NEVER, count, percent, span, whole
from minmaxbench.record.outcomes import Outcome
from minmaxbench.record.verdicts import Verdict
from minmaxbench.report.forms import Table

if TYPE_CHECKING:
    import pandas as pd

MESSAGES = 5
"""So many different messages of runs in error are told under a table."""


NONE = "†"
"""After the name of a problem without an equilibrium."""


def comparison(runs: pd.DataFrame, target: float = 1e-5, metric: str = "distance") -> Table:
    """One row an algorithm: how often it reached the target, and at which cost."""
    table = by_algorithm(runs, target, metric)
    near = by_algorithm(runs, COARSE, metric).set_index("algorithm")["share"]
    rows = _rows(table)
    words = table[["algorithm"]].astype(str)
    words[f"within {COARSE:g}"] = [percent(float(near[r["algorithm"]])) for r in rows]
    words[f"within {target:g}"] = [percent(r["share"]) for r in rows]
    words["95 %"] = [span(r["low"], r["high"]) for r in rows]
    words["problems solved"] = [f"{r['solved']} of {r['problems']}" for r in rows]
    words["median calls"] = [whole(r["median_calls"]) for r in rows]
    title = f"Reached {metric} ≤ {target:g}: share of runs, mean over problems (95 % interval)"
    return Table(title, table, words, words, tuple(_messages(runs)))


def verdict_table(runs: pd.DataFrame) -> Table:
    """One row an algorithm, one column a verdict that some run has: share and 95 % interval."""
    shares = by_verdict(runs)
    seen = [kind for kind in Verdict if (runs["verdict"] == kind.value).any()]
    shares = shares[shares["verdict"].isin([kind.value for kind in seen])]
    words = shares[["algorithm"]].drop_duplicates().astype(str).reset_index(drop=True)
    for kind in seen:
        mine = _rows(shares[shares["verdict"] == kind.value])
        words[kind.value] = [
            f"{percent(r['share'])} ({span(r['low'], r['high'])})" if r["share"] else NEVER
            for r in mine
        ]
    some = shares[shares["share"] > 0].reset_index(drop=True)
    long = some[["algorithm", "verdict"]].astype(str)
    long["share"] = [percent(r["share"]) for r in _rows(some)]
    long["95 %"] = [span(r["low"], r["high"]) for r in _rows(some)]
    title = "Verdicts: share of runs in %, mean over problems (95 % interval)"
    return Table(title, shares, words, long, (*_sentences(runs), *_messages(runs)))


def problem_table(runs: pd.DataFrame, target: float = 1e-5, metric: str = "distance") -> Table:
    """One row a problem, one column an algorithm: share of runs that reached it, median calls."""
    table = by_problem(runs, target, metric)
    named = table.assign(label=problem_labels(table))
    named = named.sort_values(["solvable", "label", "algorithm"], ascending=[False, True, True])
    rows = _rows(named)
    names = [r["label"] if r["solvable"] else f"{r['label']} {NONE}" for r in rows]
    cells = [_reached(r) for r in rows]
    named = named.assign(name=names, cell=cells, place=range(len(named)))
    wide = named.pivot_table(index="name", columns="algorithm", values="cell", aggfunc="first")
    order = named.groupby("name")["place"].min().sort_values().index
    words = wide.loc[order].fillna("").reset_index(names="problem").rename_axis(columns=None)
    long = named[["name", "algorithm"]].astype(str).reset_index(drop=True)
    long.columns = ["problem", "algorithm"]
    long["reached"] = [percent(r["share"]) for r in rows]
    long["of runs"] = [f"{r['runs']:,}" for r in rows]
    long["median calls"] = [whole(r["median_calls"]) for r in rows]
    title = f"Share of runs with {metric} ≤ {target:g} (median gradient calls)"
    none = () if named["solvable"].all() else (f"{NONE} has no listed equilibrium",)
    return Table(title, table, words, long, (*none, *_messages(runs)))


def _reached(row: Mapping[str, Any]) -> str:
    if not row["successes"]:
        return NEVER
    return f"{percent(row['share'])} ({whole(row['median_calls'])})"


WAYS: dict[str, Callable[[pd.DataFrame, float, str], Table]] = {
    "algorithm": comparison,
    "problem": problem_table,
    "verdict": lambda runs, target, metric: verdict_table(runs),
}
"""The ways to group runs."""


def problem_labels(table: pd.DataFrame) -> list[str]:
    """``name``, with its dimensions if it has more than one variable a player, and its instance.

    The instance is told where it is not the published one, or where a study has several.
    """
    several = table[KEYS].drop_duplicates().groupby(["problem", "dx", "dy"]).size() > 1
    labels = []
    for name, instance, dx, dy in table[KEYS].to_numpy().tolist():
        text = str(name)
        if (dx, dy) != (1, 1):
            text += f" d={dx:.0f}" if dx == dy else f" dx={dx:.0f} dy={dy:.0f}"
        if instance or several[name, dx, dy]:
            text += f" @{instance:.0f}"
        labels.append(text)
    return labels


def _sentences(runs: pd.DataFrame) -> Iterable[str]:
    """What the verdicts that occur mean, and why runs ended."""
    for verdict in Verdict:
        if (runs["verdict"] == verdict.value).any():
            yield f"{verdict.value}: {verdict.sentence}"
    for outcome in Outcome:
        number = int((runs["outcome"] == outcome.value).sum())
        if number:
            yield f"ended by '{outcome.value}', {count(number, 'run')}: {outcome.sentence}"


def _messages(runs: pd.DataFrame) -> Iterable[str]:
    """Which runs beat a known optimum; what those in error say, the most frequent first."""
    better = runs[beaten(runs)]
    if len(better):
        first = better.iloc[0]
        yield (
            f"BEATEN: {count(len(better), 'run')} went below the known optimum of a problem, the first of "
            f"{first['algorithm']} on {first['problem']}, seed {first['seed']}: optimum or run is wrong."
        )
    errors = runs[in_error(runs)]
    if not len(errors):
        return
    counted = errors["message"].value_counts()
    for message, number in list(counted.items())[:MESSAGES]:
        first = errors[errors["message"] == message].iloc[0]
        runs_of = count(int(number), "run")
        yield f"error, {runs_of}, the first of {first['algorithm']} on {first['problem']}: {message}"
    if len(counted) > MESSAGES:
        yield f"... and {len(counted) - MESSAGES} other messages."


def _rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]
