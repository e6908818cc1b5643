"""What code that is handed arrays must keep to: it does not write to them, and returns its like."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NoReturn

import numpy as np

from minmaxbench.core.arrays import Array
from minmaxbench.errors import ContractError


def refuse_writing(name: str, error: ValueError) -> None:
    """Raise :class:`ContractError` if this is NumPy's error for writing to a closed array."""
    if "read-only" in str(error) or "WRITEABLE" in str(error):
        refused(name, error)


def refused(name: str, cause: Exception | None = None) -> NoReturn:
    """Raise the error of an algorithm or a problem that writes in place."""
    raise ContractError(
        f"'{name}' writes in place to an array it was handed; write `x = x - ...` instead of "
        "`x -= ...`."
    ) from cause


def read_only(array: Array) -> Array:
    """The same numbers, not to be written to."""
    view = array.view()
    view.flags.writeable = False
    return view


def closed(array: Array) -> Array:
    """An array of one's own, from now on not to be written to."""
    array.flags.writeable = False
    return array


def checked(name: str, what: str, result: Array, shape: tuple[int, ...]) -> Array:
    """What the problem of this name returned, closed to writing.

    A wrong shape or type raises :class:`TypeError`.
    """
    if not isinstance(result, np.ndarray) or result.shape != shape:
        got = f"shape {result.shape}" if isinstance(result, np.ndarray) else type(result).__name__
        raise TypeError(f"{what} of '{name}' returned {got}; wanted shape {shape}")
    if result.dtype != np.float64:
        raise TypeError(
            f"{what} of '{name}' returned numbers of type {result.dtype}; wanted float64"
        )
    # A view of a closed array cannot be opened again.
    result.flags.writeable = False
    return result.view()


def check_mask(where: Any, lanes: int) -> None:
    """Refuse what is no mask of the lanes that pay for an oracle call: :class:`ContractError`."""
    right = isinstance(where, np.ndarray) and where.dtype == bool and where.shape == (lanes,)
    if not right:
        raise ContractError(
            f"`where` of an oracle call is a mask, {lanes} times True or False, one a lane; got "
            f"{_form(where)}."
        )


def check_draw(stream: Any, index: Any, d: Any, lanes: int) -> None:
    """Refuse what names no random draw, or more than one a lane: :class:`ContractError`."""
    if not isinstance(stream, str):
        raise ContractError(f"The stream of a random draw is a text; got {_form(stream)}.")
    if isinstance(index, np.ndarray):
        right = index.dtype.kind in "iu" and index.shape in ((), (lanes,))
    else:
        right = isinstance(index, int | np.integer) and not isinstance(index, bool)
    if not right:
        raise ContractError(
            f"The number of a random draw is a whole number, or {lanes} of them, one a lane; got "
            f"{_form(index)}."
        )
    if not isinstance(d, int | np.integer) or isinstance(d, bool) or d < 1:
        raise ContractError(
            f"A random draw has a whole number of coordinates, from 1; got {d!r:.20}."
        )


def check_point(what: str, arrays: Sequence[Any], shapes: Sequence[tuple[int, ...]]) -> None:
    """Refuse what is not one point a lane to ask an oracle for: :class:`ContractError`."""
    for name, array, shape in zip("xyuv", arrays, shapes, strict=False):
        right = isinstance(array, np.ndarray) and array.dtype == np.float64
        if not right or array.shape != shape:
            raise ContractError(
                f"The oracle was asked for a {what} at {name} = {_form(array)}; wanted float64 "
                f"numbers of shape {shape}."
            )


def _form(thing: Any) -> str:
    """What was given for an array, in the words of a message."""
    if isinstance(thing, np.ndarray):
        return f"{thing.dtype} numbers of shape {thing.shape}"
    return f"something of type {type(thing).__name__}"
