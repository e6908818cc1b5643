"""The NumPy engine: the reference, which runs everything."""

from __future__ import annotations

from minmaxbench.core.noise import Draws
from minmaxbench.core.oracle import NumpyOracle
from minmaxbench.engines.batch import Batch
from minmaxbench.engines.loop import follow
from minmaxbench.record.record import Record


class NumpyEngine:
    """One step at a time, all lanes together."""

    name = "numpy"

    def run(self, batch: Batch) -> Record:
        """See :meth:`minmaxbench.engines.batch.Engine.run`."""
        oracle = NumpyOracle(batch.problem, Draws(batch.keys), batch.noise)
        return follow(batch, oracle, batch.x, batch.y)
