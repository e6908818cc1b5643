"""The tables of tuning: what was found, what a budget of settings is worth, how much of a space works."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from minmaxbench.analysis.robustness import robustness
from minmaxbench.analysis.statistics import KEYS, by_algorithm
from minmaxbench.analysis.tuning import sensitivity, tunability
from minmaxbench.analysis.words import percent, span
from minmaxbench.bench.senses import GAP, JUDGED, NEAR, senses
from minmaxbench.bench.tuning.tuned import SETTINGS, Tuned
from minmaxbench.core.parameters import relative_steps
from minmaxbench.report import tables
from minmaxbench.report.forms import Table
from minmaxbench.report.pairs import pairs_table
from minmaxbench.report.ranks import duel_table, rank_table

if TYPE_CHECKING:
    import pandas as pd

SIZES = (1, 2, 4, 8, 16)
"""The budgets of settings that a table shows, beside all there are."""
SCORE = (
    "score: mean log10 of the calls to the targets, a miss counting as ten budgets; lower is better"
)


def parameters(given: dict[str, Any] | Any) -> str:
    """Hyper-parameters in words, numbers to three digits."""
    return ", ".join(f"{name}={_short(value)}" for name, value in given.items()) or "the default"


def _short(value: Any) -> str:
    steps = relative_steps(value)
    if steps:
        return f"{steps['']:.3g}/L"
    return f"{value:.3g}" if isinstance(value, float) else f"{value}"


def tuned_table(tuned: Tuned) -> Table:
    """One row an algorithm: its tuned setting, what that gains, and what it cost."""
    import pandas as pd

    ordered = sorted(tuned.algorithms.items(), key=lambda item: item[1].score)
    rows = [
        {
            "algorithm": name,
            "setting": parameters(found.tuned),
            "score": found.score,
            "default": found.default,
            "settings": found.settings,
            "tuning calls": found.calls,
            "splits agreeing": sum(other == found.tuned for other in found.splits),
        }
        for name, found in ordered
    ]
    numbers = pd.DataFrame(rows)
    words = pd.DataFrame(
        {
            "algorithm": [r["algorithm"] for r in rows],
            "setting": [r["setting"] for r in rows],
            "score (default)": [f"{r['score']:.2f} ({r['default']:.2f})" for r in rows],
            "settings": [f"{r['settings']}" for r in rows],
            "tuning calls": [f"{r['tuning calls']:,.0f}" for r in rows],
            "splits": [
                f"{r['splits agreeing']} of {len(found.splits)}"
                for r, (_, found) in zip(rows, ordered, strict=True)
            ],
        }
    )
    protocol = tuned.protocol
    notes = (
        SCORE,
        "splits: of so many ways to split the problems, in how many the same setting was chosen",
        f"{len(tuned.training)} training problems, instances {protocol['instances']}, seeds 0 to "
        f"{protocol['seeds'] - 1}, {protocol['budget']:,.0f} calls a run; made by `{tuned.asked}`",
    )
    return Table("Tuned settings, scored on what they were chosen on", numbers, words, words, notes)


def best_table(tuned: Tuned, problems: Sequence[str]) -> Table:
    """One row an algorithm and problem: the setting chosen there."""
    import pandas as pd

    rows = [
        {"algorithm": name, "problem": problem, "setting": parameters(found.best[problem])}
        for name, found in tuned.algorithms.items()
        for problem in problems
        if problem in found.best
    ]
    words = pd.DataFrame(rows)
    return Table("Settings chosen for each problem", words, words, words)


def tunability_table(table: pd.DataFrame, problems: Sequence[str]) -> Table:
    """One row an algorithm: the expected best score of k settings, and how much of its space works."""
    seen = table[table["problem"].isin(list(problems))]
    curves, shares = tunability(seen), sensitivity(seen).set_index("method")
    words: list[dict[str, str]] = []
    for name, mine in curves.groupby("method", sort=True):
        at = {int(k): f"{s:.2f}" for k, s in zip(mine["k"], mine["score"], strict=True)}
        row = {"algorithm": str(name), "default": f"{mine['default'].iloc[0]:.2f}"}
        row |= {f"best of {k}": at.get(k, "") for k in SIZES}
        row["best"] = f"{mine['best'].iloc[0]:.2f}"
        row["space that solves"] = percent(float(shares["share"][name]))
        row["solvable"] = percent(float(shares["anywhere"][name]))
        words.append(row)
    import pandas as pd

    made = pd.DataFrame(words)
    notes = (
        SCORE,
        "best of k: the expected score of the best of k settings drawn from the design, on the problems "
        "it is chosen on",
        "space that solves: the share of settings with which half of the runs reach the middle target, "
        "in the mean over problems; solvable: the share of problems on which some setting does",
    )
    return Table("What a tuning budget of k settings is worth", curves, made, made, notes)


def answers_table(runs: pd.DataFrame, target: float = 1e-5, metric: str = "distance") -> Table:
    """One row an algorithm, a column each for its default, tuned and best settings, side by side.

    Of each algorithm the problems count on which all its settings were run.
    """
    import pandas as pd

    kinds = [kind for kind in SETTINGS if kind in set(_kinds(runs))]
    rows, words = [], []
    for method, mine in runs.assign(kind=_kinds(runs)).groupby("method", sort=True):
        there = mine.groupby(KEYS, dropna=False)["kind"].transform("nunique")
        common = mine[there == mine["kind"].nunique()]
        if not len(common):
            continue
        found = by_algorithm(common.assign(algorithm=common["kind"]), target, metric)
        shares = {str(r["algorithm"]): r for r in found.to_dict("records")}
        row: dict[str, Any] = {"algorithm": str(method), "problems": int(found["problems"].max())}
        word = {"algorithm": str(method), "problems": f"{row['problems']}"}
        for kind in kinds:
            if kind in shares:
                share, low, high = (float(shares[kind][name]) for name in ("share", "low", "high"))
                row[kind], word[kind] = share, f"{percent(share)} ({span(low, high)})"
            else:
                row[kind], word[kind] = float("nan"), ""
        rows.append(row)
        words.append(word)
    numbers, shown = pd.DataFrame(rows), pd.DataFrame(words)
    notes = (
        "default: as published; tuned: one setting for the whole suite, chosen on other problems, instances "
        "and seeds; best: one for each problem, chosen on its other instances and seeds, an upper bound",
    )
    title = f"Reached {metric} ≤ {target:g}: share of runs, mean over problems (95 % interval)"
    return Table(title, numbers, shown, shown, notes)


def _kinds(runs: pd.DataFrame) -> list[str]:
    """Which answer each run belongs to; settings typed by hand are their own."""
    pairs = zip(runs["algorithm"], runs["method"], strict=True)
    return [
        "default" if label == method else str(label).removeprefix(f"{method} ").strip("[]")
        for label, method in pairs
    ]


def has_answers(runs: pd.DataFrame) -> bool:
    """Whether there are runs of settings that tuning has found."""
    return bool({"tuned", "best"} & set(_kinds(runs)))


def robustness_table(runs: pd.DataFrame) -> Table:
    """One row an algorithm: its place, and what of it survives other budgets, targets and rivals."""
    import pandas as pd

    found = robustness(runs)
    rows = found.to_dict("records")
    words = pd.DataFrame(
        {
            "algorithm": [str(r["algorithm"]) for r in rows],
            "place": [
                f"{r['rank']}" if r["low"] == r["high"] else f"{r['low']} to {r['high']}, tied"
                for r in rows
            ],
            "rank in all variants": [f"{r['lowest']} to {r['highest']}" for r in rows],
            "score": [f"{r['score']:.2f}" for r in rows],
            "moved by": [str(r["moved"]) or "nothing" for r in rows],
        }
    )
    notes = (
        SCORE + "; over problems with an equilibrium, algorithms that were run on all of them",
        "tied: with those of the same score, and all whose order to it some variant reverses",
    )
    return Table("Places, and whether they survive", found, words, words, notes)


SENSES = {
    "near": "near an equilibrium",
    "greedy": "(eps, omega)-equilibrium",
    "gap": "small value gap",
}


def senses_table(runs: pd.DataFrame) -> Table:
    """One row an algorithm: its successes in three senses, means over problems, side by side."""
    import pandas as pd

    judged = senses(runs)
    each = judged.groupby([*KEYS, "algorithm"], dropna=False)[list(SENSES)].mean().reset_index()
    found = each.groupby("algorithm")[list(SENSES)].agg(["mean", "count"])
    rows, words = [], []
    for name in found.index:
        row: dict[str, Any] = {"algorithm": str(name)}
        word = {"algorithm": str(name)}
        for sense, title in SENSES.items():
            share, number = float(found[sense, "mean"][name]), int(found[sense, "count"][name])
            row[sense], row[f"{sense}_problems"] = share, number
            word[title] = f"{percent(share)} (of {number})" if number else "not known"
        rows.append(row)
        words.append(word)
    shown = pd.DataFrame(words)
    notes = (
        f"near: within {NEAR:g} of a listed equilibrium; (eps, omega): after Keswani et al., ICML 2022, "
        "the same test for every end point; gap: max over y of f(x, y) at most "
        f"{GAP:g} above the proved minimax value",
        f"in brackets: on so many problems it is known; of each algorithm {JUDGED} runs on each are judged",
    )
    return Table("Success in three senses", pd.DataFrame(rows), shown, shown, notes)


WAYS: dict[str, Callable[[pd.DataFrame, float, str], Table]] = {
    **tables.WAYS,
    "pair": pairs_table,
    "settings": answers_table,
    "sense": lambda runs, target, metric: senses_table(runs),
    "rank": rank_table,
    "duel": duel_table,
    "place": lambda runs, target, metric: robustness_table(runs),
}
"""All ways to group runs, those of tuning and of fairness among them."""
