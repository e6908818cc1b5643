"""The gallery says what the registry says."""

import numpy as np
import pytest

import minmaxbench as mb
from benchmarks.gallery import FOLDER, index, page, solvers
from minmaxbench.problems.cycles import FLOW, known_cycles
from minmaxbench.problems.registry import get_problem, names
from minmaxbench.report.figures.planar import problem_figure
from minmaxbench.theory.dynamics.flow import orbit

LARGEST = 40_000
"""Bytes of a picture."""


def test_every_page_is_up_to_date():
    stale = [n for n in names() if (FOLDER / f"{n}.md").read_text(encoding="utf-8") != page(n)]
    assert not stale, "python -m benchmarks.gallery"


def test_the_index_is_up_to_date():
    assert (FOLDER / "index.md").read_text(encoding="utf-8") == index()
    assert {p.stem for p in FOLDER.glob("*.md")} == {*names(), "index"}


@pytest.mark.parametrize("name", names(group="planar"))
def test_a_planar_problem_has_a_small_picture(name):
    assert 1000 < (FOLDER / "pictures" / f"{name}.png").stat().st_size <= LARGEST


def test_who_solves_a_problem_is_read_off_its_runs():
    runs = mb.run(["ftr_f1"], ["gdmax", "gda"], seeds=4, budget=2000.0).runs
    head, *_, table, last = solvers(runs)
    # GDmax comes to the minimax point of F1, from which GDA is driven away.
    assert "(2 algorithms and settings, 2000 calls a run) 1 come within 1e-05" in head
    assert "in every run, 1 in none" in head
    assert table.startswith("| algorithm")
    assert last.startswith("| gdmax | 100% | ")
    (alone,) = solvers(mb.run(["forsaken"], ["gda"], seeds=2, budget=500.0).runs)
    assert "no equilibrium to arrive at" in alone


@pytest.mark.parametrize("name", ["forsaken", "hidden_matching_pennies", "fiez_torus"])
def test_cycles_of_the_flow_are_drawn_where_they_are(name):
    problem = get_problem(name)
    cycles = [c for c in known_cycles(problem) if c.dynamics == FLOW]
    for cycle in cycles:
        z = orbit(problem, cycle, 201)
        whole = [
            w * getattr(s, "period", 0.0)
            for w, s in zip(cycle.winding, (problem.x_set, problem.y_set), strict=True)
        ]
        way = -1 if cycle.multiplier > 1 else 1
        np.testing.assert_allclose(z[-1] - z[0], way * np.array(whole), atol=1e-5)
        if not any(cycle.winding):
            ends = np.array(cycle.extent)
            np.testing.assert_allclose(z.min(0), ends[:, 0], atol=2e-3 * np.ptp(ends))
            np.testing.assert_allclose(z.max(0), ends[:, 1], atol=2e-3 * np.ptp(ends))
    figure = problem_figure(problem)
    lines = [line for line in figure.axes[0].lines if len(line.get_xdata()) > 100]
    assert len(lines) == len(cycles)
    words = {text.get_text() for legend in figure.legends for text in legend.get_texts()}
    assert {f"{c.stability} cycle" for c in cycles} <= words
