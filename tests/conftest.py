"""What holds for every test, and what tests of several rooms share: frames of runs made by hand."""

import sys

import numpy as np
import pandas as pd
import pytest

from minmaxbench.record.targets import TARGETS, hit_column

GRID = np.array([0.0, 1.0, 10.0, 100.0, 1000.0])


@pytest.fixture(autouse=True)
def double_precision_is_left_off():
    """No test, and nothing that it runs, leaves JAX in double precision for those after it."""
    yield
    jax = sys.modules.get("jax")
    assert jax is None or not jax.config.jax_enable_x64


@pytest.fixture(scope="session")
def made():
    """A frame of runs from ``{(problem, algorithm): [a result a seed]}``.

    A result is the number of calls at which every target is met, None for a run that never meets any,
    or ``"error"``. A problem is a name, or (name, instance, dx, dy); ``without`` names those that
    list no equilibrium. Runs in error know neither equilibria nor traces, as in a results folder.
    """
    return make


def make(cells, without=(), budget=1000.0):
    rows = []
    for (problem, algorithm), results in cells.items():
        name, instance, dx, dy = problem if isinstance(problem, tuple) else (problem, 0, 1, 1)
        for seed, result in enumerate(results):
            row = {
                "problem": name, "instance": instance, "dx": dx, "dy": dy, "algorithm": algorithm,
                "method": algorithm.split("(")[0], "parameters": "{}", "seed": seed,
                "start": "region", "budget": budget,
            }  # fmt: skip
            rows.append(row | _end(result, 0 if name in without else 1))
    return pd.DataFrame(rows)


def _end(result, equilibria):
    if result == "error":
        return {
            "outcome": "error",
            "verdict": "error",
            "message": "ValueError: on purpose (f.py:3)",
        }
    hit = np.nan if result is None else float(result)
    distance = np.where(hit <= GRID, 1e-11, 1.0) if equilibria else np.full(len(GRID), np.inf)
    end = {
        "outcome": "budget", "message": "",
        "verdict": "unfinished" if result is None or not equilibria else "equilibrium",
        "equilibria": equilibria, "distance": distance[-1], "calls": GRID[-1], "steps": 1000,
        "trace_calls": GRID, "trace_distance": distance.astype(np.float32),
        "trace_residual": np.where(hit <= GRID, 1e-11, 1.0).astype(np.float32),
        "trace_x": np.linspace(1, 0, len(GRID), dtype=np.float32),
        "trace_y": np.linspace(-1, 0, len(GRID), dtype=np.float32),
    }  # fmt: skip
    for target in TARGETS:
        end[hit_column("distance", target)] = hit if equilibria else np.nan
        end[hit_column("residual", target)] = hit
    return end
