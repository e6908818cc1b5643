"""Sums over the last axis: right, and the same bits whatever the batch."""

import math

import numpy as np
import pytest

from minmaxbench.core.arrays import LONG, dot, norm, square


@pytest.mark.parametrize("d", [3, LONG - 1, LONG, LONG + 3])
def test_sums_are_right_and_do_not_depend_on_the_batch(d):
    rng = np.random.default_rng(0)
    u, z = rng.standard_normal(d), rng.standard_normal((3, d))
    together = dot(np, u, z)[:, 0], square(np, z), norm(np, z)
    for k in range(len(z)):
        alone = dot(np, u, z[k : k + 1])[:, 0], square(np, z[[k]]), norm(np, z[None, k])
        for one, all_of_them in zip(alone, together, strict=True):
            assert one[0] == all_of_them[k]
        exact = math.fsum(u * z[k])
        assert abs(together[0][k] - exact) <= 1e-13 * np.abs(u * z[k]).sum()
    # Chunks of states have an axis more, and need not lie in order.
    chunk = np.stack([z, 2 * z], axis=1).swapaxes(0, 1)
    assert (square(np, chunk)[0] == together[1]).all()
