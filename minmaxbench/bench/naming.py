"""Whatever names a problem or an algorithm: words, texts, tables, objects, classes; grids of them."""

from __future__ import annotations

import dataclasses
import itertools
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from functools import cache, cached_property
from typing import Any
from weakref import WeakValueDictionary

import numpy as np

from minmaxbench.algorithms.registry import ALGORITHMS, AlgorithmRef, get_algorithm
from minmaxbench.bench.fingerprint import definition
from minmaxbench.core.algorithm import Algorithm
from minmaxbench.core.problem import About, Problem
from minmaxbench.core.sets import Space
from minmaxbench.errors import UserError, unknown
from minmaxbench.problems.checks import LARGEST, check_problem
from minmaxbench.problems.planar import Planar
from minmaxbench.problems.registry import PROBLEMS, Entry, ProblemRef
from minmaxbench.problems.transforms.instances import get_instance

NAME = r"^(?!\.+$)[A-Za-z0-9._-]{1,100}$"
"""What a name of a study may be: it becomes a folder."""

SETTINGS = 10**5
"""A table names at most so many settings."""

_DIGITS = r"\d{1,300}"
_FORMULA = re.compile(r"[-+*/^()\s]")
_PROBLEM_KEYS = ("name", "d", "dx", "dy", "instance")


def problem_refs(
    things: Iterable[Any],
    dimensions: Sequence[int] | None = None,
    instances: Sequence[int] | None = None,
) -> tuple[ProblemRef, ...]:
    """References to problems, at each of ``dimensions`` (families only) and ``instances``."""
    things, refs = list(things), []
    sizes = [_whole("dimensions", d, 1) for d in dimensions or ()]
    numbers = [_whole("instances", i) for i in instances or ()]
    resized = False
    for thing in things:
        for ref in _problem(thing):
            family = ref.name in PROBLEMS and not PROBLEMS.get(ref.name).fixed
            resized |= family
            dims_asked: list[int | None] = [*sizes] if family and sizes else [None]
            wanted: list[int | None] = [*numbers] if numbers else [None]
            for d, i in itertools.product(dims_asked, wanted):
                dims = (ref.dx, ref.dy) if d is None else (d, d)
                number = ref.instance if i is None else i
                refs.append(_placed(ref, *dims, number))
    if sizes and not resized:
        names = ", ".join(map(str, things[:5]))
        raise UserError(
            f"Dimensions were given, but each of these problems has its own only: {names}."
        )
    return tuple(dict.fromkeys(refs))


def problem_ref(thing: Any) -> ProblemRef:
    """The reference to one problem; raises :class:`UserError` where ``thing`` names several."""
    refs = _problem(thing)
    if len(refs) != 1:
        raise UserError(f"One problem is wanted; {thing!r} names {len(refs)}.")
    return refs[0]


def _placed(ref: ProblemRef, dx: int, dy: int, instance: int) -> ProblemRef:
    if (dx, dy, instance) == (ref.dx, ref.dy, ref.instance):
        return ref
    if ref.item is not None and instance != ref.instance:
        raise UserError(f"Instances are made of problems that have a name; '{ref.name}' has none.")
    return _named(ref.name, dx, dy, instance)


def _problem(thing: Any) -> list[ProblemRef]:
    if isinstance(thing, ProblemRef):
        return [thing]
    if isinstance(thing, Problem):
        return [_of_object(thing)]
    if isinstance(thing, type) and issubclass(thing, Problem):
        return [_named(thing.name)] if getattr(thing, "name", "") in PROBLEMS else [_made(thing)]
    if isinstance(thing, Mapping):
        return _problem_table(thing)
    if not isinstance(thing, str):
        raise UserError(f"A problem is a name, a formula, a table or a Problem; got {thing!r}.")
    if thing in PROBLEMS:
        return [_named(thing)]
    name, colon, rest = thing.partition(":")
    if colon and name in PROBLEMS:
        return _problem_table({"name": name, **parameters(rest, thing)})
    if _FORMULA.search(thing):
        return [ProblemRef.of(formula(thing))]
    return [_named(thing)]


