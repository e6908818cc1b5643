"""Is the point where an algorithm ends an (eps, omega)-equilibrium, Q the stochastic generator step?

`python -m benchmarks.gan_equilibrium --seeds 3` asks `minmaxbench.equilibrium` about the ends that
`gan_runs.py mixture` and `gan_runs.py gda` have left in results/gan, and about the starts; what stands in
equilibrium.csv is not asked again. A proposal is
-scale G_x on a fresh minibatch, the answer plain gradient ascent, f that of minibatches of 512.

eps is the length of grad_y f at the start of the same seed, since f has no scale of its own; `--part` takes a
part of it. omega is 0.1; scale makes a proposal as long as one Adam step of the generator, rate sqrt(dx). An
ascent that does not come to rest in 100 steps counts as an improvement, so the share is one from above.
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

import minmaxbench as mb
from minmaxbench.bench.starts import start_points
from minmaxbench.core.noise import run_keys
from minmaxbench.problems.gan.catalogue import keswani

RATE = 1e-3
GAN = Path(__file__).parents[1] / "results" / "gan"


def ends(problem, seeds):
    """What is asked about: (algorithm, seed, x, y)."""
    for seed in seeds:
        one = np.array([seed])
        keys = run_keys(f"0|{problem.name}|0|{problem.dx}|{problem.dy}", one)
        x, y = start_points("region", problem, keys, one)
        yield "the start", seed, x, y
        for path in sorted(
            p for name in ("gda", "mixture") for p in GAN.glob(f"{name}/*-{seed:03}.npz")
        ):
            with np.load(path) as end:
                label = pd.read_parquet(path.with_suffix(".parquet"), columns=["algorithm"])
                yield label["algorithm"][0], seed, end["x"].astype(float), end["y"].astype(float)


def judged(problem, x, y, eps, samples):
    """What the test says of one point."""
    slope_x = float(np.linalg.norm(problem.grad_x(np, x, y)))
    test = mb.EquilibriumTest(
        eps=eps, omega=0.1, proposal="gradient", scale=RATE * problem.dx**0.5 / slope_x,
        samples=samples, eta=0.05, max_ascents=100,
    )  # fmt: skip
    found = mb.equilibrium(problem, x, y, test)
    return {
        "eps": eps, "judgement": found.judgement[0].value, "slope_x": slope_x, "slope_y": found.slope[0],
        "improvement": found.probability[0], "low": found.low[0], "high": found.high[0],
        "value": problem.value(np, x, y)[0],
    }  # fmt: skip


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--part", type=float, nargs="+", default=[1.0], help="of eps")
    parser.add_argument("--samples", type=int, default=40)
    asked = parser.parse_args()
    problem, path, slope = keswani(), GAN / "equilibrium.csv", 0.0
    rows = pd.read_csv(path).to_dict("records") if path.exists() else []
    known = {(row["algorithm"], row["seed"], row["part"]) for row in rows}
    for algorithm, seed, x, y in ends(problem, range(asked.seeds)):
        if algorithm == "the start":
            slope = float(np.linalg.norm(problem.grad_y(np, x, y)))
        for part in asked.part:
            if (algorithm, seed, part) in known:
                continue
            found = judged(problem, x, y, part * slope, asked.samples)
            rows.append({"algorithm": algorithm, "seed": seed, "part": part, **found})
            print(rows[-1], flush=True)
            pd.DataFrame(rows).to_csv(path, index=False)


if __name__ == "__main__":
    main()
