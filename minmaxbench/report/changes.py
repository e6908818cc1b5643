"""What changed between two studies, as tables and sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from minmaxbench.analysis.changes import Change, Changes
from minmaxbench.analysis.words import NEVER, count, listing, percent, whole
from minmaxbench.report.forms import Table
from minmaxbench.report.tables import problem_labels

if TYPE_CHECKING:
    import pandas as pd


def change_tables(found: Changes, target: float, metric: str) -> list[Table]:
    """The change of each algorithm, and each problem on which one changed beyond noise."""
    tables = [_algorithms(found, target, metric)]
    changed = found.pairs[found.pairs["change"] != Change.NONE.value]
    return tables + ([_pairs(changed)] if len(changed) else [])


def _algorithms(found: Changes, target: float, metric: str) -> Table:
    table = found.algorithms
    words = table[["algorithm"]].astype(str)
    words["problems"] = [f"{n:,}" for n in table["problems"]]
    words["first"] = [percent(share) for share in table["share_first"]]
    words["second"] = [percent(share) for share in table["share_second"]]
    words["difference"] = [
        f"{100 * d:+.0f} ({100 * low:+.0f} to {100 * high:+.0f})"
        for d, low, high in table[["difference", "low", "high"]].to_numpy().tolist()
    ]
    words["calls"] = [
        _ratio(*row) for row in table[["ratio", "ratio_low", "ratio_high"]].to_numpy()
    ]
    words["seconds"] = [_ratio(ratio) for ratio in table["step_ratio"]]
    counts = table[["better", "worse"]].to_numpy().tolist()
    words["better, worse"] = [f"{better:,}, {worse:,}" for better, worse in counts]
    words["verdict"] = table["change"].astype(str)
    title = f"From the first to the second: runs with {metric} ≤ {target:g}, mean over problems"
    how = "run by run, seeds being the same" if found.paired else "as independent samples"
    notes = [
        f"Runs are compared {how}.",
        "calls: expected run time of the second over the first, where both arrive (95 % interval).",
        "seconds: of a step, second over first, in the median.",
        "better, worse: problems with a change beyond noise, corrected for their number after Holm.",
    ]
    for side, names in (("first", found.only_first), ("second", found.only_second)):
        if names:
            notes.append(f"Only the {side} has {count(len(names), 'pair')}: {listing(names, 4)}.")
    long = words[["algorithm", "first", "second", "calls", "verdict"]]
    return Table(title, table, words, long, tuple(notes))


def _pairs(changed: pd.DataFrame) -> Table:
    ordered = changed.sort_values(["change", "adjusted"], ascending=[False, True])
    words = ordered[["algorithm"]].astype(str).reset_index(drop=True)
    words.insert(0, "problem", problem_labels(ordered))
    for side in ("first", "second"):
        words[side] = [
            f"{percent(share)} ({whole(ert)})"
            for share, ert in ordered[[f"share_{side}", f"ert_{side}"]].to_numpy().tolist()
        ]
    words["p, corrected"] = [f"{p:.1g}" for p in ordered["adjusted"]]
    words["verdict"] = ordered["change"].to_numpy()
    title = "Changed beyond noise: share of runs (expected run time in gradient calls)"
    return Table(title, ordered, words, words)


def sentence(found: Changes) -> str:
    """What a reader should know of the comparison, in one or two sentences."""
    table = found.algorithms
    lines = []
    for kind in (Change.WORSE, Change.BETTER):
        names = [str(n) for n in table.loc[table["change"] == kind.value, "algorithm"]]
        if names:
            verb = "is" if len(names) == 1 else "are"
            lines.append(f"{listing(names)} {verb} {kind.value}.")
    if not lines:
        lines = ["Nothing changed beyond noise."]
    rows = len(found.pairs)
    return " ".join([*lines, f"Compared: {count(rows, 'pair')} of an algorithm and a problem."])


def _ratio(ratio: float, low: float = np.nan, high: float = np.nan) -> str:
    if not np.isfinite(ratio):
        return NEVER
    return f"× {ratio:.3g}" + (f" ({low:.3g} to {high:.3g})" if np.isfinite(low) else "")
