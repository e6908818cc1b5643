"""Packages that can be called: ``minmaxbench.problems()`` lists what ``minmaxbench.problems`` holds."""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import Any


class Catalogue(ModuleType):
    """A package whose call is the function of its name in :mod:`minmaxbench.api.catalogue`.

    The public page wants ``mb.problems()``, and Python keeps that name for the package.
    """

    def __call__(self, *args: Any, **filters: Any) -> Any:
        """The frame of names."""
        name = self.__name__.rpartition(".")[2]
        return getattr(importlib.import_module("minmaxbench.api.catalogue"), name)(*args, **filters)


def make_callable(name: str) -> None:
    """Let the package of that name be called."""
    sys.modules[name].__class__ = Catalogue
