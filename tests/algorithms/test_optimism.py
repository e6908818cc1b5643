"""What is known of optimism."""

import itertools

from games import Plain
from reference.lists import add
from reference.optimism import ogda

from minmaxbench.problems.registry import get_problem
from minmaxbench.testing import play


def test_ogda_converges_on_xy():
    assert play("ogda", "bilinear_xy", (1.0, 0.5), 4000, eta=0.1)[-1] < 1e-6


def test_popov_and_ogda_are_two_sequences_of_one_method():
    # Popov's extrapolated point w_k is iterate k + 1 of OGDA.
    g = Plain(get_problem("dirac_gan_r1"))
    path = list(itertools.islice(ogda(g, [1.0], [1.0], 0.1, "repeat"), 52))
    x, y, wx, wy = [1.0], [1.0], [1.0], [1.0]
    for zx, zy in path[1:]:
        wx, wy = add(x, g.gx(wx, wy), -0.1), add(y, g.gy(wx, wy), 0.1)
        assert abs(wx[0] - zx[0]) + abs(wy[0] - zy[0]) < 1e-12
        x, y = add(x, g.gx(wx, wy), -0.1), add(y, g.gy(wx, wy), 0.1)
