"""A name for what is the user's own: one decorator, and one function for a formula."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np

from minmaxbench.algorithms import registry as algorithm_registry
from minmaxbench.core.algorithm import Algorithm
from minmaxbench.core.problem import Problem
from minmaxbench.core.sets import Set
from minmaxbench.errors import UserError
from minmaxbench.problems import planar as planar_problems
from minmaxbench.problems import registry as problem_registry
from minmaxbench.problems.checks import check_problem
from minmaxbench.problems.planar import Planar

K = TypeVar("K", bound=type[Any])


def register(name: str, source: str = "", **about: Any) -> Callable[[K], K]:
    """Class decorator: make an algorithm or a problem known under ``name``.

    Parameters
    ----------
    name :
        What studies and the command line call it.
    source :
        Authors, venue, year, if there are any.
    **about :
        For a problem: ``title``, ``classes``, ``region`` (the interval that starts are drawn from),
        ``starts``, ``bounds``, ``smoothness``, ``note``; and for a family, a class made as
        ``kind(dx, dy)``, ``square`` (it needs dx = dy) and ``default`` (its dimensions).

    Raises
    ------
    UserError
        For a class that is neither or lacks something, for a name that is taken, and for a problem
        whose derivatives or listed points are wrong.
    """

    def decorate(kind: K) -> K:
        if isinstance(kind, type) and issubclass(kind, Algorithm):
            if about:
                raise UserError(f"An algorithm has no {', '.join(about)}; only problems have.")
            return algorithm_registry.register(name, source)(kind)
        if not (isinstance(kind, type) and issubclass(kind, Problem)):
            raise UserError(f"'{name}' must be a class, a subclass of Problem or of Algorithm.")
        return _register_problem(kind, name, source, about)  # type: ignore[return-value]

    return decorate


def _register_problem(kind: type[Problem], name: str, source: str, about: Any) -> type[Problem]:
    shape = {key: about.pop(key) for key in ("square", "default") if key in about}
    try:
        card = replace(kind.about, source=source, **about)
    except TypeError as error:
        raise UserError(f"A problem has no such field: {error}.") from None
    problem_registry.check_class(kind, name)
    kind.name, kind.about = name, card
    for player in ("dx", "dy"):
        _plain_dimension(kind, player, name)
    # Checked first: a wrong problem gets no name.
    own = problem_registry.only_dimensions(kind, name)
    dims = own or shape.get("default", (10, 10))
    maker: Any = (lambda dx, dy: kind()) if own else kind
    entry = problem_registry.Entry(name, card, maker)
    check_problem(entry.made(*dims), entry.made(*dims))
    return problem_registry.register(name, card, **shape)(kind)


def _plain_dimension(kind: type[Problem], attribute: str, name: str) -> None:
    """Make a dimension that a class gives itself a plain number; refuse what is none."""
    d = getattr(kind, attribute, None)
    if isinstance(d, np.integer):
        setattr(kind, attribute, int(d))
    elif d is not None and not isinstance(d, int) and not hasattr(type(d), "__get__"):
        raise UserError(f"{attribute} of '{name}' is a whole number from 1; got {d!r:.40}.")


def planar(
    name: str,
    formula: str,
    *,
    title: str = "",
    source: str = "",
    classes: tuple[str, ...] = (),
    x: Set | None = None,
    y: Set | None = None,
    region: tuple[float, float] | None = None,
    starts: tuple[tuple[float, float], ...] = (),
    bounds: tuple[float, float] = (-np.inf, np.inf),
    smoothness: float = np.inf,
    note: str = "",
) -> Planar:
    """Declare and register a problem by its formula: min over x, max over y.

    See :func:`minmaxbench.problems.planar.planar` for the parameters; all but the first two may be
    left out.

    Raises
    ------
    UserError
        For text that is no formula, one that is not real on the start region, a name that is taken.
    """
    return planar_problems.planar(
        name, title=title or formula, formula=formula, source=source, classes=classes, x=x, y=y,
        region=region, starts=starts, bounds=bounds, smoothness=smoothness, note=note,
        check=check_problem,
    )  # fmt: skip
