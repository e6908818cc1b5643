"""A registry: names to items, no duplicates, and the nearest name when one is unknown."""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from importlib.abc import InspectLoader
from importlib.util import find_spec
from types import FrameType
from typing import Generic, TypeVar

from minmaxbench.errors import UserError, unknown

T = TypeVar("T")

PACKAGE = __name__.partition(".")[0]


class Registry(Generic[T]):
    """A mapping from names to items that, given a ``load``, fills itself on first use.

    ``load`` imports the modules whose declarations register themselves, so that importing the
    package stays cheap. If it raises, so does every use, until it succeeds: nobody sees a half.
    ``find`` imports those that may declare a name: one item is then had without all others.
    """

    def __init__(
        self,
        what: str,
        load: Callable[[], None] | None = None,
        find: Callable[[str], None] | None = None,
    ) -> None:
        self.what = what
        self._load = load
        self._find = find
        self._items: dict[str, T] = {}
        self._places: dict[str, str] = {}
        self._unlisted: set[str] = set()
        self._failed = False

    def add(self, name: str, item: T, listed: bool = True) -> None:
        """Register ``item``; one that is not ``listed`` is found by its name alone.

        A name that the same file, or the same interactive session, registered before is replaced: a
        notebook's cell may run again. Any other name that is taken, or that is no text, raises
        :class:`UserError`.
        """
        if not isinstance(name, str) or not name.strip() or not name.isprintable():
            raise UserError(f"The name of a {self.what} is a printable text; got {name!r}.")
        place = _caller()
        if place != PACKAGE:
            # Names of the package are taken, even if nobody has used them yet.
            self._loaded()
        # What a module declared before its import failed, it declares again when it is tried again.
        again = self._places.get(name) == place and (place != PACKAGE or self._failed)
        if name in self._items and not again:
            raise UserError(
                f"The {self.what} '{name}' is already registered, by "
                f"{self._places[name]}; choose another name."
            )
        self._items[name], self._places[name] = item, place
        self._unlisted.difference_update({name})
        self._unlisted.update(set() if listed else {name})

    def remove(self, name: str) -> None:
        """Forget an item, for notebooks and tests."""
        self.get(name)
        del self._items[name], self._places[name]
        self._unlisted.discard(name)

    def get(self, name: str) -> T:
        """The item of that name; an unknown name raises with the nearest valid ones."""
        if name not in self:
            raise unknown(self.what, name, self._items)
        return self._items[name]

    def is_own(self, name: str) -> bool:
        """Whether the package itself brings the item, so that any process knows it."""
        self.get(name)
        return self._places[name] == PACKAGE

    def brought_by(self, place: str) -> list[str]:
        """The names that a file brought, in its order."""
        return [name for name in self._loaded() if self._places[name] == place]

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(set(self._loaded()) - self._unlisted))

    def __len__(self) -> int:
        return len(self._loaded()) - len(self._unlisted)

    @property
    def unlisted(self) -> list[str]:
        """The names that iteration leaves out."""
        self._loaded()
        return sorted(self._unlisted)

    def __contains__(self, name: object) -> bool:
        if self._load is not None and self._find is not None and isinstance(name, str):
            if name not in self._items:
                self._find(name)
            if name in self._items:
                return True
        return name in self._loaded()

    def _loaded(self) -> dict[str, T]:
        if self._load is not None:
            # None while it runs: what it imports may look names up.
            load, self._load = self._load, None
            try:
                load()
            except BaseException:
                # Modules that did import are not imported again: what they declared stays.
                self._load, self._failed = load, True
                raise
        return self._items


def import_declaring(name: str, modules: Iterable[str]) -> None:
    """Import those of some modules that may declare ``name``, by their texts."""
    for module in modules:
        loader = getattr(find_spec(module), "loader", None)
        if isinstance(loader, InspectLoader) and declares(name, loader.get_source(module) or ""):
            importlib.import_module(module)


def declares(name: str, text: str) -> bool:
    """Whether a statement of a module begins with a call whose first argument is ``name``."""
    return bool(re.search(rf'^\S*\(\s*"{re.escape(name)}"', text, re.MULTILINE))


def _caller() -> str:
    """The package's name, the file outside it that declares something, or the session."""
    frame: FrameType | None = sys._getframe(2)
    while frame is not None:
        module = str(frame.f_globals.get("__name__", ""))
        if not module.startswith((PACKAGE + ".core.", PACKAGE + ".api", "importlib")):
            own = module == PACKAGE or module.startswith(PACKAGE + ".")
            if own and module.rpartition(".")[2] not in _DOORS:
                return PACKAGE
            if not own:
                return str(frame.f_globals.get("__file__") or "this session")
        frame = frame.f_back
    return "this session"


_DOORS = ("registry", "planar", "several")
"""Modules whose functions declare on behalf of their caller."""
