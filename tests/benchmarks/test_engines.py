"""docs/engines.md says which algorithm runs on which engine."""

import pytest

from benchmarks.engines import ENGINES, PAGE, look, runs
from minmaxbench.algorithms.registry import ALGORITHMS

FEW = ("gda", "newton_root", "svre", "unrolled_adam")
"""Of each kind: everywhere, with one variable a player, not compiled, with parts made in a step."""


def table():
    """The cells of the page by algorithm and engine."""
    rows = [line.split(" | ") for line in PAGE.read_text(encoding="utf-8").splitlines()]
    cells = {row[0][2:]: [c.strip(" |") for c in row[1:]] for row in rows if len(row) == 5}
    return {name: dict(zip(ENGINES, (c[:2], c[2:]), strict=True)) for name, c in cells.items()}


def test_the_page_names_every_algorithm():
    assert set(table()) - {"algorithm", "---"} == set(ALGORITHMS), "python -m benchmarks.engines"


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", FEW)
def test_an_engine_runs_what_the_page_says(name, engine):
    pytest.importorskip(engine)
    for cell, found in zip(table()[name][engine], look(name, engine)[2:], strict=True):
        assert runs(cell) == runs(found), (cell, found)


def test_differences_are_rounding_but_where_the_page_says_so():
    grow = {
        name
        for name, engines in table().items()
        for cells in engines.values()
        for cell in cells
        if runs(cell) and float(cell) > 1.1e-9
    }
    assert grow <= {"newton_root", "complete_newton"}
