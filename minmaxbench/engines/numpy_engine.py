"""The NumPy engine: the reference, which runs everything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from minmaxbench.core.algorithm import Algorithm
from minmaxbench.core.joint import Joint
from minmaxbench.core.noise import Draws
from minmaxbench.core.oracle import NumpyOracle
from minmaxbench.engines.batch import Batch
from minmaxbench.engines.loop import advance_all, follow
from minmaxbench.problems.transforms.stacked import side_by_side
from minmaxbench.record.record import Record, cut
from minmaxbench.record.recorder import Recorder


class NumpyEngine:
    """One step at a time, all lanes together."""

    name = "numpy"

    def run(self, batch: Batch) -> Record:
        """See :meth:`minmaxbench.engines.batch.Engine.run`."""
        oracle = NumpyOracle(batch.problem, Draws(batch.keys), batch.noise)
        return follow(batch, oracle, batch.x, batch.y)

    def run_side_by_side(self, batches: Sequence[Batch], algorithm: Algorithm) -> list[Record]:
        """Run batches that differ in problem and lanes alone, with ``algorithm`` for all lanes.

        The bits are those of each batch by itself.
        """
        counts = [len(batch.x) for batch in batches]
        problems = [batch.problem for batch in batches]
        joint = Joint(problems, counts)
        x, y, keys = (
            np.concatenate([getattr(batch, name) for batch in batches])
            for name in ("x", "y", "keys")
        )
        whole = replace(batches[0], problem=joint, algorithm=algorithm, x=x, y=y, keys=keys)
        recorder = Recorder(joint, len(x), whole.budget)
        oracle = NumpyOracle(side_by_side(problems, counts), Draws(keys), whole.noise)
        advance_all(whole, oracle, x, y, recorder)
        return cut(replace(recorder.finish(), engine=self.name), joint.borders)
