"""Second, plain implementations, written from the published rules: scalars, lists and loops.

They share no code with the package, run one seed at a time, and are as slow as they look. Each is a
generator with the name of its algorithm: it is given a game (``gx``, ``gy`` and so on map two lists
to lists, ``px`` and ``py`` project), the start, and every hyper-parameter by name, and yields the
iterate, start first, for ever.
"""

import importlib
import pkgutil


def twin(name):
    """The plain implementation of an algorithm; None where there is none."""
    for module in pkgutil.iter_modules(__path__):
        found = getattr(importlib.import_module(f"{__name__}.{module.name}"), name, None)
        if found is not None:
            return found
    return None
