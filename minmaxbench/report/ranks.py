"""The tables of ranks: mean ranks with what is known of them, and duels of two algorithms."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from minmaxbench.analysis.against import run_everywhere
from minmaxbench.analysis.ranking import (
    ROPE,
    SAMPLES,
    probably_better,
    ranking,
    wilcoxon_holm,
    wins,
)
from minmaxbench.analysis.runtimes import costs
from minmaxbench.analysis.words import count, listing, percent
from minmaxbench.errors import UserError
from minmaxbench.report.forms import Table

if TYPE_CHECKING:
    import pandas as pd

ALL = 8
"""Of so many algorithms all pairs are compared; of more, each with the one of the best mean rank."""


def rank_table(
    runs: pd.DataFrame, target: float = 1e-5, metric: str = "distance", asked: Sequence[str] = ()
) -> Table:
    """One row an algorithm: its mean rank by expected run time, and from whom it is not told apart.

    Where some are ``asked`` for, ranks are over the problems that they were run on. Raises
    :class:`UserError` for fewer than two algorithms that were run on the same problems.
    """
    found = ranking(costs(run_everywhere(runs, asked), target, metric))
    table = found.table.reset_index(names="algorithm")
    at = table["rank"].to_numpy(float)
    near = np.abs(at[:, None] - at) < found.critical
    table["first"] = near.argmax(axis=1) + 1
    table["last"] = len(at) - near[:, ::-1].argmax(axis=1)
    words = table[["algorithm"]].astype(str)
    words["place"] = [f"{k + 1}" for k in range(len(table))]
    words["mean rank"] = [f"{rank:.2f}" for rank in at]
    words["95 %"] = [f"{a:.1f} to {b:.1f}" for a, b in table[["low", "high"]].to_numpy().tolist()]
    words["not told apart"] = [
        "" if a == b else f"{a} to {b}" for a, b in table[["first", "last"]].to_numpy().tolist()
    ]
    words["quickest on"] = [f"{n}" for n in table["best"]]
    words["never arrives on"] = [f"{n}" for n in table["never"]]
    title = f"Mean rank by expected run time to {metric} ≤ {target:g}, {count(found.problems, 'problem')}"
    notes = (
        "1 is the best rank; who never arrives shares the worst of a problem; intervals are over problems",
        f"not told apart: places whose mean rank differs by less than {found.critical:.2f} (Nemenyi, 5 %)",
        *_friedman(found.p_value),
        *_left_out(runs, asked),
    )
    return Table(title, table, words, words, notes)


def _friedman(p_value: float) -> list[str]:
    said = f"Friedman's test that all are equal: p = {p_value:.2g}"
    return [] if np.isnan(p_value) else [said]


def _left_out(runs: pd.DataFrame, asked: Sequence[str] = ()) -> list[str]:
    """Who is not ranked, having been run on fewer problems, in a sentence if there is anybody."""
    there = set(run_everywhere(runs, asked)["algorithm"])
    others = [str(name) for name in sorted(runs["algorithm"].unique()) if name not in there]
    return [f"Run on fewer problems, and not ranked: {listing(others)}."] if others else []


def duel_table(runs: pd.DataFrame, target: float = 1e-5, metric: str = "distance") -> Table:
    """One row two algorithms, the one of the better mean rank first: wins, and what is chance.

    Raises :class:`UserError` as :func:`rank_table`.
    """
    import pandas as pd

    table = costs(run_everywhere(runs), target, metric)
    found = ranking(table)
    ordered = [str(name) for name in found.table.index]
    pairs = list(combinations(ordered, 2))
    many = len(ordered) > ALL
    if many:
        pairs = [(ordered[0], other) for other in ordered[1:]]
    won = wins(table)
    numbers = wilcoxon_holm(table, pairs)
    counted: dict[Any, int] = won.stack().to_dict()
    numbers["wins"] = [counted[a, b] for a, b in pairs]
    numbers["losses"] = [counted[b, a] for a, b in pairs]
    numbers["ties"] = found.problems - numbers["wins"] - numbers["losses"]
    words = pd.DataFrame({"algorithm": [a for a, _ in pairs], "against": [b for _, b in pairs]})
    words["wins, ties, losses"] = [
        f"{a}, {b}, {c}" for a, b, c in numbers[["wins", "ties", "losses"]].to_numpy().tolist()
    ]
    words["p, corrected"] = [f"{p:.2g}" for p in numbers["adjusted"]]
    notes = [
        f"wins: problems on which its expected run time is less by more than a factor of {ROPE:g}",
        f"p: Wilcoxon's signed-rank test, corrected for {count(len(pairs), 'pair')} after Holm",
    ]
    if many:
        notes.append(f"Of more than {ALL} algorithms each is set against the best mean rank.")
    else:
        notes.append(_add_chances(words, numbers, table, pairs))
    title = (
        f"Duels by expected run time to {metric} ≤ {target:g}, {count(found.problems, 'problem')}"
    )
    return Table(title, numbers, words, words, (*notes, *_left_out(runs)))


def _add_chances(
    words: pd.DataFrame, numbers: pd.DataFrame, table: pd.DataFrame, pairs: list[tuple[str, str]]
) -> str:
    """Add how probable it is that each is better, and return what that is; or why it is not told."""
    try:
        chances = np.array([probably_better(table, a, b) for a, b in pairs])
    except UserError as missing:
        return str(missing)
    numbers[["cheaper", "equal", "dearer"]] = chances
    # Nothing is certain; a share of draws may be none of them.
    shown = np.clip(chances, 1 / SAMPLES, 1 - 1 / SAMPLES)
    words["cheaper, equal, dearer"] = [", ".join(map(percent, row)) for row in shown.tolist()]
    return "cheaper, equal, dearer: how probable each is (Bayesian signed-rank test)"