def _made(kind: type[Problem]) -> ProblemRef:
    try:
        return _of_object(kind())
    except TypeError as error:
        raise UserError(f"{kind.__name__} is a class that needs arguments: {error}.") from None


@cache
def formula(text: str) -> Planar:
    """The problem min over x, max over y of a formula, both in R, starts from [-2, 2]."""
    problem = Planar(text, text, Space(), Space(), About(title=text))
    check_problem(problem)
    return problem


def _of_object(problem: Problem) -> ProblemRef:
    name = getattr(problem, "name", "") or type(problem).__name__
    if not getattr(problem, "name", ""):
        problem.name = name
    if name in PROBLEMS and _same_kind(PROBLEMS.get(name), problem):
        return _named(name, problem.dx, problem.dy, problem.instance)
    if _CHECKED.get(id(problem)) is not problem:
        check_problem(problem)
        _CHECKED[id(problem)] = problem
    return ProblemRef.of(problem)


_CHECKED: WeakValueDictionary[int, Problem] = WeakValueDictionary()
"""Problems without a name in the registry that have been looked at, by their ids."""


def _same_kind(entry: Entry, problem: Problem) -> bool:
    """Whether the registered name builds this very problem again."""
    dims = (problem.dx, problem.dy)
    if problem.instance < 0:
        dims = dims[::-1]
    if entry.fixed not in (None, dims):
        return False
    again = ProblemRef.named(entry.name, *dims, problem.instance).build()
    return type(again) is type(problem) and definition(again) == definition(problem)


def _named(
    name: str, dx: int | None = None, dy: int | None = None, instance: int = 0
) -> ProblemRef:
    """A reference by name; what the user registered travels as an object."""
    ref = ProblemRef.named(name, dx, dy, instance)
    if PROBLEMS.is_own(name):
        return ref
    return dataclasses.replace(ref, item=ref.build())


def _problem_table(table: Mapping[str, Any]) -> list[ProblemRef]:
    """References from ``{"name": ..., "d": [...], "dx": ..., "dy": ..., "instance": [...]}``."""
    if "name" not in table:
        raise UserError(f"A problem needs a name; got {dict(table)}.")
    dials = {key: table[key] for key in table if key not in _PROBLEM_KEYS}
    make = PROBLEMS.get(str(table["name"])).make
    if dials and make is None:
        raise unknown("field of a problem", str(next(iter(dials))), _PROBLEM_KEYS)
    if "d" in table and ("dx" in table or "dy" in table):
        raise UserError(f"A problem has either d or dx and dy; got {dict(table)}.")
    grid = [
        [_whole(key, v, None if key == "instance" else 1) for v in _several(table[key])]
        if key in table
        else [None]
        for key in ("d", "dx", "dy", "instance")
    ]
    _check_size(grid, table)
    refs = [
        _named(table["name"], d or dx, d or dy, instance or 0)
        for d, dx, dy, instance in itertools.product(*grid)
    ]
    if make is None or not dials:
        return refs
    settings = itertools.product(*(_several(value) for value in dials.values()))
    made = [dict(zip(dials, map(plain, values), strict=True)) for values in settings]
    return [
        ProblemRef.of(get_instance(make(ref.dx, ref.dy, **chosen), ref.instance))
        for ref, chosen in itertools.product(refs, made)
    ]


def algorithm_refs(things: Iterable[Any]) -> tuple[AlgorithmRef, ...]:
    """References to algorithms; a list of values in a table is a grid."""
    return tuple(dict.fromkeys(ref for thing in things for ref in _algorithm(thing)))


def algorithm_ref(thing: Any) -> AlgorithmRef:
    """The reference to one algorithm; raises :class:`UserError` where ``thing`` names several."""
    refs = _algorithm(thing)
    if len(refs) != 1:
        raise UserError(f"One algorithm is wanted; {thing!r} names {len(refs)}.")
    return refs[0]


