"""Convolutional networks for images of 32x32: the paper's, for all lanes at once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

from torch.nn.functional import conv2d, conv_transpose2d, pad

from minmaxbench.problems.gan.networks import Layer, Network, dense


@dataclass(frozen=True)
class Stack(Network):
    """Any layers, the first of which takes ``first`` numbers."""

    first: int
    each: tuple[Layer, ...]

    @property
    def inputs(self) -> int:
        """What the first layer takes."""
        return self.first

    @property
    def layers(self) -> tuple[Layer, ...]:
        """As they were given."""
        return self.each


def convolution(n: int, m: int, side: int, stride: int = 1) -> Layer:
    """3x3, from n channels of side x side to m of side/stride, with zeros round the edge."""
    apply = partial(_convolve, n, side, stride)
    return Layer((m, n, 3, 3), m, (9 * n, 9 * m), m * (side // stride) ** 2, apply)


def enlarging(n: int, m: int, side: int) -> Layer:
    """A transposed 4x4 convolution, from n channels of side x side to m of twice the side."""
    return Layer((n, m, 4, 4), m, (16 * n, 16 * m), m * (2 * side) ** 2, partial(_enlarge, n, side))


def _convolve(n: int, side: int, stride: int, h: Any, weights: Any, biases: Any) -> Any:
    # As Keras has it with "same": of an odd number of zeros the last edge gets more.
    zeros = 3 - stride
    edges = (zeros // 2, zeros - zeros // 2) * 2
    seen = pad(_side_by_side(h, n, side), edges)
    out = conv2d(seen, weights.flatten(0, 1), biases.flatten(), stride, groups=len(h))
    return _a_lane_each(out, len(h))


def _enlarge(n: int, side: int, h: Any, weights: Any, biases: Any) -> Any:
    seen, lanes = _side_by_side(h, n, side), len(h)
    out = conv_transpose2d(seen, weights.flatten(0, 1), biases.flatten(), 2, 1, groups=lanes)
    return _a_lane_each(out, lanes)


def _side_by_side(h: Any, channels: int, side: int) -> Any:
    """(lanes, B, numbers) as images whose channels are those of all lanes, a group a lane."""
    return h.transpose(0, 1).reshape(h.shape[1], len(h) * channels, side, side)


def _a_lane_each(images: Any, lanes: int) -> Any:
    return images.reshape(len(images), lanes, -1).transpose(0, 1)


def generator() -> Network:
    """Of the authors' CIFAR-10: 100 normal numbers to 3 colours of 32x32."""
    layers = (
        dense(100, 4096),
        enlarging(256, 128, 4),
        enlarging(128, 128, 8),
        enlarging(128, 128, 16),
        convolution(128, 3, 32),
    )
    return Stack(100, layers, inner="leaky", last="tanh", start="glorot")


def discriminator() -> Network:
    """Theirs: four convolutions, dropout, one number."""
    layers = (
        convolution(3, 64, 32),
        convolution(64, 128, 32, 2),
        convolution(128, 128, 16, 2),
        convolution(128, 256, 8, 2),
        dense(4096, 1),
    )
    return Stack(3072, layers, inner="leaky", dropout=(3,), dropped=0.4, start="glorot")
