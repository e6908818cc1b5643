"""What an algorithm is: hyper-parameters, a first state, and one step."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple, Self

from minmaxbench.core import parameters, tree
from minmaxbench.core.arrays import Array, Ints
from minmaxbench.core.calls import Call
from minmaxbench.core.card import Claim, Program
from minmaxbench.core.oracle import Oracle
from minmaxbench.core.problem import Problem
from minmaxbench.errors import UserError


class _Pair(NamedTuple):
    x: Array
    """The min-player's part, shape (lanes, dx)."""
    y: Array
    """The max-player's part, shape (lanes, dy)."""


class Iterate(_Pair):
    """A point of both players, or a direction; also the state of a method without memory.

    It adds, and it is scaled by a number, by a (lanes, 1) column, or by a pair of them, one a
    player: ``z - eta * F`` is what it says.
    """

    __slots__ = ()
    # So that a NumPy column leaves its product with a pair to the pair.
    __array_ufunc__ = None

    def __add__(self, other: Iterate) -> Iterate:  # type: ignore[override]
        return Iterate(self.x + other.x, self.y + other.y)

    def __sub__(self, other: Iterate) -> Iterate:
        return Iterate(self.x - other.x, self.y - other.y)

    def __neg__(self) -> Iterate:
        return Iterate(-self.x, -self.y)

    def __mul__(self, scale: Any) -> Iterate:
        if isinstance(scale, Iterate):
            return Iterate(self.x * scale.x, self.y * scale.y)
        return Iterate(self.x * scale, self.y * scale)

    def __rmul__(self, scale: Any) -> Iterate:
        return self.__mul__(scale)

    def __truediv__(self, scale: Any) -> Iterate:
        if isinstance(scale, Iterate):
            return Iterate(self.x / scale.x, self.y / scale.y)
        return Iterate(self.x / scale, self.y / scale)


@dataclass(frozen=True)
class Algorithm(ABC):
    """A min-max algorithm: a frozen dataclass of hyper-parameters with ``init`` and ``step``.

    A state is a NamedTuple with the fields ``x`` and ``y`` (see :class:`Iterate`) and whatever else
    the method remembers; every array in it has a leading lane axis, and states may nest.
    Hyper-parameters may be numbers or (lanes, 1) columns: a grid of step sizes is lanes too. Their
    ranges are declared beside them (:mod:`minmaxbench.core.parameters`).
    ``step`` must be pure: no in-place writes, no Python branch on an array's values. The harness
    owns loop, budget, clock, trace and stop.
    """

    name: ClassVar[str] = ""
    """The registered name, set by :func:`minmaxbench.register`."""
    needs: ClassVar[frozenset[Call]] = frozenset({Call.GRAD_X, Call.GRAD_Y})
    """The oracle calls that the algorithm makes with its default hyper-parameters."""
    source: ClassVar[str] = ""
    """Authors, venue, year."""
    step_sizes: ClassVar[tuple[str, ...]] = ()
    """The hyper-parameters that scale one step of a deterministic method, for step-size scans."""
    own_steps: ClassVar[bool] = False
    """Whether it finds its own step sizes by comparing what it sees, which scaled gradients would
    mislead."""
    corrects: ClassVar[bool] = False
    """Whether it corrects gradients by those of an earlier step, which a piece would have scaled
    otherwise then."""
    price: ClassVar[float | None] = None
    """What a step costs, in gradient calls, with the default hyper-parameters and one variable a
    player; nan where it differs from step to step, None where it is not said."""
    claims: ClassVar[tuple[Claim, ...]] = ()
    """What its authors and others say of it, and what looks whether it is so; a subclass has its own."""
    programs: ClassVar[tuple[Program, ...]] = ()
    """Programs that it was compared with."""

    def __post_init__(self) -> None:
        """Hold the hyper-parameters to their ranges; a subclass with rules of its own goes on here.

        A rule that computes with a step waits for a number, as long as it is in units of 1/L
        (:func:`minmaxbench.core.parameters.relative_steps`): it is called again then. Raises
        :class:`UserError` for a value that is not allowed.
        """
        parameters.check(self, self.name or type(self).__name__)

    @abstractmethod
    def init(self, x: Array, y: Array, oracle: Oracle) -> Any:
        """The state before the first iteration, from a start point inside the sets.

        Oracle calls made here are paid for like any other.
        """

    @abstractmethod
    def step(self, state: Any, oracle: Oracle) -> Any:
        """One iteration of all lanes."""

    def stopped(self, state: Any) -> Array | None:
        """The lanes, as a (lanes,) mask, that the algorithm's own rule has ended; None for no rule."""
        return None

    def inner(self, state: Any) -> tuple[Array, ...]:
        """Inner iterates beside x and y, if any: their growth means divergence, too."""
        return ()

    def uses(self) -> tuple[Callable[..., Any], ...]:
        """Functions outside the class that decide what a step does: results depend on them, too."""
        return ()

    def for_problem(self, problem: Problem) -> Algorithm:
        """The algorithm with what it reads off a problem filled in: steps in units of 1/L as numbers.

        A subclass that reads more (b, sets) overrides it, and calls this one. Raises
        :class:`UserError` where the problem lacks what is read.
        """
        steps = parameters.relative_steps(self)
        if not steps:
            return self
        known = problem.constants.get("L")
        if known is None or not 0 < known.value < math.inf:
            what = "not known" if known is None else f"{known.value:g}"
            name, times = next(iter(steps.items()))
            raise UserError(
                f"{name} of {self.name or type(self).__name__} is {times:g}/L, and the Lipschitz "
                f"constant L of {problem.name} is {what}: give a number."
            )
        made = parameters.in_numbers(self, known.value)
        made.__post_init__()
        return made

    def select(self, lanes: Ints) -> Self:
        """The same algorithm for some of the lanes: hyper-parameter columns are cut to them."""
        cut = {name: column[lanes] for name, column in tree.columns(self).items()}
        return tree.rebuild(self, cut)


class Memoryless(Algorithm):
    """An algorithm whose state is its iterate."""

    def init(self, x: Array, y: Array, oracle: Oracle) -> Iterate:
        """The start point."""
        return Iterate(x, y)
