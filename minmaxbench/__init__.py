"""minmaxbench: the benchmark for min-max algorithms.

``minmaxbench run --all`` compares every algorithm on every problem; in Python the same words are
functions: :func:`solve` for one run, :func:`run` for a study, :func:`load` for its results.
``docs/api.md`` is the whole page.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from minmaxbench import theory
    from minmaxbench.api.catalogue import algorithm, algorithms, problem, problems
    from minmaxbench.api.register import planar, register
    from minmaxbench.api.results import Results, load
    from minmaxbench.api.solve import Run, solve
    from minmaxbench.api.study import run
    from minmaxbench.bench.study import Study
    from minmaxbench.bench.studyfile import read_study
    from minmaxbench.core.algorithm import Algorithm, Iterate, Memoryless
    from minmaxbench.core.card import Claim, Program
    from minmaxbench.core.oracle import Oracle
    from minmaxbench.core.problem import Kind, Metric, Points, Problem
    from minmaxbench.core.sets import Ball, Box, Space, Torus
    from minmaxbench.core.stochastic import Stochastic
    from minmaxbench.errors import UserError
    from minmaxbench.theory.approximate import EquilibriumTest, equilibrium

_HOMES = {
    "Algorithm": "core.algorithm",
    "Ball": "core.sets",
    "Box": "core.sets",
    "Claim": "core.card",
    "EquilibriumTest": "theory.approximate",
    "Iterate": "core.algorithm",
    "Kind": "core.problem",
    "Memoryless": "core.algorithm",
    "Metric": "core.problem",
    "Oracle": "core.oracle",
    "Points": "core.problem",
    "Problem": "core.problem",
    "Program": "core.card",
    "Results": "api.results",
    "Run": "api.solve",
    "Space": "core.sets",
    "Stochastic": "core.stochastic",
    "Study": "bench.study",
    "Torus": "core.sets",
    "UserError": "errors",
    "algorithm": "api.catalogue",
    "equilibrium": "theory.approximate",
    "load": "api.results",
    "planar": "api.register",
    "problem": "api.catalogue",
    "read_study": "bench.studyfile",
    "register": "api.register",
    "run": "api.study",
    "solve": "api.solve",
}

__all__ = [
    "Algorithm",
    "Ball",
    "Box",
    "Claim",
    "EquilibriumTest",
    "Iterate",
    "Kind",
    "Memoryless",
    "Metric",
    "Oracle",
    "Points",
    "Problem",
    "Program",
    "Results",
    "Run",
    "Space",
    "Stochastic",
    "Study",
    "Torus",
    "UserError",
    "algorithm",
    "algorithms",
    "equilibrium",
    "load",
    "planar",
    "problem",
    "problems",
    "read_study",
    "register",
    "run",
    "solve",
    "theory",
]

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    # Public names are imported when first used: `import minmaxbench` stays quick.
    if name in ("algorithms", "problems", "theory"):
        return importlib.import_module(f"minmaxbench.{name}")
    if name not in _HOMES:
        raise AttributeError(f"module 'minmaxbench' has no attribute '{name}'")
    value = getattr(importlib.import_module(f"minmaxbench.{_HOMES[name]}"), name)
    globals()[name] = value
    return value
