"""``minmaxbench list``: problems, algorithms, suites."""

from __future__ import annotations

import inspect
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from minmaxbench.cli import options
from minmaxbench.cli.console import out, say, show
from minmaxbench.errors import UserError

if TYPE_CHECKING:
    import pandas as pd


class Thing(StrEnum):
    """What can be listed."""

    problems = "problems"
    algorithms = "algorithms"
    suites = "suites"


def list_things(
    what: Annotated[Thing, typer.Argument(help="problems, algorithms or suites")] = Thing.problems,
    kind: Annotated[
        str | None, typer.Option("--class", help="Only problems of this class.")
    ] = None,
    feature: Annotated[
        str | None, typer.Option("--property", help="Only problems with this property.")
    ] = None,
    dim: Annotated[
        int | None,
        typer.Option("--dim", "--d", help="Only problems that exist with dx = dy = DIM."),
    ] = None,
    source: Annotated[
        str | None, typer.Option(help="Only where the source holds this text.")
    ] = None,
    file: options.Files = None,
) -> None:
    """List problems, algorithms or suites, with filters."""
    from minmaxbench.report.forms import Table, fitting

    options.load(file)
    for option, given in (("--class", kind), ("--dim", dim)):
        if given is not None and what is not Thing.problems:
            raise UserError(f"{option} filters problems only; got it with '{what.value}'.")
    if source is not None and what is Thing.suites:
        raise UserError("--source filters problems and algorithms only; got it with 'suites'.")
    rows = {
        Thing.problems: lambda: _problems(kind, feature, dim, source),
        Thing.algorithms: lambda: _algorithms(source),
        Thing.suites: _suites,
    }[what]()
    table = Table("", rows, rows, _narrow(rows))
    show(fitting(table, out().width, numbers=False))
    say(f"{len(rows)} {what.value if len(rows) != 1 else what.value[:-1]}")


def _narrow(rows: pd.DataFrame) -> pd.DataFrame:
    """Several columns in one."""
    if "classes" in rows:
        narrow = rows.iloc[:, :2].copy()
        narrow["title, classes"] = rows["title"] + "\n" + rows["classes"]
        return narrow
    if "memory" in rows:
        narrow = rows[["algorithm"]].copy()
        facts = rows["family"] + "; price " + rows["price"] + "; memory " + rows["memory"]
        narrow["what it is; family, price, memory"] = rows["what it is"] + "\n" + facts
        return narrow
    return rows


def _problems(
    kind: str | None, feature: str | None, dim: int | None, source: str | None
) -> pd.DataFrame:
    from minmaxbench.api.catalogue import problems

    found = problems(kind, source=source, property=feature, d=dim)
    found["dx, dy"] = [
        "any" if group == "family" else f"{dx}, {dy}"
        for group, dx, dy in zip(found["group"], found["dx"], found["dy"], strict=True)
    ]
    found = found.rename(columns={"name": "problem"})
    return found[["problem", "dx, dy", "classes", "title"]]


def _algorithms(source: str | None) -> pd.DataFrame:
    import pandas as pd

    from minmaxbench.report.methods import cards

    rows = [
        (card.family, card.name, card.price, card.memory, card.summary)
        for card in cards()
        if source is None or source.lower() in card.source.lower()
    ]
    return pd.DataFrame(rows, columns=["family", "algorithm", "price", "memory", "what it is"])


def _suites() -> pd.DataFrame:
    import pandas as pd

    from minmaxbench.bench.suites import SUITES

    rows = [(name, (inspect.getdoc(SUITES.get(name)) or "").split("\n")[0]) for name in SUITES]
    return pd.DataFrame(rows, columns=["suite", "what it is"])
