"""Networks whose parameters are one flat vector a lane, for all lanes at once."""

from __future__ import annotations

import itertools
import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import torch
from scipy.special import ndtri

from minmaxbench.core.arrays import Floats
from minmaxbench.errors import UserError

ACTIVATIONS: dict[str, Callable[[Any], Any]] = {
    "relu": torch.relu_,
    "leaky": partial(torch.nn.functional.leaky_relu_, negative_slope=0.2),
    "tanh": torch.tanh_,
    "none": lambda h: h,
}
"""In place: what a layer hands them is theirs."""


class Layer(NamedTuple):
    """What one layer computes, and the parameters that it has: weights first, then biases."""

    weights: tuple[int, ...]
    """Their shape."""
    biases: int
    fans: tuple[int, int]
    """How many numbers one of its outputs sees, and how many see one of its inputs."""
    outputs: int
    """How many numbers come out of it, for a sample."""
    apply: Callable[[Any, Any, Any], Any]
    """Of inputs (lanes, B, numbers), weights and biases (lanes, ...)."""

    @property
    def size(self) -> int:
        """How many parameters there are."""
        return math.prod(self.weights) + self.biases


def dense(n: int, m: int) -> Layer:
    """Every output sees every input."""
    return Layer((n, m), m, (n, m), m, _dense)


def _dense(h: Any, weights: Any, biases: Any) -> Any:
    return torch.baddbmm(biases[:, None, :], h, weights)


@dataclass(frozen=True, kw_only=True)
class Network(ABC):
    """Layers one after another, with a function between them; what they are a subclass says."""

    inner: str = "relu"
    last: str = "none"
    dropout: tuple[int, ...] = ()
    """After these hidden layers, counted from 0, some units are left out in training."""
    dropped: float = 0.3
    """The share of units that dropout leaves out."""
    start: str = "orthogonal"
    """How weights begin: ``orthogonal`` with a gain of 0.8, or ``glorot`` (uniform)."""

    @property
    @abstractmethod
    def inputs(self) -> int:
        """How many numbers it takes, for a sample."""

    @property
    @abstractmethod
    def layers(self) -> tuple[Layer, ...]:
        """The first layer first."""

    @property
    def widths(self) -> tuple[int, ...]:
        """How many numbers come in, and out of each layer."""
        return (self.inputs, *(layer.outputs for layer in self.layers))

    @property
    def size(self) -> int:
        """How many parameters there are."""
        return sum(layer.size for layer in self.layers)

    def __call__(self, flat: Any, inputs: Any, masks: Any = None) -> Any:
        """Outputs (lanes, B, last) for parameters (lanes, size) and inputs (lanes or 1, B, first).

        ``masks`` holds, for each layer of ``dropout``, what its units are multiplied by.
        """
        layers, lanes = self.layers, flat.shape[0]
        sizes = [size for a in layers for size in (math.prod(a.weights), a.biases)]
        if flat.shape[-1] != sum(sizes):
            raise UserError(
                f"A network of widths {self.widths} has {self.size} parameters; got {flat.shape[-1]}."
            )
        h = inputs.expand(lanes, -1, -1) if inputs.shape[0] != lanes else inputs
        # One split has one derivative, which is much quicker than that of a slice a layer.
        parts: Any = flat.split(sizes, dim=1)
        for k, layer in enumerate(layers):
            h = layer.apply(h, parts[2 * k].view(lanes, *layer.weights), parts[2 * k + 1])
            h = ACTIVATIONS[self.last if k == len(layers) - 1 else self.inner](h)
            if masks is not None and k in self.dropout:
                h = h * masks[self.dropout.index(k)]
        return h

    def begin(self, uniform: Floats) -> Floats:
        """The first parameters that uniform numbers in (0, 1), (lanes, size), stand for; zero biases."""
        out, at = np.zeros_like(uniform), 0
        begun = _orthogonal if self.start == "orthogonal" else _glorot
        for layer in self.layers:
            count = math.prod(layer.weights)
            part = uniform[:, at : at + count].reshape(-1, *layer.weights)
            out[:, at : at + count] = begun(part, layer.fans).reshape(len(uniform), -1)
            at += layer.size
        return out


@dataclass(frozen=True)
class Dense(Network):
    """Fully connected layers of the given widths, the first that of the input."""

    sides: tuple[int, ...]

    def __post_init__(self) -> None:
        if len(self.sides) < 2 or min(self.sides) < 1:
            raise UserError(f"A network has two widths or more, from 1 on; got {self.sides}.")

    @property
    def inputs(self) -> int:
        """The first width."""
        return self.sides[0]

    @property
    def layers(self) -> tuple[Layer, ...]:
        """One between two widths."""
        return tuple(dense(n, m) for n, m in itertools.pairwise(self.sides))


def _glorot(uniform: Floats, fans: tuple[int, int]) -> Floats:
    """Glorot, Bengio. Understanding the difficulty of training deep networks. AISTATS 2010."""
    return np.asarray((2 * uniform - 1) * np.sqrt(6 / sum(fans)))


def _orthogonal(uniform: Floats, fans: tuple[int, int]) -> Floats:
    """Matrices (lanes, in, out): Saxe, McClelland, Ganguli (ICLR 2014)."""
    n, m = fans
    tall = ndtri(uniform) if n >= m else ndtri(uniform).swapaxes(1, 2)
    q, r = np.linalg.qr(tall)
    # Signs that make the draw uniform among orthogonal matrices (Mezzadri, Notices AMS 2007).
    q = q * np.sign(np.diagonal(r, axis1=1, axis2=2))[:, None, :]
    return np.asarray(0.8 * (q if n >= m else q.swapaxes(1, 2)))
