"""The choice of an engine: NumPy, the reference, JAX, which compiles, or torch, for networks."""

from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec

from minmaxbench.engines.batch import Batch, Engine, Unsupported
from minmaxbench.engines.numpy_engine import NumpyEngine
from minmaxbench.errors import UserError, unknown
from minmaxbench.record.record import Record

ENGINES = ("auto", "numpy", "jax", "torch")

DEVICES = ("cpu", "cuda")

WORTH_COMPILING = 30_000.0
"""From this budget on, compiling costs less than it saves even where a hundred lanes run."""


def choose(engine: str, budget: float, device: str = "cpu") -> tuple[str, str]:
    """The engine for runs with this budget, and why, in a sentence.

    It depends on what is asked and what is installed, never on a measurement or on the number of
    seeds: a study that is widened goes on with the engine that it began with. Raises
    :class:`UserError` for an engine that there is not.
    """
    if engine not in ENGINES:
        raise unknown("engine", engine, ENGINES)
    if device not in DEVICES:
        raise unknown("device", device, DEVICES)
    if device == "cuda" and engine not in ("jax", "torch"):
        raise UserError("The device 'cuda' needs the engine jax or torch: --engine jax.")
    installed = find_spec("jax") is not None
    if engine == "jax" and not installed:
        raise UserError("The engine 'jax' needs JAX: pip install 'minmaxbench[jax]'.")
    if engine == "torch" and (find_spec("torch") is None or find_spec("array_api_compat") is None):
        raise UserError("The engine 'torch' needs PyTorch: pip install 'minmaxbench[torch]'.")
    if engine != "auto":
        return engine, f"Engine {engine}, as asked for, on {device.upper()}."
    if budget < WORTH_COMPILING:
        return "numpy", (
            f"Engine numpy: below {WORTH_COMPILING:,.0f} calls a run, compiling may cost more than "
            "it saves (--engine jax compiles all the same)."
        )
    if not installed:
        return "numpy", "Engine numpy: JAX is not installed (pip install 'minmaxbench[jax]')."
    return "jax", f"Engine jax: runs of {budget:,.0f} calls are worth compiling."


def gpus(engine: str) -> int:
    """How many CUDA devices an engine can use in this process."""
    if engine == "torch":
        import torch

        return int(torch.cuda.device_count()) if torch.cuda.is_available() else 0
    import jax

    try:
        return len(jax.devices("cuda"))
    except RuntimeError:
        return 0


def get_engine(name: str) -> Engine:
    """The engine of a name that :func:`choose` has given."""
    if name == "jax":
        from minmaxbench.engines.jax.engine import JaxEngine

        return JaxEngine()
    if name == "torch":
        from minmaxbench.engines.torch_engine import TorchEngine

        return TorchEngine()
    return NumpyEngine()


def run(name: str, batch: Batch) -> Record:
    """Run a batch on the engine of that name, or, where it cannot, on the NumPy engine.

    The record says which engine ran it, and in its note why it is not the one asked for.
    """
    engine, note = get_engine(name), ""
    try:
        record = engine.run(batch)
    except Unsupported as error:
        note = f"{engine.name} cannot run it ({error}); the NumPy engine ran it."
        engine = NumpyEngine()
        record = engine.run(batch)
    return replace(record, engine=engine.name, note=note)
