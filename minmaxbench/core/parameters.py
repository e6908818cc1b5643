"""What a hyper-parameter may be, declared beside its field, and checked when a method is built.

``eta: float = step_size(0.05)`` is a field with the default 0.05 and a :class:`Range` among its
metadata. A field without one is held to its annotation: ``float`` is a finite number, ``int`` a
whole one.

A step that multiplies a gradient may be given in units of 1/L, as the text ``"0.5/L"``, L being the
Lipschitz constant of the problem's field on its start region. It becomes a number where the algorithm
meets a problem: :meth:`minmaxbench.core.algorithm.Algorithm.for_problem`.
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from minmaxbench.core import tree
from minmaxbench.errors import UserError

T = TypeVar("T")


@dataclass(frozen=True)
class Range:
    """The values that a hyper-parameter may take, and those among which to tune it."""

    kind: type
    """``float``, ``int``, ``bool`` or ``str``."""
    low: float = -math.inf
    high: float = math.inf
    above: bool = False
    """Whether ``low`` itself is left out."""
    below: bool = False
    """Whether ``high`` itself is left out."""
    choices: tuple[Any, ...] = ()
    """All values there are, for texts and flags."""
    search: tuple[Any, ...] | None = None
    """The interval (low, high) in which tuning looks, or what it tries: texts, or three and more whole
    numbers. Those that a loop hangs on run as programs of their own, so that few are quicker. None
    where it is not tuned; of ``choices`` all are tried."""
    scale: str = "linear"
    """How tuning moves through an interval: ``linear`` or ``log``."""
    relative: bool = False
    """Whether it may be in units of 1/L: ``"0.5/L"``."""

    @property
    def tuned(self) -> bool:
        """Whether tuning looks for it."""
        return self.search is not None or bool(self.choices)

    @property
    def listed(self) -> tuple[Any, ...]:
        """What tuning tries where it is no interval."""
        search = tuple(self.search or ())
        return search if self.kind is str or (self.kind is int and len(search) > 2) else ()

    def at(self, share: float) -> Any:
        """The value ``share`` of the way, in [0, 1), through what is searched."""
        assert self.tuned
        if several := self.choices or self.listed:
            return several[min(int(share * len(several)), len(several) - 1)]
        assert self.search is not None
        low, high = self.search
        if self.kind is int:
            # Every whole number is as likely: the ends are those of its own interval.
            low, high = low - 0.5 * (self.scale == "linear"), high + 0.5
        value = low * (high / low) ** share if self.scale == "log" else low + share * (high - low)
        if self.kind is int:
            return min(max(round(value), self.search[0]), self.search[1])
        return float(value)

    @property
    def sentence(self) -> str:
        """The values, in words: ``a number above 0``."""
        if self.choices:
            return " or ".join(map(repr, self.choices))
        what = {float: "a number", int: "a whole number", str: "a text"}[self.kind]
        low = f"{'above' if self.above else 'at least'} {self.low:g}"
        high = f"{'below' if self.below else 'at most'} {self.high:g}"
        limits = [low] * math.isfinite(self.low) + [high] * math.isfinite(self.high)
        words = " ".join([what, " and ".join(limits)]).rstrip()
        return f"{words}, also in units of 1/L as '0.5/L'" if self.relative else words

    def holds(self, value: Any) -> bool:
        """Whether a number, or every number of a column, is finite and inside."""
        # Whole numbers may be larger than 64 bits hold.
        numbers = np.asarray(value, dtype=float)
        low = numbers > self.low if self.above else numbers >= self.low
        high = numbers < self.high if self.below else numbers <= self.high
        return bool(np.all(np.isfinite(numbers) & low & high))


def number(
    default: float,
    low: float = -math.inf,
    high: float = math.inf,
    *,
    above: bool = False,
    below: bool = False,
    search: tuple[float, float] | None = None,
    scale: str = "linear",
) -> Any:
    """A field for a number in [low, high], the ends left out with ``above`` and ``below``."""
    return _field(default, Range(float, low, high, above, below, (), search, scale))


def step_size(
    default: float, search: tuple[float, float] = (1e-4, 1.0), *, relative: bool = True
) -> Any:
    """A field for a number above 0 that scales a step, tuned on a logarithmic scale.

    It may be in units of 1/L, unless what it multiplies is no gradient: Adam's step, Newton's.
    """
    return _field(
        default, Range(float, 0.0, above=True, search=search, scale="log", relative=relative)
    )


def positive(default: float, search: tuple[float, float] | None = None) -> Any:
    """A field for a number above 0, tuned, if at all, on a logarithmic scale."""
    return number(default, 0.0, above=True, search=search, scale="log")


def weight(default: float, search: tuple[float, float] | None = None) -> Any:
    """A field for a number of 0 or more, where 0 switches something off."""
    return number(default, 0.0, search=search)


def fraction(default: float, search: tuple[float, float] | None = None) -> Any:
    """A field for a number in [0, 1), such as the decay of an average."""
    return number(default, 0.0, 1.0, below=True, search=search)


def count(
    default: int, low: int = 1, search: tuple[int, ...] | None = None, scale: str = "linear"
) -> Any:
    """A field for a whole number of at least ``low``, tuned in an interval, or among three and more."""
    return _field(default, Range(int, low, search=search, scale=scale))


def word(default: str, search: tuple[str, ...] | None = None) -> Any:
    """A field for a text that names something, tuned among the texts of ``search``."""
    return _field(default, Range(str, search=search))


def choice(default: str, *others: str) -> Any:
    """A field for one of a few texts, the default first."""
    return _field(default, Range(str, choices=(default, *others)))


def flag(default: bool) -> Any:
    """A field for a yes or no."""
    return _field(default, Range(bool, choices=(default, not default)))


def ranges(kind: type) -> dict[str, Range]:
    """The range of every hyper-parameter of an algorithm that has one, parts left out."""
    found = ((f.name, _range(f)) for f in dataclasses.fields(kind))
    return {name: allowed for name, allowed in found if allowed is not None}


def check(thing: Any, owner: str) -> None:
    """Hold the fields of a dataclass, under construction, to their ranges.

    Whole numbers given for a number, and NumPy's scalars, become Python's own, so that one setting
    has one form. Raises :class:`UserError` for what is not allowed.
    """
    for name, allowed in ranges(type(thing)).items():
        given = getattr(thing, name)
        value = _plain(given, allowed)
        if value is None:
            raise UserError(f"{name} of {owner} is {allowed.sentence}; got {_shown(given)}.")
        if value is not given:
            object.__setattr__(thing, name, value)


def relative_steps(thing: Any) -> dict[str, float]:
    """The steps, by dotted name, that an algorithm or a part of one has in units of 1/L."""
    found = {name: _times(leaf) for name, leaf in tree.named_leaves(thing) if type(leaf) is str}
    return {name: times for name, times in found.items() if times is not None}


def in_numbers(thing: T, L: float) -> T:
    """The algorithm with its steps in units of 1/L as numbers."""
    return tree.rebuild(thing, {name: times / L for name, times in relative_steps(thing).items()})


def _times(text: str) -> float | None:
    """The number in ``0.5/L``; None for any other text."""
    head, slash, unit = text.rpartition("/")
    try:
        return float(head) if slash and unit.strip() == "L" else None
    except ValueError:
        return None


def _field(default: Any, allowed: Range) -> Any:
    _check_search(allowed)
    return dataclasses.field(default=default, metadata={"range": allowed})


def _check_search(allowed: Range) -> None:
    """Refuse a search space that cannot be searched, with :class:`UserError`."""
    search = allowed.search
    if search is None:
        return
    if allowed.scale not in ("linear", "log"):
        raise UserError(f"The scale of a search space is linear or log; got {allowed.scale!r}.")
    if not isinstance(search, tuple | list) or not search:
        raise UserError(
            f"A search space is an interval (low, high), or several texts; got {search!r}."
        )
    plain = [_plain(value, allowed) for value in search]
    if None in plain or not (allowed.listed or len(search) == 2):
        raise UserError(
            f"A search space holds what the hyper-parameter may be, {allowed.sentence}, as low and "
            f"high; got {_shown(search)}."
        )
    if allowed.listed:
        return
    low, high = search
    if low >= high:
        what = "empty" if low == high else "upside down"
        raise UserError(f"The search space ({low}, {high}) is {what}: low is below high.")
    if allowed.scale == "log" and low <= 0:
        raise UserError(f"The search space ({low}, {high}) on a logarithmic scale begins above 0.")


_KINDS = {"float": float, "int": int, "str": str, "bool": bool}


def _range(field: dataclasses.Field[Any]) -> Range | None:
    if "range" in field.metadata:
        allowed: Range = field.metadata["range"]
        return allowed
    named: Any = field.type
    kind = _KINDS.get(getattr(named, "__name__", named))
    if kind is None:
        return None
    return Range(kind, choices=(False, True) if kind is bool else ())


def _plain(value: Any, allowed: Range) -> Any:
    """The value in its one form, or None where it is not allowed."""
    if allowed.relative and isinstance(value, str) and (times := _times(value)) is not None:
        return f"{times!r}/L" if allowed.holds(times) else None
    if isinstance(value, np.generic) or (isinstance(value, np.ndarray) and value.ndim == 0):
        value = value.item()
    if getattr(value, "ndim", None) == 0:
        # Another engine's number; one that a compiler traces was checked before it went there.
        try:
            value = value.item()
        except TypeError:
            return value
    if not isinstance(value, np.ndarray) and getattr(value, "ndim", 0) == 2:
        # A column on another engine, checked before it went there.
        return value
    if allowed.kind in (float, int) and isinstance(value, np.ndarray):
        wanted = "fiu" if allowed.kind is float else "iu"
        column = value.ndim == 2 and value.shape[1] == 1 and value.dtype.kind in wanted
        if not column or not allowed.holds(value):
            return None
        dtype = np.float64 if allowed.kind is float else np.int64
        return value if value.dtype == dtype else value.astype(dtype)
    if allowed.kind is float and type(value) is int and abs(value) < 2**53:
        value = float(value)
    if type(value) is not allowed.kind:
        return None
    if allowed.choices:
        return value if value in allowed.choices else None
    if allowed.kind in (float, int) and not allowed.holds(value):
        return None
    return value


def _shown(value: Any) -> str:
    """What was given, short."""
    if isinstance(value, np.ndarray):
        inside = ", ".join(f"{v}" for v in value.ravel()[:3])
        return f"an array of shape {value.shape} ({inside}{', ...' * (value.size > 3)})"
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
