"""A problem asked from outside: whatever it does wrong becomes one sentence."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from minmaxbench.core.arrays import Array, Floats
from minmaxbench.core.contract import checked, read_only
from minmaxbench.core.problem import Problem
from minmaxbench.errors import RAISED, UserError

LANES, NUMBERS = 7, 2_000_000
"""How many sample points, and how many numbers at most all of them together."""


@dataclass(frozen=True)
class Asked:
    """The functions of a problem, with read-only arguments and checked answers.

    Raises :class:`UserError` for an exception, a wrong shape, a wrong type.
    """

    problem: Problem

    def value(self, x: Floats, y: Floats) -> Floats:
        """f, shape (lanes,)."""
        return self._checked("value", self._call("value", x, y), x.shape[:1])

    def loss_x(self, x: Floats, y: Floats) -> Floats:
        """What the min-player descends, shape (lanes,)."""
        return self._checked("loss_x", self._call("loss_x", x, y), x.shape[:1])

    def gain_y(self, x: Floats, y: Floats) -> Floats:
        """What the max-player ascends, shape (lanes,)."""
        return self._checked("gain_y", self._call("gain_y", x, y), x.shape[:1])

    def grad_x(self, x: Floats, y: Floats) -> Floats:
        """The gradient in x."""
        return self._checked("grad_x", self._call("grad_x", x, y), x.shape)

    def grad_y(self, x: Floats, y: Floats) -> Floats:
        """The gradient in y."""
        return self._checked("grad_y", self._call("grad_y", x, y), y.shape)

    def grad(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Both gradients."""
        gx, gy = self._pair("grad", x, y)
        return self._checked("grad_x", gx, x.shape), self._checked("grad_y", gy, y.shape)

    def hvp(self, x: Floats, y: Floats, u: Floats, v: Floats) -> tuple[Floats, Floats]:
        """The Hessian times (u, v)."""
        hx, hy = self._pair("hvp", x, y, u, v)
        return self._checked("hvp in x", hx, x.shape), self._checked("hvp in y", hy, y.shape)

    def quietly(self, what: str, call: Callable[[], Any]) -> Any:
        """The result of a call, its warnings unsaid; an exception becomes a sentence."""
        try:
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")
                return call()
        except UserError:
            raise
        except RAISED as error:
            raise UserError(f"{what} of '{self.problem.name}' {told(error)}.") from error

    def _call(self, what: str, *arrays: Floats) -> Any:
        function = getattr(self.problem, what)
        # Each a copy, so that a problem that gets round the flag still harms nobody.
        handed = [read_only(a.copy()) for a in arrays]
        return self.quietly(what, lambda: function(np, *handed))

    def _pair(self, what: str, *arrays: Floats) -> tuple[Array, Array]:
        result = self._call(what, *arrays)
        if not isinstance(result, tuple | list) or len(result) != 2:
            raise UserError(f"{what} of '{self.problem.name}' must return two arrays.")
        return result[0], result[1]

    def _checked(self, what: str, result: Array, shape: tuple[int, ...]) -> Floats:
        try:
            array: Floats = checked(self.problem.name, what, result, shape)
        except TypeError as error:
            raise UserError(f"{error}.") from None
        return array


def told(error: BaseException) -> str:
    """An exception in a few words."""
    try:
        text = " ".join(str(error).split())[:150]
    except Exception:
        text = ""
    if isinstance(error, ValueError) and "read-only" in text:
        return "writes into the arrays that it is handed; it must leave them as they are"
    return f"raised {type(error).__name__}" + (f": {text}" if text else "")


@dataclass(frozen=True)
class Samples:
    """Points where runs may start, a little inside the sets."""

    x: Floats
    y: Floats

    @classmethod
    def of(cls, asked: Asked) -> Samples:
        """Drawn from the start region, the same ones every time."""
        problem = asked.problem
        d = problem.dx + problem.dy
        # Never as many lanes as coordinates: a transposed answer must have a wrong shape.
        lanes = next(n for n in range(LANES, LANES + 3) if n not in (problem.dx, problem.dy))
        lanes = max(2, min(lanes, NUMBERS // d))
        rng = np.random.default_rng(0)
        low, high = problem.about.region
        drawn = (rng.uniform(low, high, (lanes, k)) for k in (problem.dx, problem.dy))
        placed = asked.quietly("place", lambda: problem.place(*drawn))
        sides = []
        for name, d, s, z in zip(
            "xy", (problem.dx, problem.dy), _sets(problem), placed, strict=True
        ):
            if not isinstance(z, np.ndarray) or z.shape != (lanes, d):
                raise UserError(
                    f"place of '{problem.name}' must return {name} of shape (lanes, {d})."
                )
            inside = asked.quietly(f"{name}_set.project", partial(s.project, np, z))
            sides.append(inside + 0.1 * (inside.mean(0) - inside) if s.constrained else inside)
        return cls(*sides)


def probe(problem: Problem) -> tuple[float, ...]:
    """Some of its answers where runs may start: another process must get the same.

    None of a network's, which are dear.
    """
    if problem.lanes is not None:
        return ()
    asked = Asked(problem)
    samples = Samples.of(asked)
    return tuple(np.concatenate([g.sum(1) for g in asked.grad(samples.x, samples.y)]).tolist())


def _sets(problem: Problem) -> tuple[Any, Any]:
    return problem.x_set, problem.y_set


def at(x: Floats, y: Floats) -> str:
    """A point in a sentence: ``(x, y) = (1, 2)``, or the first few coordinates."""
    return f"(x, y) = ({_coordinates(x)}, {_coordinates(y)})"


def _coordinates(z: Floats) -> str:
    texts = [f"{c:.6g}" for c in z[:4]] + (["..."] if len(z) > 4 else [])
    return texts[0] if len(z) == 1 else f"[{', '.join(texts)}]"
