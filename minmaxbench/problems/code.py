"""Array code as text. That of the package's own formulas is kept beside their certificates.

SymPy, which derives it, takes half a second to import, and is then not needed to run.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib.resources import files
from pathlib import Path

from minmaxbench.core.arrays import Array
from minmaxbench.problems import stored

Code = Callable[..., tuple[Array, ...]]
"""From a namespace and arrays of one shape to arrays of that shape."""
WHATS = ("value", "grad", "grad_x", "grad_y", "hessian", "hvp")
"""What there is code for."""
KEPT = Path(str(files("minmaxbench") / "problems" / "data" / "formulas.json"))
"""What ``python -m benchmarks.formulas`` wrote."""


def compiled(name: str, source: str) -> Code:
    """The function ``name`` that a text defines."""
    scope: dict[str, Code] = {}
    exec(compile(source, f"<formula {name}>", "exec"), scope)
    return scope[name]


@cache
def kept() -> dict[str, dict[str, str]]:
    """The code of each formula of the package, by :attr:`Formula.key` and by what it computes."""
    return stored.read(KEPT)
