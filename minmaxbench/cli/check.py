"""``minmaxbench check``: whether code of one's own keeps its contract."""

from __future__ import annotations

from typing import Annotated

import typer

from minmaxbench.cli import options
from minmaxbench.cli.console import err, say
from minmaxbench.report.text import terminal


def check(
    things: Annotated[
        list[str],
        typer.Argument(help="A Python file of yours, or the names of algorithms and problems."),
    ],
    limit: Annotated[float, typer.Option(min=0.1, help="Seconds for each of them.")] = 120.0,
) -> None:
    """Look whether algorithms and problems keep their contract; exit code 1 if one does not."""
    from minmaxbench.testing import kit
    from minmaxbench.testing.findings import Colour

    bad = 0
    for thing in things:
        path = options.folder(thing) if thing.endswith(".py") else thing
        with err().status(terminal(thing)) as status:

            def tell(name: str, what: str) -> None:
                status.update(terminal(f"{name}: {what}"))

            reports = kit.check(path, limit, tell)
        for report in reports:
            good = report.good
            bad += not good
            say(f"{report.kind} {report.name}: {'good' if good else 'not good'}", "bold")
            for colour, style in ((Colour.GREEN, "green"), (Colour.NOTE, ""), (Colour.RED, "red")):
                for finding in report.of(colour):
                    say(f"  {colour.value:<6}{finding}", style)
    if bad:
        raise typer.Exit(1)
