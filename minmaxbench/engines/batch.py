"""What an engine is asked, and what it must be able to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from minmaxbench.core.algorithm import Algorithm
from minmaxbench.core.arrays import Floats
from minmaxbench.core.noise import Words
from minmaxbench.core.oracle import EXACT, OracleNoise
from minmaxbench.core.problem import Problem
from minmaxbench.record.record import Record


@dataclass(frozen=True)
class Batch:
    """One algorithm on one problem, for a number of lanes."""

    problem: Problem
    algorithm: Algorithm
    x: Floats
    """The starts, (lanes, dx)."""
    y: Floats
    """(lanes, dy)."""
    keys: Words
    """(lanes, 2): the seeds of the noise."""
    budget: float
    """In gradient calls a lane."""
    noise: OracleNoise = EXACT
    time_limit: float = np.inf
    """In seconds, for all lanes together."""
    device: str = "cpu"
    """``cpu`` or ``cuda``."""
    audit: bool = False
    """Whether code that is not the package's runs: see :mod:`minmaxbench.engines.audit`."""


class Unsupported(Exception):  # noqa: N818 - not an error of the user's
    """An engine cannot run this algorithm on this problem; the message is a clause that says why."""


class Engine(Protocol):
    """What moves lanes."""

    name: str

    def run(self, batch: Batch) -> Record:
        """Run every lane from its start to its end, and return what was recorded.

        Raises :class:`Unsupported` for what the engine cannot run.
        """
