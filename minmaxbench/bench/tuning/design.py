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
def design(kind: type[Algorithm], size: int, seed: int = 0) -> tuple[AlgorithmRef, ...]:
    """``size`` settings of an algorithm, the default first.

    Fewer where its space holds fewer: none twice. Combinations that the algorithm itself refuses are
    passed over.
    """
    searched = space(kind)
    found = dict.fromkeys([AlgorithmRef.of(kind())])
    for chosen in _points(searched, seed):
        if len(found) >= size:
            break
        try:
            found[AlgorithmRef.of(kind(**chosen))] = None
        except UserError:
            continue
    return tuple(found)


def _points(searched: dict[str, Range], seed: int) -> Iterator[dict[str, Any]]:
    if not searched:
        return
    from scipy.stats import qmc

    sequence = qmc.Sobol(len(searched), scramble=True, rng=seed)
    for _ in range(PATIENCE):
        for point in sequence.random_base2(DRAWS):
            shares = zip(searched.items(), point.tolist(), strict=True)
            yield {name: allowed.at(share) for (name, allowed), share in shares}
