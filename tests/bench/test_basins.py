"""Basins: each cell is the run that begins there, and is drawn in the colour of its verdict."""

import numpy as np
import pytest

import minmaxbench as mb
from minmaxbench import UserError
from minmaxbench.bench.basins import basins
from minmaxbench.record.verdicts import Verdict
from minmaxbench.report.figures.basins import basins_figure
from minmaxbench.report.style import VERDICT_COLOURS


def test_each_cell_is_the_run_that_begins_there():
    problem, rule = mb.problem("jin_cos"), mb.algorithm("gda")
    found = basins(problem, rule, side=4, budget=300.0)
    ends = set()
    for i in range(4):
        for j in range(4):
            run = mb.solve(problem, rule, x0=found.x[j], y0=found.y[i], budget=300)
            assert run.verdict == found.verdict[i][j].value
            ends.add(found.nearest[i, j])
    # Upper and lower starts go to different equilibria.
    assert len(ends) > 1
    assert found.share(Verdict.EQUILIBRIUM) == 1


def test_starts_lie_in_the_sets():
    problem = mb.problem("cgo_x2y")
    found = basins(problem, mb.algorithm("gda"), side=5, budget=20.0)
    for axis, one in ((found.x, problem.x_set), (found.y, problem.y_set)):
        assert len(np.unique(axis)) == 5
        np.testing.assert_array_equal(one.project(np, axis[:, None])[:, 0], axis)


def test_only_planar_problems_have_a_picture():
    with pytest.raises(UserError, match="drawn in the plane"):
        basins(mb.problem("bilinear_d"), mb.algorithm("gda"), side=2)


def test_a_cell_has_the_colour_of_its_verdict():
    from matplotlib.colors import to_hex

    problem = mb.problem("forsaken")
    found = basins(problem, mb.algorithm("gda"), side=9, budget=600.0)
    figure = basins_figure({"gda": found, "$x_[": found}, problem)
    picture = np.asarray(figure.axes[0].get_images()[0].get_array())
    for i, row in enumerate(found.verdict):
        for j, verdict in enumerate(row):
            if verdict not in (Verdict.EQUILIBRIUM, Verdict.OTHER):
                assert to_hex(picture[i, j]) == VERDICT_COLOURS[verdict.value].lower()
    assert figure.axes[0].get_title().startswith("gda\n")
