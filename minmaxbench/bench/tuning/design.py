"""The design: which settings of an algorithm tuning tries, the same number for every algorithm.

The default comes first; the others are the points of a scrambled Sobol sequence (Sobol 1967; Owen
1998) with a fixed seed, in the space that the algorithm declares beside its fields.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from functools import cache
from typing import Any

from minmaxbench.algorithms.registry import AlgorithmRef
from minmaxbench.core import parameters
from minmaxbench.core.algorithm import Algorithm
from minmaxbench.core.parameters import Range
from minmaxbench.errors import UserError

DRAWS = 5
"""Points are drawn 2 to this power at a time: the sequence is balanced there."""
PER_L = 10.0
"""In units of 1/L a step is looked for in its declared interval times this, about the median L of the
problems: the same steps on most of them, and others where L is far from it."""
PATIENCE = 8
"""So many draws, at most: a space of few whole numbers and texts holds few settings."""


def space(kind: type[Algorithm]) -> dict[str, Range]:
    """What is tuned of an algorithm, by name; raises :class:`UserError` without a default."""
    for field in dataclasses.fields(kind):
        if field.default is field.default_factory is dataclasses.MISSING:
            raise UserError(
                f"The hyper-parameter {field.name} of '{kind.name or kind.__name__}' has no default, "
                "and tuning begins at the default: give it one."
            )
    return {n: allowed for n, allowed in parameters.ranges(kind).items() if allowed.tuned}


@cache
def design(
    kind: type[Algorithm], size: int, seed: int = 0, relative: bool = False
) -> tuple[AlgorithmRef, ...]:
    """``size`` settings of an algorithm, the default first; steps, if asked for, in units of 1/L.

    Fewer where its space holds fewer: none twice. Combinations that the algorithm itself refuses are
    passed over.
    """
    searched = space(kind)
    found = dict.fromkeys([AlgorithmRef.of(kind())])
    for chosen in _points(searched, seed, relative):
        if len(found) >= size:
            break
        try:
            found[AlgorithmRef.of(kind(**chosen))] = None
        except UserError:
            continue
    return tuple(found)


def _points(searched: dict[str, Range], seed: int, relative: bool) -> Iterator[dict[str, Any]]:
    if not searched:
        return
    from scipy.stats import qmc

    sequence = qmc.Sobol(len(searched), scramble=True, rng=seed)
    for _ in range(PATIENCE):
        for point in sequence.random_base2(DRAWS):
            shares = zip(searched.items(), point.tolist(), strict=True)
            yield {name: _value(allowed, share, relative) for (name, allowed), share in shares}


def _value(allowed: Range, share: float, relative: bool) -> Any:
    value = allowed.at(share)
    return f"{PER_L * value!r}/L" if relative and allowed.relative else value
