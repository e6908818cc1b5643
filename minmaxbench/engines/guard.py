"""Sees to it that an algorithm keeps to its contract: whole states, and no writing in place.

A state that is kept for the recorder must be what it was when the step that made it returned, and one
lane must be one row of every array in it. Otherwise what is recorded is wrong, and nobody is told.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np

from minmaxbench.core import tree
from minmaxbench.core.algorithm import Algorithm
from minmaxbench.core.arrays import Array, Floats
from minmaxbench.core.contract import refuse_writing, refused
from minmaxbench.core.oracle import Oracle
from minmaxbench.errors import ContractError
from minmaxbench.record.chunk import Chunk

SAMPLE = 64
"""Of the state at the beginning of a chunk so many numbers are looked at again at its end."""


class Guard:
    """Checks the states of one algorithm, and closes them to writing; for NumPy's arrays.

    Every new state is closed. Its form is checked where a chunk begins and ends, and where a step
    raises an error, of which it may be the cause.
    """

    array: type[Any] = np.ndarray
    numpy: Callable[[Any], Floats] = staticmethod(np.asarray)
    """An array of the engine's, as one of NumPy's."""

    def __init__(self, algorithm: Algorithm, x: Array, y: Array) -> None:
        """``x`` and ``y`` are iterates as they ought to be: (lanes, dx) and (lanes, dy)."""
        self.name = algorithm.name or type(algorithm).__name__
        self._lanes = len(x)
        self._x, self._y = x.shape, y.shape
        self._dtype = x.dtype

    def check(self, state: Any) -> None:
        """Refuse what is no state, or one of other lanes or dimensions: :class:`ContractError`."""
        if tree.parts(state) is None or not (hasattr(state, "x") and hasattr(state, "y")):
            raise ContractError(
                f"'{self.name}' returns a state of type {type(state).__name__}; wanted a "
                "NamedTuple with the fields x and y."
            )
        for name, leaf, shape in (("x", state.x, self._x), ("y", state.y, self._y)):
            if not isinstance(leaf, self.array) or (leaf.shape, leaf.dtype) != (shape, self._dtype):
                self._refuse(name, leaf, f"{_name(self._dtype)} numbers of shape {tuple(shape)}")
        for name, leaf in tree.named_leaves(state):
            if type(leaf) is not self.array or tuple(leaf.shape[:1]) != (self._lanes,):
                self._refuse(name, leaf, f"an array with {self._lanes} rows, one a lane")

    def close(self, state: Any) -> None:
        """Close the arrays of a state to writing."""
        try:
            for leaf in state:
                leaf.setflags(False)
                # It may be a view of what the algorithm keeps to itself, and writes to next time.
                if leaf.base is not None:
                    _close_base(leaf)
        except (AttributeError, TypeError):
            # A state with parts, or no state at all.
            for leaf in tree.leaves(state):
                if not isinstance(leaf, np.ndarray):
                    self.check(state)
                leaf.setflags(write=False)
                _close_base(leaf)

    def before_steps(self, state: Any) -> None:
        """Take in the state at the beginning of a chunk."""
        self.close(state)
        self._began = self._sample(state.x), self._sample(state.y)

    def after_step(self, before: Any, state: Any, oracle: Oracle) -> None:
        """Take in the ``state`` that a step has made of the one ``before``."""
        self.close(state)

    def after_steps(self, began: Any, state: Any) -> None:
        """Look at the states at the beginning and at the end of a chunk."""
        self.check(state)
        # NumPy lets a step open what was closed, and torch's `data` are written to behind its back.
        if self._began != (self._sample(began.x), self._sample(began.y)):
            refused(self.name)

    def kept(self, chunk: Chunk) -> None:
        """Look at a chunk: an array that was handed out may have got another shape or type in place."""
        gradient = chunk.gradient or (chunk.x, chunk.y)
        for array, shape in zip((chunk.x, chunk.y, *gradient), 2 * (self._x, self._y), strict=True):
            if array.shape[1:] != tuple(shape) or array.dtype.kind != "f":
                refused(self.name)

    def explain(self, error: Exception, state: Any) -> None:
        """Raise the :class:`ContractError` that is behind an error of a step from ``state``, if any."""
        if isinstance(error, ValueError):
            refuse_writing(self.name, error)
        self.check(state)

    def rows(self, what: str, array: Any) -> None:
        """Refuse what is not an array with a row a lane: of the algorithm's rule, of inner iterates."""
        if not isinstance(array, self.array) or array.shape[:1] != (self._lanes,):
            raise ContractError(
                f"What {what} of '{self.name}' returns is {self._words(array)}; wanted an array "
                f"with {self._lanes} rows, one a lane."
            )

    def _sample(self, array: Any) -> bytes:
        """A few of an array's numbers."""
        numbers = array.reshape(-1)
        return self.numpy(numbers[:: len(numbers) // SAMPLE + 1]).tobytes()

    def _refuse(self, name: str, leaf: Any, wanted: str) -> NoReturn:
        raise ContractError(
            f"'{self.name}' returns a state whose {name} is {self._words(leaf)}; wanted {wanted}."
        )

    def _words(self, thing: Any) -> str:
        """A thing in the words of a message."""
        if type(thing) is self.array:
            return f"{_name(thing.dtype)} numbers of shape {tuple(thing.shape)}"
        return f"of type {type(thing).__name__}"


def _close_base(leaf: Array) -> None:
    if isinstance(leaf.base, np.ndarray):
        leaf.base.setflags(write=False)


def _name(dtype: Any) -> str:
    return str(dtype).removeprefix("torch.")
