"""What is watched for, and when traces are taken."""

from __future__ import annotations

import numpy as np

from minmaxbench.core.arrays import Floats

TARGETS = (0.5, *(float(f"1e-{k}") for k in range(1, 11)))
"""Targets for the distance to the nearest equilibrium and for the residual, from coarse to fine."""

RANKED = (1e-1, 1e-3, 1e-5)
"""The targets by which settings are tuned and algorithms ranked. Several, since a method whose steps are
random ends near an equilibrium and at no fine target."""

SMALL = 8
"""Problems with at most so many variables keep their iterates in the trace, and a tail."""


PER_DECADE = 12
"""Traces have so many entries in a decade of calls."""


def call_grid(budget: float) -> Floats:
    """The logarithmic grid of oracle calls at which traces are recorded: 0, 1, ..., budget."""
    points = 10 ** np.arange(0, np.log10(max(budget, 1.0)), 1 / PER_DECADE)
    return np.unique([0.0, *np.round(points), budget])


def hit_column(name: str, target: float) -> str:
    """The column of first-hit calls: ``distance_1e-05``."""
    return f"{name}_{target:.0e}"
