"""Known cycles of planar problems: where gradient play goes round instead of converging.

The package keeps them as data (``data/cycles/NAME.json``), computed by ``minmaxbench cycles`` with
:mod:`minmaxbench.theory.dynamics.flow` and :mod:`minmaxbench.theory.dynamics.orbits`; reading needs neither.
They were found by a search, which may miss some; what is listed was measured and is checked again
by the tests.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from minmaxbench.core.problem import Problem
from minmaxbench.problems.planar import Planar

FLOW = "flow"
"""The dynamics x' = -f_x, y' = f_y; any other is the name of an algorithm."""
NEUTRAL = 1e-6
"""A multiplier this close to one says that neighbours neither approach nor leave."""


class Shape(StrEnum):
    """What a cycle is."""

    CYCLE = "limit cycle"
    FAMILY = "one of a family of closed orbits"
    PERIODIC = "periodic orbit"
    CIRCLE = "invariant circle"
    IRREGULAR = "irregular set"


@dataclass(frozen=True)
class Cycle:
    """A cycle of the flow, or the set on which an algorithm with a fixed step size goes round.

    A limit cycle and a family belong to the flow. An algorithm's set is a periodic orbit, which
    returns after a whole number of steps; an invariant circle, on which it never returns but has a
    sharp mean period; or irregular, where even the mean period does not settle.
    """

    dynamics: str
    """``flow``, or the name of an algorithm."""
    step: float
    """The algorithm's step size, for both players; 0 for the flow."""
    shape: Shape
    state: tuple[float, ...]
    """A point on it: x, y, and then what else the algorithm remembers."""
    period: float
    """Time of the flow, or steps of the algorithm, once round; the mean where it does not return."""
    precision: float
    """How well it is known: |end - start| after a period of a closed orbit, the change of the
    period (in steps) between half and all of the orbit measured otherwise."""
    extent: tuple[tuple[float, float], tuple[float, float]]
    """Smallest and largest x, and y."""
    multiplier: float
    """By which factor a small distance from it changes in one period.

    The Floquet multiplier of a closed orbit (of a periodic one the largest), the normal one of a
    circle, and of an irregular set exp(largest Lyapunov exponent x period).
    """

    @property
    def amplitude(self) -> tuple[float, float]:
        """Half the width and half the height."""
        (a, b), (c, d) = self.extent
        return (b - a) / 2, (d - c) / 2

    @property
    def stability(self) -> str:
        """``attracting``, ``repelling`` or ``neutral``; an algorithm's set attracts: it was found so."""
        if abs(self.multiplier - 1) <= NEUTRAL:
            return "neutral"
        return "attracting" if self.dynamics != FLOW or self.multiplier < 1 else "repelling"

    @property
    def summary(self) -> str:
        """The cycle in a line."""
        who = self.dynamics if self.dynamics == FLOW else f"{self.dynamics} at step {self.step:g}"
        unit = "" if self.dynamics == FLOW else " steps"
        (a, b), (c, d) = self.extent
        return (
            f"{who}: {self.stability} {self.shape.value} through ({self.state[0]:.6g}, "
            f"{self.state[1]:.6g}), period {self.period:.6g}{unit}, x in [{a:.4g}, {b:.4g}], "
            f"y in [{c:.4g}, {d:.4g}], multiplier {self.multiplier:.4g}"
        )


def shipped(name: str) -> Path:
    """Where the package keeps the cycles of a problem of its own."""
    return Path(str(files("minmaxbench") / "problems" / "data" / "cycles" / f"{name}.json"))


@cache
def known_cycles(problem: Problem) -> tuple[Cycle, ...] | None:
    """The cycles found in a problem's search box, the flow's first.

    None where none were looked for: in a problem that is not planar, or of another definition
    (formula, sets, region) than the one the data were computed for.
    """
    if not isinstance(problem, Planar):
        return None
    path = shipped(problem.name)
    if not path.is_file():
        return None
    entry = json.loads(path.read_text())
    if entry["definition"] != problem.definition:
        return None
    return tuple(parse(found) for found in entry["cycles"])


def parse(found: dict[str, Any]) -> Cycle:
    """A cycle from its JSON object."""
    (a, b), (c, d) = found["extent"]
    more = {"shape": Shape(found["shape"]), "state": tuple(found["state"])}
    return Cycle(**{**found, **more, "extent": ((a, b), (c, d))})
