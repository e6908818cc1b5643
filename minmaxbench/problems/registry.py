"""The registry of problems, entries that build themselves at a dimension, and references to them."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from minmaxbench.core.problem import About, Problem
from minmaxbench.core.registry import Registry, import_declaring
from minmaxbench.errors import RAISED, UserError
from minmaxbench.problems.transforms.instances import get_instance

Dimensions = tuple[int, int]


@dataclass(frozen=True)
class Entry:
    """A registered problem or family: ``build(dx, dy)`` makes it at a dimension."""

    name: str
    about: About
    build: Callable[[int, int], Problem]
    fixed: Dimensions | None = None
    """The only (dx, dy) there is, or None where any will do."""
    square: bool = False
    """Whether dx = dy is required."""
    default: Dimensions = (10, 10)
    """The (dx, dy) that a study uses when none is asked for."""
    planar: bool = False
    """Whether it is a function of one variable each, given by its formula."""
    listed: bool = True
    """Whether it is among "all problems"; networks, which take minutes, are found by name only."""
    make: Callable[..., Problem] | None = None
    """``make(dx, dy, **dials)`` where a problem has more than dimensions to choose."""

    @property
    def group(self) -> str:
        """``planar``, ``fixed`` or ``family``."""
        if self.planar:
            return "planar"
        return "fixed" if self.fixed else "family"

    @property
    def analytic(self) -> bool:
        """Whether its gradients read no data."""
        return "practical" not in self.about.classes

    @property
    def natural(self) -> Dimensions:
        """The (dx, dy) where none is asked for."""
        return self.fixed or self.default

    def has(self, dims: Dimensions) -> bool:
        """Whether it exists with these dimensions; a family is asked to build itself."""
        if min(dims) < 1 or self.fixed not in (None, dims) or (self.square and dims[0] != dims[1]):
            return False
        try:
            self.made(*dims)
        except UserError:
            return False
        return True

    def made(self, dx: int, dy: int) -> Problem:
        """The problem; raises :class:`UserError` for whatever building it raises."""
        try:
            return self.build(dx, dy)
        except (UserError, MemoryError):
            raise
        except RAISED as error:
            raise UserError(
                f"'{self.name}' cannot be built at dx = {dx}, dy = {dy}: "
                f"{type(error).__name__}: {error}."
            ) from error


def _modules() -> list[str]:
    found = []
    for package_name in ("functions", "families", "practical"):
        package = importlib.import_module(f"minmaxbench.problems.{package_name}")
        modules = pkgutil.iter_modules(package.__path__, f"{package.__name__}.")
        found += [module.name for module in modules]
    return [*found, "minmaxbench.problems.gan.catalogue"]


def _load() -> None:
    for module in _modules():
        importlib.import_module(module)


def _find(name: str) -> None:
    import_declaring(name, _modules())


PROBLEMS: Registry[Entry] = Registry("problem", _load, _find)

P = TypeVar("P", bound=Callable[..., Problem])


def names(group: str | None = None) -> list[str]:
    """The names of all problems, or of those of a group: ``planar``, ``fixed``, ``family``."""
    return [name for name in PROBLEMS if group in (None, PROBLEMS.get(name).group)]


def add(entry: Entry) -> None:
    """Make a problem known under its name; a name that is taken raises :class:`UserError`."""
    PROBLEMS.add(entry.name, entry, entry.listed)


def register(
    name: str,
    about: About | None = None,
    *,
    square: bool = False,
    default: Dimensions = (10, 10),
) -> Callable[[P], P]:
    """Decorator: make a class of problems, or a function that builds one, known under ``name``.

    A class with attributes ``dx`` and ``dy`` is one problem, and is made without arguments; so is
    one that computes them, as properties, and takes none. Any other is a family, made as
    ``kind(dx, dy)``. Classes get the attributes ``name`` and ``about``, which a class may also give
    itself.
    """

    def decorate(kind: P) -> P:
        said = about
        if isinstance(kind, type):
            check_class(kind, name)
            said = about or getattr(kind, "about", None)
            for attribute, value in {"name": name, "about": said}.items():
                setattr(kind, attribute, value)
        fixed = only_dimensions(kind, name)
        if fixed is not None:
            add(Entry(name, said or About(), lambda dx, dy: kind(), fixed=fixed, default=fixed))
        else:
            add(Entry(name, said or About(), kind, square=square, default=default))
        return kind

    return decorate


def only_dimensions(kind: Any, name: str) -> Dimensions | None:
    """The only (dx, dy) of a class that is one problem; None for a family.

    Raises :class:`UserError` for one that has to be made to be asked, and cannot be.
    """
    holder = kind
    computed = all(isinstance(getattr(kind, d, None), property) for d in ("dx", "dy"))
    if computed and not inspect.signature(kind).parameters:
        try:
            holder = kind()
        except UserError:
            raise
        except RAISED as error:
            raise UserError(
                f"'{name}' cannot be built: {type(error).__name__}: {error}."
            ) from error
    dx, dy = getattr(holder, "dx", None), getattr(holder, "dy", None)
    return (dx, dy) if isinstance(dx, int) and isinstance(dy, int) else None


def check_class(kind: type, name: str) -> None:
    """Refuse what is no problem, or one without a value or gradients, with :class:`UserError`."""
    if not issubclass(kind, Problem):
        raise UserError(f"'{name}' is registered as a problem, so it must subclass Problem.")
    lacking = sorted(getattr(kind, "__abstractmethods__", ()))
    if not lacking and kind.grad is Problem.grad:
        lacking = [m for m in ("grad_x", "grad_y") if getattr(kind, m) is getattr(Problem, m)]
    if lacking:
        raise UserError(f"The problem '{name}' lacks {' and '.join(lacking)}.")
    if inspect.isabstract(kind):
        raise UserError(f"The problem '{name}' is abstract.")


def get_problem(
    name: str, dx: int | None = None, dy: int | None = None, instance: int = 0
) -> Problem:
    """The problem of that name; ``dy`` defaults to ``dx``, and ``dx`` to the entry's default.

    Raises :class:`UserError` for an unknown name or a dimension that the problem does not have.
    """
    entry = PROBLEMS.get(name)
    dims = _dimensions(entry, dx, dy)
    return get_instance(entry.made(*dims), instance)


def _dimensions(entry: Entry, dx: int | None, dy: int | None) -> Dimensions:
    name, natural = entry.name, entry.natural
    dims = natural if dx is None else (dx, natural[1] if entry.fixed else dx)
    if dy is not None:
        dims = (dims[0], dy)
    if min(dims) < 1:
        raise UserError(f"Dimensions must be at least 1; {name} was asked for at {dims}.")
    if entry.fixed and dims != entry.fixed:
        raise UserError(
            f"{name} has dx = {entry.fixed[0]} and dy = {entry.fixed[1]} only; "
            f"it was asked for at dx = {dims[0]}, dy = {dims[1]}."
        )
    if entry.square and dims[0] != dims[1]:
        raise UserError(
            f"{name} needs dx = dy; it was asked for at dx = {dims[0]}, dy = {dims[1]}."
        )
    return dims


@dataclass(frozen=True)
class ProblemRef:
    """A problem by name, dimensions and instance number; canonical, dimensions filled in."""

    name: str
    dx: int
    dy: int
    instance: int = 0
    item: Problem | None = None
    """The problem itself where no name is registered for it."""

    def __eq__(self, other: object) -> bool:
        # By identity: what a user's problem holds, arrays for instance, need not compare.
        return isinstance(other, ProblemRef) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)

    @property
    def _key(self) -> tuple[str, int, int, int, int]:
        return self.name, self.dx, self.dy, self.instance, id(self.item)

    @classmethod
    def named(
        cls, name: str, dx: int | None = None, dy: int | None = None, instance: int = 0
    ) -> ProblemRef:
        """The reference to a registered problem, its dimensions checked and filled in."""
        dims = _dimensions(PROBLEMS.get(name), dx, dy)
        return cls(name, *dims, instance)

    @classmethod
    def of(cls, problem: Problem, registered: bool = False) -> ProblemRef:
        """The reference to an object; ``registered`` if its name builds the same again."""
        item = None if registered else problem
        return cls(problem.name, problem.dx, problem.dy, problem.instance, item)

    def build(self) -> Problem:
        """The problem itself."""
        if self.item is not None:
            return self.item
        return get_problem(self.name, self.dx, self.dy, self.instance)

    @property
    def label(self) -> str:
        """``bilinear_d (dx = 4, dy = 4) @2``: the problem in the words of a message."""
        size = "" if self.dx == self.dy == 1 else f" (dx = {self.dx}, dy = {self.dy})"
        return self.name + size + (f" @{self.instance}" if self.instance else "")
