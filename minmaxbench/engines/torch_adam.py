"""Adam on tensors in one pass over memory: torch's own fused kernel in the place of our formula."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch.optim.adam import adam

from minmaxbench.algorithms.parts.scaling import Adam, Moments
from minmaxbench.core.arrays import Array


def in_one_pass(piece: Adam, state: Moments, g: Array) -> tuple[Array, Moments] | None:
    """Adam's direction; None where the kernel has not what is asked for."""
    numbers = (piece.beta1, piece.beta2, piece.eps)
    columns = any(isinstance(number, torch.Tensor) for number in numbers)
    if columns or piece.eps_in == "raw" or not piece.beta2:
        return None
    m, v, step = state.m.clone(), state.v.clone(), torch.zeros_like(g)
    # The kernel counts the gradients that lanes have seen; beta2^t, while it is above 0, says how many.
    left, rate = state.left_v[:, 0].tolist(), math.log(piece.beta2)
    seen = [float(round(math.log(max(part, 5e-324)) / rate)) for part in left]
    parts: Any = (slice(None),) if len(set(seen)) == 1 else range(len(seen))
    steps, gradients, ms, vs = ([a[part] for part in parts] for a in (step, g, m, v))
    counts = [torch.tensor(count, dtype=torch.float32) for count in seen[: len(parts)]]
    adam(
        steps, gradients, ms, vs, [], counts, fused=True, amsgrad=False, beta1=piece.beta1,
        beta2=piece.beta2, lr=-1.0, weight_decay=0.0, eps=piece.eps, maximize=False,
    )  # fmt: skip
    return step, Moments(m, v, piece.beta1 * state.left_m, piece.beta2 * state.left_v)
