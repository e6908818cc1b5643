"""The kinds of oracle call, and their prices."""

from __future__ import annotations

from enum import IntEnum


class Call(IntEnum):
    """The kinds of oracle call."""

    VALUE = 0
    GRAD_X = 1
    GRAD_Y = 2
    HVP = 3

    @property
    def price(self) -> float:
        """The cost in gradient calls.

        A full gradient (both players) is 1, each half of it 1/2, a value 1/2, a Hessian-vector
        product 1.
        """
        return 1.0 if self is Call.HVP else 0.5

    @property
    def words(self) -> str:
        """What is asked for, in words."""
        return _WORDS[self]


PRICES = tuple(call.price for call in Call)

_WORDS = {
    Call.VALUE: "values of f",
    Call.GRAD_X: "gradients in x",
    Call.GRAD_Y: "gradients in y",
    Call.HVP: "Hessian-vector products",
}
