"""What SymPy makes of a formula: its expression, and the array code of value, gradients and Hessian.

SymPy differentiates; common subexpressions are shared; small integer powers become products,
since ``x**3`` through ``pow`` costs two to three times as much. The code is Array API code.
"""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import sympy
from sympy.printing.pycode import PythonCodePrinter

from minmaxbench.errors import UserError
from minmaxbench.problems.code import Code, compiled
from minmaxbench.problems.reading import fold, quoted, read, short

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


NAMES: dict[str, Any] = {
    "x": X,
    "y": Y,
    **{name: getattr(sympy, name) for name in ("exp", "log", "sin", "cos", "tanh", "sqrt", "pi")},
    "softplus": softplus,
    "sigmoid": sigmoid,
}
"""What the names in a formula mean to SymPy."""
UNREAL = (sympy.I, sympy.zoo, sympy.oo, -sympy.oo, sympy.nan)
STEEPEST = 100
"""The largest power of an expression, once powers of powers are multiplied out."""
WIDEST = 12
"""The most factors of a product: second derivatives have their square, and none shares much."""


def variables(dx: int, dy: int) -> tuple[sympy.Symbol, ...]:
    """Those of x, then those of y; a player with one has no number."""
    return (*_numbered(X, dx), *_numbered(Y, dy))


def _numbered(symbol: sympy.Symbol, d: int) -> tuple[sympy.Symbol, ...]:
    if d == 1:
        return (symbol,)
    return tuple(sympy.Symbol(f"{symbol}{k}", real=True) for k in range(1, d + 1))


def expression(formula: str, among: Sequence[sympy.Symbol]) -> sympy.Expr:
    """A formula's SymPy expression in some variables; :class:`UserError` for text that is none."""
    tree = read(formula, tuple(map(str, among)))

    def seen(node: ast.expr, value: sympy.Expr, *_: sympy.Expr) -> None:
        if value.has(*UNREAL) or (value.is_number and value.is_real is False):
            raise UserError(
                f"The formula '{short(formula)}' has no real, finite value in "
                f"{quoted(formula, node)}."
            )

    names = {**NAMES, **{str(v): v for v in among}}
    expr = fold(tree, names, lambda q: sympy.Rational(q.numerator, q.denominator), seen)
    _refuse_dear(formula, expr)
    return expr


def _refuse_dear(formula: str, expr: sympy.Expr) -> None:
    """Refuse what would take long to differentiate or to compute."""
    steep = [p for p in expr.atoms(sympy.Pow) if p.exp.is_number and abs(p.exp) > STEEPEST]
    wide = [m for m in expr.atoms(sympy.Mul) if len(m.args) > WIDEST]
    if steep:
        raise UserError(
            f"The formula '{short(formula)}' makes the power '{short(str(steep[0]))}'; "
            f"exponents go up to {STEEPEST} when powers are multiplied out."
        )
    if wide:
        raise UserError(
            f"The formula '{short(formula)}' multiplies {len(wide[0].args)} factors; at most "
            f"{WIDEST} are."
        )


class Printer(PythonCodePrinter):  # type: ignore[misc]
    """SymPy to Array API source."""

    def _print_Function(self, expr: sympy.Expr) -> str:
        arguments = ", ".join(self._print(a) for a in expr.args)
        text = f"xp.{expr.func.__name__}({arguments})"
        if isinstance(expr, softplus):
            text = f"xp.logaddexp(0.0*({arguments}), {arguments})"
        if isinstance(expr, sigmoid):
            text = f"(0.5 + 0.5*xp.tanh(0.5*({arguments})))"
        return text if expr.free_symbols else _number(text)

    _print_exp = _print_log = _print_sin = _print_cos = _print_tanh = _print_Function

    def _print_Add(self, expr: sympy.Expr, **_: Any) -> str:
        # A positive term first saves the negation that "-a + b" costs.
        terms = sorted(expr.as_ordered_terms(), key=lambda t: t.could_extract_minus_sign())
        texts: list[str] = [self.parenthesize(t, 40, strict=True) for t in terms]
        return texts[0] + "".join(
            f" - {text[1:]}" if text.startswith("-") else f" + {text}" for text in texts[1:]
        )

    def _print_Pow(self, expr: sympy.Expr, **_: Any) -> str:
        base, power = expr.as_base_exp()
        if power == sympy.Rational(1, 2):
            text = f"xp.sqrt({self._print(base)})"
            return text if base.free_symbols else _number(text)
        if power.is_Integer and power < 0:
            product = "*".join([self.parenthesize(base, 70)] * -int(power))
            return f"(1.0/({product}))"
        return f"{self.parenthesize(base, 70)}**({self._print(power.evalf())})"

    def _print_Integer(self, expr: sympy.Expr) -> str:
        # NumPy multiplies by a float quicker than by an int.
        return repr(float(expr))

    def _print_Rational(self, expr: sympy.Expr) -> str:
        return repr(int(expr.p) / int(expr.q))

    def _print_NumberSymbol(self, expr: sympy.Expr) -> str:
        return repr(float(expr))

    _print_Half = _print_Rational
    _print_Pi = _print_NumberSymbol


