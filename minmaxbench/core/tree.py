"""Nested states and hyper-parameters: NamedTuples, tuples and frozen dataclasses of arrays.

A state may hold the states of its parts, and an algorithm may hold parts with hyper-parameters of
their own. Whoever needs all arrays of one goes through here, and nobody unpacks by hand.
"""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import numpy as np

from minmaxbench.core.arrays import Array, Ints

T = TypeVar("T")


def children(tree: Any) -> dict[str, Any] | None:
    """The named parts of a NamedTuple, tuple or dataclass; None for a leaf."""
    if isinstance(tree, tuple):
        names = getattr(tree, "_fields", None) or [str(k) for k in range(len(tree))]
        return dict(zip(names, tree, strict=True))
    if dataclasses.is_dataclass(tree) and not isinstance(tree, type):
        return {field.name: getattr(tree, field.name) for field in dataclasses.fields(tree)}
    return None


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
    return [leaf for _, leaf in named_leaves(tree)]


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
    if isinstance(tree, tuple):
        kind: Any = type(tree)
        return kind(*made.values()) if hasattr(tree, "_fields") else kind(made.values())  # type: ignore[no-any-return]
    clone = copy.copy(tree)
    for name, part in made.items():
        object.__setattr__(clone, name, part)
    return clone


def map_leaves(function: Callable[..., Any], tree: T, *others: Any) -> T:
    """``function`` of the leaves of ``tree`` and of those of ``others``, which have its shape."""
    names = [name for name, _ in named_leaves(tree)]
    columns = zip(*(leaves(t) for t in (tree, *others)), strict=True)
    made = {name: function(*column) for name, column in zip(names, columns, strict=True)}
    return rebuild(tree, made)


def select(state: T, lanes: Ints) -> T:
    """A state for some of its lanes."""
    return map_leaves(lambda leaf: leaf[lanes], state)


def columns(tree: Any) -> dict[str, Array]:
    """The hyper-parameters that are (lanes, 1) columns, by their dotted names."""
    return {name: leaf for name, leaf in named_leaves(tree) if np.ndim(leaf) == 2}
