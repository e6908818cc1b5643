"""Problems that are means over samples: an oracle call sees a minibatch of its own."""

from __future__ import annotations

import copy
from abc import abstractmethod
from dataclasses import dataclass
from typing import Any, Protocol, Self

from minmaxbench.core.arrays import Array, Namespace
from minmaxbench.core.problem import Problem


class Source(Protocol):
    """What random numbers come from: an oracle."""

    xp: Namespace

    def normal(self, stream: str, index: Array, d: int) -> Array:
        """See :meth:`minmaxbench.core.oracle.Oracle.normal`."""

    def uniform(self, stream: str, index: Array, d: int) -> Array:
        """See :meth:`minmaxbench.core.oracle.Oracle.uniform`."""


@dataclass(frozen=True)
class Numbers:
    """The random numbers of one oracle call, each lane's own.

    They are pure functions of the run's seed, the stream (which kind of call it is) and the number of
    the call: the same alone, among other lanes, on every engine, and after a resume.
    """

    source: Source
    stream: str
    index: Array
    """The number of the call: one, or one a lane."""

    def uniform(self, name: str, d: int) -> Array:
        """Uniform numbers in (0, 1), shape (lanes, d); a name of the problem's for each use."""
        return self.source.uniform(f"{self.stream}: {name}", self.index, d)

    def normal(self, name: str, d: int) -> Array:
        """Standard normal numbers, shape (lanes, d)."""
        return self.source.normal(f"{self.stream}: {name}", self.index, d)

    def rows(self, name: str, size: int, n: int) -> Array:
        """``size`` numbers of data, 0 to n - 1, drawn with replacement: whole numbers (lanes, size)."""
        xp = self.source.xp
        return xp.astype(xp.floor(n * self.uniform(name, size)), xp.int64)


class Stochastic(Problem):
    """min over x, max over y of a mean, of which an oracle call sees a minibatch.

    A subclass writes ``value`` and its gradients for whatever :attr:`batch` is, and :meth:`draw`.
    Nothing else changes: traces, tables, tests and starts see ``batch = None``, that is f itself, or
    what stands for it (all data, or one large sample that stays the same).
    """

    batch: Any = None
    """The minibatch that is asked about: arrays with a leading lane axis; None for f itself."""
    worth: int = 1
    """How many calls with a minibatch a call of f itself costs: examples over those of a minibatch."""

    @abstractmethod
    def draw(self, xp: Namespace, numbers: Numbers) -> Any:
        """The minibatch of one oracle call: an array with a row a lane, or a tuple of such."""

    def on(self, batch: Any) -> Self:
        """The same problem, asked about a minibatch."""
        asked = copy.copy(self)
        object.__setattr__(asked, "batch", batch)
        return asked
