"""Which stationary points pass the (eps, omega)-test? python benchmarks/equilibrium.py

All listed points of the planar problems (those of two Rastrigin functions, hundreds, excepted), with the
authors' settings and with smaller ones; prints the table of docs/equilibrium.md.
"""

import pandas as pd

from minmaxbench import EquilibriumTest, equilibrium
from minmaxbench.core.problem import Kind
from minmaxbench.problems.registry import get_problem, names
from minmaxbench.record.judgement import Judgement

TESTS = {
    "eps 0.12, scale 0.5": EquilibriumTest(),
    "eps 0.0012, scale 0.05": EquilibriumTest(eps=0.0012, scale=0.05, max_ascents=3000),
}


def main() -> None:
    """Judge, count, print."""
    rows = []
    for name in names("planar"):
        problem = get_problem(name)
        known = problem.points()
        if not 0 < len(known) < 100:
            continue
        for settings, test in TESTS.items():
            judged = equilibrium(problem, known.x, known.y, test).judgement
            rows += [(settings, kind, j) for kind, j in zip(known.kind, judged, strict=True)]
    counts = pd.DataFrame(rows, columns=["test", "kind", "judgement"]).value_counts()
    print(f"| yes / no / cannot tell | {' | '.join(TESTS)} |\n|---|---|---|")
    for kind in Kind:
        cells = [[counts.get((test, kind, j), 0) for j in Judgement] for test in TESTS]
        if sum(map(sum, cells)):
            print(f"| {kind.value} | {' | '.join(' / '.join(map(str, c)) for c in cells)} |")


if __name__ == "__main__":
    main()
