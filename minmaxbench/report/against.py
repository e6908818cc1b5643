"""One algorithm beside many others, as tables and sentences."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from minmaxbench.analysis.against import HALF, Standing
from minmaxbench.analysis.changes import Change
from minmaxbench.analysis.statistics import KEYS
from minmaxbench.analysis.words import count, listing, percent, span, whole
from minmaxbench.report.forms import Table
from minmaxbench.report.tables import problem_labels

if TYPE_CHECKING:
    import pandas as pd

MARK = "→"
"""Before the name of the algorithm that is looked at."""
NAMED = 6
"""So many problems are named in a sentence."""


def against_tables(found: Standing, target: float, metric: str) -> list[Table]:
    """It among the best others, and the problems on which it is unlike the best there."""
    tables = [_beside(found, target, metric)]
    pairs = _changed(found)
    return tables + ([_unlike(found, pairs)] if len(pairs) else [])


def _beside(found: Standing, target: float, metric: str) -> Table:
    names = [found.name, *found.rivals["algorithm"]]
    table = found.everyone[found.everyone["algorithm"].isin(names)]
    table = table.merge(
        found.rivals[["algorithm", "difference", "low", "high", "better", "worse"]],
        on="algorithm", how="left", suffixes=("", "_of_difference"),
    )  # fmt: skip
    rows = [{str(k): v for k, v in row.items()} for row in table.to_dict("records")]
    words = table[[]].copy()
    words["algorithm"] = [
        f"{MARK}{r['algorithm']}" if r["algorithm"] == found.name else str(r["algorithm"])
        for r in rows
    ]
    words[f"within {target:g}"] = [percent(r["share"]) for r in rows]
    words["95 %"] = [span(r["low"], r["high"]) for r in rows]
    words["problems solved"] = [f"{r['solved']} of {r['problems']}" for r in rows]
    words["median calls"] = [whole(r["median_calls"]) for r in rows]
    words["difference"] = [_points(r) for r in rows]
    words["better, worse"] = [
        "" if np.isnan(r["better"]) else f"{r['better']:.0f}, {r['worse']:.0f}" for r in rows
    ]
    title = f"{found.name} and the best others: share of runs with {metric} ≤ {target:g}"
    notes = (
        f"difference: the share of {found.name} less the other, in points, paired by problem (95 % interval)",
        f"better, worse: problems on which {found.name} is so beyond noise, run by run, after Holm",
        "[tuned]: with tuned settings, on the problems that tuning has not seen",
    )
    return Table(title, table, words, words, notes)


def _points(row: dict[str, float]) -> str:
    if np.isnan(row["difference"]):
        return ""
    # Student's interval knows nothing of the ends.
    low, high = max(row["low_of_difference"], -1.0), min(row["high_of_difference"], 1.0)
    return f"{100 * row['difference']:+.0f} ({100 * low:+.0f} to {100 * high:+.0f})"


def _changed(found: Standing) -> pd.DataFrame:
    """The problems on which it differs from the best there beyond noise, its wins first."""
    pairs = found.best.pairs
    return pairs[pairs["change"] != Change.NONE.value].sort_values(["change", "adjusted"])


def _unlike(found: Standing, pairs: pd.DataFrame) -> Table:
    who = found.champions.to_dict()
    keys = pairs[KEYS].itertuples(index=False, name=None)
    champions = [str(who[key]) for key in keys]
    words = pairs[[]].copy().reset_index(drop=True)
    words["problem"] = problem_labels(pairs)
    for title, side in ((found.name, "second"), ("the best other", "first")):
        words[title] = [
            f"{percent(share)} ({whole(calls)})"
            for share, calls in pairs[[f"share_{side}", f"ert_{side}"]].to_numpy().tolist()
        ]
    words["which is"] = champions
    words["p, corrected"] = [f"{p:.1g}" for p in pairs["adjusted"]]
    words[f"{found.name} is"] = pairs["change"].to_numpy()
    title = f"Where {found.name} differs beyond noise from the best other of each problem"
    notes = ("share of runs (expected run time in gradient calls, restarts included)",)
    return Table(title, pairs, words, words, notes)


def against_words(found: Standing, target: float, metric: str) -> str:
    """Where it stands, wins and fails, in sentences that are true of the runs."""
    return " ".join(_sentences(found, target, metric))


def _sentences(found: Standing, target: float, metric: str) -> Iterator[str]:
    own = found.everyone[found.everyone["algorithm"] == found.name].to_dict("records")[0]
    yield (
        f"{found.name} brings the {metric} below {target:g} in {percent(own['share'])} of the runs of "
        f"the average problem (95 % interval {span(own['low'], own['high'])} %): place {found.place} "
        f"of {found.among} on {count(int(own['problems']), 'problem')}."
    )
    for kind, words in ((Change.BETTER, "better than"), (Change.WORSE, "worse than")):
        clear = found.rivals["low"] > 0 if kind is Change.BETTER else found.rivals["high"] < 0
        names = [str(n) for n in found.rivals.loc[clear, "algorithm"]]
        if names:
            yield f"Of the {len(found.rivals)} best others it is {words} {listing(names)} beyond noise."
    if not ((found.rivals["low"] > 0) | (found.rivals["high"] < 0)).any():
        yield f"Its share is within noise of those of the {len(found.rivals)} best others."
    pairs = found.best.pairs
    won, lost = (pairs[pairs["change"] == k.value] for k in (Change.BETTER, Change.WORSE))
    if len(won):
        yield f"It beats the best other beyond noise on {_named(won)}."
    else:
        yield "On no problem does it beat the best other beyond noise."
    even = len(pairs) - len(won) - len(lost)
    yield f"It is behind the best other on {len(lost):,} and within noise of it on {even:,}."
    if len(found.missed):
        yield (
            f"It fails in more than {percent(1 - HALF)} of its runs, where half of the others do not, "
            f"on {_named(found.missed)}."
        )


def _named(rows: pd.DataFrame) -> str:
    names = problem_labels(rows)
    return f"{count(len(names), 'problem')} ({listing(names, NAMED)})"