def _algorithm(thing: Any) -> list[AlgorithmRef]:
    if isinstance(thing, AlgorithmRef):
        return [thing]
    if isinstance(thing, Algorithm):
        return [_reference(thing)]
    if isinstance(thing, type) and issubclass(thing, Algorithm):
        return [_reference(thing())]
    if isinstance(thing, str):
        name, colon, rest = (thing, "", "") if thing in ALGORITHMS else thing.partition(":")
        thing = {"name": name, **(parameters(rest, thing) if colon else {})}
    if not isinstance(thing, Mapping):
        raise UserError(f"An algorithm is a name, a table or an Algorithm; got {thing!r}.")
    table = dict(thing)
    if "name" not in table:
        raise UserError(f"An algorithm needs a name; got {table}.")
    name = table.pop("name")
    grid = [_several(value) for value in table.values()]
    _check_size(grid, thing)
    return [
        _reference(get_algorithm(str(name), **dict(zip(table, values, strict=True))))
        for values in itertools.product(*grid)
    ]


def _reference(algorithm: Algorithm) -> AlgorithmRef:
    """The reference to an algorithm; its settings are fields, and compare with those of others."""
    kind, fields = type(algorithm), {field.name for field in dataclasses.fields(algorithm)}
    for name in vars(algorithm):
        if name not in fields and not isinstance(getattr(kind, name, None), cached_property):
            # It would be built again without it.
            raise UserError(
                f"'{algorithm.name or kind.__name__}' holds '{name}', which is no field of a dataclass: "
                f"write `{name}: float = ...` in the class, under @dataclass(frozen=True), not an __init__."
            )
    for field in dataclasses.fields(algorithm):
        value = getattr(algorithm, field.name)
        try:
            hash(value)
        except TypeError:
            raise UserError(
                f"The hyper-parameter '{field.name}' of '{algorithm.name or type(algorithm).__name__}' is "
                f"a {type(value).__name__}; wanted a number, a text or a tuple of them. Data that belong "
                "to the method stand in its class."
            ) from None
    return AlgorithmRef.of(algorithm)


def _check_size(grid: Sequence[Sequence[Any]], table: Mapping[str, Any]) -> None:
    """Refuse grids of nothing, and those that nobody can wait for."""
    size = math.prod(map(len, grid))
    if not 0 < size <= SETTINGS:
        raise UserError(
            f"The table of '{table['name']}' names {size:,} settings; wanted 1 to {SETTINGS:,}."
        )


def _several(value: Any) -> list[Any]:
    if isinstance(value, np.ndarray) and value.ndim == 1:
        value = value.tolist()
    return list(value) if isinstance(value, list | tuple) else [value]


def plain(value: Any) -> Any:
    """A number of NumPy's as one of Python's; anything else as it is."""
    return value.item() if isinstance(value, np.generic) else value


def _whole(name: str, value: Any, least: int | None = None) -> int:
    """A whole number, as people give it; anything else raises :class:`UserError`."""
    value = plain(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise UserError(f"'{name}' holds whole numbers; got {value!r}.")
    if least is not None and value < least:
        raise UserError(f"'{name}' is at least {least}; got {value}.")
    if abs(value) > LARGEST:
        raise UserError(f"'{name}' is at most {LARGEST:,}; got {value:.3g}.")
    return value


def parameters(text: str, whole: str) -> dict[str, Any]:
    """``eta_x=.05,order=xy`` as a table; ``whole`` is what the user typed."""
    table: dict[str, Any] = {}
    for part in filter(None, text.split(",")):
        key, equals, value = (piece.strip() for piece in part.partition("="))
        if not equals or not key or not value:
            # Somebody who writes bilinear_d:7 means its dimension.
            hint = f" A dimension is d={part.strip()}." if part.strip().isdigit() else ""
            raise UserError(
                f"What follows the colon is written name=value; got '{part}' in '{whole}'.{hint}"
            )
        if key in table:
            raise UserError(f"'{key}' is given twice in '{whole}'.")
        table[key] = number(value)
    return table


def number(text: str) -> Any:
    """A number as people type it (``3``, ``.05``, ``1e-3``, ``1/20``), or the text itself."""
    if re.fullmatch(rf"[-+]?{_DIGITS}", text):
        return int(text)
    if text in ("true", "false"):
        return text == "true"
    try:
        return float(text)
    except ValueError:
        pass
    if re.fullmatch(rf"[-+]?{_DIGITS}\s*/\s*{_DIGITS}", text) and int(text.split("/")[1]):
        return float(Fraction(text.replace(" ", "")))
    return text
