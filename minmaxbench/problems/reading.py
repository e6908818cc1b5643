"""Formulas as text: read by a whitelist over Python's own syntax tree, never run as Python.

What passes is a tree of x, y, numbers, arithmetic and a few functions, small enough to be
differentiated in moments. :func:`fold` works it out in any algebra: SymPy's for the code, NumPy's
to see where a formula is defined.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from minmaxbench.errors import UserError

FUNCTIONS = ("exp", "log", "sin", "cos", "tanh", "sqrt", "softplus", "sigmoid")
"""Functions of one argument that a formula may call."""
CONSTANTS = ("pi",)

LONGEST, MOST, DEEPEST = 2_000, 400, 30
"""How many characters, numbers and operations, and operations in each other a formula may have."""
SMALLEST, LARGEST = 1e-300, 1e300
HIGHEST = 64
"""The largest exponent, in absolute value."""
BITS = 1_000
"""Numbers of more bits than this, above or below the fraction line, are refused."""

OPERATORS: dict[type[ast.AST], Callable[..., Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
    ast.UAdd: operator.pos,
    ast.USub: operator.neg,
}
RANK = {ast.Add: 1, ast.Sub: 1, ast.Mult: 2, ast.Div: 2, ast.Pow: 3}
"""What binds alike: operators of a rank make a chain, which is not nested."""


def read(text: str, variables: tuple[str, ...] = ("x", "y")) -> ast.expr:
    """The tree of a formula; anything but a formula raises :class:`UserError`, quickly."""
    if not isinstance(text, str):
        raise UserError(f"A formula is text, such as 'x*y - y**2'; got {text!r:.50}.")
    if len(text) > LONGEST:
        raise UserError(
            f"The formula '{short(text)}' has {len(text):,} characters; at most {LONGEST:,} are read."
        )
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        why = error.msg if isinstance(error, SyntaxError) else "it is no single expression"
        raise UserError(
            f"The formula '{short(text)}' cannot be read: {why}; write it as in 2*x*y - y**2."
        ) from None
    size = sum(isinstance(node, ast.expr) for node in ast.walk(tree))
    if size > MOST:
        raise UserError(
            f"The formula '{short(text)}' has {size} numbers, variables and operations; at most "
            f"{MOST} are read."
        )
    _Reader(text.strip(), variables).check(tree, 1)
    return tree


def quoted(text: str, node: ast.expr) -> str:
    """The part of a formula that a node stands for, shortened, in quotes."""
    return f"'{short(ast.get_source_segment(text.strip(), node) or '')}'"


def short(text: str) -> str:
    """A text that fits into a sentence."""
    line = " ".join(text.split())
    return line if len(line) <= 60 else line[:57] + "..."


class _Reader:
    """One walk over the tree, which refuses the first part that is not allowed."""

    def __init__(self, text: str, variables: tuple[str, ...]) -> None:
        self.text = text
        self.names = (*variables, *CONSTANTS)
        self.allowed = (
            f"it may use {', '.join(self.names)}, numbers, + - * / **, parentheses and "
            f"{', '.join(FUNCTIONS)}"
        )

    def refused(self, node: ast.expr, why: str) -> UserError:
        """The error that quotes the part of the formula a node stands for."""
        part = quoted(self.text, node)
        return UserError(f"The formula '{short(self.text)}' {why.format(part)}.")

    def check(self, node: ast.expr, depth: int) -> Fraction | None:
        """Refuse what is not allowed; the value of a part that is a plain number."""
        if depth > DEEPEST:
            raise self.refused(node, f"nests more than {DEEPEST} operations, down to {{}}")
        match node:
            case ast.Constant(value=int() | float()) if not isinstance(node.value, bool):
                return self._number(node)
            case ast.Name(id=name) if name in self.names:
                return None
            case ast.UnaryOp(op=ast.UAdd() | ast.USub(), operand=inner):
                value = self.check(inner, depth + 1)
                return -value if value is not None and isinstance(node.op, ast.USub) else value
            case ast.BinOp(op=op) if type(op) in OPERATORS:
                return self._binary(node, depth)
            case ast.Call(func=ast.Name(id=name)) if name in FUNCTIONS:
                if len(node.args) != 1 or node.keywords or isinstance(node.args[0], ast.Starred):
                    raise self.refused(node, f"uses {{}}, but {name} takes one argument")
                self.check(node.args[0], depth + 1)
                return None
            case ast.Call(func=ast.Name(id=name)) if name not in self.names:
                raise self.refused(node.func, f"uses {{}}; {self.allowed}")
            case ast.BinOp(op=ast.BitXor()):
                raise self.refused(node, "uses ^; a power is written **, as in x**2")
        raise self.refused(node, f"uses {{}}; {self.allowed}")

    def _number(self, node: ast.Constant) -> Fraction:
        size, literal = node.value, ast.get_source_segment(self.text, node) or ""
        assert isinstance(size, int | float)
        # A float that overflows or underflows would be an enormous fraction.
        tiny = isinstance(size, float) and size < SMALLEST and _digits(literal)
        if tiny or not size < LARGEST:
            raise self.refused(
                node, f"uses the number {{}}, which is beyond {SMALLEST:g} to {LARGEST:g}"
            )
        # To the last digit as written: 0.1 is 1/10. The tree keeps it so.
        value = Fraction(literal.replace("_", "")) if isinstance(size, float) else Fraction(size)
        node.value = value  # type: ignore[assignment]
        return value

    def _binary(self, node: ast.BinOp, depth: int) -> Fraction | None:
        # A chain such as x + y + 1 + ... is not nested, however long it is.
        chain = (
            isinstance(node.left, ast.BinOp) and RANK.get(type(node.left.op)) == RANK[type(node.op)]
        )
        left = self.check(node.left, depth if chain else depth + 1)
        right = self.check(node.right, depth + 1)
        power = isinstance(node.op, ast.Pow)
        if power and right is not None:
            if abs(right) > HIGHEST or right.denominator > HIGHEST:
                raise self.refused(node, f"uses the power {{}}; exponents go up to {HIGHEST}")
            if left is not None and abs(right) * _bits(left) > BITS:
                raise self.refused(node, "uses the number {}, which is too large")
        if left is None or right is None or (power and right.denominator > 1):
            return None
        try:
            value: Fraction = OPERATORS[type(node.op)](left, right)
        except ZeroDivisionError:
            raise self.refused(node, "divides by zero in {}") from None
        if _bits(value) > 2 * BITS:
            raise self.refused(node, "uses the number {}, which has too many digits")
        return value


def _digits(literal: str) -> bool:
    """Whether a number written so is other than zero."""
    return any(c in "123456789" for c in literal.lower().split("e")[0])


def _bits(value: Fraction) -> int:
    return max(abs(value.numerator).bit_length(), value.denominator.bit_length())


Seen = Callable[..., None]


def fold(
    tree: ast.expr, names: Mapping[str, Any], number: Callable[[Fraction], Any], seen: Seen
) -> Any:
    """The value of a tree that :func:`read` has passed, in an algebra.

    ``names`` gives x, y, the constants and the functions; ``number`` makes a number of the algebra.
    ``seen(node, value, *operands)`` is called after every operation.
    """

    def value(node: Any) -> Any:
        match node:
            case ast.Constant(value=constant):
                return number(constant)  # type: ignore[arg-type]  # a Fraction since it was read
            case ast.Name():
                return names[node.id]
            case ast.Call(func=ast.Name(id=name)):
                function, operands = names[name], [value(node.args[0])]
            case ast.UnaryOp():
                function, operands = OPERATORS[type(node.op)], [value(node.operand)]
            case _:
                function = OPERATORS[type(node.op)]
                operands = [value(node.left), value(node.right)]
        result = function(*operands)
        seen(node, result, *operands)
        return result

    return value(tree)
