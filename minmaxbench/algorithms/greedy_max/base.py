"""What the greedy methods share."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any, ClassVar

from minmaxbench.algorithms.greedy_max.proposals import PROPOSALS
from minmaxbench.core.algorithm import Algorithm
from minmaxbench.core.arrays import Array
from minmaxbench.core.calls import Call
from minmaxbench.core.oracle import Oracle
from minmaxbench.errors import UserError

KESWANI = (
    "Keswani, Mangoubi, Sachdeva, Vishnoi. A Convergent and Dimension-Independent Min-Max "
    "Optimization Algorithm. ICML 2022"
)


class Greedy(Algorithm):
    """What the greedy methods share: proposals, the rule that ends them, and what may run away.

    Their hyper-parameters are plain numbers, not columns.
    """

    needs: ClassVar[frozenset[Call]] = frozenset({Call.VALUE, Call.GRAD_Y})

    r_max: int
    proposal: str
    scale: float

    def stopped(self, state: Any) -> Array:
        """More than r_max rejections in a row."""
        return state.rejections > self.r_max

    def inner(self, state: Any) -> tuple[Array, ...]:
        """The candidate, whose ascent may run to infinity."""
        return (state.candidate_x, state.candidate_y)

    def uses(self) -> tuple[Callable[..., Any], ...]:
        """The distribution Q."""
        return (PROPOSALS.get(self.proposal),)

    def _check(self) -> None:
        """Refuse hyper-parameters that are no numbers, and distributions that do not exist."""
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if not isinstance(value, str | int | float):
                raise UserError(
                    f"Hyper-parameters of {self.name} are plain numbers; {field.name} is a "
                    f"{type(value).__name__}."
                )
        PROPOSALS.get(self.proposal)

    def _propose(self, x: Array, y: Array, index: Array, oracle: Oracle) -> Array:
        draw = PROPOSALS.get(self.proposal)
        return oracle.project_x(x + draw(x, y, self.scale, index, oracle))
