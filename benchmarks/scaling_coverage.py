"""How often the interval of an exponent covers the truth.

python benchmarks/scaling_coverage.py [REPETITIONS]: synthetic run times T = 100 d^p with log-normal
spread, 50 seeds at seven dimensions, a share of them censored at one budget.
"""

import sys
from collections import Counter

import numpy as np

from minmaxbench.analysis.growth import fit_growth

DIMS = (2, 4, 8, 16, 32, 100, 1000)


def synthetic(p, seed, censored, spread=0.4, seeds=50):
    rng = np.random.default_rng(seed)
    dims = np.repeat(np.array(DIMS, float), seeds)
    times = 100 * dims**p * np.exp(spread * rng.standard_normal(len(dims)))
    budget = np.quantile(times, 1 - censored)
    return np.minimum(times, budget), dims, times <= budget


def main() -> None:
    """Print a line for each exponent and share of censored runs."""
    repetitions = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    for censored in (0.1, 0.3, 0.6):
        for p in (0.0, 0.5, 1.0):
            fits = [fit_growth(*synthetic(p, seed, censored)) for seed in range(repetitions)]
            covered = np.mean([fit.low <= p <= fit.high for fit in fits])
            verdicts = Counter(fit.verdict.value for fit in fits)
            width = np.median([fit.high - fit.low for fit in fits])
            print(
                f"p = {p:3.1f}, {censored:.0%} censored: covered {covered:.1%} of {repetitions}, "
                f"median width {width:.3f}, verdicts {dict(verdicts)}",
                flush=True,
            )


if __name__ == "__main__":
    main()
