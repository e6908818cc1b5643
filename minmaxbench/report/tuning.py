"""The tables of tuning: what was found, what a budget of settings is worth, how much of a space works."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from minmaxbench.analysis.tuning import sensitivity, tunability
from minmaxbench.analysis.words import percent
from minmaxbench.bench.tuning.tuned import Tuned
from minmaxbench.report.forms import Table

if TYPE_CHECKING:
    import pandas as pd

SIZES = (1, 2, 4, 8, 16)
"""The budgets of settings that a table shows, beside all there are."""
SCORE = (
    "score: mean log10 of the calls to the targets, a miss counting as ten budgets; lower is better"
)


def parameters(given: dict[str, Any] | Any) -> str:
    """Hyper-parameters in words, numbers to three digits."""
    shown = [f"{n}={v:.3g}" if isinstance(v, float) else f"{n}={v}" for n, v in given.items()]
    return ", ".join(shown) or "the default"


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
        f"{protocol['seeds'] - 1}, {protocol['budget']:,.0f} calls a run; made by `{tuned.command}`",
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
