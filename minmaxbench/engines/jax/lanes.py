"""What goes into a compiled call and what comes out: where lanes stand, and what they passed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, TypeAlias

from minmaxbench.core.arrays import Array

Leaves: TypeAlias = dict[str, Array]
"""A state as the compiler sees it: its arrays by their dotted names (:mod:`minmaxbench.core.tree`)."""

Keys: TypeAlias = Mapping[str, tuple[Array, Array]]
"""The key of each stream that is drawn from, for each lane."""


class Lanes(NamedTuple):
    """Where lanes stand."""

    state: Leaves
    """The algorithm's state, (lanes, ...) each."""
    steps: Array
    """Steps made since the start of the run, (lanes,)."""
    works: Array
    """How many of them did the work that lanes ask for, (lanes,)."""

    def at(self, rows: Any) -> Lanes:
        """Some of the lanes."""
        return Lanes(rows_of(self.state, rows), self.steps[rows], self.works[rows])


class Path(NamedTuple):
    """What M stretches leave behind."""

    start: Lanes
    """The lanes at the start of each stretch, (M, lanes, ...); without steps and works where all
    make all steps."""
    near: Array
    """(M, lanes): the least squared distance to an equilibrium during the stretch; or, where only
    bounded, minus the largest squared distance from the stretch's start; minus infinity where the
    run may have ended."""
    low: Array
    """(M, lanes): the least squared residual during the stretch."""


def rows_of(state: Leaves, rows: Any) -> Leaves:
    """The same entries of every array of a state."""
    return {name: leaf[rows] for name, leaf in state.items()}
