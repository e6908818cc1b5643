"""The registry of test problems: planar functions, families for any dimension, lifts, instances."""

from minmaxbench.core.problem import About, Kind, Points, Problem
from minmaxbench.problems.planar import Planar, planar
from minmaxbench.problems.registry import PROBLEMS, Entry, get_problem

__all__ = [
    "PROBLEMS",
    "About",
    "Entry",
    "Kind",
    "Planar",
    "Points",
    "Problem",
    "get_problem",
    "planar",
]
