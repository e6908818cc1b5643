"""The scaling study: does the number of iterations depend on the dimension?

It is several studies, since dimensions differ in seeds and budget, and noise belongs to a study.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from minmaxbench.bench.store import load
from minmaxbench.bench.study import Study, algorithm_specs, problem_specs
from minmaxbench.core.oracle import OracleNoise

if TYPE_CHECKING:
    import pandas as pd

CONSTANT = ("f3_active_subspace_d", "f3_equivariant_d")
"""Families with the same b and L in every dimension."""

FAMILIES = (
    *CONSTANT,
    "f3_weighted_lift_d",
    "ncsc_quadratic_d",
    "f3_sum_d",
    "f3_rotated_sum_d",
    "f3_mean_lift_d",
    "f3_rotated_mean_d",
)

GREEDY: tuple[str | Mapping[str, Any], ...] = (
    "greedy_max",
    {"name": "greedy_max", "proposal": "gaussian_total"},
    {"name": "greedy_max", "proposal": "gradient", "scale": 0.1, "eps": 0.012},
)
"""Proposals of fixed size a coordinate, of fixed length, and along the gradient.

The first two have the authors' settings. The gradient step needs a smaller eps: a step s against
a gradient g lowers f by about s |g|^2, which must exceed eps/4.
"""

MORE_PROPOSALS: tuple[str | Mapping[str, Any], ...] = (
    {"name": "greedy_max", "proposal": "ball"},
    {"name": "greedy_max", "proposal": "low_rank"},
)

RIVALS = ("gda", "gda_two_timescale", "gdmax")

CYCLING = ("ogda", "extragradient")
"""Like GDA they end in cycles on F3 at this step size, which small dimensions show well enough."""

NOISES = (0.001, 0.01, 0.1)
"""Standard deviations of the gradient noise, in every coordinate."""

NOISY: tuple[str | Mapping[str, Any], ...] = (
    "greedy_max",
    {"name": "greedy_max", "inner_eps": 0.06},
    "gda_two_timescale",
    "gdmax",
)
"""What meets the noise; with inner_eps = eps/2 the inner ascent bears more of it."""

DIMENSIONS = (2, 4, 8, 16, 32, 100)

LARGE = (
    (1000, 50, 2000.0, FAMILIES),
    (10_000, 50, 1000.0, CONSTANT),
    (100_000, 4, 1000.0, CONSTANT),
    (1_000_000, 2, 550.0, CONSTANT),
)
"""Dimension, seeds, budget, families: what half an hour on two cores allows."""

QUICK = (2, 4, 16, 100)
"""The dimensions of a first look, with 20 seeds, a smaller budget and one noise level."""


def studies(quick: bool = False) -> tuple[Study, ...]:
    """The studies, the one that compares the families first; ``quick`` for a first look at them.

    Each has a folder of its own: ``scaling``, ``scaling-noise-0.01``, ..., or ``scaling-quick...``.
    """
    dims, seeds, most = (QUICK, 20, 1500.0) if quick else (DIMENSIONS, 50, 4500.0)
    few = [2, 16, 100]

    def study(
        name: str,
        families: tuple[str, ...],
        sizes: Sequence[int],
        entries: tuple[str | Mapping[str, Any], ...],
        seeds: int = seeds,
        budget: float = min(most, 2000.0),
        noise: float = 0.0,
    ) -> Study:
        return Study(
            f"scaling-quick{name}" if quick else f"scaling{name}",
            problem_specs([*families], [*sizes]),
            algorithm_specs([*entries]),
            seeds,
            budget,
            noise=OracleNoise(gradient=noise),
        )

    built = [study("", FAMILIES, dims, (*GREEDY, *RIVALS, *CYCLING), budget=most)]
    if not quick:
        for d, count, budget, families in LARGE:
            built.append(study(f"-{d}", families, [d], (*GREEDY, *RIVALS), count, budget))
    built.append(study("-proposals", CONSTANT, dims, MORE_PROPOSALS))
    built += [
        study(f"-noise-{n:g}", CONSTANT, few, NOISY, noise=n)
        for n in (NOISES[1:2] if quick else NOISES)
    ]
    built.append(study("-theory", CONSTANT, few, ("greedy_max_theory", NOISY[1])))
    return tuple(built)


def load_studies(out: Path, quick: bool = False) -> pd.DataFrame:
    """The runs of all studies under ``out``, with the columns ``study`` and ``noise`` added."""
    import pandas as pd

    frames = [
        load(out / study.name).assign(study=study.name, noise=study.noise.gradient)
        for study in studies(quick)
    ]
    return pd.concat(frames, ignore_index=True)
