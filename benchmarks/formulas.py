"""The array code of the package's own formulas, derived by SymPy and kept as data.

Run ``python -m benchmarks.formulas`` after a formula is added or changed; a test says when that is due.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from minmaxbench.problems.code import KEPT, WHATS
from minmaxbench.problems.formula import Formula
from minmaxbench.problems.planar import Planar
from minmaxbench.problems.registry import get_problem, names
from minmaxbench.problems.several import Game


def formulas() -> list[Formula]:
    """Those of all registered problems, each once."""
    found: dict[str, Formula] = {}
    for name in names("planar") + names("fixed"):
        problem = get_problem(name)
        if isinstance(problem, Planar | Game):
            found[problem.formula.key] = problem.formula
    return [found[key] for key in sorted(found)]


def derived(some: Sequence[Formula]) -> dict[str, dict[str, str]]:
    """The code of formulas, by :attr:`Formula.key` and by what it computes."""
    return {formula.key: {what: formula.source(what) for what in WHATS} for formula in some}


def main() -> None:
    """Write the file."""
    KEPT.write_text(json.dumps(derived(formulas()), indent=1) + "\n", encoding="utf-8")
    print(f"Wrote {KEPT}.")


if __name__ == "__main__":
    main()
