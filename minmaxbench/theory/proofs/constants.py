"""Enclosures of the constants of planar problems on their start regions: `minmaxbench constants`.

Needs python-flint (the extra ``certify``); reading what was enclosed does not.
"""

from __future__ import annotations

import importlib.util
import platform
from importlib.metadata import version
from typing import TYPE_CHECKING

from minmaxbench.errors import UserError
from minmaxbench.problems.enclosures import Enclosures
from minmaxbench.problems.planar import Planar

if TYPE_CHECKING:
    from minmaxbench.core.problem import Problem
    from minmaxbench.theory.proofs.extrema import Progress


def enclose(problem: Problem, progress: Progress = lambda what: None) -> Enclosures:
    """Enclose what the constants of a planar problem rest on, over its start region.

    Raises :class:`UserError` for a problem that is not planar, and where python-flint is missing.
    """
    if not isinstance(problem, Planar):
        raise UserError(
            f"Only planar problems have their constants enclosed; '{problem.name}' states its own, or "
            "has them estimated."
        )
    if importlib.util.find_spec("flint") is None:
        raise UserError("Enclosing needs python-flint: pip install 'minmaxbench[certify]'.")
    from minmaxbench.theory.proofs.extrema import Extrema

    found = Extrema(problem, progress)
    return Enclosures(
        problem=problem.name,
        definition=problem.definition,
        region=problem.start_box,
        versions={
            "python": platform.python_version(),
            "python-flint": version("python-flint"),
            "sympy": version("sympy"),
        },
        extrema=found.all(),
        cells=found.cells,
    )
