"""``minmaxbench stability``: which algorithms stay at a problem's stationary points."""

from __future__ import annotations

from typing import Annotated

import typer

from minmaxbench.cli import options
from minmaxbench.cli.console import say


def stability(
    name: Annotated[str, typer.Argument(help="A planar problem.")],
    step: Annotated[float, typer.Option(help="The step size of both players.")] = 0.05,
    point: Annotated[
        int | None, typer.Option(help="Only this row of the list that 'show' prints.")
    ] = None,
    file: options.Files = None,
) -> None:
    """Say how each algorithm behaves near stationary points: spectral radius, stable step sizes."""
    from minmaxbench.problems.registry import get_problem
    from minmaxbench.theory.dynamics.stability import stability as at_points

    options.load(file)
    for found in at_points(get_problem(name), step, None if point is None else [point]):
        say(found.title)
        for line in found.lines:
            say(f"  {line}")
