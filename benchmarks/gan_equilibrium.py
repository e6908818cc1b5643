"""Is the point where an algorithm ends an (eps, omega)-equilibrium, Q the stochastic generator step?

`python -m benchmarks.gan_equilibrium --budget 6000` trains each algorithm of the mixture on one seed and asks
`minmaxbench.equilibrium` about its end, with proposals -scale G_x on fresh minibatches, f the fixed sample's.
eps is `--eps` times the length of grad_y f at the start, since f has no scale of its own; omega is 0.1, and
scale is such that a proposal is as long as one Adam step of the generator there, rate sqrt(dx). One CSV.
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

import minmaxbench as mb
from benchmarks.gan_runs import SIX
from minmaxbench.algorithms.registry import AlgorithmRef
from minmaxbench.bench.starts import start_points
from minmaxbench.core.noise import run_keys
from minmaxbench.engines.batch import Batch
from minmaxbench.engines.choice import get_engine
from minmaxbench.problems.gan.catalogue import keswani

RATE = 1e-3


def judged(problem, algorithm, budget, part, samples, seed=0):
    """One row: what the test says of the end of one run."""
    seeds = np.array([seed])
    keys = run_keys(f"0|{problem.name}|0|{problem.dx}|{problem.dy}", seeds)
    x, y = start_points("region", problem, keys, seeds)
    eps = part * float(np.linalg.norm(problem.grad_y(np, x, y)))
    record = get_engine("torch").run(Batch(problem, algorithm, x, y, keys, budget))
    slope_x = float(np.linalg.norm(problem.grad_x(np, record.x, record.y)))
    test = mb.EquilibriumTest(
        eps=eps, omega=0.1, proposal="gradient", scale=RATE * problem.dx**0.5 / slope_x,
        samples=samples, eta=0.05, max_ascents=200,
    )  # fmt: skip
    found = mb.equilibrium(problem, record.x, record.y, test)
    return {
        "algorithm": AlgorithmRef.of(algorithm).label, "seed": seed, "eps": eps,
        "judgement": found.judgement[0].value, "slope_y": found.slope[0],
        "improvement": found.probability[0], "low": found.low[0], "high": found.high[0],
        "modes": record.metrics["metric_modes"][0],
    }  # fmt: skip


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--budget", type=float, default=6000.0)
    parser.add_argument("--eps", type=float, default=1.0)
    parser.add_argument("--samples", type=int, default=100)
    parser.add_argument("--small", action="store_true", help="narrow networks: a smoke test")
    asked = parser.parse_args()
    problem = keswani(width=8, batch_size=16) if asked.small else keswani()
    rows = []
    path = Path(__file__).parents[1] / "results" / "gan" / "equilibrium.csv"
    for algorithm in SIX:
        rows.append(judged(problem, algorithm, asked.budget, asked.eps, asked.samples))
        print(rows[-1], flush=True)
        if not asked.small:
            pd.DataFrame(rows).to_csv(path, index=False)


if __name__ == "__main__":
    main()
