"""``minmaxbench stability``: which algorithms stay at a problem's stationary points."""

from __future__ import annotations

from typing import Annotated

import typer

from minmaxbench.cli import options
from minmaxbench.cli.console import say

MANY = 12
"""Of more points only the algorithms that they attract are printed."""


def stability(
    name: Annotated[str, typer.Argument(help="A planar problem.")],
    step: Annotated[float, typer.Option(help="The step size of both players.")] = 0.05,
    point: Annotated[
        list[int] | None, typer.Option(help="A row of the list that 'show' prints; repeat.")
    ] = None,
    file: options.Files = None,
) -> None:
    """Say how algorithms behave near stationary points: spectral radius, stable step sizes."""
    from minmaxbench.problems.registry import get_problem
    from minmaxbench.theory.dynamics.stability import stability as near_points

    options.load(file)
    found = near_points(get_problem(name), step, point or None)
    if not found:
        say(f"No stationary point of '{name}' is listed.")
    for here in found:
        say(here.title)
        if not here.radius:
            say("  a bound touches it and holds nobody: a step is not linear here")
        elif len(found) > MANY:
            attracted = [a for a, radius in here.radius.items() if radius < 1]
            say(f"  attracts {', '.join(attracted) or 'none'} at step {step:g}")
        else:
            for algorithm in here.radius:
                say(f"  {here.summary(algorithm)}")
