"""``minmaxbench certify``: proofs of what the stationary points of planar problems are."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from minmaxbench.cli import options
from minmaxbench.cli.console import err, say
from minmaxbench.report.text import terminal

if TYPE_CHECKING:
    from minmaxbench.problems.certificates import Certificate

ALONG = "Search from low to high, given as 'low,high', where this player moves in R."


def certify(
    names: Annotated[
        list[str] | None, typer.Argument(help="Planar problems; all of them if none is named.")
    ] = None,
    x: Annotated[str | None, typer.Option(help=ALONG)] = None,
    y: Annotated[str | None, typer.Option(help=ALONG)] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            parser=options.folder, help="Write each certificate to this folder, as NAME.json."
        ),
    ] = None,
    file: options.Files = None,
) -> None:
    """Prove which stationary points planar problems have, and what they are (needs python-flint)."""
    from minmaxbench.bench.naming import problem_refs
    from minmaxbench.problems.registry import names as all_names
    from minmaxbench.theory.proofs import certify as prove

    options.load(file)
    box = options.interval("--x", x), options.interval("--y", y)
    for problem in [ref.build() for ref in problem_refs(names or all_names(group="planar"))]:
        with err().status(terminal(problem.name)) as status:

            def tell(what: str, share: float, name: str = problem.name) -> None:
                status.update(terminal(f"{name}: {what}, {share:.0%}"))

            proved = prove(problem, box, tell)
        _say(proved)
        if out is not None:
            say(f"  written: {proved.write(out)}")


def _say(proved: Certificate) -> None:
    """A certificate in some lines."""
    counted = Counter(point.kind for point in proved.points)
    kinds = ", ".join(f"{n} {kind}" for kind, n in counted.items()) or "no stationary point"
    say(f"{proved.problem}: {kinds}; {proved.summary}")
    for cell in proved.open:
        place = " x ".join(f"[{low:.9g}, {high:.9g}]" for low, high in (cell.x, cell.y))
        say(f"  open: {place}: {cell.reason}")
    say(f"  global minimax: {proved.minimax.summary('x')}")
    say(f"  global maximin: {proved.maximin.summary('y')}")
