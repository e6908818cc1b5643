"""Tables for the terminal, and as CSV, Markdown and LaTeX."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from minmaxbench.analysis.statistics import COARSE, KEYS, by_algorithm, by_problem, by_verdict
from minmaxbench.errors import UserError
from minmaxbench.record.verdicts import Verdict

if TYPE_CHECKING:
    import pandas as pd
    from rich.table import Table

NEVER = "-"
"""Shown for a median that is infinite: more than half of the runs never reached the target."""


def comparison(runs: pd.DataFrame, target: float, metric: str) -> pd.DataFrame:
    """One row an algorithm, as text."""
    table = by_algorithm(runs, target, metric)
    rows = table.to_dict("records")
    near = by_algorithm(runs, COARSE, metric).set_index("algorithm")["share"]
    shown = table[["algorithm"]].copy()
    shown[f"within {COARSE:g}"] = [_share(float(near[r["algorithm"]])) for r in rows]
    shown[f"within {target:.0e}"] = [_share(r["share"]) for r in rows]
    shown["95 %"] = [f"{_share(r['low'])} to {_share(r['high'])}" for r in rows]
    shown["problems solved"] = [f"{r['solved']} of {r['problems']}" for r in rows]
    shown["median calls"] = [_calls(c) for c in table["median_calls"]]
    return shown


def verdict_table(runs: pd.DataFrame) -> pd.DataFrame:
    """One row an algorithm, one column a verdict that some run has: share and 95 % interval."""
    shares = by_verdict(runs)
    shown = shares[["algorithm"]].drop_duplicates().reset_index(drop=True)
    for kind in Verdict:
        mine = shares[shares["verdict"] == kind.value]
        if mine["share"].any():
            shown[kind.value] = [
                f"{_share(r['share'])} ({_span(r['low'], r['high'])})" if r["share"] else NEVER
                for r in mine.to_dict("records")
            ]
    return shown


def problem_table(runs: pd.DataFrame, target: float, metric: str) -> pd.DataFrame:
    """One row a problem, one column an algorithm: share of runs that reached it, median calls."""
    table = by_problem(runs, target, metric)
    table["cell"] = [
        f"{_share(r['share'])} ({_calls(r['median_calls'])})" if r["successes"] else NEVER
        for r in table.to_dict("records")
    ]
    table["name"] = problem_labels(table)
    wide = table.pivot_table(
        index=["solvable", "name"], columns="algorithm", values="cell", aggfunc="first"
    )
    wide = wide.sort_index(level=[0, 1], ascending=[False, True]).fillna("")
    names = [
        name if solvable else f"{name} (no equilibrium)" for solvable, name in wide.index.to_list()
    ]
    wide.insert(0, "problem", names)
    return wide.reset_index(drop=True).rename_axis(columns=None)


def problem_labels(table: pd.DataFrame) -> list[str]:
    """``name``, with instance and dimension where a study has more than one of a name."""
    several = table[KEYS].drop_duplicates().groupby("problem").size() > 1
    labels = []
    for label, instance, dx, dy in table[KEYS].to_numpy().tolist():
        if several[label]:
            label += f" d={dx:.0f}" if dx == dy else f" dx={dx:.0f} dy={dy:.0f}"
            label += f" @{instance}"
        labels.append(label)
    return labels


def as_rich(table: pd.DataFrame, title: str) -> Table:
    """A table for the terminal."""
    from rich import box
    from rich.table import Table

    rich = Table(title=title, box=box.SIMPLE_HEAD, title_justify="left", title_style="bold")
    for position, name in enumerate(table.columns):
        rich.add_column(
            str(name), justify="left" if position == 0 else "right", no_wrap=position == 0
        )
    for row in table.itertuples(index=False):
        rich.add_row(*(str(cell) for cell in row))
    return rich


def write(table: pd.DataFrame, path: Path, form: str, caption: str) -> None:
    """Write a table as ``csv``, ``markdown`` or ``latex`` (booktabs)."""
    text = {"csv": _csv, "markdown": _markdown, "latex": _latex}[form](table, caption)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    except OSError as error:
        raise UserError(f"The table cannot be written to '{path}': {error.strerror}.") from error


def _csv(table: pd.DataFrame, caption: str) -> str:
    return table.to_csv(index=False)


def _markdown(table: pd.DataFrame, caption: str) -> str:
    rows = [list(map(str, table.columns)), ["---"] * table.shape[1], *table.astype(str).to_numpy()]
    return f"{caption}\n\n" + "\n".join("| " + " | ".join(row) + " |" for row in rows) + "\n"


def _latex(table: pd.DataFrame, caption: str) -> str:
    def escape(cell: object) -> str:
        text = str(cell)
        for mark in ("_", "%", "&", "#"):
            text = text.replace(mark, "\\" + mark)
        return text

    rows = [" & ".join(map(escape, row)) + r" \\" for row in table.itertuples(index=False)]
    return "\n".join(
        [
            r"\begin{table}",
            rf"\caption{{{escape(caption)}}}",
            r"\begin{tabular}{l" + "r" * (table.shape[1] - 1) + "}",
            r"\toprule",
            " & ".join(map(escape, table.columns)) + r" \\",
            r"\midrule",
            *rows,
            r"\bottomrule",
            r"\end{tabular}",
            r"\end{table}",
            "",
        ]
    )


def _share(share: float) -> str:
    if np.isnan(share):
        return NEVER
    # 99.6 % is not 100 %, and 0.4 % is not none.
    text = f"{100 * share:.0f} %"
    if text == "100 %" and share < 1:
        return "> 99 %"
    return "< 1 %" if text == "0 %" and share > 0 else text


def _span(low: float, high: float) -> str:
    return f"{100 * low:.0f} to {100 * high:.0f}"


def _calls(calls: float) -> str:
    return f"{calls:,.0f}" if np.isfinite(calls) else NEVER
