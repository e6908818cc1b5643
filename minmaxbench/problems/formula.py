"""A formula as text, and all that follows from it: value, gradients, Hessian as array code, LaTeX."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING

from minmaxbench.core.arrays import Array, Namespace
from minmaxbench.problems.code import Code, compiled, kept

if TYPE_CHECKING:
    import sympy

    from minmaxbench.problems.symbolic import StraightLine


@dataclass(frozen=True)
class Formula:
    """A function of real variables, written as text: of x and y, or of x1, x2, ... and y1, y2, ..."""

    text: str
    dx: int = 1
    dy: int = 1

    @property
    def key(self) -> str:
        """What its code is kept under."""
        return f"{self.dx}+{self.dy}: {self.text}"

    @cached_property
    def variables(self) -> tuple[sympy.Symbol, ...]:
        """Those of x, then those of y; a player with one has no number."""
        from minmaxbench.problems.symbolic import variables

        return variables(self.dx, self.dy)

    @cached_property
    def expression(self) -> sympy.Expr:
        """The SymPy expression; text that is no formula raises :class:`UserError`."""
        from minmaxbench.problems.symbolic import expression

        return expression(self.text, self.variables)

    @cached_property
    def gradient(self) -> tuple[sympy.Expr, ...]:
        """The partial derivatives."""
        return tuple(self.expression.diff(v) for v in self.variables)

    @cached_property
    def hessian(self) -> tuple[sympy.Expr, ...]:
        """The second derivatives, the upper triangle by rows: f_xx, f_xy, f_yy."""
        return tuple(
            slope.diff(v) for k, slope in enumerate(self.gradient) for v in self.variables[k:]
        )

    @cached_property
    def latex(self) -> str:
        """The formula for a paper."""
        import sympy

        return str(sympy.latex(self.expression))

    @cached_property
    def _program(self) -> StraightLine:
        from minmaxbench.problems.symbolic import StraightLine

        return StraightLine(self.expression, self.variables)

    @cached_property
    def _codes(self) -> dict[str, Code]:
        return {}

    def evaluate(self, what: str, xp: Namespace, *arrays: Array) -> tuple[Array, ...]:
        """One of ``value``, ``grad``, ``grad_x``, ``grad_y``, ``hessian`` and ``hvp`` at points.

        ``arrays`` are the variables, for ``hvp`` the directions after them; all of one shape.
        """
        return self.function(what)(xp, *arrays)

    def function(self, what: str) -> Code:
        """The code that :meth:`evaluate` runs."""
        code = self._codes.get(what)
        if code is None:
            source = kept().get(self.key, {}).get(what) or self.source(what)
            code = self._codes[what] = compiled(what, source)
        return code

    def source(self, what: str) -> str:
        """The text of that code, derived by SymPy."""
        return self._program.source(what, self.dx)

    def value_at(self, xp: Namespace, x: Array, y: Array) -> Array:
        """f at arrays of the same shape."""
        return self.evaluate("value", xp, x, y)[0]

    def gradient_at(self, xp: Namespace, x: Array, y: Array) -> tuple[Array, ...]:
        """(f_x, f_y), sharing subexpressions."""
        return self.evaluate("grad", xp, x, y)

    def x_gradient_at(self, xp: Namespace, x: Array, y: Array) -> Array:
        """f_x alone."""
        return self.evaluate("grad_x", xp, x, y)[0]

    def y_gradient_at(self, xp: Namespace, x: Array, y: Array) -> Array:
        """f_y alone."""
        return self.evaluate("grad_y", xp, x, y)[0]

    def hessian_at(self, xp: Namespace, x: Array, y: Array) -> tuple[Array, ...]:
        """(f_xx, f_xy, f_yy)."""
        return self.evaluate("hessian", xp, x, y)


@cache
def formula(text: str, dx: int = 1, dy: int = 1) -> Formula:
    """The one of this text: what is derived of it is derived once."""
    return Formula(text, dx, dy)
