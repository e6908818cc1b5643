"""``minmaxbench compare``: two results folders side by side."""

from __future__ import annotations

import typer

from minmaxbench.cli import options
from minmaxbench.cli.console import say


def compare(
    first: options.Results,
    second: options.Results,
    target: options.Target = 1e-5,
    metric: options.Metric = "distance",
    csv: options.Written = None,
    markdown: options.Written = None,
    latex: options.Written = None,
) -> None:
    """Say what changed from one study to another beyond noise; exit with 1 if something is worse."""
    from minmaxbench.analysis.changes import changes
    from minmaxbench.bench.results import load
    from minmaxbench.cli.table import print_table
    from minmaxbench.report import forms
    from minmaxbench.report.changes import change_tables, sentence

    before, after = load(first), load(second)
    for note in [*before.attrs["notes"], *after.attrs["notes"]]:
        say(note)
    found = changes(before, after, target, metric)
    tables = change_tables(found, target, metric)
    for table in tables:
        print_table(table)
    say(sentence(found))
    for form, path in (("csv", csv), ("markdown", markdown), ("latex", latex)):
        if path:
            say(f"Written: {forms.write(tables[0], path, form, f'{first.name}-{second.name}')}")
    if found.worse:
        raise typer.Exit(1)