def _number(text: str) -> str:
    """A constant's code as a number, which NumPy computes: torch's functions take only tensors."""
    with np.errstate(all="ignore"):
        number = float(eval(text, {"xp": np}))
    if not np.isfinite(number):
        raise UserError(
            f"The constant '{short(text.replace('xp.', ''))}' is not finite in float64."
        )
    return repr(number)


class StraightLine:
    """An expression cut into named steps, so that its derivatives share the steps' values.

    Every sum inside a product, power or function gets a name, and so does every function value:
    differentiating step by step keeps f's own structure, which expanding would destroy.
    """

    def __init__(
        self, expression: sympy.Expr, variables: tuple[sympy.Symbol, ...] = (X, Y)
    ) -> None:
        self.variables = variables
        self.steps: dict[sympy.Symbol, sympy.Expr] = {}
        self._names: dict[sympy.Expr, sympy.Symbol] = {}
        self.value = self._cut(expression)
        self._slopes = {v: {u: sympy.Integer(v == u) for u in variables} for v in variables}
        for symbol, step in self.steps.items():
            for v in variables:
                self._slopes[v][symbol] = self.diff(step, v)

    def diff(self, expression: sympy.Expr, v: sympy.Symbol) -> sympy.Expr:
        """The derivative in a variable of an expression in the variables and the steps."""
        functions = {step: symbol for symbol, step in self.steps.items() if step.is_Function}
        terms = [
            expression.diff(s) * self._slopes[v][s]
            for s in sorted(expression.free_symbols, key=str)
        ]
        return sympy.Add(*terms).xreplace(functions)

    def _cut(self, e: sympy.Expr) -> sympy.Expr:
        if e.is_Atom:
            return e
        if e.is_Add:
            return e.func(*map(self._cut, e.args))
        if e.is_Mul:
            return e.func(*(self._name(self._cut(a)) if a.is_Add else self._cut(a) for a in e.args))
        if e.is_Pow:
            return e.func(self._name(self._cut(e.base)), e.exp)
        return self._name(e.func(*(self._name(self._cut(a)) for a in e.args)))

    def _name(self, e: sympy.Expr) -> sympy.Expr:
        if e.is_Atom:
            return e
        if e not in self._names:
            self._names[e] = sympy.Symbol(f"t{len(self._names)}", real=True)
            self.steps[self._names[e]] = e
        return self._names[e]

    def source(self, what: str, dx: int) -> str:
        """The code of ``value``, ``grad``, ``grad_x``, ``grad_y``, ``hessian`` or ``hvp``.

        The first ``dx`` variables are those of x.
        """
        if what == "value":
            return self.text([self.value], what)
        part = {"grad_x": slice(dx), "grad_y": slice(dx, None)}.get(what, slice(None))
        slopes = [self.diff(self.value, v) for v in self.variables[part]]
        if what not in ("hessian", "hvp"):
            return self.text(slopes, what)
        pairs = itertools.combinations_with_replacement(range(len(self.variables)), 2)
        second = {(i, j): self.diff(slopes[i], self.variables[j]) for i, j in pairs}
        if what == "hessian":
            return self.text(list(second.values()), what)
        along = tuple(sympy.Symbol(f"along_{v}", real=True) for v in self.variables)
        products = [
            sympy.Add(*(second[min(i, j), max(i, j)] * u for j, u in enumerate(along)))
            for i in range(len(self.variables))
        ]
        return self.text(products, what, more=along)

    def code(
        self, results: Sequence[sympy.Expr], name: str, printer: type[Printer] = Printer
    ) -> Code:
        """Expressions in the variables and the steps as a function ``(xp, x, y) -> arrays``."""
        return compiled(name, self.text(results, name, printer))

    def text(
        self,
        results: Sequence[sympy.Expr],
        name: str,
        printer: type[Printer] = Printer,
        more: tuple[sympy.Symbol, ...] = (),
    ) -> str:
        """The text of such a function.

        All results have the shape of ``x``, constants included. ``printer`` writes the code, whose
        further arguments are ``more``.
        """
        shared, finals = sympy.cse(
            [sympy.sympify(r) for r in results],
            symbols=sympy.numbered_symbols("s", real=True),
            order="none",
        )
        needed: list[tuple[sympy.Symbol, sympy.Expr]] = []
        wanted = set().union(*(e.free_symbols for e in (*finals, *(e for _, e in shared))))
        for symbol, step in reversed(self.steps.items()):
            if symbol in wanted:
                needed.insert(0, (symbol, step))
                wanted |= step.free_symbols
        settings = {"fully_qualified_modules": False}
        arguments = (*self.variables, *more)
        return _function([*needed, *shared], finals, name, printer(settings), arguments)


