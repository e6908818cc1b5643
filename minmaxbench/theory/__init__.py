"""What is true without any study: proofs, dynamics, approximate equilibria.

The public names are ``minmaxbench.theory.NAME``; each is imported when it is first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from minmaxbench.problems.cycles import Cycle as Cycle
    from minmaxbench.problems.cycles import known_cycles as known_cycles
    from minmaxbench.record.judgement import Judgement as Judgement
    from minmaxbench.theory.approximate import EquilibriumTest as EquilibriumTest
    from minmaxbench.theory.approximate import equilibrium as equilibrium
    from minmaxbench.theory.approximate import improvement_probability as improvement_probability
    from minmaxbench.theory.bounds import greedy_max_theorem as greedy_max_theorem
    from minmaxbench.theory.dynamics.flow import flow_cycles as flow_cycles
    from minmaxbench.theory.dynamics.orbits import method_cycles as method_cycles
    from minmaxbench.theory.dynamics.rates import local_rate as local_rate
    from minmaxbench.theory.dynamics.search import find_cycles as find_cycles
    from minmaxbench.theory.dynamics.stability import radii as radii
    from minmaxbench.theory.dynamics.stability import spectral_radius as spectral_radius
    from minmaxbench.theory.dynamics.stability import stability as stability
    from minmaxbench.theory.dynamics.stability import stable_at_large_ratio as stable_at_large_ratio
    from minmaxbench.theory.dynamics.stability import stable_steps as stable_steps
    from minmaxbench.theory.proofs import certify as certify

_HOMES = {
    "Cycle": "problems.cycles",
    "EquilibriumTest": "theory.approximate",
    "Judgement": "record.judgement",
    "certify": "theory.proofs",
    "equilibrium": "theory.approximate",
    "find_cycles": "theory.dynamics.search",
    "flow_cycles": "theory.dynamics.flow",
    "greedy_max_theorem": "theory.bounds",
    "improvement_probability": "theory.approximate",
    "known_cycles": "problems.cycles",
    "local_rate": "theory.dynamics.rates",
    "method_cycles": "theory.dynamics.orbits",
    "radii": "theory.dynamics.stability",
    "spectral_radius": "theory.dynamics.stability",
    "stability": "theory.dynamics.stability",
    "stable_at_large_ratio": "theory.dynamics.stability",
    "stable_steps": "theory.dynamics.stability",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
    value = getattr(importlib.import_module(f"minmaxbench.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
