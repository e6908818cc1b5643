"""A registry: names to items, no duplicates, and the nearest name when one is unknown."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

from minmaxbench.errors import UserError, unknown

T = TypeVar("T")


class Registry(Generic[T]):
    """A mapping from names to items that, given a ``load``, fills itself on first use.

    ``load`` imports the modules whose declarations register themselves, so that importing the
    package stays cheap. If it raises, the registry is as empty as before, and the next use tries again.
    """

    def __init__(self, what: str, load: Callable[[], None] | None = None) -> None:
        self.what = what
        self._load = load
        self._items: dict[str, T] = {}

    def add(self, name: str, item: T) -> None:
        """Register ``item``; a name that is taken raises :class:`UserError`."""
        if name in self._items:
            raise UserError(
                f"A {self.what} named '{name}' is already registered; choose another name."
            )
        self._items[name] = item

    def remove(self, name: str) -> None:
        """Forget an item, for notebooks and tests."""
        self.get(name)
        del self._items[name]

    def get(self, name: str) -> T:
        """The item of that name; an unknown name raises with the nearest valid ones."""
        items = self._loaded()
        if name not in items:
            raise unknown(self.what, name, items)
        return items[name]

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._loaded()))

    def __len__(self) -> int:
        return len(self._loaded())

    def __contains__(self, name: object) -> bool:
        return name in self._loaded()

    def _loaded(self) -> dict[str, T]:
        if self._load is not None:
            # None while it runs: what it imports may look names up.
            load, before, self._load = self._load, dict(self._items), None
            try:
                load()
            except BaseException:
                self._load, self._items = load, before
                raise
        return self._items
