"""The torch engine: the loop of the NumPy engine on tensors, on the CPU or on CUDA.

It exists for problems that are networks, and for GPUs; on the functions of this package NumPy is
quicker. Steps are eager, and in double precision but for problems that say ``single``. The noise is the
NumPy engine's, bit for bit in double precision.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from typing import Any

import array_api_compat.torch as xp
import torch

from minmaxbench.algorithms.parts.scaling import IN_ONE_PASS
from minmaxbench.core import tree
from minmaxbench.core.algorithm import Algorithm
from minmaxbench.core.arrays import Array, Ints
from minmaxbench.core.contract import refused
from minmaxbench.core.noise import Draws, Words
from minmaxbench.core.oracle import EagerOracle, Oracle, OracleNoise, S
from minmaxbench.core.problem import Problem
from minmaxbench.core.traced import TracedOracle
from minmaxbench.engines.batch import Batch, Unsupported
from minmaxbench.engines.guard import Guard
from minmaxbench.engines.loop import follow
from minmaxbench.engines.torch_adam import in_one_pass
from minmaxbench.record.record import Record

IN_ONE_PASS[xp] = in_one_pass


@contextmanager
def setting(device: str = "cpu", single: bool = False) -> Iterator[None]:
    """Double or single precision, on the device, in one thread, without derivatives being recorded.

    One thread, because sums that are shared out round differently; a study uses processes.
    """
    kind, threads = torch.get_default_dtype(), torch.get_num_threads()
    torch.set_default_dtype(torch.float32 if single else torch.float64)
    torch.set_num_threads(1)
    try:
        # On the CPU, where tensors are made anyway, the device would be asked about at every call.
        with nullcontext() if device == "cpu" else torch.device(device), torch.no_grad():
            yield
    finally:
        torch.set_default_dtype(kind)
        torch.set_num_threads(threads)


def begun(array: Any) -> Any:
    """NumPy's numbers as a tensor of the precision, and on the device, of the :func:`setting`."""
    return xp.asarray(array, dtype=torch.get_default_dtype())


class TorchOracle(TracedOracle, EagerOracle):
    """The oracle on tensors: rare work is done for all lanes, and not at all where none wants it."""

    def __init__(
        self, problem: Problem, keys: Words, noise: OracleNoise, counts: Sequence[Array] = (0,) * 4
    ) -> None:
        super().__init__(problem, xp, keys, counts, noise)
        self._draws = Draws(keys)
        self.handed: list[tuple[Any, int]] = []
        """What was handed out in this step, with its version: how often it had been written to."""

    def begin_step(self) -> None:
        """See :meth:`minmaxbench.core.oracle.Oracle.begin_step`."""
        super().begin_step()
        self.handed.clear()

    def normal(self, stream: str, index: Array, d: int) -> Array:
        """See :meth:`minmaxbench.core.oracle.Oracle.normal`."""
        return begun(self._draws.draw("normal", stream, _number(index), d, None))

    def uniform(self, stream: str, index: Array, d: int) -> Array:
        """See :meth:`minmaxbench.core.oracle.Oracle.uniform`."""
        return xp.asarray(self._draws.draw("uniform", stream, _number(index), d, None))

    def where_needed(self, where: Array, work: Callable[[S, Oracle], S], state: S) -> S:
        """See :meth:`minmaxbench.core.oracle.Oracle.where_needed`."""
        return super().where_needed(where, work, state) if where.any() else state

    def _ask(self, what: str, index: Array, *arrays: Array) -> Array:
        versions = [a._version for a in arrays]
        result = super()._ask(what, index, *arrays)
        if versions != [a._version for a in arrays]:
            refused(self._name)
        parts = result if isinstance(result, tuple) else (result,)
        self.handed += [(part, part._version) for part in parts]
        return result

    def select(self, lanes: Ints) -> TorchOracle:
        """See :meth:`minmaxbench.core.oracle.EagerOracle.select`."""
        part = self._part(self._counts_of(lanes))
        part._keys, part.handed = self._keys[lanes], []
        part._draws = Draws(part._keys)
        return part


class _Trial(TorchOracle):
    """Does rare work whether any lane wants it or not."""

    def where_needed(self, where: Array, work: Callable[[S, Oracle], S], state: S) -> S:
        """See :meth:`minmaxbench.core.oracle.Oracle.where_needed`."""
        return TracedOracle.where_needed(self, where, work, state)


class TensorGuard(Guard):
    """The guard of tensors, which cannot be closed: they count how often they are written to."""

    array = torch.Tensor
    numpy = staticmethod(lambda tensor: tensor.detach().cpu().numpy())

    def close(self, state: Any) -> None:
        """Note the versions of the tensors of a state."""
        self._versions = [(leaf, leaf._version) for leaf in tree.leaves(state)]

    def after_step(self, before: Any, state: Any, oracle: Oracle) -> None:
        """See :meth:`minmaxbench.engines.guard.Guard.after_step`."""
        handed = oracle.handed if isinstance(oracle, TorchOracle) else []
        if any(tensor._version != version for tensor, version in self._versions + handed):
            refused(self.name)
        self.check(state)
        self.close(state)


class TorchEngine:
    """The NumPy engine's loop on tensors."""

    name = "torch"

    def run(self, batch: Batch) -> Record:
        """See :meth:`minmaxbench.engines.batch.Engine.run`; a first step on tensors is tried."""
        with setting(batch.device, batch.problem.single):
            algorithm = _on_tensors(batch.algorithm.for_problem(batch.problem))
            start = begun(batch.x), begun(batch.y)
            _try(algorithm, _Trial(batch.problem, batch.keys, batch.noise), *start)
            oracle = TorchOracle(batch.problem, batch.keys, batch.noise)
            return follow(replace(batch, algorithm=algorithm), oracle, *start, _stack, TensorGuard)


def _on_tensors(algorithm: Algorithm) -> Algorithm:
    """The algorithm with its hyper-parameter columns, if any, as tensors."""
    columns = tree.columns(algorithm)
    tensors = {name: begun(v) for name, v in columns.items()}
    return tree.rebuild(algorithm, tensors)


def _try(algorithm: Algorithm, oracle: TorchOracle, x: Array, y: Array) -> None:
    """Make one step, to see whether the code works on tensors."""
    try:
        state = algorithm.init(oracle.project_x(x), oracle.project_y(y), oracle)
        state = algorithm.step(state, oracle)
    except Exception as error:
        reason = str(error).strip().split("\n")[0].rstrip(".")
        raise Unsupported(f"{type(error).__name__}: {reason}") from error
    for name, leaf in tree.named_leaves(state):
        if not isinstance(leaf, torch.Tensor):
            raise Unsupported(f"a step makes {name} a {type(leaf).__name__}, not a tensor")


def _number(index: Array) -> Any:
    """The number of a draw, or one a lane, for NumPy."""
    return index.cpu().numpy() if isinstance(index, torch.Tensor) else index


def _stack(arrays: Sequence[Array]) -> Any:
    return torch.stack(list(arrays)).cpu().numpy()
