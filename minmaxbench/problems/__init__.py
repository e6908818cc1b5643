"""The registry of test problems: planar functions, families for any dimension, lifts, instances."""

from minmaxbench.problems.base import Card, Kind, Points, Problem
from minmaxbench.problems.planar import Planar, planar
from minmaxbench.problems.registry import PROBLEMS, Entry, get_problem

__all__ = [
    "PROBLEMS",
    "Card",
    "Entry",
    "Kind",
    "Planar",
    "Points",
    "Problem",
    "get_problem",
    "planar",
]
