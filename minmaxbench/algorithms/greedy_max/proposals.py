"""Proposal distributions Q for the min-player of greedy-max.

A proposal is a function ``(x, y, scale, index, oracle) -> Delta`` of shape (lanes, dx); ``index``
counts a lane's proposals, so that draws can be repeated exactly. A user's own is registered the
same way, under a name of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from minmaxbench.core.arrays import Array, dot
from minmaxbench.core.oracle import Oracle
from minmaxbench.core.registry import Registry

Proposal: TypeAlias = Callable[[Array, Array, Array, Array, Oracle], Array]

PROPOSALS: Registry[Proposal] = Registry("proposal distribution", lambda: None)


def proposal(name: str) -> Callable[[Proposal], Proposal]:
    """Register a proposal distribution under ``name``."""

    def decorate(draw: Proposal) -> Proposal:
        PROPOSALS.add(name, draw)
        return draw

    return decorate


@proposal("gaussian")
def gaussian(x: Array, y: Array, scale: Array, index: Array, oracle: Oracle) -> Array:
    """N(0, scale^2 I): the same standard deviation in every coordinate."""
    return scale * oracle.normal("proposal", index, x.shape[-1])


@proposal("annealed")
def annealed(x: Array, y: Array, scale: Array, index: Array, oracle: Oracle) -> Array:
    """N(0, s_i^2 I) with s_i = scale/sqrt(1 + i/10), i the number of the proposal."""
    shrunk = scale / oracle.xp.sqrt(1 + index / 10)[:, None]
    return shrunk * oracle.normal("proposal", index, x.shape[-1])


@proposal("gradient_noise")
def gradient_noise(x: Array, y: Array, scale: Array, index: Array, oracle: Oracle) -> Array:
    """-scale (G_x(x, y) + N(0, I)): a gradient step with noise of its own; one grad_x call each."""
    noise = oracle.normal("proposal", index, x.shape[-1])
    return -scale * (oracle.grad_x(x, y) + noise)


@proposal("gaussian_total")
def gaussian_total(x: Array, y: Array, scale: Array, index: Array, oracle: Oracle) -> Array:
    """N(0, (scale^2/dx) I): the same expected squared length in every dimension."""
    return scale / x.shape[-1] ** 0.5 * oracle.normal("proposal", index, x.shape[-1])


@proposal("ball")
def ball(x: Array, y: Array, scale: Array, index: Array, oracle: Oracle) -> Array:
    """Uniform in the ball of radius ``scale``."""
    direction = oracle.normal("proposal", index, x.shape[-1])
    length = oracle.xp.sqrt(dot(oracle.xp, direction, direction))
    reach = oracle.uniform("proposal radius", index, 1) ** (1 / x.shape[-1])
    return scale * reach / length * direction


@proposal("gradient")
def gradient(x: Array, y: Array, scale: Array, index: Array, oracle: Oracle) -> Array:
    """A stochastic gradient step, -scale G_x(x, y): the law of the paper's GAN experiments.

    It is random as far as the oracle is; one grad_x call each.
    """
    return -scale * oracle.grad_x(x, y)


RANK = 4
"""The directions of a low-rank proposal."""


@proposal("low_rank")
def low_rank(x: Array, y: Array, scale: Array, index: Array, oracle: Oracle) -> Array:
    """N(0, scale^2 V V'), V orthonormal with at most RANK columns, drawn once for the run.

    Column j has entries of random sign and equal size in the coordinates j, j + RANK, ..., and
    zeros elsewhere: no d x d matrix, and none of d x RANK either.
    """
    xp, d = oracle.xp, x.shape[-1]
    rank = min(RANK, d)
    column = xp.arange(d) % rank
    signs = xp.where(oracle.uniform("proposal basis", 0, d) < 0.5, -1.0, 1.0)
    sizes = xp.asarray([1 / len(range(j, d, rank)) ** 0.5 for j in range(rank)])
    steps = oracle.normal("proposal", index, rank)
    return scale * signs * xp.take(sizes * steps, column, axis=-1)
