"""The runs behind docs/gan.md: `python benchmarks/gan_runs.py mixture --seeds 4` makes what is missing.

One Parquet file an algorithm and seed (ten seeds, for small networks) in results/gan/EXPERIMENT; who is
killed loses that one. `--minutes 9` begins no file after so many minutes: give the command again to go on.
"""

import argparse
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from minmaxbench.algorithms.registry import AlgorithmRef, get_algorithm
from minmaxbench.bench.starts import start_points
from minmaxbench.core.noise import run_keys
from minmaxbench.core.oracle import EXACT
from minmaxbench.engines.batch import Batch
from minmaxbench.engines.loop import follow
from minmaxbench.engines.torch_engine import TensorGuard, TorchOracle, _stack, begun, setting
from minmaxbench.problems.gan.catalogue import keswani
from minmaxbench.problems.registry import get_problem
from minmaxbench.record.schema import Finished, finished_columns

IMAGES = {"eta_x": 2e-4, "eta_y": 2e-4, "k": 1}


def of_images(chance):
    """What trains GANs of images; ``chance`` is the mean rate at which the test accepts there."""
    return [
        get_algorithm("greedy_max_adam", accept="images", rate=5, **IMAGES),
        get_algorithm("adam_players", **IMAGES),
        get_algorithm("greedy_max_adam", accept="coin_both", chance=chance, **IMAGES),
    ]


MIXTURE = [
    get_algorithm("greedy_max_adam", accept="mixture"),
    get_algorithm("greedy_max_adam", accept="coin"),
    get_algorithm("adam_players", k=6),
    get_algorithm("greedy_max_adam"),
    get_algorithm("greedy_max_adam", accept="corrected"),
    get_algorithm("greedy_max_adam", accept="coin_both"),
    get_algorithm("adam_players", rule="extra"),
    get_algorithm("adam_players", rule="lookahead", k=6),
    get_algorithm("adam_players", rule="optimistic"),
    get_algorithm("unrolled_adam"),
]
EXPERIMENTS = {
    "mixture": ("gan_mixture", 1500, MIXTURE),
    "gda": ("gan_mixture", 1500, [get_algorithm("adam_players")]),
    "mnist": ("gan_mnist01", 750, of_images(0.498)),
    "digits": ("gan_digits", 1500, of_images(0.594)),
}
"""The problem, how many iterations, and what trains it. The coins' chances are the rates of the test's
first five (MNIST) and ten (digits) seeds."""
WIDTHS = (16, 32, 64, 128, 256, 512)
for width in WIDTHS:
    EXPERIMENTS[f"width{width}"] = (width, 1500, MIXTURE[:1])


def cost(algorithm):
    """In gradient calls an iteration, which the oracle counts."""
    small = keswani(width=1, batch_size=1)
    seeds = np.arange(1)
    keys = run_keys("cost", seeds)
    with setting(single=True):
        oracle = TorchOracle(small, keys, EXACT)
        state = algorithm.init(*map(begun, start_points("region", small, keys, seeds)), oracle)
        algorithm.step(state, oracle)
        return oracle.price()


def problem_of(name):
    return keswani(width=name) if isinstance(name, int) else get_problem(name)


class Moves:
    """Counts in how many steps x moved: accepted proposals."""

    def __init__(self):
        self.moved, self.steps, self.last = 0, 0, None

    def __call__(self, chunk):
        for x in chunk.x:
            if self.last is not None:
                self.moved = self.moved + (x != self.last).any(1)
                self.steps += 1
            self.last = x


def together(problem):
    """So many seeds make a file: small minibatches are quicker ten at a time, a large one fills the cache."""
    return 10 if problem.batch_size <= 64 else 1


def unit(problem, algorithm, first, budget, ends):
    """The rows of the runs of one file; where they end goes to ``ends``, for gan_equilibrium.py."""
    seeds = first + np.arange(lanes := together(problem))
    keys = run_keys(f"0|{problem.name}|0|{problem.dx}|{problem.dy}", seeds)
    x, y = start_points("region", problem, keys, seeds)
    moves, began = Moves(), time.process_time()
    with setting(single=problem.single):
        oracle = TorchOracle(problem, keys, Batch(problem, algorithm, x, y, keys, budget).noise)
        batch = Batch(problem, algorithm, x, y, keys, budget)
        start = begun(x), begun(y)
        record = follow(batch, oracle, *start, _stack, TensorGuard, watch=moves)
    seconds = time.process_time() - began
    record = replace(record, engine="torch")
    columns = finished_columns(Finished(problem, record, seconds))
    columns = {
        k: [row.ravel() if np.ndim(row) else row for row in v]
        for k, v in columns.items()
        if not k.startswith(("distance", "residual_"))
    }
    columns |= {"acceptance": moves.moved / moves.steps, "seed": seeds}
    columns |= {"dx": [problem.dx] * lanes, "dy": [problem.dy] * lanes}
    columns |= {"algorithm": [AlgorithmRef.of(algorithm).label] * lanes}
    np.savez(ends, x=record.x.astype(np.float32), y=record.y.astype(np.float32))
    frame = pd.DataFrame(columns)
    # Pictures show the first seed: the others' samples are not kept, and of pixels two digits are enough.
    digits = 16 if problem.data.reach else 2
    for name in [c for c in frame if c.endswith(("samples", "landscape"))]:
        frame[name] = [
            np.round(row, digits).astype(np.float32 if digits == 2 else float) if not seed else None
            for row, seed in zip(frame[name], seeds, strict=True)
        ]
    return frame


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("experiment", choices=EXPERIMENTS)
    parser.add_argument("--seeds", type=int, default=4)
    parser.add_argument("--minutes", type=float, default=1e9)
    parser.add_argument("--only", type=int, default=99, help="the first so many algorithms")
    asked = parser.parse_args()
    name, iterations, algorithms = EXPERIMENTS[asked.experiment]
    folder = Path(__file__).parents[1] / "results" / "gan" / asked.experiment
    folder.mkdir(parents=True, exist_ok=True)
    began, problem = time.time(), problem_of(name)
    for first in range(0, asked.seeds, together(problem)):
        for algorithm in algorithms[: asked.only]:
            label = AlgorithmRef.of(algorithm).label
            path = folder / f"{label.translate(str.maketrans('(=, )', '-----'))}-{first:03}.parquet"
            if path.exists():
                continue
            if time.time() - began > 60 * asked.minutes:
                raise SystemExit("The minutes are over; give the command again to go on.")
            budget = iterations * cost(algorithm)
            frame = unit(problem, algorithm, first, budget, path.with_suffix(".npz"))
            part = path.with_suffix(".part")
            frame.to_parquet(part, index=False)
            part.replace(path)
            shown = frame[
                ["seed", *(c for c in frame if c in ("metric_modes", "metric_ones", "acceptance"))]
            ]
            print(label, shown.to_dict("records"), f"{time.time() - began:.0f} s", flush=True)


if __name__ == "__main__":
    main()
