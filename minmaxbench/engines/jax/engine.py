"""The JAX engine: a compiled program advances the lanes, the recorder judges what happened.

It takes and gives what the NumPy engine takes and gives, in double precision, on the CPU or on
CUDA. The first steps are the NumPy engine's: traces are dense there. After that a :mod:`fleet
<minmaxbench.engines.jax.fleet>` of lanes makes :mod:`calls <minmaxbench.engines.jax.calls>` of the
:mod:`program <minmaxbench.engines.jax.program>`, one ahead, in threads, and a :mod:`watch
<minmaxbench.engines.jax.watch>` shows the recorder what may matter of them.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Any

import jax
import numpy as np

from minmaxbench.core import tree
from minmaxbench.core.algorithm import Algorithm
from minmaxbench.core.arrays import Floats
from minmaxbench.core.noise import Draws
from minmaxbench.core.oracle import NumpyOracle
from minmaxbench.engines.audit import Audit
from minmaxbench.engines.batch import Batch
from minmaxbench.engines.jax.fleet import Fleet
from minmaxbench.engines.jax.lanes import Lanes
from minmaxbench.engines.jax.program import program_for
from minmaxbench.engines.loop import CACHE, Clock, OutOfTimeError, advance, begin, look_ahead
from minmaxbench.record.outcomes import Outcome
from minmaxbench.record.record import Record
from minmaxbench.record.recorder import Recorder

_BACKENDS = {"cpu": "cpu", "cuda": "gpu"}

FIRST = 64
"""So many steps are the NumPy engine's."""


class JaxEngine:
    """Stretches of steps compiled; only those made again in which something may have happened."""

    name = "jax"

    def __init__(self, first: int = FIRST) -> None:
        self.first = first
        """So many steps are the NumPy engine's: 1 for who looks at the compiled ones, not at speed."""

    def run(self, batch: Batch) -> Record:
        """See :meth:`minmaxbench.engines.batch.Engine.run`."""
        with _on(batch.device):
            return self._run(batch)

    def _run(self, batch: Batch) -> Record:
        problem, x, y = batch.problem, batch.x, batch.y
        algorithm = batch.algorithm.for_problem(problem)
        program = program_for(problem, algorithm, batch.noise)
        clock, recorder = Clock(batch.time_limit), Recorder(problem, len(x), batch.budget)
        fleet = None
        # In a worker the other cores belong to other workers.
        cores = 1 if "MINMAXBENCH_WORKER" in os.environ else os.cpu_count()
        with ThreadPoolExecutor(cores) as threads, np.errstate(all="ignore"):
            try:
                oracle = NumpyOracle(problem, Draws(batch.keys), batch.noise)
                audit = Audit(problem, batch.audit)
                state = _begin(recorder, algorithm, oracle, x, y, clock, audit, self.first)
                counts = [np.broadcast_to(count, (len(x),)) for count in oracle.counts]
                leaves = {name: np.array(leaf) for name, leaf in tree.named_leaves(state)}
                works = program.costs.works(counts, self.first)
                front = Lanes(leaves, np.full(len(x), self.first), works)
                if recorder.live.any():
                    fleet = Fleet(recorder, program, algorithm, batch.keys, front, clock)
                    fleet.run(threads)
            except OutOfTimeError:
                if fleet is None:
                    recorder.end(Outcome.TIME_LIMIT)
                else:
                    fleet.stop(Outcome.TIME_LIMIT)
            if fleet is not None:
                fleet.complete()
        return recorder.finish()


@contextmanager
def _on(device: str) -> Iterator[None]:
    """Have all threads compute on a device, where it is not JAX's own choice."""
    if jax.default_backend() == _BACKENDS[device]:
        yield
        return
    before = jax.config.jax_default_device  # type: ignore[attr-defined]
    jax.config.update("jax_default_device", jax.devices(device)[0])  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        jax.config.update("jax_default_device", before)  # type: ignore[no-untyped-call]


def _begin(
    recorder: Recorder,
    algorithm: Algorithm,
    oracle: NumpyOracle,
    x: Floats,
    y: Floats,
    clock: Clock,
    audit: Audit,
    first: int,
) -> Any:
    """Make the first steps, as the NumPy engine makes them; return the state after them."""
    with clock:
        state = begin(algorithm, oracle, x, y)
    done = 0
    while done < first:
        steps = min(first - done, max(1, CACHE // (x.size + y.size)))
        with clock:
            audit.before(algorithm, state, oracle, np.asarray)
            chunk, state = advance(algorithm, state, oracle, steps)
            audit.after(chunk, state)
        ahead = partial(look_ahead, algorithm, state, oracle, clock)
        recorder.record(chunk, ahead)
        done += steps
    return state
