"""What the greedy methods share."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, ClassVar

from minmaxbench.algorithms.greedy_max.proposals import PROPOSALS
from minmaxbench.core.algorithm import Algorithm
from minmaxbench.core.arrays import Array, flat
from minmaxbench.core.calls import Call
from minmaxbench.core.oracle import Oracle

KESWANI = (
    "Keswani, Mangoubi, Sachdeva, Vishnoi. A Convergent and Dimension-Independent Min-Max "
    "Optimization Algorithm. ICML 2022"
)


class Greedy(Algorithm):
    """What the greedy methods share: proposals, the rule that ends them, and what may run away."""

    needs: ClassVar[frozenset[Call]] = frozenset({Call.VALUE, Call.GRAD_Y})
    price: ClassVar = math.nan

    r_max: int
    proposal: str
    scale: float

    def stopped(self, state: Any) -> Array:
        """More than r_max rejections in a row."""
        return state.rejections > flat(self.r_max)

    def inner(self, state: Any) -> tuple[Array, ...]:
        """The candidate, whose ascent may run to infinity."""
        return (state.candidate_x, state.candidate_y)

    def uses(self) -> tuple[Callable[..., Any], ...]:
        """The distribution Q."""
        return (PROPOSALS.get(self.proposal),)

    def __post_init__(self) -> None:
        """Refuse distributions that do not exist."""
        super().__post_init__()
        PROPOSALS.get(self.proposal)

    def _propose(self, x: Array, y: Array, index: Array, oracle: Oracle) -> Array:
        draw = PROPOSALS.get(self.proposal)
        return oracle.project_x(x + draw(x, y, self.scale, index, oracle))
