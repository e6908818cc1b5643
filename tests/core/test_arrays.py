"""Sums over the last axis, and matrices times vectors: right, and the same bits whatever the batch."""

import math

import numpy as np
import pytest

from minmaxbench.core.arrays import LONG, dot, matvec, norm, square


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


@pytest.mark.parametrize(
    "shape", [(1, 1), (2, 2), (3, 7), (1, 9), (9, 1), (61, 61), (569, 31), (610, 61), (300, 300)]
)
def test_a_matrix_times_a_lane_does_not_depend_on_the_batch(shape):
    rng = np.random.default_rng(0)
    matrix = rng.standard_normal(shape)
    lanes = rng.standard_normal((29, shape[1])) * np.exp(5 * rng.standard_normal((29, 1)))
    together = matvec(np, matrix, lanes)
    for k, lane in enumerate(lanes):
        exact = [math.fsum(row * lane) for row in matrix[:5]]
        assert (
            np.abs(together[k, :5] - exact).max() <= 1e-13 * np.abs(matrix[:5] * lane).sum(1).max()
        )
        assert (matvec(np, matrix, lane) == together[k]).all()
    for _ in range(20):
        some = rng.permutation(29)[: rng.integers(1, 30)]
        assert (matvec(np, matrix, lanes[some]) == together[some]).all()
    chunk = lanes[:28].reshape(7, 4, -1)
    assert (matvec(np, matrix, chunk) == together[:28].reshape(7, 4, -1)).all()
    lanes[3] = np.nan
    assert (matvec(np, matrix, lanes)[4:] == together[4:]).all()
