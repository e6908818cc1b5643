"""Which stationary points pass the (eps, omega)-test? python benchmarks/equilibrium.py

All listed points of the planar problems (those of two Rastrigin functions, hundreds, excepted), with the
authors' settings and with smaller ones; prints the table of docs/equilibrium.md.
"""

import pandas as pd

from minmaxbench import EquilibriumTest, equilibrium, get_problem
from minmaxbench.problems.registry import PROBLEMS

TESTS = (EquilibriumTest(), EquilibriumTest(eps=0.0012, scale=0.05, max_ascents=3000))


def main() -> None:
    """Judge, count, print."""
    rows = []
    for name in PROBLEMS:
        problem = get_problem(name)
        known = problem.points()
        if PROBLEMS.get(name).group != "planar" or not 0 < len(known) < 100:
            continue
        for test in TESTS:
            judged = equilibrium(problem, known.x, known.y, test).judgement
            settings = f"eps {test.eps:g}, scale {test.scale:g}"
            rows += [(settings, str(k), str(j)) for k, j in zip(known.kind, judged, strict=True)]
    table = pd.DataFrame(rows, columns=["test", "kind", "judgement"])
    print(table.groupby(["test", "kind", "judgement"]).size().unstack(fill_value=0))


if __name__ == "__main__":
    main()
