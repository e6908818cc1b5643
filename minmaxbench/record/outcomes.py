"""Why a run ended: every run ends in exactly one of these."""

from __future__ import annotations

from minmaxbench.core.words import Worded


class Outcome(Worded):
    """A name for tables, and the sentence that users read."""

    BUDGET = "budget", "The budget of oracle calls was spent."
    CONVERGED = (
        "converged",
        "The run arrived at a listed stationary point and stayed there: distance and residual are "
        "below the finest target.",
    )
    STOPPED = "stopped", "The algorithm's own rule stopped it."
    DIVERGED = (
        "diverged",
        "The iterate, or the max-player's inner ascent, left the ball of radius 1e8.",
    )
    NON_FINITE = "non-finite", "The iterate became infinite or not a number without growing first."
    ERROR = "error", "The algorithm or the problem raised an error; the message column has it."
    TIME_LIMIT = "time limit", "The unit's time limit was reached before the budget was spent."


CUT_SHORT = (Outcome.BUDGET, Outcome.TIME_LIMIT)
"""Outcomes of runs that would have gone on."""

RADIUS = 1e8
"""A coordinate beyond this is divergence."""
