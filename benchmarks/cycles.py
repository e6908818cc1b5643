"""Compute the package's data on cycles: python benchmarks/cycles.py [NAME ...].

Looks for cycles in the planar problems named, or in those whose definition has changed: of the flow
in all, of the algorithms where the flow has one or a paper reports one. Writes
minmaxbench/problems/cycles.json after each. All together take half an hour.
"""

import json
import platform
import sys
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

import minmaxbench
from minmaxbench.analysis import cycles, orbits
from minmaxbench.problems.registry import PROBLEMS, get_problem

DATA = Path(minmaxbench.__file__).parent / "problems" / "cycles.json"
METHODS = ("gda", "ogda", "extragradient")
REPORTED = ("keswani_f3", "ftr_f3")
"""Papers say that methods cycle here, though the abouts do not."""


def entry(problem):
    """What is kept of a problem."""
    found = cycles.flow_cycles(problem)
    if found or "limit-cycle" in problem.about.classes or problem.name in REPORTED:
        for name in METHODS:
            found += orbits.method_cycles(problem, name)
    return {
        "definition": problem.definition,
        "versions": {
            "python": platform.python_version(),
            **{package: version(package) for package in ("numpy", "scipy", "sympy")},
        },
        "tolerances": {"rtol": cycles.RTOL, "atol": cycles.ATOL},
        "cycles": [asdict(cycle) for cycle in found],
    }


def main(names):
    """Compute and write what is asked for or out of date."""
    planar = [name for name in PROBLEMS if PROBLEMS.get(name).group == "planar"]
    kept = json.loads(DATA.read_text()) if DATA.is_file() else {}
    kept = {name: kept[name] for name in planar if name in kept}
    for name in names or planar:
        problem = get_problem(name)
        if not names and kept.get(name, {}).get("definition") == problem.definition:
            continue
        kept[name] = entry(problem)
        print(f"{name}: {len(kept[name]['cycles'])} cycles", flush=True)
        text = json.dumps(dict(sorted(kept.items())), indent=1, allow_nan=False)
        DATA.write_text(text + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
