"""Proofs of what the stationary points of planar problems are: `minmaxbench certify`.

Needs python-flint (the extra ``certify``); reading a certificate does not.
"""

from __future__ import annotations

import importlib.util
import platform
from importlib.metadata import version
from typing import TYPE_CHECKING

from minmaxbench.errors import UserError
from minmaxbench.problems.certificates import Certificate
from minmaxbench.problems.planar import Planar

if TYPE_CHECKING:
    from minmaxbench.core.problem import Problem


def certify(problem: Problem) -> Certificate:
    """Prove what the stationary points of a planar problem are, in its box.

    The box is the problem's own, or four times its start region. Everything that is not proved is
    listed: curves, open cells. Raises :class:`UserError` for a problem that is not planar, and
    where python-flint is missing.
    """
    if not isinstance(problem, Planar):
        raise UserError(
            f"Only planar problems are certified by search; '{problem.name}' carries its points in "
            "closed form from its kernel."
        )
    if importlib.util.find_spec("flint") is None:
        raise UserError("Certifying needs python-flint: pip install 'minmaxbench[certify]'.")
    from minmaxbench.theory.proofs.balls import FINAL_BITS
    from minmaxbench.theory.proofs.minimax import global_minimax
    from minmaxbench.theory.proofs.points import Search

    search = Search(problem)
    found = search.run()
    return Certificate(
        problem=problem.name,
        definition=problem.definition,
        box=(search.box[0], search.box[1]),
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
        minimax=global_minimax(problem, found.points),
    )
