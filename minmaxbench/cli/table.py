"""``minmaxbench table``: a study's tables, in the terminal and in files."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from minmaxbench.cli import options
from minmaxbench.cli.console import out, say, show
from minmaxbench.errors import unknown

if TYPE_CHECKING:
    import pandas as pd

    from minmaxbench.report.forms import Table


def table(
    folder: options.Results,
    by: Annotated[
        str,
        typer.Option(help="algorithm, problem, pair, verdict, rank, duel, settings, sense, place"),
    ] = "algorithm",
    target: options.Target = 1e-5,
    metric: options.Metric = "distance",
    csv: options.Written = None,
    markdown: options.Written = None,
    latex: options.Written = None,
    file: options.Files = None,
) -> None:
    """Print a study's tables, by algorithm or otherwise; also as CSV, Markdown, LaTeX."""
    from minmaxbench.bench.results import load
    from minmaxbench.report import forms
    from minmaxbench.report.tuning import WAYS

    if by not in WAYS:
        raise unknown("way to group a table", by, WAYS)
    options.load(file)
    runs = load(folder)
    for note in runs.attrs["notes"]:
        say(note)
    if by == "algorithm":
        print_tables(runs, target, metric)
    made = WAYS[by](runs, target, metric)
    if by != "algorithm":
        print_table(made)
    for form, path in (("csv", csv), ("markdown", markdown), ("latex", latex)):
        if path:
            say(f"Written: {forms.write(made, path, form, folder.name)}")


def print_tables(runs: pd.DataFrame, target: float, metric: str) -> None:
    """The ranking, the verdicts, and what they say in sentences."""
    from minmaxbench.analysis.findings import findings
    from minmaxbench.report.metrics import metric_table
    from minmaxbench.report.pairs import FEW, pairs_table
    from minmaxbench.report.tables import comparison, verdict_table
    from minmaxbench.report.tuning import answers_table, has_answers

    tables = [comparison(runs, target, metric), verdict_table(runs), metric_table(runs)]
    if has_answers(runs):
        tables.insert(0, answers_table(runs, target, metric))
        if runs["problem"].nunique() <= FEW:
            tables.insert(0, pairs_table(runs, target, metric))
    told: set[str] = set()
    for shown in filter(None, tables):
        # What runs in error say is told once.
        print_table(replace(shown, notes=tuple(n for n in shown.notes if n not in told)))
        told.update(shown.notes)
    say(findings(runs, target, metric) + "\n")


def print_table(table: Table) -> None:
    """A table as wide as the terminal allows, and what its words mean."""
    from minmaxbench.report.forms import fitting

    say(table.title, "bold")
    show(fitting(table, out().width))
    for note in table.notes:
        say(f"  {note}", "dim")
    say()
