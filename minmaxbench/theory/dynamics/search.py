"""The search for cycles of a planar problem: of the flow, and of algorithms near them."""

from __future__ import annotations

import platform
from collections.abc import Callable
from importlib.metadata import version

from minmaxbench.core.problem import Problem
from minmaxbench.errors import UserError
from minmaxbench.problems.cycles import CycleList
from minmaxbench.problems.planar import Planar
from minmaxbench.theory.dynamics import flow, orbits

METHODS = ("gda", "ogda", "extragradient")
"""The algorithms whose cycles are looked for."""
REPORTED = ("keswani_f3", "ftr_f3")
"""Papers say that methods cycle here, though what is said about the problems does not."""


def find_cycles(
    problem: Problem, progress: Callable[[str], object] = lambda dynamics: None
) -> CycleList:
    """Look for the cycles of the flow, and, where there are any, for those of algorithms.

    It takes from seconds to minutes. ``progress`` is told which dynamics are looked at. Raises
    :class:`UserError` for a problem that is not planar.
    """
    if not isinstance(problem, Planar):
        raise UserError(f"Cycles are looked for in planar problems only; '{problem.name}' is none.")
    progress("flow")
    found = flow.flow_cycles(problem)
    said = "limit-cycle" in problem.about.classes or problem.name in REPORTED
    for name in METHODS if found or said else ():
        progress(name)
        found += orbits.method_cycles(problem, name)
    packages = {package: version(package) for package in ("numpy", "scipy", "sympy")}
    return CycleList(
        problem=problem.name,
        definition=problem.definition,
        versions={"python": platform.python_version(), **packages},
        tolerances={"rtol": flow.RTOL, "atol": flow.ATOL},
        cycles=tuple(found),
    )
