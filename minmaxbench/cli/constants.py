"""``minmaxbench constants``: Lipschitz constants, bounds and curvatures, enclosed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from minmaxbench.cli import options
from minmaxbench.cli.console import err, say
from minmaxbench.report.text import terminal


def constants(
    names: Annotated[
        list[str] | None, typer.Argument(help="Planar problems; all of them if none is named.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            parser=options.folder, help="Write what is enclosed to this folder, as NAME.json."
        ),
    ] = None,
    file: options.Files = None,
) -> None:
    """Enclose the constants of planar problems on their start regions (needs python-flint)."""
    from minmaxbench.bench.naming import problem_refs
    from minmaxbench.problems.registry import names as all_names
    from minmaxbench.theory.proofs.constants import enclose

    options.load(file)
    for problem in [ref.build() for ref in problem_refs(names or all_names(group="planar"))]:
        with err().status(terminal(problem.name)) as status:

            def tell(what: str, name: str = problem.name) -> None:
                status.update(terminal(f"{name}: {what}"))

            found = enclose(problem, tell)
        known = ", ".join(f"{name} = {c.value:.6g}" for name, c in found.constants().items())
        say(f"{problem.name}: {known}")
        if out is not None:
            say(f"  written: {found.write(out)}")
