"""What an algorithm is: hyper-parameters, a first state, and one step."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import pkgutil
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeVar

import numpy as np

from minmaxbench.core.arrays import Array, Ints
from minmaxbench.core.oracle import Call, Oracle
from minmaxbench.core.registry import Registry
from minmaxbench.errors import UserError, unknown

if TYPE_CHECKING:
    from minmaxbench.problems.base import Problem


class State(Protocol):
    """The state of a batch of runs: a NamedTuple whose fields all have a leading lane axis."""

    @property
    def x(self) -> Array:
        """The min-player's iterate, shape (lanes, dx)."""

    @property
    def y(self) -> Array:
        """The max-player's iterate, shape (lanes, dy)."""


@dataclass(frozen=True)
class Algorithm(ABC):
    """A min-max algorithm: a frozen dataclass of hyper-parameters with ``init`` and ``step``.

    Hyper-parameters may be numbers or (lanes, 1) columns: a grid of step sizes is lanes too.
    ``step`` must be pure: no in-place writes, no Python branch on an array's values. The harness
    owns loop, budget, clock, trace and stop.
    """

    name: ClassVar[str] = ""
    """The registered name, set by :func:`register`."""
    needs: ClassVar[frozenset[Call]] = frozenset({Call.GRAD_X, Call.GRAD_Y})
    """The oracle calls that the algorithm makes with its default hyper-parameters."""
    source: ClassVar[str] = ""
    """Authors, venue, year."""

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

    def watched(self, state: Any) -> tuple[Array, ...]:
        """The arrays whose growth means divergence: the iterate, and inner iterates if any."""
        return (state.x, state.y)

    def uses(self) -> tuple[Callable[..., Any], ...]:
        """Functions outside the class that decide what a step does: results depend on them, too."""
        return ()

    def suited(self, problem: Problem) -> Algorithm:
        """The algorithm with what its theory reads off a problem (L, b) filled in; itself by default.

        Raises :class:`UserError` where the problem lacks it.
        """
        return self

    def take(self, lanes: Ints) -> Algorithm:
        """The same algorithm for some of the lanes: hyper-parameter columns are cut to them."""
        columns = {
            field.name: value[lanes]
            for field in dataclasses.fields(self)
            if np.ndim(value := getattr(self, field.name)) == 2
        }
        return dataclasses.replace(self, **columns) if columns else self


@dataclass(frozen=True)
class Preset:
    """A registered algorithm: a class, and the hyper-parameters that this name fixes."""

    name: str
    kind: type[Algorithm]
    fixed: Mapping[str, Any]
    summary: str

    def build(self, parameters: Mapping[str, Any] | None = None) -> Algorithm:
        """The algorithm with ``parameters`` over its defaults.

        Raises :class:`UserError` for a hyper-parameter that it does not have.
        """
        fields = {field.name for field in dataclasses.fields(self.kind)}
        for name in parameters or {}:
            if name not in fields:
                raise unknown(f"hyper-parameter of {self.name}", name, fields)
        return self.kind(**{**self.fixed, **(parameters or {})})


def _load() -> None:
    package = importlib.import_module("minmaxbench.algorithms")
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"{package.__name__}.{module.name}")


ALGORITHMS: Registry[Preset] = Registry("algorithm", _load)

A = TypeVar("A", bound=type[Algorithm])


def register(name: str, source: str) -> Callable[[A], A]:
    """Class decorator: make an algorithm known under ``name``, with its source."""

    def decorate(kind: A) -> A:
        if inspect.isabstract(kind):
            lacking = ", ".join(sorted(kind.__abstractmethods__))
            raise UserError(f"The algorithm '{name}' lacks {lacking}.")
        kind.name = name
        kind.source = source
        summary = (inspect.getdoc(kind) or name).split("\n")[0]
        ALGORITHMS.add(name, Preset(name, kind, {}, summary))
        return kind

    return decorate


def preset(name: str, kind: type[Algorithm], summary: str, **fixed: Any) -> None:
    """Make a named setting of an algorithm known, such as the one its authors used."""
    ALGORITHMS.add(name, Preset(name, kind, fixed, summary))


def get_algorithm(name: str, **parameters: Any) -> Algorithm:
    """The algorithm of that name with ``parameters`` over its defaults."""
    return ALGORITHMS.get(name).build(parameters)
