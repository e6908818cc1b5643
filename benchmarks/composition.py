"""What a neutral part costs: steps of a composition beside those of its rule, in turns.

    python benchmarks/composition.py [engine]

Prints the median ratio of whole runs, plain and composed one after the other, for each part at its
neutral value around GDA. The bar is 1.1.
"""

from __future__ import annotations

import statistics
import sys
import time

import numpy as np

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

LANES, STEPS, TURNS = 1000, 1000, 7
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


def main() -> None:
    """Print a line a part."""
    engine = sys.argv[1] if len(sys.argv) > 1 else "numpy"
    for name, algorithm in PARTS.items():
        seconds(engine, algorithm), seconds(engine, RULE)
        ratios = [seconds(engine, algorithm) / seconds(engine, RULE) for _ in range(TURNS)]
        print(f"{engine:6} {name:10} {statistics.median(ratios):.3f}", flush=True)


if __name__ == "__main__":
    main()
