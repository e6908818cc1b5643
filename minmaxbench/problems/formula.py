"""From one formula, everything: value, gradients, Hessian as array code, and the LaTeX.

SymPy differentiates; common subexpressions are shared; small integer powers become products,
since ``x**3`` through ``pow`` costs two to three times as much. The code is Array API code.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import sympy
from sympy.printing.pycode import PythonCodePrinter

from minmaxbench.core.arrays import Array, Namespace
from minmaxbench.errors import UserError

X, Y = sympy.symbols("x y", real=True)


class softplus(sympy.Function):  # type: ignore[misc]  # noqa: N801 - the name users write
    """log(1 + exp(u)) without overflow."""

    @classmethod
    def eval(cls, u: sympy.Expr) -> None:
        """Never simplifies: the point is the stable array code."""

    def fdiff(self, argindex: int = 1) -> sympy.Expr:
        """Its derivative is the logistic function."""
        return sigmoid(self.args[0])


class sigmoid(sympy.Function):  # type: ignore[misc]  # noqa: N801
    """1 / (1 + exp(-u)) without overflow."""

    @classmethod
    def eval(cls, u: sympy.Expr) -> None:
        """Never simplifies."""

    def fdiff(self, argindex: int = 1) -> sympy.Expr:
        """s (1 - s)."""
        s = sigmoid(self.args[0])
        return s * (1 - s)


FUNCTIONS: dict[str, Any] = {
    **{name: getattr(sympy, name) for name in ("exp", "log", "sin", "cos", "tanh", "sqrt", "pi")},
    "softplus": softplus,
    "sigmoid": sigmoid,
}
"""The vocabulary of formulas, beside x, y, numbers and arithmetic."""


class _Printer(PythonCodePrinter):  # type: ignore[misc]
    """SymPy to Array API source."""

    def _print_Function(self, expr: sympy.Expr) -> str:
        arguments = ", ".join(self._print(a) for a in expr.args)
        if isinstance(expr, softplus):
            return f"xp.logaddexp(0.0*({arguments}), {arguments})"
        if isinstance(expr, sigmoid):
            return f"(0.5 + 0.5*xp.tanh(0.5*({arguments})))"
        return f"xp.{expr.func.__name__}({arguments})"

    _print_exp = _print_log = _print_sin = _print_cos = _print_tanh = _print_Function

    def _print_Pow(self, expr: sympy.Expr, **_: Any) -> str:
        base, power = expr.as_base_exp()
        if power.is_Integer and 2 <= abs(power) <= 6:
            product = "*".join([self.parenthesize(base, 70)] * abs(int(power)))
            return f"({product})" if power > 0 else f"(1.0/({product}))"
        if power == sympy.Rational(1, 2):
            return f"xp.sqrt({self._print(base)})"
        if power == -1:
            return f"(1.0/{self.parenthesize(base, 70)})"
        return f"{self.parenthesize(base, 70)}**({self._print(power.evalf())})"

    def _print_Rational(self, expr: sympy.Expr) -> str:
        return repr(int(expr.p) / int(expr.q))

    def _print_NumberSymbol(self, expr: sympy.Expr) -> str:
        return repr(float(expr))

    _print_Half = _print_Rational
    _print_Pi = _print_NumberSymbol


def array_code(expressions: Sequence[sympy.Expr], name: str) -> Callable[..., tuple[Array, ...]]:
    """Compile expressions in x and y to one function ``(xp, x, y) -> tuple of arrays``.

    All results have the shape of ``x``, constants included.
    """
    printer = _Printer({"fully_qualified_modules": False})
    powers = [_share_powers(e) for e in expressions]
    shared, results = sympy.cse(powers, symbols=sympy.numbered_symbols("t"), order="none")
    lines = [f"def {name}(xp, x, y):"]
    lines += [f"    {symbol} = {printer.doprint(e)}" for symbol, e in shared]
    codes = [printer.doprint(e) + ("" if e.free_symbols else " + 0.0*x") for e in results]
    lines.append(f"    return ({', '.join(codes)},)")
    scope: dict[str, Any] = {}
    exec(compile("\n".join(lines), f"<formula {name}>", "exec"), scope)
    function: Callable[..., tuple[Array, ...]] = scope[name]
    return function


def _share_powers(expr: sympy.Expr) -> sympy.Expr:
    """Write z**(2k) as (z**2)**k, unevaluated, so that x**2, x**4, x**6 share one square."""

    def even(power: sympy.Expr) -> bool:
        return bool(power.is_Integer and power >= 4 and power % 2 == 0)

    return expr.replace(
        lambda e: e.is_Pow and even(e.exp) and e.base.is_Symbol,
        lambda e: sympy.Pow(sympy.Pow(e.base, 2), e.exp / 2, evaluate=False),
    )


@dataclass(frozen=True)
class Formula:
    """A function of two real variables x and y, written as text."""

    text: str

    @cached_property
    def expression(self) -> sympy.Expr:
        """The SymPy expression; text that is no formula raises :class:`UserError`."""
        scope: dict[str, Any] = {**FUNCTIONS, "x": X, "y": Y}
        try:
            expr = sympy.sympify(self.text, locals=scope, rational=True)
        except (sympy.SympifyError, TypeError, SyntaxError, AttributeError) as error:
            raise UserError(f"The formula '{self.text}' cannot be read: {error}") from error
        if not isinstance(expr, sympy.Expr):
            raise UserError(f"'{self.text}' is not a formula for one real number.")
        stray = sorted(str(s) for s in expr.free_symbols - {X, Y})
        known = tuple(FUNCTIONS.values())
        strange = sorted(str(f.func) for f in expr.atoms(sympy.Function) if f.func not in known)
        if stray or strange:
            raise UserError(
                f"The formula '{self.text}' uses {', '.join(stray + strange)}; it may use x, y, "
                f"numbers and {', '.join(FUNCTIONS)}."
            )
        return expr

    @cached_property
    def gradient(self) -> tuple[sympy.Expr, sympy.Expr]:
        """The two partial derivatives."""
        return self.expression.diff(X), self.expression.diff(Y)

    @cached_property
    def hessian(self) -> tuple[sympy.Expr, sympy.Expr, sympy.Expr]:
        """f_xx, f_xy, f_yy."""
        fx, fy = self.gradient
        return fx.diff(X), fx.diff(Y), fy.diff(Y)

    @cached_property
    def latex(self) -> str:
        """The formula for a paper."""
        return str(sympy.latex(self.expression))

    @cached_property
    def _codes(self) -> dict[str, Callable[..., tuple[Array, ...]]]:
        return {}

    def _evaluate(self, what: str, xp: Namespace, x: Array, y: Array) -> tuple[Array, ...]:
        code = self._codes.get(what)
        if code is None:
            fx, fy = self.gradient
            wanted = {
                "value": [self.expression],
                "grad": [fx, fy],
                "grad_x": [fx],
                "grad_y": [fy],
                "hessian": self.hessian,
            }
            code = self._codes[what] = array_code(wanted[what], what)
        return code(xp, x, y)

    def value_at(self, xp: Namespace, x: Array, y: Array) -> Array:
        """f at arrays of the same shape."""
        return self._evaluate("value", xp, x, y)[0]

    def gradient_at(self, xp: Namespace, x: Array, y: Array) -> tuple[Array, ...]:
        """(f_x, f_y), sharing subexpressions."""
        return self._evaluate("grad", xp, x, y)

    def x_gradient_at(self, xp: Namespace, x: Array, y: Array) -> Array:
        """f_x alone."""
        return self._evaluate("grad_x", xp, x, y)[0]

    def y_gradient_at(self, xp: Namespace, x: Array, y: Array) -> Array:
        """f_y alone."""
        return self._evaluate("grad_y", xp, x, y)[0]

    def hessian_at(self, xp: Namespace, x: Array, y: Array) -> tuple[Array, ...]:
        """(f_xx, f_xy, f_yy)."""
        return self._evaluate("hessian", xp, x, y)
