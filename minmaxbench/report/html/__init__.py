"""The report: one HTML file that opens without a network, with all tables and pictures of a study."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from minmaxbench.analysis.findings import findings
from minmaxbench.errors import UserError, needed
from minmaxbench.report import text
from minmaxbench.report.against import MARK
from minmaxbench.report.html import charts, facts, plane
from minmaxbench.report.ranks import rank_table
from minmaxbench.report.tables import comparison, verdict_table

if TYPE_CHECKING:
    import pandas as pd

    from minmaxbench.problems.registry import ProblemRef
    from minmaxbench.report.forms import Table

WHAT = "The HTML report"


def write_report(
    runs: pd.DataFrame,
    path: Path,
    about: Mapping[str, Any],
    problems: Mapping[tuple[str, int], ProblemRef],
    target: float = 1e-5,
    metric: str = "distance",
    asked: Sequence[str] = (),
    first: Sequence[Table] = (),
    said: Sequence[str] = (),
) -> Path:
    """Write the report of some runs.

    Parameters
    ----------
    about :
        What made them: the manifest of their folder, and ``name``, the study's.
    problems :
        The problems that are known here, by name and instance: of the others there is no formula and
        no landscape.
    asked :
        Algorithms that are looked at among many others.
    first, said :
        Tables and sentences that come before all others.

    Raises
    ------
    UserError
        Where Plotly or Jinja2 is missing, and for a file that cannot be written.
    """
    plotly = needed("plotly.offline", "report", WHAT)
    jinja2 = needed("jinja2", "report", WHAT)
    here = files(__package__)
    environment = jinja2.Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    )
    template = environment.from_string(here.joinpath("page.html").read_text("utf-8"))
    looks = charts.curves_of(runs, asked)
    drawn = plane.planes(runs, problems, about.get("study", {}), looks, asked)
    known = facts.problem_facts(runs, problems, target, metric, drawn)
    methods = facts.algorithm_facts(runs)
    data = {
        "problems": known,
        "algorithms": methods,
        "looks": looks,
        "verdicts": plane.verdicts(),
        "marks": plane.marks(),
        "charts": charts.overview(runs, target, metric, looks, asked),
        "target": f"{metric} ≤ {target:g}",
        "metric": metric,
        "asked": list(asked),
    }
    made, again = facts.made(about)
    page = template.render(
        about=about,
        made=made,
        again=again,
        findings=[*said, findings(runs, target, metric)],
        tables=[
            _plain(table)
            for table in (
                *first,
                comparison(runs, target, metric),
                *_ranks(runs, target, metric, asked),
                verdict_table(runs),
            )
        ],
        cost=facts.cost(runs),
        classes=sorted({c for p in known for c in p["classes"]}),
        dimensions=sorted({p["d"] for p in known}),
        families=sorted({a["family"] for a in methods}),
        plotly=plotly.get_plotlyjs(),
        style=here.joinpath("page.css").read_text("utf-8"),
        script=here.joinpath("page.js").read_text("utf-8"),
        data=_inside_a_script(data),
        target=data["target"],
    )
    return text.write(page, path, "report")


def _ranks(runs: pd.DataFrame, target: float, metric: str, asked: Sequence[str]) -> Iterator[Table]:
    """The table of mean ranks, where there is anything to rank."""
    try:
        yield rank_table(runs, target, metric, asked)
    except UserError:
        return


def _plain(table: Table) -> dict[str, Any]:
    """A table as lists of texts: no code of a template runs on a frame."""
    words = table.words.astype(str)
    rows = words.to_numpy().tolist()
    kind = str(words.columns[0])
    return {
        "title": table.title,
        "notes": table.notes,
        "heads": list(words.columns),
        "rows": [
            {
                "link": f"#{kind}/{quote(row[0].removeprefix(MARK).strip(), safe='')}",
                "asked": row[0].startswith(MARK),
                "cells": row,
            }
            for row in rows
        ],
    }


def _inside_a_script(data: Any) -> str:
    """JSON that ends no script element; what is no number is null."""
    made = json.dumps(
        charts.finite(data), separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )
    return made.replace("<", "\\u003c")
