"""Problems written in torch, networks among them: f alone is given, torch.func differentiates."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch.func import grad, jvp, vmap

from minmaxbench.core.arrays import Array, Namespace
from minmaxbench.core.problem import Problem


class TorchProblem(Problem):
    """A problem that gives only ``payoff``: its derivatives are those of torch.func.

    A subclass sets ``name``, ``dx`` and ``dy``, and ``x_set``, ``y_set`` and ``about`` where there is
    something to say. It runs on the torch engine, and on the NumPy engine through tensors on the CPU.
    A matrix product inside ``payoff`` may sum in an order that depends on the number of lanes; the
    last digits then do, too.
    """

    @abstractmethod
    def payoff(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        """f for one lane: x of shape (dx,), y of shape (dy,), both float64, to a number.

        It is mapped over the lanes with torch.func.vmap: no branch on a tensor's value.
        """

    def value(self, xp: Namespace, x: Array, y: Array) -> Array:
        """f, shape (...,)."""
        return _mapped(xp, self.payoff, x, y)

    def grad_x(self, xp: Namespace, x: Array, y: Array) -> Array:
        """The gradient in x, shape (..., dx)."""
        return _mapped(xp, grad(self.payoff, argnums=0), x, y)

    def grad_y(self, xp: Namespace, x: Array, y: Array) -> Array:
        """The gradient in y, shape (..., dy)."""
        return _mapped(xp, grad(self.payoff, argnums=1), x, y)

    def grad(self, xp: Namespace, x: Array, y: Array) -> tuple[Array, Array]:
        """Both gradients, from one pass backwards."""
        gx, gy = _mapped(xp, grad(self.payoff, argnums=(0, 1)), x, y)
        return gx, gy

    def hvp(self, xp: Namespace, x: Array, y: Array, u: Array, v: Array) -> tuple[Array, Array]:
        """The Hessian times (u, v): the gradient's derivative along (u, v), forwards over backwards."""

        def along(*lane: torch.Tensor) -> Any:
            return jvp(grad(self.payoff, argnums=(0, 1)), lane[:2], lane[2:])[1]

        hx, hy = _mapped(xp, along, x, y, u, v)
        return hx, hy


def _mapped(xp: Namespace, function: Callable[..., Any], *arrays: Array) -> Any:
    """A function of one lane, for all leading axes; NumPy arrays come and go as tensors."""
    plain = xp is np
    tensors = [torch.tensor(a, device="cpu") if plain else a for a in arrays]
    leading = tensors[0].shape[:-1]
    with tensors[0].device:
        results = vmap(function)(*(t.reshape(-1, t.shape[-1]) for t in tensors))
    single = isinstance(results, torch.Tensor)
    shaped = [
        r.detach().reshape(*leading, *r.shape[1:]) for r in ([results] if single else results)
    ]
    out = [r.numpy() for r in shaped] if plain else shaped
    return out[0] if single else out
