"""Lanes that a compiled program advances together until all have ended."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from minmaxbench.core.algorithm import Algorithm
from minmaxbench.core.arrays import Bools
from minmaxbench.core.noise import Words
from minmaxbench.engines.jax.calls import Calls
from minmaxbench.engines.jax.lanes import Lanes
from minmaxbench.engines.jax.program import Program
from minmaxbench.engines.jax.steps import StepsWatch
from minmaxbench.engines.jax.watch import Watch
from minmaxbench.engines.jax.works import WorksWatch
from minmaxbench.engines.loop import Clock
from minmaxbench.record.outcomes import Outcome
from minmaxbench.record.recorder import Recorder
from minmaxbench.record.targets import TARGETS


class Fleet:
    """The program runs one call ahead of those who look at what it did."""

    def __init__(
        self,
        recorder: Recorder,
        program: Program,
        algorithm: Algorithm,
        keys: Words,
        front: Lanes,
        clock: Clock,
    ) -> None:
        """``front`` is where all lanes stand, after as many steps each."""
        self._recorder = recorder
        self._program = program
        self._clock = clock
        self._front = front
        """Where the lanes stood when they were last looked at."""
        first = int(front.steps[0])
        self._watch: Watch = (
            WorksWatch(recorder, program, algorithm, clock)
            if program.rare
            else StepsWatch(recorder, program, algorithm, clock, first)
        )
        alive = int(self._watch.alive.sum())
        self._calls = Calls(program, algorithm, keys, front, alive, self._watch.borders)
        self._watch.begin(self._calls, front)

    def run(self, threads: ThreadPoolExecutor) -> None:
        """Advance the lanes to their ends."""
        launch, alive, clock = self._calls.launch, self._watch.alive, self._clock
        now = launch(threads, clock, self._front, alive, self._bounded())
        while now is not None:
            following = launch(threads, clock, self._front, alive, self._bounded())
            with clock:
                result = now.result()
            self._watch.look(self._calls, now, result)
            for name, leaf in self._front.state.items():
                leaf[now.lanes] = result.end.state[name]
            self._front.steps[now.lanes] = result.end.steps
            self._front.works[now.lanes] = result.end.works
            now = following if alive.any() else None

    def stop(self, outcome: Outcome) -> None:
        """End the lanes that are alive where they were last looked at."""
        lanes = np.flatnonzero(self._watch.alive)
        if lanes.size:
            here = self._front.at(lanes)
            self._watch.hand_over(self._calls, lanes, here, here.steps, here.works)
            self._recorder.end(outcome)

    def complete(self) -> None:
        """Give the recorder what is missing once all runs have ended."""
        self._watch.complete()

    def _bounded(self) -> Bools:
        """The lanes whose distances need only be bounded.

        All where they are too dear; and those that have met every target for the residual: what is
        asked of them is whether they have arrived at a point, equilibrium or not.
        """
        lanes = np.arange(len(self._watch.alive))
        reached = self._recorder.hits.reached("residual", lanes)
        bounded: Bools = (reached == len(TARGETS)) | (not self._program.exact)
        return bounded
