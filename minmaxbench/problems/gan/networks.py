"""Fully connected networks whose parameters are one flat vector a lane, for all lanes at once."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch
from scipy.special import ndtri

from minmaxbench.core.arrays import Floats
from minmaxbench.errors import UserError

ACTIVATIONS: dict[str, Callable[[Any], Any]] = {
    "relu": torch.relu,
    "leaky": partial(torch.nn.functional.leaky_relu, negative_slope=0.2),
    "tanh": torch.tanh,
    "none": lambda h: h,
}


@dataclass(frozen=True)
class Dense:
    """Layers of the given widths, the first that of the input; weights first, then biases, a layer each."""

    widths: tuple[int, ...]
    inner: str = "relu"
    last: str = "none"
    dropout: tuple[int, ...] = ()
    """After these hidden layers, counted from 0, some units are left out in training."""
    start: str = "orthogonal"
    """How weights begin: ``orthogonal`` with a gain of 0.8, or ``glorot`` (uniform)."""

    def __post_init__(self) -> None:
        if len(self.widths) < 2 or min(self.widths) < 1:
            raise UserError(f"A network has two widths or more, from 1 on; got {self.widths}.")

    @property
    def shapes(self) -> list[tuple[int, int]]:
        """The shape (in, out) of each layer's weights."""
        return list(itertools.pairwise(self.widths))

    @property
    def size(self) -> int:
        """How many parameters there are."""
        return sum((n + 1) * m for n, m in self.shapes)

    def __call__(self, flat: Any, inputs: Any, masks: Any = None) -> Any:
        """Outputs (lanes, B, last) for parameters (lanes, size) and inputs (lanes or 1, B, first).

        ``masks`` holds, for each layer of ``dropout``, what its units are multiplied by.
        """
        if flat.shape[-1] != self.size:
            raise UserError(
                f"A network of widths {self.widths} has {self.size} parameters; got {flat.shape[-1]}."
            )
        lanes = flat.shape[0]
        h = inputs.expand(lanes, -1, -1) if inputs.shape[0] != lanes else inputs
        # One split has one derivative, which is much quicker than that of a slice a layer.
        sizes = [size for n, m in self.shapes for size in (n * m, m)]
        parts: Any = flat.split(sizes, dim=1)
        for k, (n, m) in enumerate(self.shapes):
            h = torch.baddbmm(parts[2 * k + 1][:, None, :], h, parts[2 * k].view(lanes, n, m))
            h = ACTIVATIONS[self.last if k == len(self.shapes) - 1 else self.inner](h)
            if masks is not None and k in self.dropout:
                h = h * masks[self.dropout.index(k)]
        return h

    def begin(self, uniform: Floats) -> Floats:
        """The first parameters that uniform numbers in (0, 1), (lanes, size), stand for; zero biases."""
        out, at = np.zeros_like(uniform), 0
        for n, m in self.shapes:
            part = uniform[:, at : at + n * m].reshape(-1, n, m)
            out[:, at : at + n * m] = _weights(part, self.start).reshape(len(uniform), -1)
            at += (n + 1) * m
        return out


def _weights(uniform: Floats, start: str) -> Floats:
    """Weights (lanes, in, out): Saxe, McClelland, Ganguli (ICLR 2014), or Glorot, Bengio (2010)."""
    _, n, m = uniform.shape
    if start == "glorot":
        return np.asarray((2 * uniform - 1) * np.sqrt(6 / (n + m)))
    tall = ndtri(uniform) if n >= m else ndtri(uniform).swapaxes(1, 2)
    q, r = np.linalg.qr(tall)
    # Signs that make the draw uniform among orthogonal matrices (Mezzadri, Notices AMS 2007).
    q = q * np.sign(np.diagonal(r, axis1=1, axis2=2))[:, None, :]
    return np.asarray(0.8 * (q if n >= m else q.swapaxes(1, 2)))
