"""minmaxbench: the benchmark for min-max algorithms.

``minmaxbench run --all`` compares every algorithm on every problem; in Python the same words are
functions: :func:`run`, :func:`load`, :func:`get_problem`, :func:`get_algorithm`.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from minmaxbench.algorithms.base import Algorithm, get_algorithm, register
    from minmaxbench.bench.api import run
    from minmaxbench.bench.equilibrium import EquilibriumTest, equilibrium
    from minmaxbench.bench.store import load
    from minmaxbench.bench.study import Study, read_study
    from minmaxbench.core.oracle import Oracle
    from minmaxbench.errors import UserError
    from minmaxbench.problems import Problem, get_problem, planar

_HOMES = {
    "Algorithm": "algorithms.base",
    "get_algorithm": "algorithms.base",
    "register": "algorithms.base",
    "run": "bench.api",
    "EquilibriumTest": "bench.equilibrium",
    "equilibrium": "bench.equilibrium",
    "load": "bench.store",
    "Study": "bench.study",
    "read_study": "bench.study",
    "Oracle": "core.oracle",
    "UserError": "errors",
    "Problem": "problems",
    "get_problem": "problems",
    "planar": "problems",
}

__all__ = [
    "Algorithm",
    "EquilibriumTest",
    "Oracle",
    "Problem",
    "Study",
    "UserError",
    "equilibrium",
    "get_algorithm",
    "get_problem",
    "load",
    "planar",
    "read_study",
    "register",
    "run",
]

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    # Public names are imported when first used: `import minmaxbench` stays quick.
    if name not in _HOMES:
        raise AttributeError(f"module 'minmaxbench' has no attribute '{name}'")
    value = getattr(importlib.import_module(f"minmaxbench.{_HOMES[name]}"), name)
    globals()[name] = value
    return value