def _function(
    steps: list[tuple[sympy.Symbol, sympy.Expr]],
    finals: Sequence[sympy.Expr],
    name: str,
    printer: Printer,
    arguments: Sequence[sympy.Symbol],
) -> str:
    powers: dict[sympy.Symbol, set[int]] = {}
    for e in (*(e for _, e in steps), *finals):
        for power in e.atoms(sympy.Pow):
            if power.base.is_Symbol and power.exp.is_Integer and power.exp >= 2:
                powers.setdefault(power.base, set()).add(int(power.exp))

    def text(e: sympy.Expr) -> str:
        return str(printer.doprint(e.replace(_is_power, lambda p: _power(p.base, int(p.exp)))))

    lines: list[tuple[str, str]] = []
    for symbol, step in (*((v, None) for v in arguments), *steps):
        lines += [] if step is None else [(str(symbol), text(step))]
        lines += [(str(n), product) for n, product in _chain(symbol, powers.get(symbol, ()))]
    codes = [text(e) + ("" if e.free_symbols else f" + 0.0*{arguments[0]}") for e in finals]
    body = _inlined([*lines, ("return", f"({', '.join(codes)},)")])
    return f"def {name}(xp, {', '.join(map(str, arguments))}):\n{body}\n"


def _inlined(lines: list[tuple[str, str]]) -> str:
    """Statements, without names for what is used once: fewer live arrays stay in the cache."""
    kept = list(lines)
    for name, _ in lines[:-1]:
        uses = [k for k, (_, t) in enumerate(kept) for _ in re.findall(rf"\b{name}\b", t)]
        if len(uses) == 1:
            (use,) = uses
            target, old = kept[use]
            mine = next(t for n, t in kept if n == name)
            kept[use] = (target, re.sub(rf"\b{name}\b", f"({mine})", old))
            kept = [(n, t) for n, t in kept if n != name]
    return "\n".join(
        f"    return {text}" if name == "return" else f"    {name} = {text}" for name, text in kept
    )


def _is_power(e: sympy.Expr) -> bool:
    return bool(e.is_Pow and e.base.is_Symbol and e.exp.is_Integer and e.exp >= 2)


def _power(base: sympy.Symbol, n: int) -> sympy.Symbol:
    return sympy.Symbol(f"{base}_{n}", real=True) if n > 1 else base


def _chain(base: sympy.Symbol, powers: Iterable[int]) -> list[tuple[sympy.Symbol, str]]:
    """Products that build the powers of a symbol from each other: x_2 = x*x, x_3 = x_2*x, ..."""
    todo = set(powers)
    for n in range(max(todo, default=1), 2, -1):
        if n in todo:
            todo |= {n - n // 2, n // 2} - {1}
    return [
        (_power(base, n), f"{_power(base, n - n // 2)}*{_power(base, n // 2)}")
        for n in sorted(todo)
    ]
