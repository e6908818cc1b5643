"""How often each interval and band holds the truth: python -m benchmarks.coverage [REPETITIONS].

Every case draws problems and runs whose true value is known, computes the interval as tables and figures
do, and asks whether the truth is inside. 95 % is promised of all but the band of traces, of which 80 % is.
"""

import sys

import numpy as np
import pandas as pd

from minmaxbench.analysis.changes import _ratio
from minmaxbench.analysis.profile import profile
from minmaxbench.analysis.ranking import ranking
from minmaxbench.analysis.runtimes import expected_runtimes
from minmaxbench.analysis.statistics import difference, mean_interval, wilson
from minmaxbench.record.targets import hit_column
from minmaxbench.report.figures.traces import curves
from minmaxbench.theory.approximate import clopper_pearson

BUDGET, TARGET = 1000.0, 1e-5


def frame(hits, problem="p", algorithm="m"):
    """A frame of runs of one algorithm; ``hits`` is (problems, runs), infinite for never."""
    problems, seeds = hits.shape
    return pd.DataFrame(
        {
            "problem": np.repeat([f"{problem}{k}" for k in range(problems)], seeds),
            "instance": 0, "dx": 1, "dy": 1, "algorithm": algorithm,
            "seed": np.tile(np.arange(seeds), problems), "outcome": "budget", "budget": BUDGET,
            "calls": BUDGET, "equilibria": 1,
            hit_column("distance", TARGET): np.where(np.isfinite(hits), hits, np.nan).ravel(),
        }
    )  # fmt: skip


def of_a_share(rng, times, interval, chance, size):
    """One problem, runs that succeed with a chance."""
    for successes in rng.binomial(size, chance, times):
        low, high = interval(int(successes), size)
        yield float(low) <= chance <= float(high)


def exact(successes, size):
    low, high = clopper_pearson(np.array([successes]), size, 0.95)
    return low[0], high[0]


def of_a_mean(rng, times, problems, size):
    """Problems whose chances are uniform: the mean over all such problems is a half."""
    for _ in range(times):
        successes = rng.binomial(size, rng.uniform(0, 1, problems))
        low, high = mean_interval(successes, np.full(problems, size))
        yield low <= 0.5 <= high


def of_a_difference(rng, times, problems, size):
    """Two algorithms; on each problem the first is better by a tenth in the mean."""
    runs = np.full(problems, size)
    for _ in range(times):
        base = rng.uniform(0.2, 0.7, problems) if problems > 1 else np.array([0.4])
        shift = rng.uniform(0, 0.2, problems) if problems > 1 else np.array([0.1])
        low, high = difference(
            rng.binomial(size, base + shift), runs, rng.binomial(size, base), runs
        )
        yield low <= 0.1 <= high


def of_an_expected_run_time(rng, times, chance, size):
    """Log-normal hits, and some runs that fail after the whole budget: all repetitions at once."""
    hits = np.exp(rng.normal(4, 0.6, (times, size)))
    truth = np.exp(4 + 0.18) + (1 - chance) / chance * BUDGET
    table = expected_runtimes(
        frame(np.where(rng.random(hits.shape) < chance, hits, np.inf)), TARGET
    )
    yield from (table["low"] <= truth) & (truth <= table["high"])


def of_a_profile(rng, times, problems, size):
    """At each of three numbers of calls, problems being a sample: hits are log-uniform from a scale on."""
    calls = np.array([10.0, 50.0, 200.0])
    many = np.exp(rng.uniform(0, 6, 200_000) + rng.uniform(0, 2, 200_000))
    truth = (many[:, None] <= calls).mean(axis=0)
    for _ in range(times):
        scale = rng.uniform(0, 6, problems)
        hits = np.exp(scale[:, None] + rng.uniform(0, 2, (problems, size)))
        table = profile(frame(hits), TARGET, calls)
        yield from (table["low"] <= truth) & (truth <= table["high"])


def of_a_rank(rng, times, problems):
    """Five algorithms whose costs are log-normal about different medians."""
    middle = np.linspace(0, 1, 5)
    truth = _costs(rng, middle, 50_000).rank(axis=1).mean(axis=0)
    for _ in range(times):
        table = ranking(_costs(rng, middle, problems)).table.loc[truth.index]
        yield from (table["low"] <= truth) & (truth <= table["high"])


def _costs(rng, middle, problems):
    values = np.exp(middle + rng.normal(0, 1, (problems, len(middle))))
    return pd.DataFrame(values, columns=list("abcde"))


def of_a_ratio(rng, times, problems):
    """Costs that change by a factor of 1.5 in the geometric mean."""
    for _ in range(times):
        one = np.exp(rng.normal(4, 1, problems))
        _, low, high = _ratio(one, one * np.exp(rng.normal(np.log(1.5), 0.5, problems)))
        yield low <= 1.5 <= high


def of_a_band(rng, times, size):
    """Of new runs, how many lie between the 10 % and the 90 % quantiles of the old ones."""
    for _ in range(times):
        traces = pd.DataFrame(
            {
                "trace_calls": [np.array([0.0, 1.0, 2.0])] * size,
                "trace_distance": list(np.exp(rng.normal(0, 1, (size, 3)))),
                "outcome": "budget",
            }
        )
        _, data = curves(traces, "trace_distance")
        low, high = np.quantile(data, [0.1, 0.9], axis=0, method="inverted_cdf")
        new = np.exp(rng.normal(0, 1, 3))
        yield from (low <= new) & (new <= high)


CASES = {
    **{
        f"Wilson, chance {p:g}, {n} runs": (of_a_share, wilson, p, n)
        for p, n in ((0.05, 20), (0.3, 20), (0.5, 100), (0.02, 100))
    },
    **{
        f"Clopper-Pearson, chance {p:g}, {n} trials": (of_a_share, exact, p, n)
        for p, n in ((0.05, 20), (0.3, 100))
    },
    **{f"mean share, {n} problems of 20 runs": (of_a_mean, n, 20) for n in (3, 12, 60)},
    **{f"difference, {n} problems of 20 runs": (of_a_difference, n, 20) for n in (1, 5, 60)},
    **{
        f"expected run time, chance {p:g}, {n} runs": (of_an_expected_run_time, p, n)
        for p, n in ((0.9, 20), (0.5, 20), (0.5, 100))
    },
    **{f"profile, {n} problems of 20 runs": (of_a_profile, n, 20) for n in (5, 60)},
    **{f"mean rank, {n} problems": (of_a_rank, n) for n in (10, 60)},
    **{f"ratio of run times, {n} problems": (of_a_ratio, n) for n in (10, 60)},
}  # fmt: skip
BANDS = {f"band of traces, {n} runs": (of_a_band, n) for n in (20, 100)}


def covered(case, times, seed=0):
    """The share of repetitions in which the truth was inside."""
    simulate, *rest = (CASES | BANDS)[case]
    return float(np.mean([*simulate(np.random.default_rng(seed), times, *rest)]))


def main():
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    print(f"| interval | holds the truth in ({times:,} repetitions) |\n|---|--:|")
    for case in CASES | BANDS:
        print(f"| {case} | {covered(case, times):.1%} |", flush=True)


if __name__ == "__main__":
    main()
