"""The recorders of problems whose lanes advance side by side: each sees its own lanes of a chunk."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from minmaxbench.core.arrays import Array, Bools, Floats, Ints
from minmaxbench.record.chunk import Chunk
from minmaxbench.record.ends import Ahead
from minmaxbench.record.outcomes import Outcome
from minmaxbench.record.record import Record
from minmaxbench.record.recorder import Recorder


class Recorders:
    """Recorders in a row, to be used like one: the lanes of each follow those of the one before."""

    def __init__(self, recorders: Sequence[Recorder]) -> None:
        self._recorders = recorders
        self._place()

    @property
    def live(self) -> Bools:
        """Which lanes of the next chunk have not ended."""
        return np.concatenate([recorder.live for recorder in self._recorders])

    def record(self, chunk: Chunk, ahead: Ahead) -> None:
        """See :meth:`minmaxbench.record.recorder.Recorder.record`."""
        for recorder, rows in self._going:
            if recorder.live.any():
                recorder.record(_part(chunk, rows), _shifted(ahead, rows.start))

    def select(self, chosen: Ints) -> None:
        """From now on the chunks hold only these of their lanes."""
        for recorder, rows in self._going:
            first, last = np.searchsorted(chosen, (rows.start, rows.stop))
            recorder.select(chosen[first:last] - rows.start)
        self._place()

    def end(self, outcome: Outcome) -> None:
        """End the runs that are still going at the last state recorded."""
        for recorder, _ in self._going:
            recorder.end(outcome)

    def finish(self) -> list[Record]:
        """The record of each problem's runs, once all have ended."""
        return [recorder.finish() for recorder in self._recorders]

    def _place(self) -> None:
        """Find out which lanes are whose."""
        ends = np.cumsum([len(recorder.live) for recorder in self._recorders]).tolist()
        places = zip(self._recorders, [0, *ends], ends, strict=False)
        self._going = [(recorder, slice(a, b)) for recorder, a, b in places if a < b]


def _part(chunk: Chunk, rows: slice) -> Chunk:
    def cut(states: Array) -> Array:
        return states[:, rows]

    return Chunk(
        x=cut(chunk.x),
        y=cut(chunk.y),
        gradient=None
        if chunk.gradient is None
        else (cut(chunk.gradient[0]), cut(chunk.gradient[1])),
        inner=tuple(map(cut, chunk.inner)),
        counts=tuple(count if count.shape[1] == 1 else cut(count) for count in chunk.counts),
        stopped=None if chunk.stopped is None else cut(chunk.stopped),
    )


def _shifted(ahead: Ahead, first: int) -> Ahead:
    def mine(lanes: Ints) -> tuple[Floats, Floats]:
        return ahead(lanes + first)

    return mine
