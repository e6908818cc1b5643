"""The bars of GANs: speed against a plain torch loop, interleaved in one process, and bookkeeping.

`python benchmarks/gan_bars.py` prints both for minibatches of 64 (10 seeds) and 512 (10 seeds).
"""

import argparse
import itertools
import time
from dataclasses import replace

import numpy as np
import torch

from minmaxbench.algorithms.registry import get_algorithm
from minmaxbench.bench.starts import start_points
from minmaxbench.core.noise import run_keys
from minmaxbench.core.oracle import EXACT
from minmaxbench.engines.batch import Batch
from minmaxbench.engines.choice import get_engine
from minmaxbench.engines.torch_engine import TorchOracle, begun, setting
from minmaxbench.problems.gan.catalogue import keswani
from minmaxbench.record.targets import call_grid

SEEDS = 10


class PlainLoop:
    """What people write: two modules, two torch.optim.Adam, one seed."""

    def __init__(self, size, seed):
        torch.manual_seed(seed)
        self.size = size
        self.g = self._net(256, 128, 128, 2)
        self.d = self._net(2, 128, 128, 1)
        self.of_g = torch.optim.Adam(self.g.parameters(), lr=1e-3, betas=(0.5, 0.999))
        self.of_d = torch.optim.Adam(self.d.parameters(), lr=1e-4, betas=(0.5, 0.999))
        angles = torch.linspace(0, 2 * torch.pi, 5)
        self.means = torch.stack([angles.sin(), angles.cos()], 1)

    def _net(self, *widths):
        layers = []
        for n, m in itertools.pairwise(widths):
            layers += [torch.nn.Linear(n, m), torch.nn.ReLU()]
        return torch.nn.Sequential(*layers[:-1])

    def step(self):
        """One simultaneous step of both players on one minibatch."""
        bce = torch.nn.functional.binary_cross_entropy_with_logits
        real = self.means[torch.randint(0, 5, (self.size,))] + 0.01 * torch.randn(self.size, 2)
        fake = self.g(torch.randn(self.size, 256))
        at_real, at_fake = self.d(real), self.d(fake)
        loss = bce(at_real, torch.ones_like(at_real)) + bce(at_fake, torch.zeros_like(at_fake))
        self.of_g.zero_grad()
        self.of_d.zero_grad()
        loss.backward()
        with torch.no_grad():
            for p in self.g.parameters():
                p.grad.neg_()
        self.of_g.step()
        self.of_d.step()


def speed(size, rounds, steps):
    """Seconds of CPU a step and seed: ours for SEEDS lanes at once, the loop's one seed after another."""
    problem = replace(keswani(), batch_size=size)
    seeds = np.arange(SEEDS)
    keys = run_keys("bars", seeds)
    start = start_points("region", problem, keys, seeds)
    rule = get_algorithm("adam_players").for_problem(problem)
    with setting(single=True):
        oracle = TorchOracle(problem, keys, EXACT)
        state = rule.init(*map(begun, start), oracle)
    loops = [PlainLoop(size, seed) for seed in seeds]
    ours, theirs = [], []
    for _ in range(rounds):
        began = time.process_time()
        with setting(single=True):
            for _ in range(steps):
                state = rule.step(state, oracle)
        ours.append((time.process_time() - began) / steps / SEEDS)
        began = time.process_time()
        for loop in loops:
            for _ in range(steps):
                loop.step()
        theirs.append((time.process_time() - began) / steps / SEEDS)
    return np.array(ours[1:]), np.array(theirs[1:])


def bookkeeping(budget):
    """Seconds of a run: all, within the algorithm's steps, within metrics; and how many looks there were."""
    problem = replace(keswani(), lanes=2)
    seeds = np.arange(2)
    keys = run_keys("bars", seeds)
    x, y = start_points("region", problem, keys, seeds)
    rule = get_algorithm("adam_players", k=6)
    kind = type(rule.for_problem(problem))
    step, spent = kind.step, []

    def timed(self, state, oracle):
        began = time.process_time()
        after = step(self, state, oracle)
        spent.append(time.process_time() - began)
        return after

    kind.step = timed
    began = time.process_time()
    record = get_engine("torch").run(Batch(problem, rule, x, y, keys, budget))
    whole = time.process_time() - began
    kind.step = step
    return whole, sum(spent), float(record.metric_seconds.sum()), len(call_grid(budget))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--budget", type=float, default=6000.0, help="0 leaves bookkeeping out")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    for size, steps, bar in ((64, 8, 2.5), (512, 3, 1.2)):
        ours, theirs = speed(size, asked.rounds, steps)
        ratio = theirs / ours
        print(
            f"minibatch {size}: ours {1e3 * np.median(ours):.2f} ms a step and seed, plain loop "
            f"{1e3 * np.median(theirs):.2f} ms; ratio {np.median(ratio):.2f} "
            f"({ratio.min():.2f} to {ratio.max():.2f}), bar {bar}",
            flush=True,
        )
    if asked.budget:
        whole, steps, metrics, grid = bookkeeping(asked.budget)
        print(
            f"{asked.budget:g} calls, k = 6: {whole:.1f} s, of which steps {steps:.1f} s; {grid} looks, with "
            f"metrics of {metrics:.1f} s: all but the steps is {100 * (whole / steps - 1):.1f} %, bar 5 %"
        )


if __name__ == "__main__":
    main()
