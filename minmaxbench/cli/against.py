"""``minmaxbench run --against reference``: one's own algorithms beside all others that are known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from minmaxbench.cli.console import say
from minmaxbench.errors import UserError, unknown

if TYPE_CHECKING:
    import pandas as pd

    from minmaxbench.bench.study import Study
    from minmaxbench.report.forms import Table

KNOWN = ("reference",)
"""What there is to be compared with."""
FREE = ("problems", "algorithms", "settings", "files", "name", "time_limit")
"""What of a study may be chosen; all else is as the reference has it, or runs could not be compared."""
TARGET, METRIC = 1e-5, "distance"
ROWS = 20
"""So many rows of a table are printed."""


def study_against(against: str, changes: Mapping[str, Any]) -> Study:
    """The study that runs the user's algorithms as the reference was run.

    Raises :class:`UserError` for a reference that there is not or is stale, and for what cannot be chosen.
    """
    from minmaxbench.bench.reference import load

    if against not in KNOWN:
        raise unknown("study to set a run against", against, KNOWN)
    if "algorithms" not in changes:
        raise UserError("Say which algorithm is set against the reference: -a NAME.")
    for field in changes:
        if field not in FREE:
            raise UserError(
                f"'{field}' is as the reference has it, so that runs can be compared: leave it out."
            )
    more = {k: v for k, v in changes.items() if k not in ("problems", "algorithms")}
    more.setdefault("name", f"against-{against}")
    reference = load()
    study = reference.study(changes["algorithms"], changes.get("problems", ()), **more)
    # A reference that is stale as a whole is refused before anything runs.
    reference.beside(ref.name for ref in study.problems)
    return study


def show_against(
    runs: pd.DataFrame, study: Study, folder: Path, plots: Path, formats: Sequence[str]
) -> None:
    """Tables, sentences, figures and the report of the user's runs beside the reference."""
    import pandas as pd

    from minmaxbench.analysis.against import standing
    from minmaxbench.bench.reference import load
    from minmaxbench.cli.report import write
    from minmaxbench.cli.table import print_table
    from minmaxbench.report.against import against_tables, against_words
    from minmaxbench.report.figures import draw_beside

    others, notes = load().beside(ref.name for ref in study.problems)
    mine = list(dict.fromkeys(runs["algorithm"]))
    others = others[~others["algorithm"].isin(mine)]
    both = pd.concat([others, runs], ignore_index=True)
    said, tables = [], []
    for name in mine:
        found = standing(both, str(name), TARGET, METRIC)
        made = against_tables(found, TARGET, METRIC)
        for table in made:
            print_table(_shortened(table))
        tables += made
        said.append(against_words(found, TARGET, METRIC))
        say(said[-1] + "\n")
    for note in notes:
        say(note)
    if formats:
        paths = draw_beside(both, plots, mine, formats)
        say(f"Figures: {plots}   ({', '.join(path.name for path in paths)})")
    try:
        path = write(
            both,
            folder,
            folder / "report.html",
            study.problems,
            asked=mine,
            first=tables,
            said=said,
        )
        say(f"Report: {path}")
    except UserError as error:
        # Without Plotly there is no report; the tables and the figures are there.
        say(str(error))


def _shortened(table: Table) -> Table:
    """A long table's first rows; the report has all."""
    more = len(table.words) - ROWS
    if more <= 0:
        return table
    note = f"... and {more} more: the report has them"
    return replace(
        table,
        words=table.words.head(ROWS),
        long=table.long.head(ROWS),
        notes=(*table.notes, note),
    )
