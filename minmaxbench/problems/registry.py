"""The registry of problems: entries that know how to build themselves at a dimension."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass

from minmaxbench.core.registry import Registry
from minmaxbench.errors import UserError
from minmaxbench.problems.base import Card, Problem


@dataclass(frozen=True)
class Entry:
    """A registered problem or family: ``build(dx, dy)`` makes it at a dimension."""

    name: str
    card: Card
    build: Callable[[int, int], Problem]
    fixed: tuple[int, int] | None
    """The only (dx, dy) there is, or None where any will do."""
    square: bool = False
    """Whether dx = dy is required."""
    default: tuple[int, int] = (10, 10)
    """The (dx, dy) that a study uses when none is asked for."""

    @property
    def group(self) -> str:
        """``planar``, ``fixed`` or ``family``."""
        if self.fixed == (1, 1):
            return "planar"
        return "fixed" if self.fixed else "family"


def _load() -> None:
    for package_name in ("functions", "families"):
        package = importlib.import_module(f"minmaxbench.problems.{package_name}")
        for module in pkgutil.iter_modules(package.__path__):
            importlib.import_module(f"{package.__name__}.{module.name}")


PROBLEMS: Registry[Entry] = Registry("problem", _load)


def get_problem(name: str, dx: int | None = None, dy: int | None = None) -> Problem:
    """The problem of that name; ``dy`` defaults to ``dx``, and ``dx`` to the entry's default.

    Raises :class:`UserError` for an unknown name or a dimension that the problem does not have.
    """
    entry = PROBLEMS.get(name)
    natural = entry.fixed or entry.default
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
    return entry.build(*dims)
