"""An oracle that stands before another, and remembers something of its own."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Self

from minmaxbench.core.arrays import Array
from minmaxbench.core.oracle import Oracle, S


class Before(Oracle):
    """The oracle as a rule sees it; a subclass says what becomes of its gradients."""

    def __init__(self, below: Oracle, memory: Any) -> None:
        self.xp = below.xp
        self.memory = memory
        """What it remembers by now: arrays with a leading lane axis, or a tree of them."""
        self._below = below

    @abstractmethod
    def again(self, below: Oracle, memory: Any) -> Self:
        """The same before another oracle."""

    @contextmanager
    def paired(self, again: Any = None) -> Iterator[Any]:
        """The oracle's own."""
        with self._below.paired(again) as minibatch:
            yield minibatch

    @contextmanager
    def whole(self) -> Iterator[None]:
        """The oracle's own."""
        with self._below.whole():
            yield

    def project_x(self, x: Array) -> Array:
        """The oracle's own."""
        return self._below.project_x(x)

    def project_y(self, y: Array) -> Array:
        """The oracle's own."""
        return self._below.project_y(y)

    def normal(self, stream: str, index: Array, d: int) -> Array:
        """The oracle's own."""
        return self._below.normal(stream, index, d)

    def uniform(self, stream: str, index: Array, d: int) -> Array:
        """The oracle's own."""
        return self._below.uniform(stream, index, d)

    def where_needed(self, where: Array, work: Callable[[S, Oracle], S], state: S) -> S:
        """The oracle's own; what is remembered changes in those lanes only."""

        def both(pair: tuple[S, Any], oracle: Oracle) -> tuple[S, Any]:
            part = self.again(oracle, pair[1])
            new = work(pair[0], part)
            return new, part.memory

        new, self.memory = self._below.where_needed(where, both, (state, self.memory))
        return new
