"""``minmaxbench show``: the card of a problem or of an algorithm."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from minmaxbench.cli import options
from minmaxbench.cli.console import say
from minmaxbench.cli.console import show as print_parts
from minmaxbench.errors import UserError, unknown


def show(
    name: Annotated[
        str, typer.Argument(help="A problem, 'bilinear_d:dx=3,dy=5', a formula, or an algorithm.")
    ],
    dim: Annotated[int | None, typer.Option(help="The dimension dx = dy of a family.")] = None,
    plot: Annotated[bool, typer.Option("--plot", help="Draw contours and gradient field.")] = False,
    plots: options.Plots = Path("plots"),
    format_: options.Format = "png",
    file: options.Files = None,
) -> None:
    """Show a problem (formula, sets, points, source) or an algorithm (rule, parameters, source)."""
    from minmaxbench.algorithms.registry import ALGORITHMS
    from minmaxbench.bench.naming import problem_refs
    from minmaxbench.problems.registry import PROBLEMS
    from minmaxbench.report import cards

    formats = options.formats(format_)
    options.load(file)
    if name in ALGORITHMS:
        print_parts(*cards.algorithm_card(ALGORITHMS.get(name)))
        return
    try:
        (ref, *_) = problem_refs([name], None if dim is None else [dim])
    except UserError:
        if name.isidentifier() and name not in PROBLEMS:
            raise unknown("problem or algorithm", name, [*PROBLEMS, *ALGORITHMS]) from None
        raise
    problem = ref.build()
    print_parts(*cards.problem_card(problem))
    if plot:
        from minmaxbench.report.figures.planar import problem_figure
        from minmaxbench.report.style import save
        from minmaxbench.report.text import filename

        stem = plots / filename(problem.name)
        for path in save(problem_figure(problem), stem, formats):
            say(f"Picture: {path}")
