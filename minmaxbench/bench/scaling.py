"""The scaling study: does the number of iterations depend on the dimension?

It is several studies, since dimensions differ in seeds and budget, and noise belongs to a study.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from minmaxbench.bench.naming import problem_refs
from minmaxbench.bench.results import load
from minmaxbench.bench.study import Study
from minmaxbench.theory.approximate import EquilibriumTest

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
    (1000, 50, 5, 2000.0, FAMILIES),
    (10_000, 50, 5, 1000.0, CONSTANT),
    (100_000, 4, 2, 1000.0, CONSTANT),
    (1_000_000, 2, 1, 550.0, CONSTANT),
)
"""Dimension, seeds, seeds judged, budget, families: what half an hour on two cores allows."""

TEST = EquilibriumTest(eps=0.12, omega=0.1, proposal="gaussian", scale=0.5, samples=40)
"""What final points are asked, with the authors' eps and proposals. If none of 40 improves, the interval
ends at 0.088."""

QUICK = (2, 4, 16, 100)
"""The dimensions of a first look, which also has fewer families, rivals, seeds and noise levels."""


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
        judged: int = 10,
    ) -> Study:
        return Study(
            problems=problem_refs(families, sizes),
            algorithms=entries,
            name=f"scaling-quick{name}" if quick else f"scaling{name}",
            seeds=seeds,
            budget=budget,
            noise=noise,
            equilibrium=TEST,
            equilibrium_seeds=judged,
        )

    families = tuple(name for name in FAMILIES if not (quick and "rotated" in name))
    rivals = RIVALS if quick else (*RIVALS, *CYCLING)
    built = [study("", families, dims, (*GREEDY, *rivals), budget=most)]
    if not quick:
        for d, count, judged, budget, large in LARGE:
            entries = (*GREEDY, *RIVALS)
            built.append(study(f"-{d}", large, [d], entries, count, budget, judged=judged))
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
