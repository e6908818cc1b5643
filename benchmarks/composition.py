"""What a neutral part costs: steps of a composition beside those of its rule, in turns.

    python benchmarks/composition.py [engine] [turns]

In every turn each part, at its neutral value around GDA, makes a whole run between two of the plain rule,
in an order that changes. Prints the median of its seconds over the mean of theirs, and the interval that
holds the median with 95 % (order statistics). The bar is 1.1.
"""

from __future__ import annotations

import statistics
import sys
import time

import numpy as np
from scipy.stats import binom

from minmaxbench.algorithms.gradient import GDA
from minmaxbench.algorithms.parts.averaging import Lookahead, Restarted
from minmaxbench.algorithms.parts.composed import compose
from minmaxbench.algorithms.parts.scaling import Clip, Momentum
from minmaxbench.algorithms.parts.schedules import PowerDecay
from minmaxbench.core.algorithm import Algorithm
from minmaxbench.core.noise import run_keys
from minmaxbench.engines.batch import Batch
from minmaxbench.engines.choice import get_engine
from minmaxbench.problems.registry import get_problem

LANES, STEPS, TURNS = 1000, 1000, 21
RULE = GDA(0.001, 0.001)
PARTS: dict[str, Algorithm] = {
    "nothing": compose(RULE),
    "Clip": compose(RULE, Clip(**Clip.neutral or {})),
    "Momentum": compose(RULE, Momentum(**Momentum.neutral or {})),
    "PowerDecay": compose(RULE, PowerDecay(**PowerDecay.neutral or {})),
    "all three": compose(RULE, Clip(1e300), Momentum(0.0), PowerDecay(0.0)),
    "Lookahead": Lookahead(RULE, **Lookahead.neutral or {}),
    "Restarted": Restarted(RULE, **Restarted.neutral or {}),
}


def seconds(engine: str, algorithm: Algorithm) -> float:
    """Seconds of the processor for one run of all lanes: others may be at work."""
    start = np.linspace(-1, 1, LANES)[:, None]
    keys = run_keys("composition", np.arange(LANES))
    batch = Batch(get_problem("keswani_f3"), algorithm, start, start, keys, STEPS)
    began = time.process_time()
    get_engine(engine).run(batch)
    return time.process_time() - began


def interval(ratios: list[float]) -> tuple[float, float]:
    """The two order statistics between which the median lies with at least 95 %."""
    ordered, n = sorted(ratios), len(ratios)
    k = int(binom.ppf(0.025, n, 0.5))
    return ordered[max(k - 1, 0)], ordered[min(n - k, n - 1)]


def main() -> None:
    """Print a line a part."""
    engine = sys.argv[1] if len(sys.argv) > 1 else "numpy"
    turns = int(sys.argv[2]) if len(sys.argv) > 2 else TURNS
    for algorithm in (RULE, *PARTS.values()):
        seconds(engine, algorithm)
    ratios: dict[str, list[float]] = {name: [] for name in PARTS}
    names = list(PARTS)
    for turn in range(turns):
        before = seconds(engine, RULE)
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            own, after = seconds(engine, PARTS[name]), seconds(engine, RULE)
            ratios[name].append(2 * own / (before + after))
            before = after
    for name, found in ratios.items():
        low, high = interval(found)
        middle = statistics.median(found)
        print(f"{engine:6} {name:10} {middle:.3f} [{low:.3f}, {high:.3f}], {turns} turns")


if __name__ == "__main__":
    main()
