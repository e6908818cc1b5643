"""Runs made again step by step: every iterate of a few of them, for pictures."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from minmaxbench.bench import manifest
from minmaxbench.bench.unit import begin
from minmaxbench.core.algorithm import Algorithm
from minmaxbench.core.arrays import Bools, Floats, Ints
from minmaxbench.core.calls import PRICES
from minmaxbench.core.noise import Draws
from minmaxbench.core.oracle import NumpyOracle, OracleNoise
from minmaxbench.core.problem import Problem
from minmaxbench.engines.loop import advance
from minmaxbench.errors import UserError
from minmaxbench.problems.registry import ProblemRef
from minmaxbench.record.chunk import Chunk

if TYPE_CHECKING:
    import pandas as pd

STEPS = 64
"""Steps between two looks at the clock."""
PATIENCE = 10.0
"""Seconds that the runs of one algorithm may take."""


@dataclass(frozen=True)
class Asked:
    """What decides a run, beside problem, algorithm and seed."""

    start: str
    seed: int
    noise: OracleNoise


def asked(folder: Path) -> Asked:
    """What the study in a results folder asked for."""
    study = manifest.read(folder)["study"]
    return Asked(study["start"], study["seed"], OracleNoise(**study["noise"]))


def replay(
    ref: ProblemRef, algorithm: Algorithm, asked: Asked, runs: pd.DataFrame, calls: float
) -> pd.DataFrame:
    """Every iterate of some runs of an algorithm on a planar problem, up to so many gradient calls.

    Parameters
    ----------
    ref, algorithm, asked :
        What was run.
    runs :
        Rows of a frame of runs, of which the columns ``seed`` and ``steps`` are read.
    calls :
        Where the paths end, if the runs did not end before.

    Returns
    -------
    pandas.DataFrame
        The columns ``run`` (the seed), ``step``, ``call``, ``x``, ``y``, and ``ended``, whether the
        path goes on to the run's end.

    Raises
    ------
    UserError
        Where that takes too long.
    """
    problem = ref.build()
    seeds, steps = (runs[name].to_numpy(int) for name in ("seed", "steps"))
    x, y, spent = _states(ref, problem, algorithm, asked, seeds, int(steps.max()), calls)
    rows = np.arange(len(x))[:, None]
    kept = (rows <= steps) & (spent <= calls)
    return _frame(seeds, kept, spent, x, y, steps)


def _states(
    ref: ProblemRef,
    problem: Problem,
    algorithm: Algorithm,
    asked: Asked,
    seeds: Ints,
    steps: int,
    calls: float,
) -> tuple[Floats, Floats, Floats]:
    """x, y and the calls spent before each state, (states, runs) each."""
    x, y, keys = begin(ref, problem, asked.start, asked.seed, seeds)
    algorithm = algorithm.for_problem(problem)
    oracle = NumpyOracle(problem, Draws(keys), asked.noise)
    chunks: list[tuple[Floats, Floats, Floats]] = []
    began, made = time.perf_counter(), 0
    with np.errstate(all="ignore"):
        state = algorithm.init(oracle.project_x(x), oracle.project_y(y), oracle)
        while made <= steps and (not chunks or chunks[-1][2][-1].min() <= calls):
            chunk, state = advance(algorithm, state, oracle, STEPS)
            chunks.append((chunk.x[..., 0], chunk.y[..., 0], _spent(chunk, len(seeds))))
            made += STEPS
            if time.perf_counter() - began > PATIENCE:
                raise UserError(
                    f"The steps of {algorithm.name} take too long to be made again for a picture."
                )
    x, y, spent = (np.concatenate(parts) for parts in zip(*chunks, strict=True))
    return x, y, spent


def _spent(chunk: Chunk, lanes: int) -> Floats:
    paid = [price * count for price, count in zip(PRICES, chunk.counts, strict=True)]
    spent = np.asarray(sum(paid), dtype=np.float64)[:-1]
    return np.broadcast_to(spent, (len(spent), lanes))


def _frame(
    seeds: Ints, kept: Bools, spent: Floats, x: Floats, y: Floats, steps: Ints
) -> pd.DataFrame:
    import pandas as pd

    lane, step = np.nonzero(kept.T)
    return pd.DataFrame(
        {
            "run": seeds[lane],
            "step": step,
            "call": spent[step, lane],
            "x": x[step, lane],
            "y": y[step, lane],
            "ended": (kept.sum(0) > steps)[lane],
        }
    )
