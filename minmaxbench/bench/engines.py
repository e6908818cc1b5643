"""The choice of an engine: NumPy, the reference, JAX, which compiles, or torch, for networks."""

from __future__ import annotations

from importlib.util import find_spec
from typing import NamedTuple

import numpy as np

from minmaxbench.algorithms.base import Algorithm
from minmaxbench.bench import engine as numpy_engine
from minmaxbench.bench.recorder import Record
from minmaxbench.core.arrays import Floats
from minmaxbench.core.noise import Words
from minmaxbench.core.oracle import EXACT, OracleNoise
from minmaxbench.errors import UserError, unknown
from minmaxbench.problems.base import Problem

ENGINES = ("auto", "numpy", "jax", "torch")

WORTH_COMPILING = 30_000.0
"""From this budget on, compiling costs less than it saves even where a hundred lanes run."""


class Answer(NamedTuple):
    """What came of a unit's runs."""

    record: Record
    engine: str
    """Which engine ran them."""
    note: str
    """Why it is not the one that was asked for, if it is not."""


def choose(engine: str, budget: float) -> tuple[str, str]:
    """The engine for runs with this budget, and why, in a sentence.

    It depends on what is asked and what is installed, never on a measurement or on the number of
    seeds: a study that is widened goes on with the engine that it began with. Raises
    :class:`UserError` for an engine that there is not.
    """
    if engine not in ENGINES:
        raise unknown("engine", engine, ENGINES)
    installed = find_spec("jax") is not None
    if engine == "jax" and not installed:
        raise UserError("The engine 'jax' needs JAX: pip install 'minmaxbench[jax]'.")
    if engine == "torch":
        if find_spec("torch") is None or find_spec("array_api_compat") is None:
            raise UserError("The engine 'torch' needs PyTorch: pip install 'minmaxbench[torch]'.")
        from minmaxbench.bench.torch_engine import device

        return engine, f"Engine torch, as asked for, on {device().type.upper()}."
    if engine != "auto":
        return engine, f"Engine {engine}, as asked for."
    if budget < WORTH_COMPILING:
        return "numpy", (
            f"Engine numpy: below {WORTH_COMPILING:,.0f} calls a run, compiling may cost more than "
            "it saves (--engine jax compiles all the same)."
        )
    if not installed:
        return "numpy", "Engine numpy: JAX is not installed (pip install 'minmaxbench[jax]')."
    return "jax", f"Engine jax: runs of {budget:,.0f} calls are worth compiling."


def run_lanes(
    engine: str,
    problem: Problem,
    algorithm: Algorithm,
    x: Floats,
    y: Floats,
    keys: Words,
    budget: float,
    noise: OracleNoise = EXACT,
    time_limit: float = np.inf,
) -> Answer:
    """Run lanes on an engine: see :func:`minmaxbench.bench.engine.run_lanes`.

    What JAX cannot trace, or torch cannot run, runs on the NumPy engine; the answer's note says
    why.
    """
    name, note = choose(engine, budget)[0], ""
    rest = (x, y, keys, budget, noise, time_limit)
    if name == "jax":
        from minmaxbench.bench import jax_engine
        from minmaxbench.bench.jax_program import CannotCompileError

        try:
            return Answer(jax_engine.run_lanes(problem, algorithm, *rest), "jax", "")
        except CannotCompileError as error:
            note = f"JAX cannot compile it ({error}); the NumPy engine ran it."
    if name == "torch":
        from minmaxbench.bench import torch_engine

        try:
            return Answer(torch_engine.run_lanes(problem, algorithm, *rest), "torch", "")
        except torch_engine.CannotRunError as error:
            note = f"torch cannot run it ({error}); the NumPy engine ran it."
    return Answer(numpy_engine.run_lanes(problem, algorithm, *rest), "numpy", note)
