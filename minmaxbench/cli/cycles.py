"""``minmaxbench cycles``: where gradient play goes round instead of converging."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from minmaxbench.cli import options
from minmaxbench.cli.console import err, say
from minmaxbench.report.text import terminal


def cycles(
    names: Annotated[list[str], typer.Argument(help="Planar problems.")],
    out: Annotated[
        Path | None,
        typer.Option(
            parser=options.folder, help="Write what is found to NAME.json in this folder."
        ),
    ] = None,
    file: options.Files = None,
) -> None:
    """Look for the cycles of planar problems, of the flow and of algorithms (up to some minutes)."""
    from minmaxbench.problems.registry import get_problem
    from minmaxbench.theory.dynamics.search import find_cycles

    options.load(file)
    for problem in [get_problem(name) for name in names]:
        with err().status("") as status:

            def tell(dynamics: str, name: str = problem.name) -> None:
                status.update(terminal(f"{name}: {dynamics}"))

            found = find_cycles(problem, tell)
        say(f"{problem.name}: {'' if found.cycles else 'the search found no cycles'}")
        for cycle in found.cycles:
            say(f"  {cycle.summary}")
        if out is not None:
            say(f"  written: {found.write(out)}")
