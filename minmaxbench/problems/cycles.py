"""Known cycles of planar problems: where gradient play goes round instead of converging.

They are kept as data (``cycles/NAME.json``), computed by ``minmaxbench cycles`` with
:mod:`minmaxbench.theory.dynamics`; reading them needs none of it.
They were found by a search, which may miss some; what is listed was measured and is checked again
by the tests.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from minmaxbench.core.problem import Problem
from minmaxbench.problems import stored
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
    winding: tuple[int, int] = (0, 0)
    """How often it goes round a torus in a period, in x and in y; ``extent`` counts the turns."""

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
        where = f"x in [{a:.4g}, {b:.4g}], y in [{c:.4g}, {d:.4g}]"
        if any(self.winding):
            where = f"going {self.winding} times round the torus"
        return (
            f"{who}: {self.stability} {self.shape.value} through ({self.state[0]:.6g}, "
            f"{self.state[1]:.6g}), period {self.period:.6g}{unit}, {where}, "
            f"multiplier {self.multiplier:.4g}"
        )


@dataclass(frozen=True)
class CycleList:
    """The cycles that a search found in a planar problem, the flow's first."""

    problem: str
    definition: str
    """Hash of formula, sets and region; a list of another definition is void."""
    versions: dict[str, str]
    tolerances: dict[str, float]
    cycles: tuple[Cycle, ...]

    def text(self) -> str:
        """As JSON; the file's name says the problem's."""
        facts = {name: fact for name, fact in asdict(self).items() if name != "problem"}
        for cycle in facts["cycles"]:
            if not any(cycle["winding"]):
                del cycle["winding"]
        return json.dumps(facts, indent=1, allow_nan=False) + "\n"

    def write(self, folder: Path) -> Path:
        """Write the JSON to ``NAME.json`` in a folder; :class:`UserError` where that fails."""
        return stored.write(folder, self.problem, self.text())


def known_cycles(problem: Problem) -> tuple[Cycle, ...] | None:
    """The cycles found in a problem's search box, the flow's first.

    Looked for in the folder ``cycles`` beside the file that declares the problem, then in the
    package. None where none were looked for: in a problem that is not planar, or of another
    definition (formula, sets, region) than the one the data were computed for. Raises
    :class:`UserError` for a file that is no list of cycles.
    """
    if not isinstance(problem, Planar):
        return None
    path = stored.find(stored.CYCLES, problem.name, problem.home)
    if path is None:
        return None
    data = stored.read(path)
    try:
        if data["definition"] != problem.definition:
            return None
        return tuple(parse(found) for found in data["cycles"])
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise stored.damaged(path, "it is no list of cycles") from error


def parse(found: dict[str, Any]) -> Cycle:
    """A cycle from its JSON object."""
    (a, b), (c, d) = found["extent"]
    m, n = found.get("winding", (0, 0))
    more = {"shape": Shape(found["shape"]), "state": tuple(found["state"]), "winding": (m, n)}
    return Cycle(**{**found, **more, "extent": ((a, b), (c, d))})
