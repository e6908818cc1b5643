"""One algorithm beside many others on the same problems: where it wins, where it fails, what is noise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from minmaxbench.analysis.changes import Changes, changes
from minmaxbench.analysis.runtimes import ert
from minmaxbench.analysis.statistics import KEYS, by_algorithm, by_problem, ranked
from minmaxbench.errors import UserError

if TYPE_CHECKING:
    import pandas as pd

RIVALS = 10
"""So many of the best others are compared with it one by one."""
HALF = 0.5
"""A problem is solved if this share of the runs reach the target."""


@dataclass(frozen=True)
class Standing:
    """How one algorithm stands among others."""

    name: str
    everyone: pd.DataFrame
    """:func:`minmaxbench.analysis.statistics.by_algorithm` of all, those run on fewer problems too."""
    place: int
    """Its place by share among those run on all of its problems: 1 plus how many have a larger one."""
    among: int
    """How many these are, itself included."""
    rivals: pd.DataFrame
    """The best others, a row each: the algorithms of :class:`Changes`, from the rival to it."""
    best: Changes
    """From whoever is the best on each problem to it."""
    champions: pd.Series[str]
    """Who that is, by the keys of the problem: the least expected run time, ties by name."""
    missed: pd.DataFrame
    """Problems on which half of the others solve and it does not: the keys, ``share``, ``others``."""


def standing(
    runs: pd.DataFrame, name: str, target: float = 1e-5, metric: str = "distance"
) -> Standing:
    """How the algorithm ``name`` stands among all others in ``runs``, on the problems it was run on.

    It is compared as in :func:`minmaxbench.analysis.changes.changes`, run by run where seeds are the
    same: with each of the best :data:`RIVALS` over all problems, and on each problem with the
    best there, whoever that is. The second is hard on it, the best of many being partly luck; what it
    wins there, it wins.

    Raises
    ------
    UserError
        Where it has no run on a problem with an equilibrium that another has, too.
    """
    solvable = runs[ranked(runs)]
    mine = solvable[solvable["algorithm"] == name]
    known = solvable.set_index(KEYS).index.isin(mine.set_index(KEYS).index)
    others = solvable[known & (solvable["algorithm"] != name)]
    if not len(mine) or not len(others):
        raise UserError(
            f"{name} has no problem with an equilibrium in common with another algorithm."
        )
    both = solvable[known]
    everyone = by_algorithm(both, target, metric)
    whole = everyone[everyone["problems"] == everyone["problems"].max()].set_index("algorithm")
    place = 1 + int((whole["share"] > whole["share"][name]).sum())
    best = everyone.loc[everyone["algorithm"] != name, "algorithm"].head(RIVALS)
    rivals = [_rival(others, str(rival), mine, target, metric) for rival in best]
    champions = _champions(others, target, metric)
    table = _rows_of(others, champions).assign(algorithm=name)
    return Standing(
        name, everyone, place, len(whole), _stacked(rivals), changes(table, mine, target, metric),
        champions, _missed(both, name, target, metric),
    )  # fmt: skip


def _rival(
    others: pd.DataFrame, rival: str, mine: pd.DataFrame, target: float, metric: str
) -> pd.DataFrame:
    """What changes over the problems that both were run on if one takes it instead of the rival."""
    theirs = others[others["algorithm"] == rival]
    name = str(mine["algorithm"].iloc[0])
    found = changes(theirs.assign(algorithm=name), mine, target, metric)
    return found.algorithms.assign(algorithm=rival)


def _champions(others: pd.DataFrame, target: float, metric: str) -> pd.Series[str]:
    table = by_problem(others, target, metric)
    cost = ert(others, target, metric).rename("ert").reset_index()
    table = table.merge(cost, on=[*KEYS, "algorithm"])
    table = table.sort_values(["ert", "share", "algorithm"], ascending=[True, False, True])
    first: pd.Series[str] = table.drop_duplicates(KEYS).set_index(KEYS)["algorithm"]
    return first


def _rows_of(runs: pd.DataFrame, chosen: pd.Series[str]) -> pd.DataFrame:
    """The runs of the algorithm that is chosen on each problem."""
    pairs = chosen.rename("algorithm").reset_index()
    return runs.merge(pairs, on=[*KEYS, "algorithm"])


def _stacked(tables: list[pd.DataFrame]) -> pd.DataFrame:
    import pandas as pd

    return pd.concat(tables, ignore_index=True)


def _missed(both: pd.DataFrame, name: str, target: float, metric: str) -> pd.DataFrame:
    table = by_problem(both, target, metric)
    solved = table.assign(solved=table["share"] >= HALF)
    others = solved[solved["algorithm"] != name].groupby(KEYS)["solved"].mean().rename("others")
    own = solved[solved["algorithm"] == name].merge(others.reset_index(), on=KEYS)
    missed = own[(own["others"] >= HALF) & ~own["solved"]]
    return missed[[*KEYS, "share", "others"]].sort_values("others", ascending=False)


def run_everywhere(runs: pd.DataFrame, asked: Sequence[str] = ()) -> pd.DataFrame:
    """The runs of the algorithms that were run on the most problems, of those that count in a ranking.

    Where some are ``asked`` for, only problems count on which one of them was run. What was run on fewer
    problems is not ranked: it would leave the others nothing but these to be ranked on.
    """
    there = runs[ranked(runs)]
    if asked:
        keys = there.set_index(KEYS).index
        there = there[keys.isin(keys[there["algorithm"].isin(asked).to_numpy()])]
    number = there[[*KEYS, "algorithm"]].drop_duplicates()["algorithm"].value_counts()
    whole: pd.DataFrame = there[there["algorithm"].isin(number.index[number == number.max()])]
    return whole
