"""Checks of a problem of the user's own, made when it is registered."""

from __future__ import annotations

from minmaxbench.core.problem import Problem


def check_problem(problem: Problem) -> None:
    """Nothing yet: being written elsewhere."""
