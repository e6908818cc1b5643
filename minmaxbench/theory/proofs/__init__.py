"""Proofs of what the stationary points of planar problems are: `minmaxbench certify`.

Needs python-flint (the extra ``certify``); reading a certificate does not.
"""

from __future__ import annotations

import importlib.util
import math
import platform
from importlib.metadata import version
from typing import TYPE_CHECKING

from minmaxbench.core.sets import Torus
from minmaxbench.errors import UserError
from minmaxbench.problems.certificates import Certificate
from minmaxbench.problems.planar import Planar
from minmaxbench.problems.search import sides

if TYPE_CHECKING:
    from minmaxbench.core.problem import Problem
    from minmaxbench.problems.search import Interval
    from minmaxbench.theory.proofs.points import Progress


def certify(
    problem: Problem,
    box: tuple[Interval | None, Interval | None] = (None, None),
    progress: Progress = lambda what, share: None,
) -> Certificate:
    """Prove what the stationary points of a planar problem are, in its box.

    Where a player moves in R, its interval is four times the start region, or what ``box`` says of
    that player. Everything that is not proved is listed: curves, open cells. ``progress`` is told
    what is being worked at, and which share of it is done. Raises :class:`UserError` for a problem
    that is not planar, for a box that contradicts its sets, and where python-flint is missing.
    """
    if not isinstance(problem, Planar):
        raise UserError(
            f"Only planar problems are certified by search; '{problem.name}' carries its points in "
            "closed form from its kernel."
        )
    if importlib.util.find_spec("flint") is None:
        raise UserError("Certifying needs python-flint: pip install 'minmaxbench[certify]'.")
    from minmaxbench.theory.proofs.balls import FINAL_BITS
    from minmaxbench.theory.proofs.minimax import global_values
    from minmaxbench.theory.proofs.points import Search

    chosen = _box(problem, box)
    found = Search(problem, chosen, progress).run()
    progress("global values", 0.0)
    minimax, maximin = global_values(problem, tuple(found.points))
    return Certificate(
        problem=problem.name,
        definition=problem.definition,
        box=chosen,
        bits=FINAL_BITS,
        versions={
            "python": platform.python_version(),
            "python-flint": version("python-flint"),
            "sympy": version("sympy"),
        },
        cells=found.cells,
        points=tuple(found.points),
        curves=tuple(found.curves),
        open=tuple(found.open),
        minimax=minimax,
        maximin=maximin,
    )


def _box(
    problem: Planar, asked: tuple[Interval | None, Interval | None]
) -> tuple[Interval, Interval]:
    """Where to search: what is asked for, where a player is free, and the problem's own otherwise."""
    parts = []
    for variable, s, own, interval in zip(
        "xy", (problem.x_set, problem.y_set), problem.box, asked, strict=True
    ):
        low, high = own if interval is None else map(float, interval)
        if not (math.isfinite(low) and math.isfinite(high) and low < high):
            raise UserError(f"The box of {variable} needs low < high; got [{low:g}, {high:g}].")
        if interval is not None and (isinstance(s, Torus) or sides(s)):
            raise UserError(
                f"The box of {variable} can be chosen where the player moves in R only; in "
                f"'{problem.name}' it is {s.describe(variable)}."
            )
        parts.append((low, high))
    return parts[0], parts[1]
