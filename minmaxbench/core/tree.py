"""Nested states and hyper-parameters: NamedTuples, tuples and frozen dataclasses of arrays.

A state may hold the states of its parts, and an algorithm may hold parts with hyper-parameters of
their own. Whoever needs all arrays of one goes through here, and nobody unpacks by hand.
"""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Any, TypeVar

import numpy as np

from minmaxbench.core.arrays import Array, Ints

T = TypeVar("T")


@cache
def _fields(kind: type) -> tuple[str, ...] | None:
    """The names of the parts of a NamedTuple or dataclass, none for a tuple; None for a leaf."""
    if issubclass(kind, tuple):
        return tuple(getattr(kind, "_fields", ()))
    if dataclasses.is_dataclass(kind):
        return tuple(field.name for field in dataclasses.fields(kind))
    return None


def children(tree: Any) -> dict[str, Any] | None:
    """The named parts of a NamedTuple, tuple or dataclass; None for a leaf."""
    kind: Any = type(tree)
    names = _fields(kind)
    if names is None:
        return None
    if isinstance(tree, tuple):
        return dict(zip(names or map(str, range(len(tree))), tree, strict=True))
    return {name: getattr(tree, name) for name in names}


def named_leaves(tree: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """The leaves in order, each with its dotted name: ``("moments.x", array)``."""
    parts = children(tree)
    if parts is None:
        yield prefix, tree
        return
    for name, part in parts.items():
        yield from named_leaves(part, f"{prefix}.{name}" if prefix else name)


def leaves(tree: Any) -> list[Any]:
    """The leaves in order."""
    inside = parts(tree)
    if inside is None:
        return [tree]
    return [leaf for part in inside for leaf in leaves(part)]


def parts(tree: Any) -> Sequence[Any] | None:
    """The parts of a NamedTuple, tuple or dataclass; None for a leaf."""
    if isinstance(tree, tuple):
        return tree
    kind: Any = type(tree)
    names = _fields(kind)
    return None if names is None else [getattr(tree, name) for name in names]


def _assembled(tree: T, new: Sequence[Any]) -> T:
    """The same kind of thing from other parts; no check of its class runs."""
    kind: Any = type(tree)
    names = _fields(kind)
    if isinstance(tree, tuple):
        return kind(*new) if hasattr(kind, "_fields") else kind(new)  # type: ignore[no-any-return]
    clone = copy.copy(tree)
    for name, part in zip(names or (), new, strict=True):
        object.__setattr__(clone, name, part)
    return clone


def rebuild(tree: T, new: dict[str, Any], prefix: str = "") -> T:
    """``tree`` with the leaves of the dotted names in ``new`` replaced; no check of theirs runs."""
    parts = children(tree)
    if parts is None:
        return new.get(prefix, tree)  # type: ignore[no-any-return]
    made = {
        name: rebuild(part, new, f"{prefix}.{name}" if prefix else name)
        for name, part in parts.items()
    }
    if all(made[name] is part for name, part in parts.items()):
        return tree
    return _assembled(tree, list(made.values()))


def map_leaves(function: Callable[..., Any], tree: T, *others: Any) -> T:
    """``function`` of the leaves of ``tree`` and of those of ``others``, which have its shape."""
    inside = parts(tree)
    if inside is None:
        return function(tree, *others)  # type: ignore[no-any-return]
    columns = zip(inside, *(parts(other) or () for other in others), strict=True)
    return _assembled(tree, [map_leaves(function, *column) for column in columns])


def select(state: T, lanes: Ints) -> T:
    """A state for some of its lanes."""
    return map_leaves(lambda leaf: leaf[lanes], state)


def columns(tree: Any) -> dict[str, Array]:
    """The hyper-parameters that are (lanes, 1) columns, by their dotted names."""
    return {name: leaf for name, leaf in named_leaves(tree) if np.ndim(leaf) == 2}


def has_columns(tree: Any) -> bool:
    """Whether some hyper-parameter is a column; quicker than making them."""
    inside = parts(tree)
    return any(map(has_columns, inside)) if inside is not None else np.ndim(tree) == 2
