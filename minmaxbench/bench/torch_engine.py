"""The torch engine: the loop of the NumPy engine on tensors, on CUDA where there is one.

It exists for problems that are networks, and for GPUs; on the functions of this package NumPy is
quicker. Steps are eager and in double precision. The noise is the NumPy engine's, bit for bit.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import array_api_compat.torch as xp
import numpy as np
import torch

from minmaxbench.algorithms.base import Algorithm
from minmaxbench.bench.engine import follow
from minmaxbench.bench.recorder import Record
from minmaxbench.core.arrays import Array, Floats, Ints
from minmaxbench.core.noise import Draws, Words
from minmaxbench.core.oracle import EXACT, EagerOracle, Game, OracleNoise, TracedOracle
from minmaxbench.problems.base import Problem


class CannotRunError(Exception):
    """An algorithm or a problem does not work on tensors; the message is a clause that says why."""


def device() -> torch.device:
    """CUDA where there is one, the CPU otherwise."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


@contextmanager
def setting() -> Iterator[None]:
    """Double precision, on the device, in one thread, without derivatives being recorded.

    One thread, because sums that are shared out round differently; a study uses processes.
    """
    kind, threads = torch.get_default_dtype(), torch.get_num_threads()
    torch.set_default_dtype(torch.float64)
    torch.set_num_threads(1)
    try:
        with device(), torch.no_grad():
            yield
    finally:
        torch.set_default_dtype(kind)
        torch.set_num_threads(threads)


class TorchOracle(TracedOracle, EagerOracle):
    """The oracle on tensors: rare work is done for all lanes, and not at all where none wants it."""

    def __init__(self, problem: Game, keys: Words, noise: OracleNoise) -> None:
        super().__init__(problem, xp, keys, [0] * 4, noise)
        self._draws = Draws(keys)

    def normal(self, stream: str, index: Array, d: int) -> Array:
        """See :meth:`minmaxbench.core.oracle.Oracle.normal`."""
        return xp.asarray(self._draws.draw("normal", stream, _number(index), d, None))

    def uniform(self, stream: str, index: Array, d: int) -> Array:
        """See :meth:`minmaxbench.core.oracle.Oracle.uniform`."""
        return xp.asarray(self._draws.draw("uniform", stream, _number(index), d, None))

    def on(
        self, where: Array, work: Callable[..., tuple[Array, ...]], *arrays: Array
    ) -> tuple[Array, ...]:
        """See :meth:`minmaxbench.core.oracle.Oracle.on`."""
        return super().on(where, work, *arrays) if where.any() else arrays

    def take(self, lanes: Ints) -> TorchOracle:
        """See :meth:`minmaxbench.core.oracle.EagerOracle.take`."""
        part = TorchOracle(self.problem, self._keys[lanes], self.noise)
        part.counts = [c if isinstance(c, int) else c[lanes] for c in self.counts]
        return part


class _Trial(TorchOracle):
    """Does rare work whether any lane wants it or not."""

    def on(
        self, where: Array, work: Callable[..., tuple[Array, ...]], *arrays: Array
    ) -> tuple[Array, ...]:
        """See :meth:`minmaxbench.core.oracle.Oracle.on`."""
        return TracedOracle.on(self, where, work, *arrays)


def run_lanes(
    problem: Problem,
    algorithm: Algorithm,
    x: Floats,
    y: Floats,
    keys: Words,
    budget: float,
    noise: OracleNoise = EXACT,
    time_limit: float = np.inf,
) -> Record:
    """Run lanes as :func:`minmaxbench.bench.engine.run_lanes` does.

    Raises :class:`CannotRunError` where a first step on tensors fails.
    """
    with setting():
        algorithm = _on_tensors(algorithm.suited(problem))
        start = xp.asarray(x), xp.asarray(y)
        _try(algorithm, _Trial(problem, keys, noise), *start)
        oracle = TorchOracle(problem, keys, noise)
        return follow(problem, algorithm, oracle, *start, budget, time_limit, stack=_stack)


def _on_tensors(algorithm: Algorithm) -> Algorithm:
    """The algorithm with its hyper-parameter columns, if any, as tensors."""
    columns = {
        field.name: xp.asarray(value, dtype=torch.float64)
        for field in dataclasses.fields(algorithm)
        if isinstance(value := getattr(algorithm, field.name), np.ndarray)
    }
    return dataclasses.replace(algorithm, **columns) if columns else algorithm


def _try(algorithm: Algorithm, oracle: TorchOracle, x: Array, y: Array) -> None:
    """Make one step, to see whether the code works on tensors."""
    try:
        state = algorithm.init(oracle.project_x(x), oracle.project_y(y), oracle)
        state = algorithm.step(state, oracle)
    except Exception as error:
        reason = str(error).strip().split("\n")[0].rstrip(".")
        raise CannotRunError(f"{type(error).__name__}: {reason}") from error
    for name, field in state._asdict().items():
        if not isinstance(field, torch.Tensor):
            raise CannotRunError(f"a step makes {name} a {type(field).__name__}, not a tensor")


def _number(index: Array) -> Any:
    """The number of a draw, or one a lane, for NumPy."""
    return index.cpu().numpy() if isinstance(index, torch.Tensor) else index


def _stack(arrays: Sequence[Array]) -> Any:
    return torch.stack(list(arrays)).cpu().numpy()
