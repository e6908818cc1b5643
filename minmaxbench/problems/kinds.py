"""What a stationary point of two variables is, decided from second derivatives and the border.

Jin, Netrapalli, Jordan (ICML 2020), Definition 14 and Propositions 18 to 20, with constraints: on
a bound a player may move one way only, and a bound that *holds* a player (its slope pushes it
against the bound) leaves it no answer to first order. With s and t the moves of x and y,

    f(x* + s, y* + t) - f* = a s^2/2 + b s t + c t^2/2 + ...

- y* is a local maximum if y is held, or c < 0; it is none if c > 0.
- (x*, y*) is local minimax if besides, for each way s that x may move, the best answer of y keeps
  f up: the curvature a - b^2/c > 0 where y may answer t = -b s/c, and a > 0 where it may not.
- Local maximin is the same with the players exchanged; local Nash asks both, without answers.

The same words decide for enclosures and for floats: numbers need arithmetic, and a way to say that
one is certainly positive.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from minmaxbench.core.problem import Kind

Ways = tuple[int, ...]
BOTH: Ways = (-1, 1)
"""The ways a player may move that no bound stops."""


@dataclass(frozen=True)
class Border:
    """How the bounds meet a stationary point."""

    held: tuple[bool, bool] = (False, False)
    """The players whose slope pushes them against a bound."""
    ways: tuple[Ways, Ways] = (BOTH, BOTH)
    """The ways, -1 or 1, in which each player may move."""

    @property
    def swapped(self) -> Border:
        """With the players exchanged."""
        return Border(self.held[::-1], self.ways[::-1])


INSIDE = Border()


def second_order(
    hessian: tuple[Any, Any, Any], border: Border, positive: Callable[[Any], bool]
) -> Kind | None:
    """The kind of a stationary point, or None where second derivatives do not decide.

    ``hessian`` is f_xx, f_xy, f_yy; ``positive`` says of a number that it is certainly positive.
    """
    a, b, c = hessian
    swapped = (-c, -b, -a)
    best = _wanted(-c, border.held[1], positive), _wanted(a, border.held[0], positive)
    if all(best):
        return Kind.NASH
    minimax = _minimax(hessian, border, positive)
    maximin = _minimax(swapped, border.swapped, positive)
    if minimax:
        return Kind.MINIMAX
    if maximin:
        return Kind.MAXIMIN
    return Kind.NEITHER if minimax is False and maximin is False else None


def _wanted(curvature: Any, held: bool, positive: Callable[[Any], bool]) -> bool | None:
    """Whether a player stays where the other stays, by its own curvature; None if undecided."""
    if held or positive(curvature):
        return True
    return False if positive(-curvature) else None


def _minimax(
    hessian: tuple[Any, Any, Any], border: Border, positive: Callable[[Any], bool]
) -> bool | None:
    a, b, c = hessian
    (x_held, y_held), (x_ways, y_ways) = border.held, border.ways
    best = _wanted(-c, y_held, positive)
    if best is False:
        return False
    if x_held:
        # f grows to first order, whatever y does.
        return best
    if y_held:
        return _every([best, _wanted(a, False, positive)])
    if best is None:
        return None
    answered = a - b * b / c
    stays: list[bool | None] = [best]
    for s in x_ways:
        # The best answer t = -b s/c has the sign of b s, as c < 0.
        free = len(y_ways) == 2 or any(positive(b * s * t) for t in y_ways)
        bound = not free and all(positive(-b * s * t) for t in y_ways)
        up, plain = _wanted(answered, False, positive), _wanted(a, False, positive)
        if free or bound:
            stays.append(up if free else plain)
        else:
            # An answer may be possible: never worse than none, never better than a free one.
            stays.append(True if plain else False if up is False else None)
    return _every(stays)


def _every(parts: Iterable[bool | None]) -> bool | None:
    """Whether all hold; None where one is undecided and none fails."""
    known = list(parts)
    if False in known:
        return False
    return None if None in known else True
