"""Formulas in ball arithmetic: enclosures of values over whole intervals, with all rounding counted.

python-flint wraps Arb (Johansson, IEEE Transactions on Computers 2017): a ball is a midpoint and a
radius, and the result of an operation encloses the result for every point of its operands.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import sympy
from flint import arb, ctx, fmpq

from minmaxbench.problems.symbolic import Printer, StraightLine, X, Y, sigmoid, softplus

Enclosure: TypeAlias = Any
"""A ``flint.arb``; the library ships no types."""
Point: TypeAlias = tuple[Enclosure, ...]
"""A box: one ball a coordinate."""

SEARCH_BITS = 53
"""Precision while cells are searched."""
FINAL_BITS = 192
"""Precision of the enclosures that are kept."""


class Functions:
    """The vocabulary of formulas on balls: the namespace that generated code calls."""

    def __init__(self) -> None:
        self._ratios: dict[tuple[int, int, int], Enclosure] = {}

    def __getattr__(self, name: str) -> Callable[[Enclosure], Enclosure]:
        # exp, log, sin, cos, tanh and sqrt are methods of a ball.
        return lambda u: getattr(arb(u), name)()

    def ratio(self, p: int, q: int) -> Enclosure:
        """p / q, to the precision of the moment."""
        key = (p, q, ctx.prec)
        if key not in self._ratios:
            self._ratios[key] = arb(fmpq(p, q))
        return self._ratios[key]

    def pi(self) -> Enclosure:
        """The circle's constant."""
        return arb.pi()

    def power(self, base: Enclosure, n: int) -> Enclosure:
        """A product of ``n`` factors; an even one is not negative."""
        result = base
        for _ in range(n - 1):
            result = result * base
        return result.nonnegative_part() if n % 2 == 0 else result

    def sigmoid(self, u: Enclosure) -> Enclosure:
        """1 / (1 + exp(-u))."""
        return 1 / (1 + (-u).exp())

    def softplus(self, u: Enclosure) -> Enclosure:
        """log(1 + exp(u))."""
        return u.exp().log1p()


class _BallPrinter(Printer):
    """SymPy to source that works on balls: constants stay exact."""

    def _print_Function(self, expr: sympy.Expr) -> str:
        name = {softplus: "softplus", sigmoid: "sigmoid"}.get(expr.func, expr.func.__name__)
        return f"xp.{name}({self._print(expr.args[0])})"

    _print_exp = _print_log = _print_sin = _print_cos = _print_tanh = _print_Function

    def _print_Pow(self, expr: sympy.Expr, **_: Any) -> str:
        base, power = expr.as_base_exp()
        if power.is_Integer:
            text = f"xp.power({self._print(base)}, {abs(int(power))})"
            return text if power > 0 else f"(1/{text})"
        if power == sympy.Rational(1, 2):
            return f"xp.sqrt({self._print(base)})"
        return f"({self._print(base)})**({self._print(power)})"

    def _print_Integer(self, expr: sympy.Expr) -> str:
        return str(int(expr.p))

    def _print_Rational(self, expr: sympy.Expr) -> str:
        return f"xp.ratio({expr.p}, {expr.q})"

    _print_Half = _print_Rational

    def _print_Pi(self, expr: sympy.Expr) -> str:
        return "xp.pi()"


_FUNCTIONS = Functions()


class Enclosed:
    """One expression in x and y, and its two partial derivatives, on balls."""

    def __init__(self, expression: sympy.Expr) -> None:
        program = StraightLine(expression)
        self._value = program.code([program.value], "value", _BallPrinter)
        slopes = [program.diff(program.value, v) for v in (X, Y)]
        self._slopes = program.code(slopes, "slopes", _BallPrinter)

    def value(self, point: Point) -> Enclosure:
        """The values over a box."""
        return arb(self._value(_FUNCTIONS, *point)[0])

    def slopes(self, point: Point) -> Point:
        """The partial derivatives in x and in y over a box."""
        return tuple(map(arb, self._slopes(_FUNCTIONS, *point)))
