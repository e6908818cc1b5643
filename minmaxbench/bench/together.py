"""Settings are lanes: algorithms that differ in numbers alone advance as one, their numbers in columns.

A number can be a column wherever the code does arithmetic with it. Where the code needs it as it is
(the length of a loop, a branch), it raises when it is given a column, and the caller tries again with
fewer settings together: :func:`apart`.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np

from minmaxbench.core import tree
from minmaxbench.core.algorithm import Algorithm
from minmaxbench.core.arrays import Ints

NUMBERS = (float, int)
"""Leaves of these types can be columns; flags and texts cannot."""


def together(
    settings: Sequence[Algorithm], rows: Sequence[int], numbers: tuple[type, ...] = NUMBERS
) -> list[list[int]]:
    """Some ``rows`` of ``settings`` in groups whose members differ in ``numbers`` alone."""
    groups: dict[Hashable, list[int]] = {}
    for row in rows:
        groups.setdefault(_rest(settings[row], numbers), []).append(row)
    return list(groups.values())


def apart(settings: Sequence[Algorithm], rows: Sequence[int]) -> list[list[int]]:
    """The next smaller groups: by whole numbers, which change programs most often, or one by one."""
    groups = together(settings, rows, (float,))
    return groups if len(groups) > 1 else [[row] for row in rows]


def as_one(settings: Sequence[Algorithm], lanes: Ints) -> Algorithm:
    """One algorithm for a group: lane i has the numbers of setting ``lanes[i]``.

    Numbers that all settings share stay plain, so that a setting alone is itself.
    """
    each = [dict(tree.named_leaves(setting)) for setting in settings]
    columns = {
        name: np.array([leaves[name] for leaves in each])[lanes, None]
        for name, first in each[0].items()
        if type(first) in NUMBERS and any(leaves[name] != first for leaves in each)
    }
    return tree.rebuild(settings[0], columns)


def _rest(setting: Algorithm, numbers: tuple[type, ...]) -> Hashable:
    """All of a setting but its numbers: equal for those that can be columns of one algorithm."""
    leaves = [
        (name, None if type(leaf) in numbers else _hashable(leaf))
        for name, leaf in tree.named_leaves(setting)
    ]
    return _kinds(setting), tuple(leaves)


def _hashable(leaf: Any) -> Hashable:
    try:
        hash(leaf)
    except TypeError:
        return id(leaf)
    return type(leaf), leaf


def _kinds(thing: Any) -> Hashable:
    """The classes of an algorithm and of its parts."""
    inside = tree.parts(thing)
    return None if inside is None else (type(thing), tuple(map(_kinds, inside)))
