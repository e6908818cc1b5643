"""``minmaxbench certify``: proofs of what the stationary points of planar problems are."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from minmaxbench.cli import options
from minmaxbench.cli.console import err, say


def certify(
    names: Annotated[
        list[str] | None, typer.Argument(help="Planar problems; all of them if none is named.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            parser=options.folder, help="Write each certificate to this folder, as NAME.json."
        ),
    ] = None,
    file: options.Files = None,
) -> None:
    """Prove which stationary points planar problems have, and what they are (needs python-flint)."""
    from rich.progress import track

    from minmaxbench.problems.registry import get_problem
    from minmaxbench.problems.registry import names as all_names
    from minmaxbench.theory.certify import certify as prove

    options.load(file)
    chosen = [get_problem(name) for name in names or all_names(group="planar")]
    for problem in track(chosen, "Certifying", console=err(), disable=len(chosen) == 1):
        proved = prove(problem)
        counted = Counter(point.kind for point in proved.points)
        kinds = ", ".join(f"{n} {kind}" for kind, n in counted.items()) or "no stationary point"
        say(f"{problem.name}: {kinds}; {proved.summary}")
        for cell in proved.open:
            place = " x ".join(f"[{low:.9g}, {high:.9g}]" for low, high in (cell.x, cell.y))
            say(f"  open: {place}: {cell.reason}")
        say(f"  global minimax: {proved.minimax.summary}")
        if out is not None:
            say(f"  written: {proved.write(out)}")
