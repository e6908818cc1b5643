"""Which algorithm runs on which engine, and why not: python -m benchmarks.engines [NAME ...].

Twenty steps of each, with its defaults, from ten starts, on a game of one variable a player and on one of
several, against the NumPy engine; JAX compiles all but the first. Without names all algorithms, and
docs/engines.md is written: some five minutes, most of them JAX's compiler.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from minmaxbench.algorithms.registry import ALGORITHMS, get_algorithm
from minmaxbench.core.problem import Problem
from minmaxbench.engines.batch import Unsupported
from minmaxbench.testing.algorithms import Subject, apart
from minmaxbench.testing.findings import NotLookedAt

PAGE = Path(__file__).parent.parent / "docs" / "engines.md"
ENGINES = "torch", "jax"
ONE = "dirac_gan_r1", "parrilo_31", "keswani_f3"
"""Games of one variable a player; the first that an algorithm runs on is taken."""
MORE = "ncsc_quadratic_d:3,2", "policeman_burglar_d:4"
STEPS, SAME = 20, 1e-9
NONE = "-"
"""Where there is no such game for an algorithm."""


class Row(NamedTuple):
    """What an engine makes of an algorithm: on one variable a player, and on several."""

    algorithm: str
    engine: str
    one: str
    more: str


def look(name: str, engine: str) -> Row:
    """Run an algorithm on an engine."""
    subject = Subject(get_algorithm(name))
    return Row(name, engine, _on(subject, engine, ONE), _on(subject, engine, MORE))


def _on(subject: Subject, engine: str, games: tuple[str, ...]) -> str:
    """The difference from NumPy's ends, or why there is none."""
    try:
        game: Problem = subject.games(*games)[0]
    except NotLookedAt:
        return NONE
    price = subject.kind.price or 1.0
    try:
        gap = apart(engine, subject.batch(game, STEPS * (2.0 if math.isnan(price) else price)))
    except Unsupported as why:
        return str(why).removeprefix("TypeError: ")
    return f"{gap:.0e}" if gap else "0"


def runs(cell: str) -> bool:
    """Whether a cell is a difference."""
    return cell.replace("-", "").replace("e", "").isdigit()


HEAD = f"""\
# Engines

Written by `python -m benchmarks.engines`. The NumPy engine runs every algorithm, and is what the others are
held against. Where another engine cannot run a unit, NumPy runs it, and the row says so (`engine`, and
`message`).

Below are the largest differences of {STEPS} steps from ten starts, beside 1 + their size, on a game of one
variable a player and on one of several; JAX compiles all but the first step (in a study the first 64 are
NumPy's). A difference above {SAME:g} is rounding that grows: Newton's method near a singular Hessian. `-`
says that there is no such game for an algorithm.
"""
WHY = """
JAX compiles a step in which all lanes make the same calls, beside rare work of one kind. A solve by MINRES
ends in each lane when its residual is short: with more than two unknowns lanes pay differently, and the
method runs on NumPy.
"""
COLUMNS = """
| algorithm | torch, one | torch, several | JAX, one | JAX, several |
| --- | --- | --- | --- | --- |"""


def page(rows: list[Row]) -> str:
    """The page, as Markdown."""
    return "\n".join(_lines(rows)) + "\n"


def _lines(rows: list[Row]) -> Iterator[str]:
    yield HEAD
    for engine in ENGINES:
        mine = [row for row in rows if row.engine == engine]
        whole = [row for row in mine if all(runs(c) or c == NONE for c in row[2:])]
        yield f"- **{engine}** runs {len(whole)} of {len(mine)} in full."
        why: dict[str, list[str]] = {}
        for row in mine:
            for where, cell in (("", row.one), (" with several variables", row.more)):
                if not runs(cell) and cell != NONE and not (where and cell == row.one):
                    why.setdefault(f"Not{where}: {cell}", []).append(row.algorithm)
        for reason, names in why.items():
            yield f"  - {reason}: {', '.join(f'`{n}`' for n in names)}."
    yield WHY + COLUMNS
    found = {(row.algorithm, row.engine): row for row in rows}
    for name in dict.fromkeys(row.algorithm for row in rows):
        cells = [c for engine in ENGINES for c in found[name, engine][2:]]
        shown = [c if runs(c) or c == NONE else "no" for c in cells]
        yield f"| {name} | {' | '.join(shown)} |"


def main(names: list[str]) -> None:
    """Look at all, or at some, and print; the page is written for all."""
    rows = []
    for name in names or ALGORITHMS:
        for engine in ENGINES:
            rows.append(look(name, engine))
            print(*rows[-1], flush=True)
    if not names:
        PAGE.write_text(page(rows), encoding="utf-8")
        print(f"Written: {PAGE}")


if __name__ == "__main__":
    main(sys.argv[1:])
